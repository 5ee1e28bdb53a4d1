//! One of each page with made-up data, also hostile: names and words hold markup that must come out as text.

use super::{
    board::*, desk::*, devices::*, handover::*, parts::*, reviews::*, rules::*, shell::*, sign::Sign, snag::*, snags, snags::Choice, text::*, unit::*,
};
use crate::owner::page::*;
use keyturn_core::{
    model::{act::OwnerWant, drawing::marks, time::UtcMs, value::Shape},
    words::Lang,
};

pub const NOW: UtcMs = UtcMs(1_790_648_414_000); // 2026-09-29 10:20:14 in Shanghai
const H: i64 = 3_600_000;
const D: i64 = 24 * H;
pub const HOSTILE: &str = "<script>alert('x')</script>\"&";

pub fn words(lang: Lang) -> Words {
    Words { lang, zone: chrono_tz::Asia::Shanghai, now: NOW }
}

fn ago(ms: i64) -> UtcMs {
    UtcMs(NOW.0 - ms)
}

pub fn shell(lang: Lang) -> Shell {
    Shell {
        words: words(lang),
        project: "云溪雅苑一期".into(),
        person: "周敏".into(),
        role: if lang == Lang::Zh { "客服经理" } else { "Service manager" }.into(),
        counts: NavCounts { today: 9, units: 144, snags: 37, reviews: 2, devices: 8 },
        fresh: Freshness { devices: 8, recent: 5, last: Some(ago(H)) },
        csrf: "c0ffee".into(),
        back: "/console/units?unit=u&x=1".into(),
        search: String::new(),
        policy: "cn-default @3".into(),
        told: None,
    }
}

fn due(ms: i64) -> Option<Due> {
    Some(Due { at: UtcMs(NOW.0 + ms), soon_ms: D, closed: false })
}

pub fn photo(caption: &str, file: &str, proof: Sign) -> Photo {
    Photo {
        small: (proof != Sign::OnDevice).then(|| format!("/img/{file}")),
        large: format!("/img/{file}"),
        original: format!("/img/{file}"),
        caption: caption.into(),
        taken: Some(ago(18 * H)),
        digest: "3f9a…c41e".into(),
        proof,
        width_of_1000: 1333,
        strokes: Vec::new(),
    }
}

pub fn row(n: usize, state: Sign, due_ms: Option<i64>) -> SnagRow {
    let titles = ["外窗左下角渗水", "地砖空鼓 3 块", "栏板密封胶脱落", "墙面再次空鼓", "淋浴房玻璃门下垂", "推拉门轨道变形"];
    let places = ["南次卧 外窗", "客厅 地面", "南阳台 栏板", "主卧 墙面", "公卫 淋浴房", "客厅 推拉门"];
    SnagRow {
        id: format!("s{n}"),
        number: format!("WT-202609-{:04}", 40 + n),
        unit: format!("2-1-{:02}02", 3 + n),
        unit_id: "u1102".into(),
        place: places[n % 6].into(),
        title: titles[n % 6].into(),
        state,
        due: due_ms.and_then(due),
        crew: (state != Sign::Recorded).then(|| format!("维修{}队", ["一", "二", "三"][n % 3])),
        rework: u32::from(n % 4 == 3),
        photos: 2 + n as u32 % 3,
        conflict: n == 2,
        repeat: (n == 3).then_some((2, keyturn_core::policy::warranty::RepeatAlert::Escalate)),
        hold: (n == 1).then(|| HOSTILE.into()),
    }
}

fn line(at: UtcMs, sign: Sign, who: &str, text: &str, note: &str) -> Line {
    Line { at, sign, who: who.into(), text: text.into(), note: note.into(), photos: Vec::new(), link: None }
}

