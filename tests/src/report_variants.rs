//! Every document in every state it can be in, for the tests of printed documents.

use crate::report_fixture::*;
use keyturn_core::{model::Digest, report::*};

fn w(zh: &str, en: &str) -> Words {
    Words::new(zh, en)
}

/// A day after the handover, at this time.
fn on(days: i64, hour: i64, minute: i64) -> Moment {
    let start = at(hour, minute, 0);
    Moment { at_ms: keyturn_core::model::UtcMs(start.at_ms.0 + days * 86_400_000), offset_min: 480 }
}

/// The rectification record that follows the acceptance report: one snag done again, one still in work, the rest confirmed.
pub fn rectification() -> (RectificationRecord, Album) {
    let (report, mut album) = acceptance();
    let mut picture = |seed: u32, when: Moment| Photo {
        digest: album.add(jpeg(&draw_photo(seed, 640, 480))),
        taken: Some(when),
        about: Words::default(),
        drawing: Vec::new(),
    };
    let snags = report
        .snags
        .iter()
        .map(|s| {
            let n = i64::from(s.number);
            let owner = |confirmed: bool, said: &str, days: i64, photos: Vec<Photo>| Recheck {
                by: Personal::known("陈静怡"),
                role: w("业主", "owner"),
                at: on(days, 8, 14),
                hub_time: Some(on(days, 8, 15)),
                confirmed,
                said: said.to_owned(),
                via: w("链接", "by link"),
                photos,
            };
            let inspector = Recheck {
                by: Personal::known("王磊"),
                role: w("查验人", "inspector"),
                at: on(n + 3, 16, 20),
                hub_time: None,
                confirmed: true,
                said: String::new(),
                via: w("现场", "on site"),
                photos: vec![],
            };
            let mut round = |number: u32, days: i64, checks: Vec<Recheck>| Round {
                number,
                order: format!("PG-202609-00{:02}", 60 + s.number),
                crew: w("维修一队", "Crew 1"),
                person: Personal::known("马建国"),
                arrived: Some(on(days, 9, 20)),
                finished: Some(on(days, 15, 40)),
                work: "清除旧胶 62 cm，补发泡，重打耐候胶；淋水 30 min，室内无渗。".to_owned(),
                before: vec![picture(2000 + s.number * 10 + number, on(days, 9, 22))],
                after: vec![picture(3000 + s.number * 10 + number, on(days, 15, 38))],
                no_before: String::new(),
                no_after: String::new(),
                checks,
            };
            let (state, rework, rounds) = match s.number {
                1 => (SnagState::Recorded, 0, vec![]),
                4 => {
                    let mut second = round(2, 9, vec![]);
                    second.finished = None;
                    second.after = vec![];
                    (SnagState::InWork, 1, vec![round(1, 5, vec![inspector.clone(), owner(false, "洗澡以后还是有积水，靠墙角那一块。", 6, vec![])]), second])
                }
                2 => {
                    let first = round(1, 6, vec![]);
                    let rejected = owner(
                        false,
                        "胶打歪了，还有气泡。",
                        7,
                        vec![Photo { digest: first.after[0].digest, taken: Some(on(7, 8, 10)), about: Words::default(), drawing: Vec::new() }],
                    );
                    let first = Round { checks: vec![rejected], ..first };
                    let second = round(2, 8, vec![inspector.clone(), owner(true, "昨晚下了雨，这次没有再渗。", 30, vec![])]);
                    (SnagState::Confirmed, 1, vec![first, second])
                }
                _ => (SnagState::Confirmed, 0, vec![round(1, 2 + n % 3, vec![owner(true, "", 3 + n % 3, vec![])])]),
            };
            RectifiedSnag {
                number: s.number,
                place: s.place.clone(),
                what: s.what.clone(),
                severity: s.severity.clone(),
                owner_said: s.owner_said.clone(),
                found: s.found.clone(),
                due: s.due,
                state,
                rework,
                rounds,
            }
        })
        .collect();
    let record = RectificationRecord {
        sheet: Sheet { version: 3, frozen: on(31, 9, 0), digest: Some(Digest::of(b"rectification")), ..sheet("ZG-2026-0098") },
        report: w("JF-2026-0098 第 1 版", "JF-2026-0098 version 1"),
        participants: report.participants,
        snags,
        signatures: vec![],
        shown: None,
        covered: vec![],
        proof: Some(proof("ZG-2026-0098", 26)),
    };
    (record, album)
}

