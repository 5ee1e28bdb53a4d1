//! What places are made of and what lies about in them: paint, wood, tiles, cracks, a steel tape, wax crayon.

use super::canvas::{Canvas, Noise, Point, Rgb, Rng, floor, mix, scale, smooth};

pub(super) const INK: Rgb = [0.1, 0.1, 0.11];

/// Roller-painted wall: fine relief lit from above, broad unevenness.
pub(super) fn paint(noise: &Noise, (x, y): Point, base: Rgb) -> Rgb {
    let fine = noise.at(x * 210.0, y * 210.0);
    let relief = fine - noise.at(x * 210.0 + 0.35, y * 210.0 + 0.5);
    let broad = noise.clouds(x * 3.0, y * 3.0);
    scale(base, 1.0 + relief * 0.035 + broad * 0.022)
}

/// Bare cement render.
pub(super) fn cement(noise: &Noise, (x, y): Point) -> Rgb {
    let value = 0.5 + noise.clouds(x * 9.0, y * 9.0) * 0.12 + noise.at(x * 260.0, y * 260.0) * 0.05;
    [value, value * 0.985, value * 0.95]
}

/// Wood with its grain along y.
pub(super) fn wood(noise: &Noise, (x, y): Point, dark: Rgb, light: Rgb) -> Rgb {
    let bend = noise.clouds(x * 2.2, y * 0.7) * 0.5;
    let rings = (x * 26.0 + bend * 7.0).sin() * 0.5 + 0.5;
    let fibre = noise.at(x * 190.0, y * 7.0) * 0.5 + noise.at(x * 420.0, y * 16.0) * 0.35;
    let pores = smooth(0.55, 0.8, noise.at(x * 330.0, y * 11.0)) * 0.12;
    let colour = mix(dark, light, (0.3 + rings * 0.45 + fibre * 0.28).clamp(0.0, 1.0));
    scale(colour, 1.0 - pores)
}

/// Glazed tiles: joints, a slight tint of each, stone veins, a bevel at the edges. `size` is width and height of one.
pub(super) fn tiles(noise: &Noise, (x, y): Point, size: Point, joint: f32, base: Rgb, veins: f32) -> Rgb {
    let (column, row) = (floor(x / size.0) as f32, floor(y / size.1) as f32);
    let (u, v) = (x - column * size.0, y - row * size.1);
    let edge = u.min(size.0 - u).min(v).min(size.1 - v);
    let tint = noise.at(column * 7.3 + 0.5, row * 5.1 + 0.5);
    // Each tile is cut from another part of the stone.
    let (sx, sy) = (x * 5.0 + column * 11.7, y * 5.0 + row * 6.3);
    let cloud = noise.clouds(sx, sy);
    let line = noise.clouds(sx * 0.55 + 40.0, sy * 0.8) + cloud * 0.22;
    let vein = (smooth(0.02, 0.0, line.abs()) + smooth(0.12, 0.0, line.abs()) * 0.4) * veins * smooth(-0.15, 0.35, noise.at(sx * 0.7, sy * 0.7 + 9.0));
    let face = scale(base, 1.0 + tint * 0.018 + cloud * 0.035 - vein + noise.at(x * 300.0, y * 300.0) * 0.008);
    let bevel = if u < joint * 2.4 || v < joint * 2.4 { 1.05 } else { 0.93 };
    let face = mix(scale(face, bevel), face, smooth(joint * 0.7, joint * 2.4, edge));
    let grout = scale([0.62, 0.61, 0.58], 1.0 + noise.at(x * 260.0, y * 260.0) * 0.09 + noise.clouds(x * 6.0, y * 6.0) * 0.12);
    mix(grout, face, smooth(joint * 0.42, joint * 0.62, edge))
}

/// A line that wanders from `from` to `to`, by halving; its half-width fades to nothing at the end.
pub(super) fn wander(rng: &mut Rng, from: Point, to: Point, bend: f32, wide: f32) -> Vec<(Point, f32)> {
    let mut points = vec![from, to];
    let mut reach = bend;
    for _ in 0..7 {
        let mut finer = Vec::with_capacity(points.len() * 2);
        for pair in points.windows(2) {
            let length = ((pair[1].0 - pair[0].0).powi(2) + (pair[1].1 - pair[0].1).powi(2)).sqrt();
            let shift = reach * length;
            finer.push(pair[0]);
            finer.push(((pair[0].0 + pair[1].0) / 2.0 + rng.range(-shift, shift), (pair[0].1 + pair[1].1) / 2.0 + rng.range(-shift, shift)));
        }
        finer.push(to);
        points = finer;
        reach *= 0.93;
    }
    let count = points.len() as f32;
    let width = |index: usize, jitter: f32| wide * (1.0 - (index as f32 / count).powi(2)) * jitter;
    points.into_iter().enumerate().map(|(index, point)| (point, width(index, rng.range(0.55, 1.25)))).collect()
}

/// A crack with its branches: a dark gap, one lit lip, dust around it.
pub(super) fn crack(canvas: &mut Canvas, from: Point, to: Point, wide: f32) {
    let mut rng = canvas.place.clone();
    let trunk = wander(&mut rng, from, to, 0.16, wide);
    let mut lines = vec![trunk.clone()];
    for _ in 0..4 {
        let (start, start_wide) = trunk[10 + rng.below(100) as usize];
        let length = rng.range(0.05, 0.16);
        let end = (start.0 + rng.range(-1.0, 1.0) * length, start.1 + rng.range(-0.2, 1.0) * length);
        lines.push(wander(&mut rng, start, end, 0.2, start_wide * 0.55));
    }
    for line in &lines {
        let lip: Vec<_> = line.iter().map(|((x, y), w)| ((x + w * 0.9, y + w * 1.1), w * 0.9)).collect();
        canvas.stroke(&lip, wide * 0.5, |_, _, under, cover| mix(under, scale(under, 1.12), cover * 0.7));
        canvas.stroke(line, wide * 2.2, |_, _, under, cover| scale(under, 1.0 - cover * 0.05));
        canvas.stroke(line, 0.0, |noise, (x, y), under, cover| mix(under, scale([0.2, 0.185, 0.17], 1.0 + noise.at(x * 160.0, y * 160.0) * 0.3), cover * 0.92));
    }
}

