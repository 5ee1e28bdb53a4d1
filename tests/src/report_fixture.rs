//! A handover as it could have been, for the tests and benchmarks of printed documents: unit 2-1-1102 of the design,
//! 12 snags, 148 checklist lines, 30 photographs drawn here.

use chrono::NaiveDate;
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use keyturn_core::{
    model::{Digest, UtcMs, drawing::marks, value::Shape},
    report::*,
};
use std::collections::HashMap;

fn w(zh: &str, en: &str) -> Words {
    Words::new(zh, en)
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

/// 12 September 2026 at this time, China.
pub fn at(hour: i64, minute: i64, second: i64) -> Moment {
    later(0, hour, minute, second)
}

fn later(days: i64, hour: i64, minute: i64, second: i64) -> Moment {
    const DAY_START_MS: i64 = 1_789_142_400_000; // 2026-09-12 00:00 +08:00
    Moment { at_ms: UtcMs(DAY_START_MS + (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000), offset_min: 480 }
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// The pictures of a document: those put in, and for any other digest "on the hub only".
#[derive(Default)]
pub struct Album {
    photos: HashMap<Digest, Picture>,
    plans: HashMap<Digest, PlanPicture>,
}

impl Album {
    /// Puts a picture under the digest of its own bytes, which is given back.
    pub fn add(&mut self, jpeg: Vec<u8>) -> Digest {
        let key = Digest::of(&jpeg);
        self.photos.insert(key, Picture::Jpeg(jpeg));
        key
    }
    /// What is to be had for a digest.
    pub fn set(&mut self, key: Digest, picture: Picture) {
        self.photos.insert(key, picture);
    }
    /// Puts a plan.
    pub fn add_plan(&mut self, key: Digest, plan: PlanPicture) {
        self.plans.insert(key, plan);
    }
}

impl Pictures for Album {
    fn photo(&self, original: &Digest) -> Picture {
        self.photos.get(original).cloned().unwrap_or(Picture::OnHubOnly)
    }
    fn plan(&self, file: &Digest) -> PlanPicture {
        self.plans.get(file).cloned().unwrap_or(PlanPicture::Missing)
    }
}

/// A photograph of a wall: tiles, light falling off, grain, and marks in red that say which way is up.
pub fn draw_photo(seed: u32, width: u32, height: u32) -> RgbImage {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(97);
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let tint = [(228, 220, 208), (206, 212, 214), (216, 206, 190), (224, 224, 220), (198, 192, 182)][seed as usize % 5];
    let tile = 60 + (seed % 5) * 23;
    let (cx, cy) = (width / 4 + next() % (width / 2), height / 3 + next() % (height / 3));
    let mut image = RgbImage::new(width, height);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let light = 1.08 - 0.35 * (f64::from(x) / f64::from(width) - 0.35).abs() - 0.22 * f64::from(y) / f64::from(height);
        let joint = if x % tile < 3 || y % tile < 3 { 0.72 } else { 1.0 };
        let grain = f64::from(next() % 13) - 6.0;
        let base = |v: i32| (f64::from(v) * light * joint + grain).clamp(0.0, 255.0) as u8;
        *pixel = Rgb([base(tint.0), base(tint.1), base(tint.2)]);
        let (dx, dy) = (f64::from(x) - f64::from(cx), f64::from(y) - f64::from(cy));
        let r = dx.hypot(dy);
        if (46.0..52.0).contains(&r) || (r < 40.0 && (dx.abs() - dy.abs()).abs() < 3.5) {
            *pixel = Rgb([196, 40, 32]);
        }
    }
    // Upper left corner: a blue square, so that a turned picture is seen.
    for y in 8..40.min(height) {
        for x in 8..40.min(width) {
            image.put_pixel(x, y, Rgb([20, 60, 190]));
        }
    }
    image
}

/// A JPEG as the evidence store would give it.
pub fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = JpegEncoder::new_with_quality(&mut bytes, 82).encode_image(image);
    bytes
}

/// The plan of the unit.
pub const PLAN_SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="16 14 308 170" fill="none" stroke="#141414">
<path stroke-width="3.2" d="M180 20H20V150H320V20H196"/>
<path stroke-width="2" d="M110 20V66M110 80V88M110 102V150M20 84H36M50 84H110M64 20V84M160 20V62M110 62H136M150 62H160M232 20V62M232 90V150M232 62H240M254 62H268M268 20V66M268 80V90M232 90H238M252 90H320"/>
<path stroke-width="1" d="M110 150V180H232V150"/>
<path stroke-width=".7" d="M110 66H96A14 14 0 0 0 110 80M110 102H96A14 14 0 0 1 110 88M36 84V70A14 14 0 0 1 50 84M136 62V48A14 14 0 0 1 150 62M240 62V48A14 14 0 0 1 254 62M268 66H282A14 14 0 0 1 268 80M238 90V104A14 14 0 0 0 252 90M180 20V36A16 16 0 0 0 196 20"/>
</svg>"##;

fn stroke(points: &[(f32, f32)]) -> Vec<StrokePoint> {
    points.iter().enumerate().map(|(i, (x, y))| StrokePoint { x: *x, y: *y, pressure: 0.35 + 0.45 * ((i % 4) as f32) / 3.0 }).collect()
}

/// Strokes like a written name; `kind` chooses among three hands.
pub fn handwriting(kind: usize) -> Vec<Vec<StrokePoint>> {
    match kind {
        0 => vec![
            stroke(&[(3.0, 3.0), (5.5, 2.4), (6.4, 4.0), (4.0, 6.5), (6.6, 8.0), (4.2, 11.0), (3.6, 15.0)]),
            stroke(&[(3.6, 2.6), (3.4, 9.0), (3.2, 15.5)]),
            stroke(&[(8.0, 4.0), (13.0, 3.0), (9.5, 7.5), (14.0, 7.0), (11.4, 14.6), (10.0, 13.0)]),
            stroke(&[(9.0, 10.5), (8.0, 13.0)]),
            stroke(&[(18.0, 3.4), (23.0, 2.8)]),
            stroke(&[(17.6, 6.0), (23.6, 5.4), (18.0, 9.0), (22.6, 8.8), (22.0, 14.8), (20.6, 14.0)]),
            stroke(&[(26.0, 4.0), (30.5, 2.6), (27.0, 7.4), (31.4, 6.8), (30.6, 12.6), (28.6, 14.0)]),
            stroke(&[(34.0, 3.0), (34.4, 14.6)]),
            stroke(&[(36.4, 4.0), (40.5, 3.2), (37.4, 8.0), (41.6, 8.4), (37.6, 13.2), (43.8, 12.0)]),
        ],
        1 => vec![
            stroke(&[(3.0, 4.0), (10.0, 3.0)]),
            stroke(&[(6.4, 3.4), (6.2, 13.0)]),
            stroke(&[(3.4, 8.0), (9.6, 7.4)]),
            stroke(&[(2.0, 13.8), (11.6, 12.4), (16.0, 8.0)]),
            stroke(&[
                (16.0, 5.0),
                (21.0, 3.4),
                (17.4, 8.0),
                (22.4, 7.6),
                (17.0, 13.4),
                (19.6, 10.6),
                (21.8, 14.0),
                (25.6, 9.0),
                (27.0, 14.4),
                (31.5, 10.5),
                (39.0, 11.5),
            ]),
        ],
        _ => vec![
            stroke(&[
                (3.0, 6.0),
                (9.0, 4.0),
                (5.0, 13.6),
                (12.0, 8.0),
                (11.0, 14.0),
                (16.6, 6.6),
                (18.0, 13.4),
                (24.0, 9.0),
                (27.0, 13.0),
                (33.0, 8.6),
                (41.0, 12.0),
            ]),
            stroke(&[(20.0, 3.6), (22.2, 5.2)]),
        ],
    }
}

/// The unit's head as on the design's pages.
pub fn sheet(number: &str) -> Sheet {
    Sheet {
        number: DocNumber { text: number.to_owned(), temporary: false },
        version: 1,
        unit: UnitHead {
            full: w("云溪雅苑一期 2 号楼 1 单元 1102", "Yunxi Garden Phase 1, Building 2, Entrance 1, 1102"),
            short: w("云溪雅苑一期 2-1-1102", "Yunxi Garden 1, 2-1-1102"),
            about: w("三室两厅两卫，精装，实测建筑面积 118.64 m²", "3 bedrooms, 2 living rooms, 2 bathrooms; fitted; surveyed area 118.64 m²"),
        },
        standing: Standing::Sealed,
        digest: Some(digest(number)),
        proof_state: ProofState::Safe,
        seal: w("K1·7f3c 检查点 8 812", "K1·7f3c checkpoint 8 812"),
        frozen: at(11, 39, 20),
    }
}

/// Who took part.
pub fn participants() -> Vec<Participant> {
    let person = |role: Words, name: &str, organisation: Words, identity: Words, presence: Words| Participant {
        role,
        name: Personal::known(name),
        organisation,
        identity,
        mandate: None,
        presence,
        on_cover: true,
    };
    vec![
        person(w("业主", "Owner"), "陈静怡", w("", ""), w("身份证件当面核对，未留存号码", "identity card seen, number not kept"), w("本人到场", "in person")),
        person(w("查验人", "Inspector"), "王磊", w("云溪置业客户服务部", "Yunxi Estates, service"), w("工号 0117", "staff no. 0117"), w("", "")),
        person(w("见证", "Witness"), "方敏", w("云溪物业服务有限公司", "Yunxi Property Services"), w("工作证", "staff card"), w("", "")),
    ]
}

/// A signature that reached the hub.
pub fn signature(name: &str, role: Words, signed: Words, level: u8, kind: usize, sequence: u64) -> Signature {
    Signature {
        name: Personal::known(name),
        role,
        act: SignatureAct::Signed { strokes: handwriting(kind) },
        signed,
        level,
        level_note: if level == 2 { w("尾号 2046", "code to …2046") } else { w("", "") },
        identity: w("身份证件当面核对，未留存号码", "identity card seen, number not kept"),
        device_time: at(11, 38, 4 + 30 * kind as i64),
        offline_min: (kind == 0).then_some(152),
        hub_time: Some(at(13, 5, 51)),
        clock_error_s: Some(2),
        device_seal: Some(DeviceSeal { device: w("平板 07", "Tablet 07"), sequence, head: digest(&format!("head {sequence}")) }),
    }
}

/// The last page.
pub fn proof(number: &str, photos: u32) -> Proof {
    let hub_key = digest("hub key");
    Proof {
        hub_key_name: "K1".to_owned(),
        hub_key: Some(hub_key),
        checkpoint: Some(Checkpoint {
            origin: "hub.yunxi.example/log".to_owned(),
            number: 8812,
            size: 41_906,
            root: "q8Zr0bKt9mXw2yLhVbPdQ7n4sUeJcRfT1oGiVn3sE8M=".to_owned(),
            at: at(13, 6, 2),
        }),
        stamp: Some(OutsideStamp { at: at(14, 0, 7), authority: w("可信时间戳机构（示例）", "time-stamp authority (example)") }),
        records: 186,
        devices: 2,
        photos,
        photos_on_hub: photos,
        first_contact: Some(at(13, 5, 51)),
        bundle: "2-1-1102.ktbundle".to_owned(),
        qr: format!("KT1 {number} {} {hub_key}", digest(number)),
    }
}

struct Row(&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, u32, &'static str);

const SNAGS: [Row; 12] = [
    Row(
        "客厅 地面",
        "Living room, floor",
        "地砖空鼓 3 块",
        "3 hollow tiles",
        "走上去有空声，三块都响。",
        "敲击空鼓 3 块，非边角；更换 3 块。",
        1,
        "2026-09-30",
    ),
    Row("南阳台 栏板", "South balcony, parapet", "密封胶脱落", "sealant come loose", "胶条掉了一截。", "脱胶 0.6 m；清理重打。", 0, "2026-10-08"),
    Row("主卧 墙面", "Main bedroom, wall", "空鼓 0.05 m²", "hollow area 0.05 m²", "敲着是空的。", "1 处 0.05 m²，超过 0.04 m²；铲除重抹。", 1, "2026-09-17"),
    Row(
        "公卫 地面",
        "Bathroom, floor",
        "坡度 0.6 %，积水",
        "fall 0.6 %, standing water",
        "洗完澡水排不净。",
        "坡度 0.6 %，应不小于 1.0 %；重做找坡。",
        1,
        "2026-09-22",
    ),
    Row("玄关 强电箱", "Hall, consumer unit", "回路标识缺 3 处", "3 circuit labels missing", "", "第 4、7、9 回路缺标识；补贴。", 0, "2026-09-17"),
    Row("南次卧 门", "South bedroom, door", "门扇划伤 18 cm", "door leaf scratched, 18 cm", "门上有两道划痕。", "划伤 2 道；修补后同色。", 0, "2026-09-17"),
    Row("主卧 顶面", "Main bedroom, ceiling", "裂缝 0.9 m", "crack 0.9 m", "顶上有条缝。", "涂层开裂 0.9 m，宽 0.2 mm；嵌缝补漆。", 0, "2026-09-17"),
    Row("厨房 墙面", "Kitchen, wall", "墙砖崩角 1 块", "1 chipped tile", "灶台后面缺个角。", "崩角 12 mm；更换 1 块。", 0, "2026-09-17"),
    Row("北次卧 墙面", "North bedroom, wall", "平整度 5.5 mm", "flatness 5.5 mm", "", "5 点最大 5.5 mm，限值 4 mm；打磨补平。", 1, "2026-09-17"),
    Row("书房 外窗", "Study, window", "玻璃划痕", "scratched glass", "玻璃上有印子擦不掉。", "划痕 2 处，长 40 mm；更换玻璃。", 0, "2026-09-22"),
    Row("主卫 墙面", "En suite, wall", "砖缝宽窄不一", "uneven joints", "缝看着不齐。", "缝宽 1.0 – 2.2 mm；重新勾缝。", 0, "2026-09-17"),
    Row("客厅 墙面", "Living room, wall", "污损 1 处", "1 stain", "墙上有块白的。", "补漆色差 0.3 m²；整面重涂。", 0, "2026-09-17"),
];

const PINS: [(f32, f32); 12] = [
    (0.50, 0.57),
    (0.59, 0.91),
    (0.04, 0.62),
    (0.80, 0.22),
    (0.60, 0.14),
    (0.78, 0.56),
    (0.22, 0.59),
    (0.335, 0.12),
    (0.19, 0.15),
    (0.90, 0.10),
    (0.04, 0.14),
    (0.67, 0.67),
];

/// One of each tool, the words beginning where they would run over the picture's right edge.
fn drawn() -> Vec<Shape> {
    let shape =
        |tool: &str, points_ppm: &[u32], text: Option<&str>| Shape { tool: tool.into(), points_ppm: points_ppm.to_vec(), text: text.map(str::to_owned) };
    vec![
        shape("circle", &[300_000, 400_000, 450_000, 400_000], None),
        shape("arrow", &[800_000, 850_000, 480_000, 560_000], None),
        shape("pen", &[100_000, 900_000, 200_000, 800_000, 300_000, 900_000, 400_000, 800_000], None),
        shape("text", &[880_000, 150_000], Some("空鼓 0.3 m²")),
    ]
}

fn photo(album: &mut Album, seed: u32, about: Words, taken: Moment) -> Photo {
    let (width, height) = if seed % 6 == 5 { (480, 640) } else { (640, 480) };
    let drawing = if seed % 5 == 1 { marks(&drawn(), width as f32 / height as f32) } else { Vec::new() };
    Photo { digest: album.add(jpeg(&draw_photo(seed, width, height))), taken: Some(taken), about, drawing }
}

/// The acceptance report of the design with its pictures: 12 snags, 148 lines, 30 photographs, accepted in part.
pub fn acceptance() -> (AcceptanceReport, Album) {
    let mut album = Album::default();
    let plan = Digest::of(PLAN_SVG.as_bytes());
    album.add_plan(plan, PlanPicture::Svg(PLAN_SVG.as_bytes().to_vec()));
    let mut seed = 0;
    let snags: Vec<Snag> = SNAGS
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let photos = (0..if i < 6 { 3 } else { 1 })
                .map(|n| {
                    seed += 1;
                    photo(&mut album, seed, if n == 0 { w("", "") } else { w("近景", "close up") }, at(9, 10 + i as i64 * 4, n * 7))
                })
                .collect();
            Snag {
                number: i as u32 + 1,
                place: w(row.0, row.1),
                what: w(row.2, row.3),
                severity: if row.6 == 1 { w("较差", "poor") } else { w("轻微", "minor") },
                owner_said: (!row.4.is_empty()).then(|| Personal::known(row.4)),
                found: row.5.to_owned(),
                due: day(row.7),
                answer: if i == 0 { Answer::Refused { reason: "应整间更换，不是只换 3 块。".to_owned() } } else { Answer::Accepted },
                photos,
            }
        })
        .collect();
    let other_photos = (0..6)
        .map(|n| {
            seed += 1;
            photo(&mut album, seed, if n < 3 { w("水表、电表、燃气表", "meters") } else { w("交接现场", "on site") }, at(11, 20 + n, 0))
        })
        .collect();
    let rooms = [
        ("主卧", "Main bedroom", 0.17, 0.68),
        ("主卫", "En suite", 0.09, 0.32),
        ("北次卧", "North bedroom", 0.22, 0.32),
        ("厨房", "Kitchen", 0.40, 0.15),
        ("玄关", "Hall", 0.53, 0.28),
        ("客厅", "Living room", 0.40, 0.70),
        ("公卫", "Bathroom", 0.735, 0.15),
        ("书房", "Study", 0.91, 0.32),
        ("南次卧", "South bedroom", 0.86, 0.65),
        ("南阳台", "South balcony", 0.42, 0.90),
    ];
    let measure =
        |item: (&str, &str), place: (&str, &str), limit: &str, source: &str, points: &str, worst: &str, verdict: Verdict, snag: Option<u32>| Measure {
            item: w(item.0, item.1),
            place: w(place.0, place.1),
            limit: Words::one(limit),
            source: Words::one(source),
            points: Words::one(points),
            worst: Words::one(worst),
            verdict,
            snag,
            reason: w("", ""),
        };
    let (living, main, bath) = (("客厅", "Living room"), ("主卧", "Main bedroom"), ("公卫", "Bathroom"));
    let flat = ("墙面平整度", "Wall flatness");
    let mut measures = vec![
        measure(("净高", "Clear height"), living, "≥ 2.40 m", "GB 50096-2011", "2.77 – 2.79（5）", "2.77", Verdict::Pass, None),
        measure(("净高", "Clear height"), main, "≥ 2.40 m", "GB 50096-2011", "2.76 – 2.78（5）", "2.76", Verdict::Pass, None),
        measure(flat, living, "≤ 4 mm", "GB 50210-2018", "1.5  2.0  3.0  2.5  2.0", "3.0", Verdict::Pass, None),
        measure(flat, ("北次卧", "North bedroom"), "≤ 4 mm", "GB 50210-2018", "2.0  3.5  5.5  3.0  2.5", "5.5", Verdict::Fail, Some(9)),
        measure(("墙面垂直度", "Wall plumb"), main, "≤ 4 mm", "GB 50210-2018", "1.0  2.5  2.0  3.0  1.5", "3.0", Verdict::Pass, None),
        measure(("阴阳角方正", "Squareness"), main, "≤ 4 mm", "GB 50210-2018", "2.0  1.5  2.5  2.0", "2.5", Verdict::Pass, None),
        measure(("墙面空鼓", "Hollow wall"), main, "≤ 0.04 m²", "JGJ/T 304-2013", "1", "0.05", Verdict::Fail, Some(3)),
        measure(("地砖空鼓", "Hollow tiles"), living, "0", "GB 50209-2010", "46", "3", Verdict::Fail, Some(1)),
        measure(("地面坡度", "Floor fall"), bath, "≥ 1.0 %", "GB 55030-2022", "0.6  0.9  1.1", "0.6", Verdict::Fail, Some(4)),
        measure(("地面坡度", "Floor fall"), ("主卫", "En suite"), "≥ 1.0 %", "GB 55030-2022", "1.4  1.3  1.5", "1.3", Verdict::Pass, None),
        measure(("栏板高度", "Parapet height"), ("南阳台", "South balcony"), "≥ 1.10 m", "GB 50096-2011", "1.12  1.12  1.13", "1.12", Verdict::Pass, None),
        measure(("插座极性", "Socket polarity"), ("全户", "Whole unit"), "100 %", "GB 50303-2015", "32", "32 / 32", Verdict::Pass, None),
        measure(("漏电保护", "RCD"), ("强电箱", "Consumer unit"), "≤ 30 mA", "GB 55038-2025", "22  24  23  25", "25", Verdict::Pass, None),
        measure(("净宽偏差", "Width deviation"), living, "", "", "4.31  4.30  4.31  4.29", "20 mm", Verdict::NotJudged, None),
    ];
    if let Some(last) = measures.last_mut() {
        last.limit = w("省级参数未确认", "province value open");
        last.source = w("草案", "draft");
    }
    if let Some(door) = measures.get_mut(5) {
        door.reason = w("", "");
    }
    let lines = checklist();
    let signed = w("问题清单第 1 版，部分接受", "Snag list version 1, accepted in part");
    let report = AcceptanceReport {
        sheet: sheet("JF-2026-0098"),
        outcome: Outcome::InPart,
        participants: participants(),
        started: at(9, 6, 0),
        ended: at(11, 38, 0),
        offline: true,
        contract_date: day("2026-09-30"),
        contract_date_note: w("按期", "on time"),
        filing: w("2026-08-21，备案表已出示", "2026-08-21, filing form shown"),
        area: w("预测 118.20 m²，实测 118.64 m²，相差 +0.37 %（约定 ±3 % 以内）", "predicted 118.20 m², surveyed 118.64 m²: +0.37 % (within the agreed ±3 %)"),
        rules: w("精装交付清单第 4 版；cn-default 第 3 版；限值来源见实测值一节", "fitted checklist v4; cn-default v3; sources of limits under Measured values"),
        figures: Figures { lines: 148, passed: 133, failed: 11, recorded: 1, not_applicable: 3, snags: 12, photos: 30 },
        parts: vec![
            Part { name: w("工程质量", "Works"), lines: 112, passed: 98, snags: 12, end: PartEnd::WithSnags, note: w("2 行不适用", "2 lines n/a") },
            Part { name: w("设备调试", "Equipment"), lines: 24, passed: 23, snags: 0, end: PartEnd::Done, note: w("燃气 1 行不适用", "gas line n/a") },
            Part { name: w("资料交接", "Documents"), lines: 12, passed: 12, snags: 0, end: PartEnd::Done, note: w("", "") },
        ],
        meters: vec![
            Meter { kind: w("水", "Water"), number: "SB-40117".into(), reading: "3.2".into(), unit: "m³".into(), note: w("", "") },
            Meter { kind: w("电", "Electricity"), number: "DB-88213".into(), reading: "18.4".into(), unit: "kWh".into(), note: w("", "") },
            Meter { kind: w("燃气", "Gas"), number: String::new(), reading: "0.0".into(), unit: "m³".into(), note: w("未通气", "not connected") },
        ],
        keys: vec![
            KeyCount { what: w("入户门", "Front door"), count: 5, counter: w("把", "keys") },
            KeyCount { what: w("门禁卡", "Access cards"), count: 3, counter: w("张", "cards") },
            KeyCount { what: w("返修留用（业主同意）", "Held for repairs (owner agrees)"), count: 1, counter: w("把", "key") },
        ],
        documents: [("住宅质量保证书", "Quality warranty"), ("住宅使用说明书", "Home user manual"), ("分户验收表", "Unit acceptance form"), ("实测面积报告", "Area survey")]
            .map(|(zh, en)| GivenDocument { name: w(zh, en), given: true, note: w("", "") })
            .into(),
        plans: vec![Plan {
            head: PlanHead { id: "2B-03".into(), version: 2, title: w("", ""), north_up: true },
            picture: plan,
            rooms: rooms.map(|(zh, en, x, y)| PlanRoom { name: w(zh, en), x, y }).into(),
            pins: PINS.iter().enumerate().map(|(i, (x, y))| Pin { snag: i as u32 + 1, x: *x, y: *y }).collect(),
        }],
        snags,
        due_note: w("期限自 9 月 14 日派单起、当日不计：单工种 3 个工作日，多工种 7 个（9 月 20 日补班计入）；第 1、2 项由双方约定。", "Due dates run from the order of 14 September, that day not counted: 3 working days for one trade, 7 for several; items 1 and 2 were agreed."),
        measures,
        instruments: w("激光测距仪 L-12（校准至 2027-03-31）、2 m 靠尺 R-05、相位检测器 P-02", "laser L-12 (calibrated to 2027-03-31), 2 m straightedge R-05, socket tester P-02"),
        contract_values: [("入户门锁", "Front door lock", "指纹锁，五年质保", "同约定，序列号已登记"), ("厨房台面", "Kitchen top", "石英石 15 mm，白色", "15 mm，白色"), ("客厅地砖", "Living room tiles", "800 × 800 通体砖", "800 × 800 通体砖"), ("窗玻璃", "Window glass", "5 + 12A + 5 中空", "间隔条印记一致")]
            .map(|(zh, en, agreed, found)| ContractValue { item: w(zh, en), agreed: Words::one(agreed), found: Words::one(found), verdict: Verdict::Pass, snag: None })
            .into(),
        questions: vec![
            Question { at: at(10, 12, 0), asked: "燃气什么时候通？".into(), answer: "由燃气公司办理，资料随钥匙袋。".into(), follow_up: w("", "") },
            Question { at: at(10, 48, 0), asked: "地砖空鼓为什么只换三块？".into(), answer: "按规范只换空鼓的砖；业主不同意，记入第 1 项。".into(), follow_up: w("9-15 前答复", "answer by 15 Sept") },
        ],
        disputes: vec![Dispute {
            at: at(10, 52, 0),
            about: w("地砖更换范围", "Extent of tiles to replace"),
            owner_says: "三块都在一间，换了颜色会不一样，应整间换。".into(),
            we_say: "同批次备砖 40 块，先换 3 块，业主看后再定。".into(),
            next: w("工程部 9-15 到场", "Engineering on site 15 Sept"),
        }],
        gatherings: vec![
            Gathering {
                kind: GatheringKind::Inspection,
                title: "外墙与门窗联合检查".into(),
                at: Some(at(9, 0, 0)),
                place: "2 号楼".into(),
                present: Vec::new(),
                said: vec!["南向外窗密封胶局部断开，由门窗单位整改后复查。".into()],
                snags: vec![2],
            },
            Gathering {
                kind: GatheringKind::Meeting,
                title: "首批交付验收会".into(),
                at: Some(at(14, 30, 0)),
                place: "客服中心".into(),
                present: Vec::new(),
                said: vec!["业主代表与第三方到会；同意按清单整改，整改后逐户复验。".into()],
                snags: Vec::new(),
            },
        ],
        signatures: vec![
            signature("陈静怡", w("业主", "Owner"), signed, 2, 0, 1016),
            signature("王磊", w("验房工程师", "Inspector"), w("问题清单第 1 版，如实记录", "Snag list version 1, recorded as found"), 3, 1, 1017),
            signature("方敏", w("见证，云溪物业", "Witness, Yunxi Property"), w("在场见证签字过程", "Saw the signing"), 1, 2, 1018),
        ],
        shown: Some(ShownWords {
            text: "我看过 2-1-1102 的问题清单第 1 版：12 项、照片 30 张、实测 14 行。我接受第 2 至 12 项；不接受第 1 项，理由：应整间更换，不是只换 3 块。签字不放弃日后报修、索赔的权利。".into(),
            digest: digest("JF-2026-0098"),
        }),
        covered: [("文本", "Text", "问题清单第 1 版，12 项，中文", "Snag list version 1, 12 items, Chinese"), ("照片", "Photographs", "30 张原件，逐张列名", "30 originals, each listed"), ("实测", "Measures", "66 点，14 行，限值与来源", "66 points, 14 lines, limits and sources"), ("抄表、钥匙、文件", "Meters, keys, documents", "水、电、燃气；9 件钥匙；4 份文件", "water, electricity, gas; 9 keys; 4 documents"), ("规则", "Rules", "cn-default 第 3 版，精装交付清单第 4 版", "cn-default v3, fitted checklist v4")]
            .map(|(zh, en, holds, holds_en)| CoveredPart { part: w(zh, en), holds: w(holds, holds_en), digest: digest(zh) })
            .into(),
        proof: Some(proof("JF-2026-0098", 30)),
        lines,
        other_photos,
    };
    (report, album)
}

