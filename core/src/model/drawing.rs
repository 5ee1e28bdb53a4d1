//! What the shapes drawn over a photo look like, for every place that shows them: paper, console, phones.

use super::value::Shape;
use serde::{Deserialize, Serialize};

/// A line or a word over a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The line's points, for words the one point where they begin: millionths of the picture's width and height, from the top left.
    pub points: Vec<(i32, i32)>,
    /// The words; empty for a line.
    pub words: String,
}

/// Corners of a drawn circle.
const CIRCLE_POINTS: u16 = 32;
/// An arrow's head: its share of the shaft, how long it is at least and at most (of the picture's longer side), and the angle of its sides.
const ARROW_HEAD: (f32, f32, f32, f32) = (0.25, 0.02, 0.08, 0.45);

/// The shapes as lines and words over a picture whose width is `aspect` times its height. A shape without points, or of a tool
/// of a later version without any, shows nothing.
///
/// A circle is given by its centre and a point on it, or by its outline; an arrow ends in its head.
pub fn marks(shapes: &[Shape], aspect: f32) -> Vec<Mark> {
    let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
    let mut out = Vec::new();
    for shape in shapes {
        let points: Vec<(f32, f32)> = shape.points_ppm.chunks_exact(2).map(|p| (fraction(p[0]), fraction(p[1]))).collect();
        let line = |points: Vec<(f32, f32)>| Mark { points: points.into_iter().map(ppm).collect(), words: String::new() };
        // A colour other than red follows the tool: `pen-yellow`.
        let tool = shape.tool.split_once('-').map_or(shape.tool.as_str(), |(tool, _)| tool);
        match (tool, &points[..]) {
            (_, []) => {}
            ("text", [at, ..]) => out.push(Mark { points: vec![ppm(*at)], words: shape.text.clone().unwrap_or_default() }),
            ("circle", [centre, rim]) => {
                // Round on the picture, whatever its shape.
                let radius = ((rim.0 - centre.0) * aspect).hypot(rim.1 - centre.1);
                let at = |step: u16| {
                    let (sin, cos) = (f32::from(step) / f32::from(CIRCLE_POINTS) * std::f32::consts::TAU).sin_cos();
                    (centre.0 + radius * cos / aspect, centre.1 + radius * sin)
                };
                out.push(line((0..=CIRCLE_POINTS).map(at).collect()));
            }
            ("circle", [first, ..]) => out.push(line(points.iter().copied().chain([*first]).collect())),
            ("arrow", [.., from, to]) => {
                let (dx, dy) = ((to.0 - from.0) * aspect, to.1 - from.1);
                let (share, least, most, angle) = ARROW_HEAD;
                let longer = aspect.max(1.0);
                let head = (dx.hypot(dy) * share).clamp(least * longer, most * longer);
                let back = dy.atan2(dx) + std::f32::consts::PI;
                let side = |turn: f32| (to.0 + head * (back + turn).cos() / aspect, to.1 + head * (back + turn).sin());
                let (one, other) = (side(angle), side(-angle));
                out.push(line(points.iter().copied().chain([one, *to, other]).collect()));
            }
            _ => out.push(line(points)),
        }
    }
    out
}

#[expect(clippy::cast_precision_loss, reason = "millionths of a picture")]
fn fraction(ppm: u32) -> f32 {
    ppm.min(1_000_000) as f32 / 1e6
}

#[expect(clippy::cast_possible_truncation, reason = "a picture's size apart at most")]
fn ppm((x, y): (f32, f32)) -> (i32, i32) {
    ((x * 1e6).round() as i32, (y * 1e6).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(tool: &str, points_ppm: &[u32]) -> Shape {
        Shape { tool: tool.into(), points_ppm: points_ppm.to_vec(), text: Some("空鼓".into()) }
    }

    #[test]
    fn a_circle_is_round_on_a_wide_picture_and_an_arrow_ends_at_its_point() {
        let round = &marks(&[shape("circle", &[500_000, 500_000, 600_000, 500_000])], 2.0)[0];
        let blue = &marks(&[shape("circle-blue", &[500_000, 500_000, 600_000, 500_000])], 2.0)[0];
        assert_eq!(blue, round, "a colour changes no shape");
        for (x, y) in &round.points {
            let (x, y) = (f64::from(*x) / 1e6 - 0.5, f64::from(*y) / 1e6 - 0.5);
            assert!(((x * 2.0).hypot(y) - 0.2).abs() < 1e-4, "{x} {y}");
        }
        let arrow = &marks(&[shape("arrow", &[100_000, 100_000, 900_000, 100_000])], 1.0)[0];
        assert_eq!((arrow.points[1], arrow.points[3]), ((900_000, 100_000), (900_000, 100_000)));
        let (a, b) = (arrow.points[2], arrow.points[4]);
        assert!(a.0 < 900_000 && b.0 < 900_000 && (a.1 < 100_000) != (b.1 < 100_000), "{a:?} {b:?}");
    }

    #[test]
    fn nothing_is_drawn_of_what_has_no_points() {
        let odd = [shape("pen", &[]), shape("pen", &[7]), shape("circle", &[]), shape("laser", &[])];
        assert_eq!(marks(&odd, f32::NAN), Vec::new());
        assert_eq!(marks(&[shape("text", &[2_000_000, 0])], 1.0), vec![Mark { points: vec![(1_000_000, 0)], words: "空鼓".into() }]);
    }
}