pub fn lines() -> Vec<Line> {
    let mut l = vec![
        line(ago(17 * H), Sign::Done, "马建国", "报完工；工时 3.5，密封胶 2 支", "第 2 轮"),
        line(ago(25 * H), Sign::InWork, "马建国", "到场（设备记时，服务端 09:31 收到）", "第 2 轮"),
        line(ago(116 * H), Sign::Ordered, "周敏", "重派维修一队，PG-202609-0064", "第 2 轮"),
        line(ago(121 * H), Sign::Rejected, "业主", "驳回：“下过雨又渗，窗台石还是湿的。”", "第 1 轮"),
        line(ago(200 * H), Sign::Refused, "刘洋", "报完工：该单已改派，服务端未采纳", "第 1 轮"),
        line(ago(400 * H), Sign::Signed, "业主", "签署问题清单（等级 2）", "第 1 版"),
        line(ago(401 * H), Sign::Recorded, "王磊", HOSTILE, "临时号 T-7F3A"),
    ];
    l[0].photos = vec![photo("修后", "win_after.jpg", Sign::Safe), photo("修前", "win_before.jpg", Sign::Sending), photo("全景", "hollow.jpg", Sign::OnDevice)];
    let shape = Shape { tool: "circle".into(), points_ppm: vec![300_000, 650_000, 450_000, 800_000], text: None };
    l[0].photos[1].strokes = marks(&[shape], 4.0 / 3.0).into_iter().map(Stroke::from).collect();
    l[0].link = Some("/console/snags/s0".into());
    l
}

pub fn documents() -> Vec<Document> {
    let doc = |title: &str, note: &str, kind: &str, bytes, superseded| Document {
        title: title.into(),
        note: note.into(),
        kind: kind.into(),
        bytes,
        link: "/console/documents/x".into(),
        superseded,
    };
    vec![
        doc("交房验收报告", "JF-2026-0098 · 第 2 版", "PDF", Some(1_240_000), false),
        doc("交房验收报告", "JF-2026-0098 · 第 1 版", "PDF", Some(1_110_000), true),
        doc("问题整改记录", "ZG-2026-0098", "PDF", Some(860_000), false),
        doc("证据包", "可离线核验", "ZIP", Some(41_800_000), false),
    ]
}

pub fn side() -> UnitSide {
    UnitSide {
        id: "u1102".into(),
        name: "2-1-1102".into(),
        owner: OwnerBrief { name: Masked::name("陈晓雯"), phone: Masked::phone("13812342046") },
        about: "三室两厅两卫 · 精装 · 118.64 m²".into(),
        facts: vec![
            Fact::new("交付", "9月12日，部分接受（11 / 12 项）"),
            Fact::new("合同交付日", "2026-09-30，按期"),
            Fact::new("面积", "实测较预测 +0.37 %，±3 % 内"),
        ],
        open: vec![row(0, Sign::Done, Some(37 * H)), row(1, Sign::InWork, Some(12 * H)), row(2, Sign::Ordered, Some(9 * D))],
        total: 13,
        confirmed: 10,
        recent: lines().into_iter().take(4).collect(),
        documents: documents(),
        records: 214,
        photos: 61,
        photos_safe: 61,
    }
}

pub fn board() -> Board {
    let building = |b: u32| {
        let mut units = Vec::new();
        for floor in 1..=12i32 {
            for door in 1..=4u32 {
                let n = (floor as u32 * 7 + door * 5 + b * 3) % 17;
                let state = match n {
                    0 | 1 => Sign::Pending,
                    2 => Sign::Recorded,
                    3 | 4 => Sign::Ordered,
                    5 => Sign::InWork,
                    6 => Sign::Done,
                    7 => Sign::Rejected,
                    8 => Sign::InHandover,
                    _ => Sign::Confirmed,
                };
                let open = u32::from(!matches!(state, Sign::Pending | Sign::Confirmed | Sign::InHandover)) * (1 + n % 3);
                let room = format!("{floor:02}{door:02}");
                let id = if b == 2 && room == "1102" { "u1102".into() } else { format!("u{b}{room}") };
                let cell = Cell {
                    id,
                    name: format!("{b}-{}-{room}", door.div_ceil(2)),
                    door: room,
                    state,
                    open,
                    overdue: open > 0 && n == 4,
                    due_soon: open > 0 && n == 5,
                };
                units.push(Placed { entrance: door.div_ceil(2).to_string(), floor, cell });
            }
        }
        Building::arrange(format!("b{b}"), format!("{b} 号楼"), units)
    };
    Board { buildings: vec![building(1), building(2)], side: Some(side()) }
}

pub fn owner_ask() -> OwnerAsk {
    OwnerAsk {
        unit: "2-1-1102".into(),
        link: "/console/units/u#owner-asks".into(),
        want: OwnerWant::Call,
        what: "请来电".into(),
        who: "业主 陈**".into(),
        at: ago(2 * H),
    }
}

