//! Draws a layout from its data: walls black, doors with their swing, windows as a gap with a frame. Grey with smooth edges.

use image::{GrayImage, ImageFormat, Luma};
use serde::Deserialize;
use std::io::Cursor;

/// Pixels for one unit of the sheet.
const SCALE: f64 = 4.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    size: [u32; 2],
    walls: Vec<Walls>,
    doors: Doors,
    windows: Windows,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Walls {
    thickness: f64,
    lines: Vec<[f64; 4]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Doors {
    thickness: f64,
    swings: Vec<[f64; 6]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows {
    thickness: f64,
    gap: f64,
    spans: Vec<[f64; 3]>,
}

/// Why no picture could be made of a plan's data.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The data does not read.
    #[error("the plan's data does not read")]
    Data(#[from] toml::de::Error),
    /// The picture could not be encoded.
    #[error("the plan's picture could not be encoded")]
    Picture(#[from] image::ImageError),
}

/// The plan as PNG. `mirrored` swaps left and right, as the flat on the other side of the stair has it.
///
/// # Errors
/// When the data does not read.
pub fn png(data: &str, mirrored: bool) -> Result<Vec<u8>, PlanError> {
    let sheet: Sheet = toml::from_str(data)?;
    let mut paper = Paper::new(&sheet, mirrored);
    for walls in &sheet.walls {
        for [x1, y1, x2, y2] in &walls.lines {
            // Ends reach half a thickness further, so that corners are full.
            let half = walls.thickness / 2.0;
            paper.fill([x1.min(*x2) - half, y1.min(*y2) - half, x1.max(*x2) + half, y1.max(*y2) + half], 0);
        }
    }
    for [hinge_x, hinge_y, leaf_x, leaf_y, swing_x, swing_y] in &sheet.doors.swings {
        let half = sheet.doors.thickness / 2.0;
        paper.fill([hinge_x.min(*leaf_x) - half, hinge_y.min(*leaf_y) - half, hinge_x.max(*leaf_x) + half, hinge_y.max(*leaf_y) + half], 0);
        paper.quarter([*hinge_x, *hinge_y], [*leaf_x, *leaf_y], [*swing_x, *swing_y], half);
    }
    let (half_gap, line) = (sheet.windows.gap / 2.0, sheet.windows.thickness);
    for [x1, x2, y] in &sheet.windows.spans {
        paper.fill([*x1, y - half_gap, *x2, y + half_gap], 255);
    }
    for [x1, x2, y] in &sheet.windows.spans {
        let (top, bottom) = (y - half_gap + line / 2.0, y + half_gap - line / 2.0);
        for side in [top, bottom] {
            paper.fill([*x1, side - line / 2.0, *x2, side + line / 2.0], 0);
        }
        for end in [*x1, *x2] {
            paper.fill([end - line / 2.0, top, end + line / 2.0, bottom], 0);
        }
    }
    let mut out = Cursor::new(Vec::new());
    paper.picture.write_to(&mut out, ImageFormat::Png)?;
    Ok(out.into_inner())
}

struct Paper {
    picture: GrayImage,
    width: f64,
    mirrored: bool,
}

impl Paper {
    fn new(sheet: &Sheet, mirrored: bool) -> Self {
        let [width, height] = sheet.size.map(|s| s.min(4_000) * SCALE as u32);
        Self { picture: GrayImage::from_pixel(width, height, Luma([255])), width: f64::from(sheet.size[0]), mirrored }
    }

    fn x(&self, x: f64) -> f64 {
        if self.mirrored { self.width - x } else { x }
    }

    /// Covers a pixel with a share of a shade.
    fn cover(&mut self, x: u32, y: u32, share: f64, shade: u8) {
        if let Some(Luma([old])) = self.picture.get_pixel_mut_checked(x, y) {
            let mixed = f64::from(*old) * (1.0 - share) + f64::from(shade) * share;
            *old = mixed.round().clamp(0.0, 255.0) as u8;
        }
    }

    /// Pixels along one axis from `from` to `to` (in pixels), with the share of each that is covered.
    fn spans(from: f64, to: f64, size: u32) -> impl Iterator<Item = (u32, f64)> + Clone {
        let first = from.floor().max(0.0) as u32;
        let last = (to.ceil().max(0.0) as u32).min(size);
        (first..last).map(move |p| (p, (to.min(f64::from(p) + 1.0) - from.max(f64::from(p))).clamp(0.0, 1.0)))
    }

    /// Fills the rectangle [left, top, right, bottom].
    fn fill(&mut self, [left, top, right, bottom]: [f64; 4], shade: u8) {
        let (a, b) = (self.x(left), self.x(right));
        let across = Self::spans(a.min(b) * SCALE, a.max(b) * SCALE, self.picture.width());
        for (y, down) in Self::spans(top * SCALE, bottom * SCALE, self.picture.height()) {
            for (x, share) in across.clone() {
                self.cover(x, y, share * down, shade);
            }
        }
    }

    /// Draws the quarter circle around `centre` from `from` to `to`.
    fn quarter(&mut self, centre: [f64; 2], from: [f64; 2], to: [f64; 2], half: f64) {
        let [cx, cy] = [self.x(centre[0]), centre[1]];
        let ends = [[self.x(from[0]), from[1]], [self.x(to[0]), to[1]]];
        let radius = (ends[0][0] - cx).hypot(ends[0][1] - cy);
        let side = |axis: usize, c: f64| ends.iter().fold((c, c), |(lo, hi), e| (lo.min(e[axis]), hi.max(e[axis])));
        let ((left, right), (top, bottom)) = (side(0, cx), side(1, cy));
        let columns = Self::spans(left * SCALE, right * SCALE, self.picture.width());
        for (y, _) in Self::spans(top * SCALE, bottom * SCALE, self.picture.height()) {
            for (x, _) in columns.clone() {
                let (px, py) = ((f64::from(x) + 0.5) / SCALE, (f64::from(y) + 0.5) / SCALE);
                let off = ((px - cx).hypot(py - cy) - radius).abs();
                let share = ((half - off) * SCALE + 0.5).clamp(0.0, 1.0);
                self.cover(x, y, share, 0);
            }
        }
    }
}
