//! What is drawn by us: the QR code, strokes of the pen, and where the pins of a plan stand so that none hides another.

use super::{Pin, PlanRoom, StrokePoint};
use crate::words::Lang;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// A QR code as one path. `None` when the content is too long for a code.
pub(super) fn qr_svg(content: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(content.as_bytes(), EcLevel::M).ok()?;
    let (n, colours) = (code.width(), code.to_colors());
    let mut path = String::new();
    for y in 0..n {
        let mut x = 0;
        while x < n {
            let from = x;
            while x < n && colours[y * n + x] == Color::Dark {
                x += 1;
            }
            if x > from {
                write!(path, "M{from} {y}h{}v1h-{}z", x - from, x - from).ok()?;
            }
            x += 1;
        }
    }
    // Four modules of white around it belong to the code.
    let size = n + 8;
    Some(
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="-4 -4 {size} {size}"><path fill="#000" d="{path}"/></svg>"##
        )
        .into_bytes(),
    )
}

/// The box a signature is fitted into, in tenths of a millimetre.
const SIGN_BOX: (f32, f32) = (500.0, 190.0);

/// The strokes as smooth curves whose width follows the pressure. `None` when there is nothing to draw.
pub(super) fn strokes_svg(strokes: &[Vec<StrokePoint>]) -> Option<Vec<u8>> {
    let good = |p: &&StrokePoint| p.x.is_finite() && p.y.is_finite();
    let all: Vec<StrokePoint> = strokes.iter().flatten().filter(good).copied().collect();
    let low = all.iter().fold((f32::MAX, f32::MAX), |m, p| (m.0.min(p.x), m.1.min(p.y)));
    let high = all.iter().fold((f32::MIN, f32::MIN), |m, p| (m.0.max(p.x), m.1.max(p.y)));
    if all.is_empty() {
        return None;
    }
    let (margin, span) = (8.0, ((high.0 - low.0).max(1e-3), (high.1 - low.1).max(1e-3)));
    let scale = ((SIGN_BOX.0 - 2.0 * margin) / span.0).min((SIGN_BOX.1 - 2.0 * margin) / span.1);
    let place = |p: &StrokePoint| {
        let pressure = if p.pressure.is_finite() { p.pressure.clamp(0.0, 1.0) } else { 0.5 };
        // To the left and on the line, as one writes.
        (margin + (p.x - low.0) * scale, SIGN_BOX.1 - margin - (high.1 - p.y) * scale, pressure)
    };
    let mut body = String::new();
    for stroke in strokes {
        let mut points: Vec<(f32, f32, f32)> = Vec::with_capacity(stroke.len());
        for p in stroke.iter().filter(good).map(place) {
            // Points closer than 0.2 mm add nothing on paper.
            if points.last().is_none_or(|l| (l.0 - p.0).hypot(l.1 - p.1) >= 2.0) {
                points.push(p);
            }
        }
        let width = |a: f32, b: f32| (0.5 + 0.9 * (a + b) / 2.0) * 3.53;
        if let [only] = points[..] {
            write!(body, r#"<circle cx="{:.1}" cy="{:.1}" r="{:.1}" fill="{INK}"/>"#, only.0, only.1, width(only.2, only.2) / 2.0).ok()?;
        }
        for i in 0..points.len().saturating_sub(1) {
            let (p0, p1, p2, p3) = (points[i.saturating_sub(1)], points[i], points[i + 1], points[(i + 2).min(points.len() - 1)]);
            write!(
                body,
                r#"<path stroke-width="{:.1}" d="M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}"/>"#,
                width(p1.2, p2.2),
                p1.0,
                p1.1,
                p1.0 + (p2.0 - p0.0) / 6.0,
                p1.1 + (p2.1 - p0.1) / 6.0,
                p2.0 - (p3.0 - p1.0) / 6.0,
                p2.1 - (p3.1 - p1.1) / 6.0,
                p2.0,
                p2.1
            )
            .ok()?;
        }
    }
    Some(
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}"><g fill="none" stroke="{INK}" stroke-linecap="round">{body}</g></svg>"#,
            SIGN_BOX.0, SIGN_BOX.1
        )
        .into_bytes(),
    )
}

const INK: &str = "#141414";

/// Where a pin is drawn, in millimetres from the plan's top left, and the point it means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub snag: u32,
    pub at: (f32, f32),
    pub means: (f32, f32),
    pub moved: bool,
}