fn checklist() -> Vec<CheckedLine> {
    let rooms = [
        ("客厅", "Living room"),
        ("主卧", "Main bedroom"),
        ("北次卧", "North bedroom"),
        ("南次卧", "South bedroom"),
        ("书房", "Study"),
        ("厨房", "Kitchen"),
        ("主卫", "En suite"),
        ("公卫", "Bathroom"),
    ];
    let works = [
        ("净高", "Clear height"),
        ("墙面平整度", "Wall flatness"),
        ("墙面垂直度", "Wall plumb"),
        ("阴阳角方正", "Squareness"),
        ("墙面空鼓", "Hollow wall"),
        ("墙面裂缝", "Wall cracks"),
        ("顶棚", "Ceiling"),
        ("地面平整度", "Floor flatness"),
        ("地砖空鼓", "Hollow tiles"),
        ("门扇与门套", "Door and frame"),
        ("门锁五金", "Lock and fittings"),
        ("外窗开启", "Window opens"),
        ("窗框密封", "Window sealant"),
        ("涂饰面层", "Paint finish"),
    ];
    let equipment = [
        ("配电回路标识", "Circuit labels"),
        ("漏电保护动作", "RCD trips"),
        ("插座极性", "Socket polarity"),
        ("照明开关", "Light switches"),
        ("弱电箱", "Data cabinet"),
        ("可视对讲", "Intercom"),
        ("给水试压", "Water pressure test"),
        ("排水通水", "Drains run"),
        ("地漏水封", "Floor trap seal"),
        ("蓄水试验", "Ponding test"),
        ("燃气阀", "Gas valve"),
        ("排烟道", "Flue"),
    ];
    let documents = [
        ("住宅质量保证书", "Quality warranty"),
        ("住宅使用说明书", "Home user manual"),
        ("分户验收表", "Unit acceptance form"),
        ("实测面积报告", "Area survey"),
        ("管线图", "Pipe and cable plan"),
        ("设备说明书", "Appliance manuals"),
        ("前期物业合同", "Property contract"),
        ("装修须知", "Fit-out rules"),
        ("钥匙清单", "Key list"),
        ("费用清单", "Fee list"),
        ("保修卡", "Warranty cards"),
        ("备案证明", "Filing certificate"),
    ];
    let mut lines = Vec::new();
    for (room, place) in rooms.iter().enumerate() {
        for (n, item) in works.iter().enumerate() {
            let snag = match (room, n) {
                (0, 8) => Some(1),
                (1, 4) => Some(3),
                (1, 6) => Some(7),
                (2, 1) => Some(9),
                (3, 9) => Some(6),
                (4, 11) => Some(10),
                (5, 13) => Some(8),
                (6, 13) => Some(11),
                (7, 7) => Some(4),
                (0, 13) => Some(12),
                (0, 12) => Some(2),
                _ => None,
            };
            let verdict = if snag.is_some() {
                Verdict::Fail
            } else if (room == 5 || room == 6) && n == 8 {
                Verdict::NotApplicable
            } else if (room, n) == (0, 0) {
                Verdict::NotJudged
            } else {
                Verdict::Pass
            };
            lines.push(CheckedLine { part: 1, place: w(place.0, place.1), item: w(item.0, item.1), verdict, snag, note: w("", "") });
        }
    }
    for (n, (zh, en)) in equipment.iter().chain(&equipment).enumerate() {
        let (verdict, snag) = if n == 10 { (Verdict::NotApplicable, None) } else { (Verdict::Pass, None) };
        lines.push(CheckedLine {
            part: 2,
            place: if n < 12 { w("全户", "Whole unit") } else { w("复测", "Second test") },
            item: w(zh, en),
            verdict,
            snag,
            note: w("", ""),
        });
    }
    for (zh, en) in documents {
        lines.push(CheckedLine { part: 3, place: w("资料", "Papers"), item: w(zh, en), verdict: Verdict::Pass, snag: None, note: w("", "") });
    }
    lines
}