/// The handover notice, sent twice.
pub fn notice() -> HandoverNotice {
    let bring = |zh: &str, en: &str, note: &str, note_en: &str| BringItem { what: w(zh, en), note: w(note, note_en) };
    HandoverNotice {
        sheet: Sheet { frozen: on(-16, 10, 0), digest: Some(Digest::of(b"notice")), ..sheet("TZ-2026-0412") },
        addressees: vec![Personal::known("陈静怡"), Personal::known("林志远")],
        address: Some(Personal::known("江宁区天元西路 88 号 3 幢 402 室")),
        developer: w("云溪置业有限公司", "Yunxi Estates Ltd."),
        contract: "YX-2024-1102".to_owned(),
        contract_date: "2026-09-30".parse().ok(),
        filing: w("2026-08-21，备案号 2026-0331", "2026-08-21, no. 2026-0331"),
        area: w("预测 118.20 m²，实测 118.64 m²，相差 +0.37 %", "predicted 118.20 m², surveyed 118.64 m²: +0.37 %"),
        from: at(9, 0, 0),
        until: at(11, 30, 0),
        place: w("云溪雅苑一期 2 号楼大堂，交付服务点", "Building 2 lobby, handover desk"),
        escort: Some(Personal::known("王磊（工号 0117）")),
        contact: w("客户服务部 025-5555 0117，每日 8:30 – 18:00", "Service 025-5555 0117, daily 8:30 – 18:00"),
        bring: vec![
            bring("身份证件原件", "Identity card", "全部买受人", "of every buyer"),
            bring("《商品房买卖合同》", "Sales contract", "", ""),
            bring("授权委托书", "Letter of authority", "业主不能到场时", "if you cannot come"),
        ],
        receive: ["《住宅质量保证书》", "《住宅使用说明书》", "分户验收表", "钥匙、门禁卡"].map(Words::one).into(),
        terms: vec![
            w(
                "先查验，后签字，再办理交接；查验不以交纳费用为前提。",
                "You inspect first, then sign, then take possession; no fee has to be paid before inspecting.",
            ),
            w(
                "发现问题逐项记录并约定整改期限；您可以部分接受或说明理由后拒绝接受。",
                "Every fault is recorded with a date for putting it right; you may accept in part, or refuse with a reason.",
            ),
            w(
                "不能按时到场的，请提前告知以另约时间；可以书面委托他人代为办理。",
                "If you cannot come, tell us in advance for another date; you may authorise someone in writing.",
            ),
        ],
        dispatches: vec![
            Dispatch {
                method: w("挂号信", "Registered mail"),
                tracking: "RR 123 456 785 CN".into(),
                sent: Some(on(-16, 15, 10)),
                delivered: Some(on(-14, 10, 42)),
                proof: w("签收回执照片 4c1e…90ab", "photo of the receipt 4c1e…90ab"),
            },
            Dispatch { method: w("短信链接", "Link by SMS"), tracking: String::new(), sent: Some(on(-16, 15, 12)), delivered: None, proof: w("", "") },
        ],
        issued_by: w("云溪置业有限公司 客户服务部", "Yunxi Estates Ltd., Customer Service"),
    }
}

