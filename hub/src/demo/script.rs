//! What the demo's people do: the unit of the pictures in the design, its snags and what is said about them.

use crate::photos::Scene;

/// A snag of the walk.
pub struct ScriptedSnag {
    /// The room's Chinese name.
    pub room: &'static str,
    /// Element id.
    pub element: &'static str,
    /// Defect id.
    pub defect: &'static str,
    /// Severity id.
    pub severity: &'static str,
    /// The owner's words.
    pub owner: &'static str,
    /// The inspector's finding.
    pub finding: &'static str,
    /// Place on the plan in millionths.
    pub pin_ppm: (u32, u32),
    /// What the photos show, and how many.
    pub photos: (Scene, usize),
    /// What the crew does.
    pub repair: &'static str,
}

const fn snag(
    room: &'static str,
    (element, defect, severity): (&'static str, &'static str, &'static str),
    owner: &'static str,
    finding: &'static str,
    pin_ppm: (u32, u32),
    photos: (Scene, usize),
    repair: &'static str,
) -> ScriptedSnag {
    ScriptedSnag { room, element, defect, severity, owner, finding, pin_ppm, photos, repair }
}

/// Twelve snags, thirty photographs.
pub const SNAGS: [ScriptedSnag; 12] = [
    snag(
        "客厅",
        ("floor", "hollow", "poor"),
        "走上去有空声，三块都响。",
        "敲击空鼓 3 块，非边角；更换 3 块。",
        (500_000, 570_000),
        (Scene::HollowTile, 3),
        "更换空鼓地砖 3 块",
    ),
    snag(
        "南阳台",
        ("balustrade", "seal", "minor"),
        "胶条掉了一截。",
        "脱胶 0.6 m；清理重打。",
        (590_000, 910_000),
        (Scene::WindowGap, 3),
        "清理重打密封胶 0.6 m",
    ),
    snag(
        "主卧",
        ("wall", "hollow", "poor"),
        "敲着是空的。",
        "1 处 0.05 m²，超过 0.04 m²；铲除重抹。",
        (40_000, 620_000),
        (Scene::PeelingPaint, 3),
        "铲除重抹 0.05 m²，刷涂料两遍",
    ),
    snag(
        "公卫",
        ("floor", "reverse_fall", "poor"),
        "洗完澡水排不净。",
        "坡度 0.6 %，应不小于 1.0 %；重做找坡。",
        (800_000, 220_000),
        (Scene::FloorPonding, 3),
        "凿除重做找坡，泼水试验合格",
    ),
    snag("玄关", ("electrical", "label", "minor"), "", "第 4、7、9 回路缺标识；补贴。", (600_000, 140_000), (Scene::CrookedSocket, 2), "补贴回路标识 3 处"),
    snag(
        "南次卧",
        ("door", "scratch", "minor"),
        "门上有两道划痕。",
        "划伤 2 道，长 18 cm；修补后同色。",
        (780_000, 560_000),
        (Scene::DoorScratch, 3),
        "修补划痕并同色罩面",
    ),
    snag(
        "主卧",
        ("ceiling", "crack", "minor"),
        "顶上有条缝。",
        "涂层开裂 0.9 m，宽 0.2 mm；嵌缝补漆。",
        (220_000, 590_000),
        (Scene::WallCrack, 3),
        "嵌缝、贴网格布、补漆",
    ),
    snag("厨房", ("wall", "chip", "minor"), "灶台后面缺个角。", "崩角 12 mm；更换 1 块。", (335_000, 120_000), (Scene::HollowTile, 2), "更换墙砖 1 块"),
    snag("北次卧", ("wall", "uneven", "poor"), "", "5 点最大 5.5 mm，限值 4 mm；打磨补平。", (190_000, 150_000), (Scene::PeelingPaint, 2), "打磨补平并重刷"),
    snag(
        "书房",
        ("window", "scratch", "minor"),
        "玻璃上有印子擦不掉。",
        "划痕 2 处，长 40 mm；更换玻璃。",
        (900_000, 100_000),
        (Scene::WindowGap, 2),
        "更换玻璃 1 块",
    ),
    snag("主卫", ("wall", "joint", "minor"), "缝看着不齐。", "缝宽 1.0 – 2.2 mm；重新勾缝。", (40_000, 140_000), (Scene::HollowTile, 2), "重新勾缝 1.2 m²"),
    snag("客厅", ("ceiling", "stain", "minor"), "墙上有块白的。", "补漆色差 0.3 m²；整面重涂。", (670_000, 670_000), (Scene::LeakStain, 2), "整面重涂"),
];

/// What was measured where a snag was found: its number in [`SNAGS`], and the points in thousandths of the limit's unit.
pub const MEASURED: [(usize, &[i64]); 4] = [(0, &[3000]), (2, &[50]), (3, &[600, 1050, 1020]), (8, &[2000, 1400, 5500, 1800, 2200])];

/// The snag that the owner does not agree to, and why.
pub const REFUSED: (usize, &str) = (0, "应整间更换，不是只换 3 块。");
/// The snag whose first repair is rejected, and why.
pub const REDONE: (usize, &str) = (3, "泼水后地漏对角仍有积水，请重做找坡。");