fn steps() -> Vec<Step> {
    let step = |key, state, facts: Vec<Fact>, missing: &[&str]| Step { key, state, facts, missing: missing.iter().map(|m| (*m).to_owned()).collect() };
    vec![
        step("ready", StepState::Done, vec![Fact::new("质量", "清洁、水电通")], &[]),
        step("filing", StepState::Done, vec![Fact::new("2026-0098", "2026-09-01")], &[]),
        step("appointment", StepState::Missing, vec![], &[HOSTILE]),
        step("notice", StepState::Later, vec![], &[]),
        step("guide", StepState::Missing, vec![], &["还没有"]),
        step("walk", StepState::Open, vec![], &[]),
        step("parts", StepState::Later, vec![], &[]),
        step("people", StepState::Later, vec![], &[]),
        step("signing", StepState::Later, vec![], &[]),
        step("closing", StepState::Later, vec![], &[]),
    ]
}

pub fn handover() -> HandoverPage {
    let choice = |key: &str, label: &str| snags::Choice { key: key.into(), label: label.into() };
    HandoverPage {
        unit: "u1102".into(),
        name: "2-1-1102".into(),
        place: "2 号楼 1 单元 1102".into(),
        steps: steps(),
        profile: "cn-default@1".into(),
        begun: false,
        ready: vec![
            ReadyItem { key: "quality".into(), label: "质量查验".into(), done: true },
            ReadyItem { key: "cleaning".into(), label: HOSTILE.into(), done: false },
        ],
        ready_barred: None,
        escorts: vec![choice("p1", HOSTILE), choice("p2", "王磊 · 验房工程师")],
        appoint_barred: Vec::new(),
        appointed: Some(ago(-30 * H)),
        channels: vec![Channel { key: "courier".into(), label: "快递".into(), needs_proof: true }],
        notice_barred: None,
        open_notices: vec![OpenNotice { key: "d:1".into(), label: HOSTILE.into() }],
        proof_barred: None,
        documents: documents(),
        printable: vec![choice("handover_guide", "验房指引")],
        print_barred: None,
        typed: Typed { at: "2026-10-01T09:00".into(), escort: "p2".into(), place: HOSTILE.into(), method: "courier".into(), proof: HOSTILE.into() },
    }
}

pub fn rules() -> RulesPage {
    let row = |key: &str, value: &str| RuleRow {
        key: key.into(),
        name: "通知到验房日的最少天数".into(),
        value: value.into(),
        origin: "law:B-4 (S)".into(),
        layer: "cn-law@1".into(),
        before: vec![HOSTILE.into()],
    };
    RulesPage {
        at: "house@2".into(),
        name: HOSTILE.into(),
        facts: vec![Fact::new("生效", "2026-10-01")],
        sections: vec![RuleSection {
            id: "gate".into(),
            title: "交付条件".into(),
            rows: vec![row("gate.notice_days_min", "10"), row("gate.filing_required", HOSTILE)],
        }],
        drafts: vec![Draft {
            what: "limit:M-34.high".into(),
            shown: "\"2\"".into(),
            name: HOSTILE.into(),
            values: vec![Fact::new("M-34", "≤ 2 mm")],
            origin: "law:M-34 (?)".into(),
            can: true,
        }],
        missing: vec!["deadline.arrive".into()],
        versions: vec![Version { at: "house@2".into(), name: HOSTILE.into(), from: "2026-10-01".into(), active: true, shown: true }],
        barred: None,
    }
}