/// The guide that goes with the notice.
pub fn guide() -> HandoverGuide {
    let n = notice();
    let step = |zh: &str, en: &str, text: &str, text_en: &str, minutes: u32| GuideStep { title: w(zh, en), text: w(text, text_en), minutes: Some(minutes) };
    let items = |list: &[(&str, &str)]| list.iter().map(|(zh, en)| w(zh, en)).collect();
    HandoverGuide {
        sheet: Sheet { frozen: on(-16, 10, 0), digest: Some(Digest::of(b"guide")), proof_state: ProofState::Safe, ..sheet("ZY-2026-0412") },
        lead: w(
            "交房当天由验房工程师全程陪同。请从容查看，有疑问随时提出，都会记录并答复。",
            "An inspector accompanies you throughout. Take your time; every question is recorded and answered.",
        ),
        bring: n.bring,
        steps: vec![
            step(
                "核对身份",
                "Identity",
                "当面核对证件，不留存号码；代办人出示授权委托书。",
                "Papers are looked at, numbers are not kept; a representative shows the mandate.",
                10,
            ),
            step(
                "逐间查验",
                "Room by room",
                "按清单查验并测量；发现的问题当场拍照、标在户型图上。",
                "The checklist is walked and measured; faults are photographed and marked on the plan.",
                90,
            ),
            step("设备调试", "Equipment", "试水、试电、试门窗与对讲，抄表。", "Water, power, doors, windows and intercom are tried, meters read.", 20),
            step(
                "核对清单并签字",
                "List and signature",
                "逐项表态：接受或说明理由不接受。签字不放弃日后报修、索赔的权利。",
                "Say to each item: accepted, or refused with a reason. Signing gives up no later right.",
                20,
            ),
            step("交接", "Handover", "领取文件、钥匙、门禁卡。", "You receive papers, keys and cards.", 10),
        ],
        checks: vec![
            GuideCheck {
                part: w("工程质量", "Works"),
                items: items(&[
                    ("墙面、地面、顶棚", "Walls, floors, ceilings"),
                    ("门窗与防水", "Doors, windows, waterproofing"),
                    ("净高、平整度、空鼓", "Height, flatness, hollowness"),
                ]),
            },
            GuideCheck {
                part: w("设备调试", "Equipment"),
                items: items(&[("给排水", "Water and drains"), ("配电与插座", "Power and sockets"), ("燃气、对讲", "Gas, intercom")]),
            },
            GuideCheck {
                part: w("资料交接", "Documents"),
                items: items(&[("两书与验收表", "Warranty, manual, forms"), ("面积报告", "Area survey"), ("钥匙清单", "Key list")]),
            },
        ],
        rights: n.terms,
        afterwards: vec![
            w("整改进度可用业主链接随时查看；整改完成后由您确认或驳回。", "Follow the repairs by your link; you confirm or reject each one."),
            w("保修期自交付之日起按《住宅质量保证书》计算。", "Warranty runs from the day of handover as the warranty booklet says."),
        ],
        contacts: vec![GuideContact {
            who: w("客户服务部", "Customer service"),
            how: w("025-5555 0117，每日 8:30 – 18:00", "025-5555 0117, daily 8:30 – 18:00"),
        }],
    }
}

/// Words that look like markup, code or a trap.
pub const HOSTILE: &str = "#eval(\"1+1\") *粗* _斜_ $x^2$ `code` <label> @ref \\ // 注释 /* */ = 标题 {n} [[x]] &lt; %s 😭 𠮷 \u{202e}abc";