/// Digits 0 to 9, three by five.
const DIGITS: [u16; 10] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_010_010_010,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
];

/// Whether the unit square's point (x, y) lies on the digit's strokes.
pub(super) fn digit(value: usize, x: f32, y: f32) -> bool {
    if !(0.0..1.0).contains(&x) || !(0.0..1.0).contains(&y) {
        return false;
    }
    let (column, row) = ((x * 3.0) as u32, (y * 5.0) as u32);
    DIGITS[value % 10] >> (14 - row * 3 - column) & 1 == 1
}

/// A steel tape laid over the picture from `from` along `angle`, as wide as `wide`.
pub(super) fn tape(canvas: &mut Canvas, from: Point, angle: f32, wide: f32, length: f32) {
    let (cos, sin) = (angle.cos(), angle.sin());
    let to = (from.0 + cos * length, from.1 + sin * length);
    let path = |by: f32| [((from.0 + by * 0.6, from.1 + by), wide / 2.0), ((to.0 + by * 0.6, to.1 + by), wide / 2.0)];
    canvas.stroke(&path(wide * 0.16), wide * 0.25, |_, _, under, cover| scale(under, 1.0 - cover * 0.38));
    let edge = canvas.grain();
    canvas.stroke(&path(0.0), 0.0, |noise, point, under, cover| {
        let (dx, dy) = (point.0 - from.0, point.1 - from.1);
        let (along, across) = (dx * cos + dy * sin, (dy * cos - dx * sin) / wide + 0.5);
        // A tape is bowed: light along its middle.
        let bow = 1.0 - (across - 0.42).powi(2) * 1.1 + noise.at(along * 40.0, across * 3.0) * 0.015;
        let mut colour = scale([0.93, 0.78, 0.2], bow);
        let mm = along / wide * 16.0;
        let centimetre = mm / 10.0;
        let (place, reach) = (
            mm - mm.floor(),
            if mm.floor() % 10.0 < 1.0 {
                0.62
            } else if mm.floor() % 5.0 < 1.0 {
                0.42
            } else {
                0.28
            },
        );
        let thick = (edge / wide * 16.0).max(0.14);
        let tick = smooth(thick, thick * 0.4, (place - 0.5).abs()) * f32::from(u8::from(across < reach));
        colour = mix(colour, INK, tick * 0.85);
        let number = centimetre.floor();
        let (left, tens) = (centimetre - number, number as usize / 10 % 10);
        let top = (across - 0.55) / 0.34;
        let shown = if tens > 0 {
            digit(tens, (left - 0.12) / 0.2, top) || digit(number as usize, (left - 0.38) / 0.2, top)
        } else {
            digit(number as usize, (left - 0.15) / 0.2, top)
        };
        if shown {
            colour = if (number as usize).is_multiple_of(10) { [0.75, 0.12, 0.1] } else { INK };
        }
        // The steel hook at the end.
        if along < wide * 0.22 {
            colour = scale([0.72, 0.73, 0.75], 0.8 + across * 0.35);
        }
        mix(under, colour, cover)
    });
}

/// A line of wax crayon: uneven, as the wall takes it.
pub(super) fn crayon(canvas: &mut Canvas, points: &[(Point, f32)], colour: Rgb) {
    canvas.stroke(points, 0.0012, |noise, (x, y), under, cover| {
        let taken = smooth(-0.45, 0.25, noise.at(x * 300.0, y * 300.0) + noise.at(x * 90.0, y * 90.0) * 0.5);
        mix(under, colour, cover * taken * 0.85)
    });
}

pub(super) fn ring(centre: Point, radius: f32, wide: f32, rng: &mut Rng) -> Vec<(Point, f32)> {
    let (squash, start) = (rng.range(0.85, 1.1), rng.range(0.0, 6.0));
    (0..=72)
        .map(|step| {
            // A hand overshoots where it began, and is never quite round.
            let turn = start + step as f32 * 0.093;
            let out = radius * (1.0 + 0.05 * (turn * 2.0).sin() + step as f32 * 0.0008);
            ((centre.0 + turn.cos() * out, centre.1 + turn.sin() * out * squash), wide)
        })
        .collect()
}

/// White skirting board along the bottom from `top` down, floor below it.
pub(super) fn skirting(canvas: &mut Canvas, top: f32, high: f32) {
    let below = canvas.aspect + 0.2;
    canvas.shadow((-0.2, top - 0.004), (1.2, top), 0.012, 0.16);
    canvas.rect((-0.2, top), (1.2, top + high), |noise, (x, y)| {
        let lip = smooth(top + high * 0.1, top, y) * 0.05;
        scale([0.93, 0.925, 0.91], 0.96 + lip + noise.at(x * 8.0, y * 60.0) * 0.01)
    });
    canvas.rect((-0.2, top + high), (1.2, below), |noise, (x, y)| {
        let depth = 1.0 / (0.35 + (y - top - high) * 2.2);
        wood(noise, ((x - 0.5) * depth * 0.8, y * 0.6 + depth), [0.4, 0.27, 0.17], [0.66, 0.49, 0.33])
    });
    canvas.shadow((-0.2, top + high), (1.2, top + high + 0.004), 0.02, 0.45);
}