pub fn unit() -> UnitPage {
    let signature = |version, superseded| Signature {
        what: "问题清单".into(),
        version,
        who: "陈**".into(),
        outcome: "部分接受，1 项有异议".into(),
        at: ago(400 * H),
        level: "等级 2（验证码）".into(),
        digest: "8d21…e07b".into(),
        link: "/console/records/x".into(),
        superseded,
    };
    let link = |ends| OwnerLink { id: "l1".into(), made: ago(10 * D), ends, person: "业主 陈**".into() };
    UnitPage {
        can_order: true,
        side: side(),
        steps: steps(),
        place: "2 号楼 1 单元".into(),
        snags: vec![row(1, Sign::Rejected, Some(-10 * H)), row(0, Sign::Done, Some(37 * H)), row(2, Sign::Ordered, Some(9 * D)), row(3, Sign::Confirmed, None)],
        lines: lines(),
        signatures: vec![signature(2, None), signature(1, Some(ago(300 * H)))],
        refused: vec![RefusedRecord {
            at: ago(90 * H),
            from: "刘洋 手机".into(),
            what: HOSTILE.into(),
            why: "0076 已于 9 月 24 日改派维修一队，无权完工".into(),
        }],
        codes_for: vec![("o1".into(), "业主 陈**".into())],
        asks: vec![owner_ask()],
        told_barred: None,
        links: vec![link(UtcMs(NOW.0 + 20 * D))],
        new_link: Some(NewLink { url: "https://hub.example/o/abcdefghijklmnop".into(), qr: Qr::of("https://hub.example/o/abcdefghijklmnop").unwrap() }),
        link_days: 90,
        link_barred: None,
    }
}

pub fn snag_list() -> snags::SnagList {
    let states = [Sign::Rejected, Sign::InWork, Sign::Ordered, Sign::Done, Sign::Recorded, Sign::Confirmed];
    snags::SnagList {
        filter: snags::Filter { states: vec![Sign::InWork], late: false, text: HOSTILE.into(), page: 2, ..Default::default() },
        rows: (0..14).map(|n| row(n, states[n % 6], Some((n as i64 - 3) * 11 * H))).collect(),
        total: 40,
        per_page: 14,
        by_state: vec![(Sign::Recorded, 7), (Sign::Ordered, 10), (Sign::InWork, 11), (Sign::Done, 6), (Sign::Rejected, 3), (Sign::Confirmed, 104)],
        late: 4,
        buildings: vec![snags::Choice { key: "b1".into(), label: "1 号楼".into() }],
        crews: vec![snags::Choice { key: "c1".into(), label: "维修一队".into() }],
    }
}

pub fn snag() -> SnagPage {
    let said = |text: &str, by: &str| Some(Said { text: text.into(), at: Some(ago(250 * H)), by: by.into() });
    SnagPage {
        can_order: true,
        id: "s0".into(),
        number: "WT-202609-0071".into(),
        title: "南次卧 外窗左下角渗水".into(),
        state: Sign::Done,
        rework: 1,
        unit: "2-1-1102".into(),
        unit_id: "u1102".into(),
        owner: side().owner,
        due: due(37 * H),
        old_rules: true,
        due_barred: None,
        repeat: Some(Again { grave: true, text: HOSTILE.into(), others: vec![("WT-1".into(), "/console/snags/s9".into())] }),
        hold: None,
        hold_states: vec![Choice { key: "no_access".into(), label: HOSTILE.into() }],
        hold_barred: None,
        clocks: vec![ClockRow {
            name: "维修完成".into(),
            due: due(37 * H).unwrap(),
            standing: keyturn_core::policy::deadline::Standing::Running,
            met: None,
            provisional: false,
            paused: true,
            profile: "cn-default@1".into(),
            steps: vec!["自2026年9月24日周四起 3 个工作日，当日不计".into(), "2026年9月30日周三 24:00 到期".into()],
        }],
        said: said("南边小卧室窗户左下角一下雨就渗水，窗台石下面的墙皮已经发黄起鼓。雨大的时候能接小半杯水。", "陈**"),
        finding: said("窗框与洞口间发泡不连续，外侧密封胶断开约 35 cm；淋水 30 min，渗漏点 1 处。清胶、补发泡、外侧重打耐候胶。", "王磊"),
        facts: vec![
            Fact::new("房间", "南次卧"),
            Fact::new("部位", "外窗"),
            Fact::new("类型", "渗漏"),
            Fact::new("严重程度", "较差"),
            Fact::new("承办", "维修一队"),
        ],
        photos: vec![photo("窗台", "win_owner.jpg", Sign::Safe), photo("墙面", "hollow.jpg", Sign::Damaged)],
        rounds: vec![
            Round {
                number: 2,
                crew: "维修一队".into(),
                arrived: Some(ago(25 * H)),
                done: Some(ago(17 * H)),
                before: vec![lines()[0].photos[1].clone()],
                after: vec![photo("修后（同机位）", "win_after.jpg", Sign::Safe)],
                outcome: None,
            },
            Round {
                number: 1,
                crew: "维修二队".into(),
                arrived: None,
                done: Some(ago(130 * H)),
                before: vec![photo("修前", "win_before.jpg", Sign::Safe)],
                after: vec![],
                outcome: Some(Outcome {
                    sign: Sign::Rejected,
                    by: "业主".into(),
                    at: ago(121 * H),
                    reason: Some(HOSTILE.into()),
                    photos: vec![photo("业主", "win_r1.jpg", Sign::Safe)],
                }),
            },
        ],
        pin: Some(Pin { plan: "/img/hollow_b.jpg".into(), width_px: 800, height_px: 600, x: 0.25, y: 0.7 }),
        lines: lines(),
        conflicts: vec![("整改方式".into(), "/console/reviews/r1".into())],
        previous: Some("/console/snags/s1".into()),
        next: Some("/console/snags/s2".into()),
    }
}