/// Places the pins on a plan of `size` millimetres, none over another: a pin whose place is taken goes to the nearest free
/// one and points back with a line. The second list holds the numbers no place was left for.
pub(super) fn place_pins(pins: &[Pin], size: (f32, f32), radius: f32) -> (Vec<Placed>, Vec<u32>) {
    let gap = radius * 2.0 + 0.4;
    let inside = |p: (f32, f32)| (radius..=size.0 - radius).contains(&p.0) && (radius..=size.1 - radius).contains(&p.1);
    let mut placed: Vec<Placed> = Vec::with_capacity(pins.len());
    let mut left_out = Vec::new();
    let part = |v: f32| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.5 };
    for pin in pins {
        let means = (part(pin.x) * size.0, part(pin.y) * size.1);
        let start = (means.0.clamp(radius, (size.0 - radius).max(radius)), means.1.clamp(radius, (size.1 - radius).max(radius)));
        let free = |p: (f32, f32)| inside(p) && placed.iter().all(|o| (o.at.0 - p.0).hypot(o.at.1 - p.1) >= gap);
        // Rings around the point, 16 directions each and more further out, up to the plan's own size.
        let rings = (size.0.hypot(size.1) / (gap * 0.5)) as usize + 1;
        let spot = std::iter::once(start)
            .filter(|p| free(*p))
            .chain(
                (1..=rings)
                    .flat_map(|ring| {
                        let steps = 16 + ring * 4;
                        (0..steps).map(move |s| {
                            let angle = s as f32 / steps as f32 * std::f32::consts::TAU - std::f32::consts::FRAC_PI_4;
                            let r = ring as f32 * gap * 0.5;
                            (start.0 + r * angle.cos(), start.1 + r * angle.sin())
                        })
                    })
                    .filter(|p| free(*p)),
            )
            .next();
        match spot {
            Some(at) => {
                let moved = (at.0 - means.0).hypot(at.1 - means.1) > radius;
                placed.push(Placed { snag: pin.snag, at, means, moved });
            }
            None => left_out.push(pin.snag),
        }
    }
    (placed, left_out)
}

/// Where the names of rooms stand, in millimetres from the plan's top left to their middle: at their own points, or a little
/// above or below where a pin would hide them.
pub(super) fn place_rooms(rooms: &[PlanRoom], lang: Lang, pins: &[Placed], size: (f32, f32), radius: f32) -> Vec<(f32, f32)> {
    rooms
        .iter()
        .map(|room| {
            let name = if lang == Lang::En && !room.name.en.is_empty() || room.name.zh.is_empty() { &room.name.en } else { &room.name.zh };
            // A Chinese character of 7.6 pt is 2.7 mm wide, a letter about half of that; the template's box ends at 18 mm.
            let width: f32 = name.chars().map(|c| if c >= '\u{2e80}' { 2.7 } else { 1.35 }).sum();
            let (half, x, y) = (width.min(18.0) / 2.0, room.x * size.0, room.y * size.1);
            let hidden = |dy: f32| {
                pins.iter().any(|p| {
                    let (dx, dy) = ((p.at.0 - x).abs() - half, (p.at.1 - (y + dy)).abs() - 1.5);
                    dx < radius && dy < radius
                })
            };
            let dy = [0.0, 4.0, -4.0, 6.5, -6.5, 9.0, -9.0].into_iter().find(|dy| !hidden(*dy) && (2.0..size.1 - 2.0).contains(&(y + dy)));
            (x, y + dy.unwrap_or(0.0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rooms_make_way_for_pins() {
        let room = |x, y| PlanRoom { name: crate::report::Words::new("客厅", "Living room"), x, y };
        let pin = Placed { snag: 1, at: (50.0, 30.0), means: (50.0, 30.0), moved: false };
        let placed = place_rooms(&[room(0.5, 0.5), room(0.1, 0.1)], Lang::Zh, &[pin], (100.0, 60.0), 2.5);
        assert_eq!(placed[1], (10.0, 6.0));
        assert!((placed[0].1 - 30.0).abs() >= 4.0 && placed[0].0 == 50.0);
    }

    #[test]
    fn pins_on_one_spot_are_drawn_apart_and_none_is_lost() {
        let pins: Vec<Pin> =
            (1..=60).map(|snag| Pin { snag, x: 0.5, y: 0.5 }).chain([Pin { snag: 61, x: 1.0, y: 0.0 }, Pin { snag: 62, x: f32::NAN, y: 2.0 }]).collect();
        let (placed, left_out) = place_pins(&pins, (115.0, 64.0), 2.5);
        assert_eq!((placed.len(), left_out.len()), (62, 0));
        for (i, a) in placed.iter().enumerate() {
            assert!(placed[..i].iter().all(|b| (a.at.0 - b.at.0).hypot(a.at.1 - b.at.1) > 5.0), "{} hides another", a.snag);
        }
        assert!(!placed[0].moved && placed[30].moved);
        let crowd: Vec<Pin> = (1..=300).map(|snag| Pin { snag, x: 0.1, y: 0.9 }).collect();
        let (placed, left_out) = place_pins(&crowd, (60.0, 30.0), 2.5);
        assert_eq!(placed.len() + left_out.len(), 300);
        assert!(!left_out.is_empty());
    }

    #[test]
    fn strokes_of_any_unit_fit_the_box() {
        let p = |x, y| StrokePoint { x, y, pressure: 0.7 };
        let svg = String::from_utf8(strokes_svg(&[vec![p(1000.0, 4000.0), p(9000.0, 4400.0), p(f32::NAN, 0.0)], vec![p(2000.0, 4100.0)]]).unwrap()).unwrap();
        assert!(svg.contains("<path") && svg.contains("<circle") && !svg.contains("NaN"));
        assert_eq!(strokes_svg(&[vec![]]), None);
    }
}