/// Every document in every state, by name.
pub fn all() -> Vec<(&'static str, Document, Album)> {
    let report = |change: &dyn Fn(&mut AcceptanceReport, &mut Album)| {
        let (mut report, mut album) = acceptance();
        change(&mut report, &mut album);
        (Document::AcceptanceReport(Box::new(report)), album)
    };
    let mut all = Vec::new();
    let mut put = |name, (document, album): (Document, Album)| all.push((name, document, album));
    put("in-part", report(&|_, _| {}));
    put(
        "accepted",
        report(&|r, _| {
            r.outcome = Outcome::Accepted;
            r.snags.iter_mut().for_each(|s| s.answer = Answer::Accepted);
            r.disputes.clear();
        }),
    );
    put(
        "refused-owner-absent",
        report(&|r, _| {
            r.outcome = Outcome::NotSigned { reason: "业主未到场，电话告知后三日内未另约".into() };
            r.snags.iter_mut().for_each(|s| s.answer = Answer::None);
            r.participants[0].presence = w("未到场", "absent");
            (r.disputes[0].about, r.disputes[0].next) = (Words::default(), Words::default());
            r.disputes[0].we_say.clear();
            r.signatures[0].act = SignatureAct::Absent { reason: "电话告知后未到场".into(), witness: Personal::known("方敏") };
            r.signatures[0].level = 0;
            r.shown = None;
        }),
    );
    put(
        "refused-to-sign",
        report(&|r, _| {
            r.outcome = Outcome::Refused { reason: "地砖整间不换就不收房。".into() };
            r.signatures[0].act = SignatureAct::RefusedToSign { reason: "地砖整间不换就不收房。".into(), witness: Personal::known("方敏") };
        }),
    );
    put(
        "representative-temporary-number",
        report(&|r, album| {
            r.sheet.number = DocNumber { text: "L-07-0031".into(), temporary: true };
            r.sheet.proof_state = ProofState::OnDevice;
            r.sheet.seal = Words::default();
            let scan = album.add(jpeg(&draw_photo(77, 480, 640)));
            r.participants.insert(
                1,
                Participant {
                    role: w("业主代表", "Owner's representative"),
                    name: Personal::known("Łukasz Nguyễn"),
                    organisation: w("", ""),
                    identity: w("护照当面核对", "passport seen"),
                    mandate: Some(Mandate {
                        document: w("授权委托书（公证）", "notarised letter of authority"),
                        dated: "2026-09-01".parse().ok(),
                        scope: w("查验、签字、领取钥匙", "inspect, sign, receive keys"),
                        photo: Some(scan),
                    }),
                    presence: w("到场", "in person"),
                    on_cover: true,
                },
            );
            r.signatures.iter_mut().for_each(|s| {
                s.hub_time = None;
                s.clock_error_s = None;
            });
            if let Some(p) = &mut r.proof {
                p.hub_key = None;
                p.checkpoint = None;
                p.stamp = None;
                p.first_contact = None;
                p.photos_on_hub = 0;
            }
            r.parts[1].end = PartEnd::Waived { reason: "小区正式供电前不能试对讲".into(), by: w("项目经理", "project manager") };
        }),
    );
    put(
        "no-snags",
        report(&|r, _| {
            r.outcome = Outcome::Accepted;
            r.snags.clear();
            r.plans[0].pins.clear();
            r.disputes.clear();
            r.figures.snags = 0;
            r.parts[0].snags = 0;
            r.parts[0].end = PartEnd::Done;
        }),
    );
    put(
        "draft",
        report(&|r, _| {
            r.sheet.standing = Standing::Draft;
            r.sheet.digest = None;
            r.signatures.clear();
            r.shown = None;
            r.covered.clear();
            r.proof = None;
            r.parts[2].end = PartEnd::Open;
        }),
    );
    put(
        "superseded-raster-plan-long-words",
        report(&|r, album| {
            r.sheet.standing = Standing::Superseded { by_version: 2 };
            // A plan as a PNG with transparency.
            let mut png = Vec::new();
            let plan = image::RgbaImage::from_fn(900, 500, |x, y| image::Rgba([20, 20, 20, if x % 300 < 4 || y % 250 < 4 { 255 } else { 0 }]));
            let _ = plan.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png);
            album.add_plan(r.plans[0].picture, PlanPicture::Raster(png));
            // Longer than a page, each in its own table.
            let long = "说来话长，逐字记录。".repeat(300);
            r.questions[0].answer = long.clone();
            r.disputes[0].we_say = long.clone();
            r.snags[3].answer = Answer::Refused { reason: long.clone() };
            r.signatures[0].act = SignatureAct::RefusedToSign { reason: long, witness: Personal::known("方敏") };
        }),
    );
    put(
        "erased",
        report(&|r, _| {
            r.participants[0].name = Personal::Erased;
            r.signatures[0].name = Personal::Erased;
            r.signatures[0].act = SignatureAct::Signed { strokes: vec![] };
            r.snags.iter_mut().filter(|s| s.owner_said.is_some()).for_each(|s| s.owner_said = Some(Personal::Erased));
        }),
    );
    put(
        "pictures-missing",
        report(&|r, album| {
            album.set(r.snags[0].photos[0].digest, Picture::Damaged(w("文件在第 1 204 312 字节处中断", "the file ends at byte 1,204,312")));
            album.set(r.snags[1].photos[0].digest, Picture::OnHubOnly);
            album.set(r.snags[2].photos[0].digest, Picture::CannotBeShown(w("HEIC，无预览", "HEIC without a preview")));
            album.set(r.snags[3].photos[0].digest, Picture::Jpeg(b"not a jpeg".to_vec()));
            r.snags[4].photos.clear();
            album.add_plan(r.plans[0].picture, PlanPicture::Svg(b"<svg><bro".to_vec()));
        }),
    );
    put(
        "hostile-text",
        report(&|r, _| {
            r.sheet.unit.full = Words::one("一间名字很长的房间".repeat(5));
            r.snags[0].place = Words::one("儿童房兼书房兼储藏室兼客房兼琴房兼健身房兼影音室兼衣帽间兼茶室兼花房 地面");
            r.snags[0].owner_said = Some(Personal::known(HOSTILE));
            r.snags[0].found = format!("{HOSTILE}\n第二行");
            r.snags[1].found = "W".repeat(120);
            r.snags[2].found = "这一段话很长很长，业主坚持逐字记录。".repeat(120);
            r.snags[1].what = Words::one("supercalifragilisticexpialidocious-".repeat(3));
            r.measures[0].points = Words::one(HOSTILE);
            r.questions[0].asked = HOSTILE.to_owned();
            r.disputes[0].owner_says = HOSTILE.to_owned();
            r.shown = Some(ShownWords { text: HOSTILE.to_owned(), digest: Digest::of(b"x") });
            r.outcome = Outcome::Refused { reason: HOSTILE.to_owned() };
            r.signatures[0].name = Personal::known(HOSTILE);
            let pins = &mut r.plans[0].pins;
            pins.iter_mut().for_each(|p| (p.x, p.y) = (0.5, 0.5));
            pins.push(Pin { snag: 13, x: f32::NAN, y: -3.0 });
        }),
    );
    let (record, album) = rectification();
    put("rectification", (Document::RectificationRecord(Box::new(record.clone())), album));
    let empty = RectificationRecord { snags: vec![], sheet: Sheet { standing: Standing::Draft, digest: None, ..record.sheet }, proof: None, ..record };
    put("rectification-empty", (Document::RectificationRecord(Box::new(empty)), Album::default()));
    put("notice", (Document::HandoverNotice(Box::new(notice())), Album::default()));
    let unsent = HandoverNotice { dispatches: vec![], bring: vec![], terms: vec![], escort: None, ..notice() };
    put("notice-unsent", (Document::HandoverNotice(Box::new(unsent)), Album::default()));
    put("guide", (Document::HandoverGuide(Box::new(guide())), Album::default()));
    let mut plain = guide();
    plain.steps.iter_mut().for_each(|s| (s.title, s.minutes) = (Words::default(), None));
    put("guide-untitled", (Document::HandoverGuide(Box::new(plain)), Album::default()));
    let pledge = ServicePledge::of(keyturn_core::policy::Profile::builtin(), "云溪雅苑一期", on(0, 9, 0));
    put("pledge", (Document::ServicePledge(Box::new(pledge)), Album::default()));
    all
}