#[allow(clippy::too_many_arguments)]
fn device(n: usize, name: &str, person: &str, role: &str, sign: Sign, age_ms: i64, unsent: Option<(u32, u32)>, offset_ms: i64) -> DeviceRow {
    DeviceRow {
        id: format!("d{n}"),
        name: name.into(),
        person: person.into(),
        role: role.into(),
        sign,
        contact: Some(ago(age_ms)),
        records: unsent.map(|u| u.0),
        photos: unsent.map(|u| u.1),
        note: if sign == Sign::OnDevice { "已超 24 小时".into() } else { String::new() },
        offset_ms: Some(offset_ms),
        offset_bad: offset_ms.abs() > 300_000,
        offline_days: Some(30),
        revoked: sign == Sign::Refused,
    }
}

pub fn devices() -> Devices {
    let silent = device(6, "平板 09", "张翀", "验房工程师", Sign::OnDevice, 40 * H, Some((31, 58)), -4_000);
    Devices {
        rows: vec![
            silent.clone(),
            device(1, "平板 07", "王磊", "验房工程师", Sign::Safe, 120_000, Some((0, 0)), 2_000),
            device(2, "手机", "陈大伟", "维修二队队长", Sign::Safe, 540_000, Some((0, 0)), 26 * H + 180_000),
            device(3, "平板 08", "李倩", "验房工程师", Sign::Sending, 2 * H, Some((14, 6)), 1_000),
            device(4, "旧手机", "李倩", "验房工程师", Sign::Refused, 13 * H, None, 11_000),
        ],
        chosen: Some(DeviceDetail {
            row: silent,
            facts: vec![Fact::new("范围", "1 号楼查验；未持有其他楼栋的业主资料"), Fact::new("链头", "第 2 417 条，服务端连续收到至第 2 386 条")],
            refused: unit().refused,
            wrong_name: true,
            barred: None,
        }),
        invitation: None,
        roles: vec![Choice { key: "inspector".into(), label: "验房工程师".into() }],
        scopes: vec![Choice { key: "project".into(), label: "云溪雅苑一期".into() }],
        recent_ms: H,
        silent_ms: D,
        invite_barred: None,
        people: vec!["王磊".into()],
    }
}

pub fn invited() -> Devices {
    let invitation = Invitation {
        code: "K7QX-2MPD-9TRW".into(),
        qr: Qr::of("keyturn:enrol?code=K7QX2MPD9TRW").unwrap(),
        person: "张翀".into(),
        role: "验房工程师".into(),
        ends: UtcMs(NOW.0 + D),
        fingerprint: "SHA256:4b:1c:99:ab:02:fe:31:70:aa:18".into(),
    };
    Devices { invitation: Some(invitation), chosen: None, ..devices() }
}

pub fn reviews() -> Reviews {
    let value = |key: &str, who: &str, from: &str, text: &str, shown, file: &str, offset: &str| Value {
        key: key.into(),
        who: who.into(),
        from: from.into(),
        text: text.into(),
        shown,
        photo: Some(photo("敲击定位", file, Sign::Safe)),
        facts: vec![
            Fact::new("设备时间", "9月28日 10:47:12"),
            Fact::new("设备钟差", offset),
            Fact::new("服务端收到", "9月28日 11:02:40"),
            Fact::new("设备印", "链第 1 184 条，验证通过"),
        ],
    };
    let open = |id: &str, title: &str| ReviewRow { id: id.into(), title: title.into(), note: "李倩：异响 / 林晓：翘裂".into(), at: ago(23 * H) };
    Reviews {
        open: vec![open("r1", "2-2-0903 整改方式"), open("r2", "1-1-0902 缺陷类型")],
        settled: 5,
        repeats: vec![row(3, Sign::Recorded, None)],
        refused: Vec::new(),
        chosen: Some(Review {
            id: "r1".into(),
            field: "整改方式".into(),
            about: "2-2-0903 主卧 墙面空鼓 · WT-202609-0097".into(),
            link: "/console/snags/s0".into(),
            values: vec![
                value("a", "王磊", "验房工程师 · 平板 07", "局部铲除重抹 0.09 m²", true, "hollow.jpg", "+2 秒"),
                value("b", "陈大伟", "维修二队队长 · 手机", HOSTILE, false, "hollow_b.jpg", "+26 时 03 分，折合 9月28日 11:05"),
            ],
            merged: vec![Fact::new("严重程度", "王磊 → 较差")],
            signed: Some("业主已签署现显示的值：核定后成为新的一版，要请业主再签。".into()),
            free: true,
            barred: None,
            settled: None,
            error: Some("请写理由；您的选择还没有提交。".into()),
            reason: HOSTILE.into(),
        }),
    }
}

pub fn desk(lang: Lang) -> Desk {
    let w = words(lang);
    let d = devices();
    Desk {
        groups: vec![
            Group {
                title: w.t("console-desk-overdue"),
                rows: vec![row(1, Sign::InWork, Some(-106 * H)), row(4, Sign::Ordered, Some(-10 * H)), row(3, Sign::Rejected, Some(-10 * H))],
            },
            Group { title: w.t("console-desk-due-soon"), rows: (0..6).map(|n| row(n, Sign::Done, Some(13 * H))).collect() },
        ],
        open: 37,
        overdue: 4,
        due_soon: 7,
        to_check: 6,
        rejected: 3,
        handed_over: 98,
        units: 144,
        in_handover: 2,
        asks: vec![owner_ask()],
        reviews: reviews().open,
        refused: unit().refused,
        silent: vec![d.rows[0].clone()],
        ages: [5, 1, 2],
        recent_ms: H,
        unsent: (50, 78),
        next_due: None,
    }
}

pub fn owner_shell(lang: Lang) -> OwnerShell {
    OwnerShell {
        words: words(lang),
        root: "/o/abcdefghijklmnop".into(),
        project: "云溪雅苑一期".into(),
        unit: "2 号楼 1 单元 1102".into(),
        ends: UtcMs(NOW.0 + 32 * D),
        fresh: Some(ago(600_000)),
        back: "/o/abcdefghijklmnop".into(),
        tag: "0123456789abcdef".into(),
    }
}

pub fn ask() -> Ask {
    Ask {
        id: "s0".into(),
        title: "南次卧 外窗左下角渗水".into(),
        said: Some(HOSTILE.into()),
        round: 2,
        done: Some(ago(17 * H)),
        no_before: None,
        before: vec![photo("修前", "win_before.jpg", Sign::Safe)],
        after: vec![photo("修后", "win_after.jpg", Sign::Safe)],
    }
}

pub fn owner_home() -> OwnerHome {
    let item = |title: &str, state, due_ms: Option<i64>| Item {
        title: title.into(),
        state,
        due: due_ms.and_then(due),
        confirmed: (state == Sign::Confirmed).then(|| ago(9 * D)),
        rework: 0,
        photo: None,
    };
    OwnerHome {
        asks: vec![ask()],
        working: vec![item("客厅 地砖空鼓 3 块", Sign::InWork, Some(D)), item("南阳台 栏板密封胶脱落", Sign::Ordered, None)],
        confirmed: vec![item("厨房 吊柜下沉", Sign::Confirmed, None)],
        documents: documents(),
        signable: true,
        code: Some(Code::new("012345", UtcMs(NOW.0 + 600_000))),
        call_asked: Some(ago(H)),
    }
}

pub fn owner_reject(lang: Lang) -> RejectPage {
    RejectPage { ask: ask(), text: HOSTILE.into(), error: Some(words(lang).t("owner-reject-no-text")) }
}

pub fn owner_thanks() -> ThanksPage {
    ThanksPage { title: ask().title, outcome: Sign::Confirmed, at: NOW, photos: 1, left: 1, next: None }
}
