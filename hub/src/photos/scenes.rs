//! The places in front of the camera: walls, tiles, windows, doors and what is wrong with them.

use super::{
    canvas::{Canvas, Noise, Point, floor, mix, scale, smooth},
    materials::{INK, cement, crack, crayon, digit, paint, ring, skirting, tape, tiles, wander, wood},
};

/// What a sample photograph shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scene {
    /// A diagonal crack from the corner of a window opening.
    WallCrack,
    /// Wall tiles, one of them hollow and marked with wax crayon.
    HollowTile,
    /// A water stain under the ceiling.
    LeakStain,
    /// A window frame with missing sealant.
    WindowGap,
    /// A scratched wooden door.
    DoorScratch,
    /// Water standing on a bathroom floor beside the drain.
    FloorPonding,
    /// A socket that is not level.
    CrookedSocket,
    /// Paint peeling above the skirting.
    PeelingPaint,
    /// A floor board whose edge stands up.
    FloorGap,
    /// A water meter's reading.
    WaterMeter,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::WallCrack,
        Self::HollowTile,
        Self::LeakStain,
        Self::WindowGap,
        Self::DoorScratch,
        Self::FloorPonding,
        Self::CrookedSocket,
        Self::PeelingPaint,
        Self::FloorGap,
        Self::WaterMeter,
    ];
}

pub(super) fn draw(canvas: &mut Canvas, scene: Scene, repaired: bool) {
    match scene {
        Scene::WallCrack => wall_crack(canvas, repaired),
        Scene::HollowTile => hollow_tile(canvas, repaired),
        Scene::LeakStain => leak_stain(canvas, repaired),
        Scene::WindowGap => window_gap(canvas, repaired),
        Scene::DoorScratch => door_scratch(canvas, repaired),
        Scene::FloorPonding => floor_ponding(canvas, repaired),
        Scene::CrookedSocket => crooked_socket(canvas, repaired),
        Scene::PeelingPaint => peeling_paint(canvas, repaired),
        Scene::FloorGap => floor_gap(canvas, repaired),
        Scene::WaterMeter => water_meter(canvas),
    }
}

fn wall_crack(canvas: &mut Canvas, repaired: bool) {
    let bottom = canvas.aspect;
    let corner = (0.3 + canvas.place.range(-0.03, 0.03), bottom * 0.3);
    canvas.fill(|noise, point| paint(noise, point, [0.91, 0.9, 0.87]));
    // The window opening at the upper left: reveal, frame, a grey sky.
    canvas.rect((-0.3, -0.3), corner, |noise, point| scale(paint(noise, point, [0.83, 0.83, 0.82]), 0.88));
    let inner = (corner.0 - 0.05, corner.1 - 0.04);
    canvas.rect((-0.3, -0.3), inner, |_, (x, y)| scale([0.3, 0.31, 0.33], 1.0 + (x + y) * 0.1));
    let glass = (inner.0 - 0.045, inner.1 - 0.045);
    canvas.rect((-0.3, -0.3), glass, |noise, (x, y)| {
        let sky = 1.02 + noise.clouds(x * 2.0, y * 3.0) * 0.08;
        mix([sky * 0.93, sky * 0.98, sky], [0.6, 0.64, 0.66], smooth(glass.1 - 0.16, glass.1, y + noise.at(x * 14.0, 3.0) * 0.05))
    });
    canvas.shadow((corner.0, corner.1 - 0.5), (corner.0 + 0.001, corner.1), 0.018, 0.12);
    let (from, to) = (corner, (corner.0 + 0.43, corner.1 + bottom * 0.52));
    if repaired {
        // Filled, sanded and painted over: a band that is smoother and a little whiter.
        let mut rng = canvas.place.clone();
        let band: Vec<_> = wander(&mut rng, from, to, 0.1, 0.05).into_iter().map(|(point, _)| (point, 0.045)).collect();
        for pair in band.windows(9).step_by(8) {
            let ends = [pair[0], pair[8]];
            canvas.stroke(&ends, 0.03, |noise, point, under, cover| {
                mix(under, scale([0.925, 0.918, 0.892], 1.0 + noise.at(point.0 * 60.0, point.1 * 60.0) * 0.006), cover * 0.8)
            });
        }
    } else {
        crack(canvas, from, to, 0.0034);
        let middle = (from.0 + 0.16, from.1 + bottom * 0.3);
        let angle = -0.3 + canvas.shot.range(-0.05, 0.05);
        tape(canvas, (middle.0 - 0.3, middle.1 + 0.1), angle, 0.052, 1.2);
    }
    skirting(canvas, bottom * 0.93, 0.06);
}

fn hollow_tile(canvas: &mut Canvas, repaired: bool) {
    let size = (0.36, 0.36 * 0.62);
    let joint = 0.0075;
    let base = if canvas.place.below(2) == 0 { [0.86, 0.84, 0.8] } else { [0.8, 0.81, 0.82] };
    canvas.fill(|noise, point| tiles(noise, (point.0 + 0.07, point.1 + 0.03), size, joint, base, 0.1));
    let (column, row) = (1.0, (canvas.aspect / size.1 / 2.0).floor());
    let low = (column * size.0 - 0.07, row * size.1 - 0.03);
    let high = (low.0 + size.0, low.1 + size.1);
    let centre = ((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0);
    if repaired {
        // The new tile's joints are fresh and white.
        for (from, to) in [(low, (high.0, low.1)), ((high.0, low.1), high), (high, (low.0, high.1)), ((low.0, high.1), low)] {
            canvas.stroke(&[(from, joint * 0.42), (to, joint * 0.42)], 0.0, |noise, (x, y), under, cover| {
                mix(under, scale([0.88, 0.875, 0.86], 1.0 + noise.at(x * 240.0, y * 240.0) * 0.04), cover)
            });
        }
        canvas.rect((low.0 + joint, low.1 + joint), (high.0 - joint, high.1 - joint), |noise, (x, y)| {
            scale(base, 1.03 + noise.clouds(x * 5.0 + 90.0, y * 5.0) * 0.035)
        });
    } else {
        let mut rng = canvas.place.clone();
        let red = [0.76, 0.13, 0.12];
        crayon(canvas, &ring(centre, size.1 * 0.36, 0.0042, &mut rng), red);
        for sign in [-1.0, 1.0] {
            let arm = size.1 * 0.15;
            let stroke = wander(&mut rng, (centre.0 - arm, centre.1 - arm * sign), (centre.0 + arm, centre.1 + arm * sign), 0.03, 0.0042);
            let even: Vec<_> = stroke.into_iter().map(|(point, _)| (point, 0.0042)).collect();
            crayon(canvas, &even, red);
        }
        // The joint beside it has opened a little.
        let opened: Vec<_> = wander(&mut rng, (high.0, low.1 + 0.01), (high.0, high.1 - 0.02), 0.008, 0.0016);
        canvas.stroke(&opened, 0.0, |_, _, under, cover| mix(under, [0.16, 0.15, 0.14], cover * 0.85));
    }
    // The ceiling lamp in the glaze.
    let glare = (canvas.shot.range(0.2, 0.8), canvas.aspect * 0.16);
    canvas.change((-0.1, -0.1), (1.1, canvas.aspect * 0.6), |noise, (x, y), under| {
        let far = ((x - glare.0).powi(2) + ((y - glare.1) * 0.55).powi(2)).sqrt() + noise.clouds(x * 3.0, y * 3.0) * 0.015;
        mix(under, [1.12, 1.12, 1.1], smooth(0.2, 0.02, far) * 0.42)
    });
}

fn leak_stain(canvas: &mut Canvas, repaired: bool) {
    let edge = canvas.aspect * 0.4;
    // Ceiling above, wall below, a plaster cornice between.
    canvas.fill(
        |noise, (x, y)| {
            if y < edge { scale(paint(noise, (x, y * 1.6), [0.93, 0.93, 0.92]), 0.95 + y * 0.1) } else { paint(noise, (x, y), [0.88, 0.865, 0.82]) }
        },
    );
    if !repaired {
        let mut rng = canvas.place.clone();
        let spots: Vec<(Point, f32)> = (0..4).map(|index| ((rng.range(0.3, 0.62), edge * rng.range(0.35, 0.95)), 0.16 - index as f32 * 0.022)).collect();
        let bottom = canvas.aspect;
        canvas.change((0.1, -0.05), (0.82, (edge + 0.62).min(bottom)), move |noise, (x, y), under| {
            let warp = noise.clouds(x * 7.0, y * 7.0) * 0.05 + noise.at(x * 40.0, y * 40.0) * 0.006;
            let (mut wet, mut rim) = (0.0_f32, 0.0_f32);
            for ((sx, sy), radius) in &spots {
                let far = ((x - sx).powi(2) + ((y - sy) * 1.25).powi(2)).sqrt() + warp;
                wet = wet.max(smooth(*radius, radius * 0.72, far));
                // Water leaves its salts where it dried.
                for part in [1.0, 0.74, 0.5] {
                    rim = rim.max(smooth(0.011, 0.0, (far - radius * part).abs()) * part);
                }
            }
            // Below the cornice it ran down the wall.
            if y > edge {
                let run = smooth(0.12, 0.5, noise.at(x * 24.0, 2.0) + noise.at(x * 70.0, 5.0) * 0.3);
                let down = run * smooth(0.3 + run * 0.2, 0.0, y - edge) * smooth(0.22, 0.05, (x - 0.46).abs());
                wet = wet.max(down * 0.8);
            }
            if wet <= 0.0 && rim <= 0.0 {
                return under;
            }
            let stained = mix(under, [under[0] * 0.86, under[1] * 0.75, under[2] * 0.56], wet * (0.62 + noise.clouds(x * 12.0, y * 12.0) * 0.3));
            let stained = mix(stained, [0.55, 0.39, 0.2], rim * 0.55);
            let mould = smooth(0.3, 0.62, noise.clouds(x * 42.0, y * 42.0) + noise.clouds(x * 6.0, y * 6.0) * 0.5) * wet;
            mix(stained, [0.24, 0.25, 0.2], mould * 0.45)
        });
    }
    let lip = 0.028;
    canvas.shadow((-0.2, edge + lip), (1.2, edge + lip + 0.002), 0.03, 0.25);
    let fresh = if repaired { 1.03 } else { 0.99 };
    canvas.rect((-0.2, edge - lip), (1.2, edge + lip), |noise, (x, y)| {
        let turn = (y - edge) / lip;
        scale([0.92, 0.915, 0.9], fresh * (0.9 - 0.12 * turn + 0.1 * smooth(0.5, 0.0, (turn + 0.3).abs())) + noise.at(x * 200.0, y * 200.0) * 0.012)
    });
}

fn window_gap(canvas: &mut Canvas, repaired: bool) {
    let bottom = canvas.aspect;
    let left = 0.56 + canvas.place.range(-0.03, 0.03);
    canvas.fill(|noise, point| paint(noise, point, [0.9, 0.89, 0.86]));
    // The raw edge of the reveal beside the frame, with the gap or its sealant.
    let gap = 0.03;
    canvas.rect((left - gap, -0.3), (left + 0.01, bottom + 0.3), |noise, point| scale(cement(noise, point), 0.9));
    if repaired {
        canvas.rect((left - gap * 1.15, -0.3), (left + 0.006, bottom + 0.3), |noise, (x, y)| {
            let across = (x - left + gap * 1.15) / (gap * 1.15);
            scale([0.95, 0.95, 0.94], 0.83 + 0.17 * smooth(0.0, 0.45, across) - 0.1 * smooth(0.6, 1.0, across) + noise.at(x * 90.0, y * 14.0) * 0.012)
        });
    } else {
        let mut rng = canvas.place.clone();
        let line = wander(&mut rng, (left - gap * 0.42, -0.2), (left - gap * 0.4, bottom + 0.2), 0.015, 0.011);
        let hole: Vec<_> = line.into_iter().enumerate().map(|(index, (point, _))| (point, 0.005 + 0.0055 * (index as f32 * 0.13).sin().abs())).collect();
        canvas.stroke(&hole, 0.0, |_, _, under, cover| mix(under, [0.06, 0.055, 0.05], cover));
        // Daylight comes through where foam is missing altogether.
        let through: Vec<_> = hole.iter().skip(52).take(26).map(|(point, wide)| (*point, wide * 0.55)).collect();
        canvas.stroke(&through, 0.003, |_, _, under, cover| mix(under, [1.1, 1.12, 1.15], cover));
        // Yellow foam squeezed out above and below.
        canvas.change((left - gap * 1.4, -0.2), (left, bottom + 0.2), |noise, (x, y), under| {
            let place = y / bottom;
            let there = smooth(0.4, 0.34, place) + smooth(0.58, 0.66, place);
            let bulge = gap * 0.36 * (0.75 + noise.clouds(3.0, y * 13.0) * 1.5) * there;
            let across = (x - left + gap * 0.5 + noise.at(7.0, y * 9.0) * 0.004) / bulge.max(1e-4);
            if bulge < 0.002 || across.abs() > 1.0 {
                return under;
            }
            let skin = noise.clouds(x * 70.0, y * 70.0) * 0.16 + noise.clouds(x * 26.0, y * 26.0) * 0.1;
            mix(under, scale([0.88, 0.77, 0.5], 0.98 - across * 0.16 - across * across * 0.34 + skin), smooth(1.0, 0.86, across.abs()))
        });
    }
    // Aluminium frame with its profile, then the glass.
    let frame = 0.15;
    canvas.rect((left, -0.3), (left + frame, bottom + 0.3), |noise, (x, y)| {
        let across = (x - left) / frame;
        let groove = smooth(0.016, 0.006, (across - 0.36).abs()) + smooth(0.02, 0.008, (across - 0.74).abs());
        let shade = 0.36 + 0.1 * smooth(0.0, 0.07, across) + 0.07 * smooth(0.4, 0.5, across) - 0.1 * smooth(0.76, 0.82, across) - 0.22 * groove;
        scale([0.98, 1.0, 1.04], shade + noise.at(x * 500.0, y * 3.0) * 0.008)
    });
    let glass = left + frame;
    canvas.rect((glass, -0.3), (1.4, bottom + 0.3), |noise, (x, y)| {
        let sky = mix([0.8, 0.89, 0.98], [0.97, 0.98, 1.0], smooth(0.0, bottom * 0.7, y) + noise.clouds(x * 2.0, y * 2.6) * 0.3);
        // The tower across the yard, out of focus.
        let tower = smooth(0.02, 0.05, x - glass - 0.09) * smooth(0.0, 0.02, y - bottom * 0.26);
        let floors = 0.5 + 0.5 * ((y * 44.0).sin() * 1.6).clamp(-1.0, 1.0);
        let bays = 0.5 + 0.5 * ((x * 66.0).sin() * 1.6).clamp(-1.0, 1.0);
        mix(sky, scale([0.72, 0.69, 0.66], 0.78 + 0.2 * floors * bays), tower * 0.9)
    });
    canvas.shadow((glass - 0.002, -0.3), (glass, bottom + 0.3), 0.012, 0.35);
    canvas.shadow((left - 0.001, -0.3), (left, bottom + 0.3), 0.01, 0.22);
    if !repaired {
        tape(canvas, (left - 0.42, bottom * 0.7), -0.06, 0.05, 0.42);
    }
}

fn door_scratch(canvas: &mut Canvas, repaired: bool) {
    let (dark, light) = if canvas.place.below(2) == 0 { ([0.36, 0.22, 0.13], [0.58, 0.38, 0.23]) } else { ([0.5, 0.37, 0.25], [0.74, 0.59, 0.43]) };
    let bottom = canvas.aspect;
    canvas.fill(|noise, point| wood(noise, (point.0, point.1 + 3.0), dark, light));
    // A sunk panel with mitred edges.
    let (low, high) = ((0.2, -0.2), (0.74, bottom * 0.86));
    canvas.shadow(low, high, 0.02, 0.12);
    canvas.change(low, high, |noise, point, _| {
        let inside = (point.0 - low.0).min(high.0 - point.0).min(high.1 - point.1);
        let side = if point.0 - low.0 <= inside + 1e-4 {
            0.68
        } else if high.0 - point.0 <= inside + 1e-4 {
            1.16
        } else {
            1.22
        };
        let face = wood(noise, (point.0 + 5.0, point.1), dark, light);
        mix(scale(face, side), face, smooth(0.019, 0.022, inside))
    });
    // Lever handle at the right.
    let plate = (0.86, bottom * 0.4);
    let steel = |noise: &Noise, (x, y): Point| scale([0.8, 0.79, 0.76], 0.74 + 0.3 * smooth(1.0, -1.0, y + x * 0.4) + noise.at(x * 3.0, y * 90.0) * 0.03);
    canvas.shadow((plate.0 - 0.04, plate.1 - 0.03), (plate.0 + 0.05, plate.1 + 0.07), 0.03, 0.35);
    canvas.disc(plate, 0.058, steel);
    canvas.disc(plate, 0.04, |noise, point| scale(steel(noise, point), 0.9));
    let lever = [((plate.0 - 0.005, plate.1), 0.017), ((plate.0 - 0.2, plate.1 + 0.006), 0.014)];
    canvas.stroke(&lever.map(|((x, y), wide)| ((x, y + 0.02), wide)), 0.012, |_, _, under, cover| scale(under, 1.0 - cover * 0.45));
    canvas.stroke(&lever, 0.0, |noise, (x, y), under, cover| {
        let across = (y - plate.1) / 0.017;
        mix(under, scale([0.82, 0.81, 0.78], 0.78 + 0.28 * smooth(0.7, -0.8, across) + noise.at(x * 200.0, y * 5.0) * 0.02), cover)
    });
    let mut rng = canvas.place.clone();
    if repaired {
        canvas.change((0.25, bottom * 0.35), (0.72, bottom * 0.75), |_, (x, y), under| {
            let far = (((x - 0.48) / 0.24).powi(2) + ((y / bottom - 0.55) / 0.2).powi(2)).sqrt();
            mix(under, scale(mix(dark, light, 0.62), 1.0), smooth(1.0, 0.2, far) * 0.22)
        });
        return;
    }
    for index in 0..7 {
        let from = (rng.range(0.27, 0.42), bottom * (0.4 + index as f32 * 0.035) + rng.range(-0.02, 0.02));
        let to = (from.0 + rng.range(0.12, 0.3), from.1 + rng.range(0.05, 0.16));
        let wide = if index == 2 { 0.0034 } else { rng.range(0.0008, 0.0018) };
        let line = wander(&mut rng, from, to, 0.014, wide);
        let shade: Vec<_> = line.iter().map(|((x, y), wide)| ((*x, y + wide * 1.1), *wide)).collect();
        canvas.stroke(&shade, 0.0008, |_, _, under, cover| scale(under, 1.0 - cover * 0.5));
        canvas
            .stroke(&line, 0.0, |noise, (x, y), under, cover| mix(under, scale([0.87, 0.74, 0.57], 1.0 + noise.at(x * 130.0, y * 130.0) * 0.12), cover * 0.9));
    }
}

fn floor_ponding(canvas: &mut Canvas, repaired: bool) {
    let bottom = canvas.aspect;
    // Looking down at the floor: rows nearer to the camera are larger.
    let floor = move |(x, y): Point| {
        let depth = 1.0 / (0.62 + y / bottom * 0.62);
        ((x - 0.5) * depth * 1.05 + 2.0, depth * 2.1 * bottom.max(0.75))
    };
    canvas.fill(|noise, point| tiles(noise, floor(point), (0.3, 0.3), 0.008, [0.66, 0.655, 0.64], 0.07));
    let drain = (0.62, bottom * 0.5);
    let pool = (0.4, bottom * 0.6);
    if repaired {
        // Only dampness around the drain: the water has run off.
        canvas.change((0.0, 0.0), (1.0, bottom), |noise, (x, y), under| {
            let far = ((x - drain.0).powi(2) + ((y - drain.1) * 1.5).powi(2)).sqrt() + noise.clouds(x * 6.0, y * 6.0) * 0.05;
            scale(under, 1.0 - 0.14 * smooth(0.24, 0.1, far))
        });
    } else {
        canvas.change((0.0, pool.1 - 0.28), (0.85, pool.1 + 0.28), |noise, (x, y), under| {
            let warp = noise.clouds(x * 3.4, y * 4.4) * 0.16 + noise.at(x * 16.0, y * 22.0) * 0.012;
            let far = (((x - pool.0) / 1.25).powi(2) + ((y - pool.1) * 1.6).powi(2)).sqrt() + warp;
            let wet = smooth(0.262, 0.25, far);
            let rim = smooth(0.012, 0.0, (far - 0.255).abs());
            if far > 0.28 {
                return under;
            }
            // The window mirrored in the water, broken by ripples.
            let ripple = noise.at(x * 7.0, y * 30.0) * 0.014 + noise.at(x * 3.0, y * 90.0) * 0.004;
            let pane = smooth(0.012, 0.0, (x - 0.35 + ripple).abs() - 0.105) * smooth(0.012, 0.0, (y - pool.1 + ripple * 0.5).abs() - 0.13);
            let bar = smooth(0.008, 0.014, (x - 0.35 + ripple).abs());
            let water = mix(scale(under, 0.74), [0.92, 0.97, 1.02], pane * bar * 0.42 + 0.06);
            let lit = mix(under, water, wet);
            scale(lit, 1.0 - rim * 0.12 + smooth(0.006, 0.0, (far - 0.247).abs()) * 0.16)
        });
    }
    canvas.shadow((drain.0 - 0.05, drain.1 - 0.03), (drain.0 + 0.05, drain.1 + 0.05), 0.02, 0.2);
    canvas.disc(drain, 0.082, |noise, (x, y)| {
        let far = (x * x + y * y).sqrt();
        let brushed = scale([0.76, 0.765, 0.77], 0.8 + 0.2 * smooth(1.0, -1.0, x + y) + noise.at(far * 60.0, 1.0) * 0.05);
        let slot = ((x * 4.2).rem_euclid(1.0) - 0.5).abs() < 0.2 && ((y * 2.1 + (x * 4.2).floor() * 0.5).rem_euclid(1.0) - 0.5).abs() < 0.36 && far < 0.74;
        if slot {
            [0.07, 0.07, 0.07]
        } else if (far - 0.82).abs() < 0.03 {
            scale(brushed, 0.6)
        } else {
            brushed
        }
    });
    if !repaired {
        tape(canvas, (0.06, bottom * 0.83), 0.04, 0.055, 0.66);
    }
}

fn crooked_socket(canvas: &mut Canvas, repaired: bool) {
    let bottom = canvas.aspect;
    canvas.fill(|noise, point| paint(noise, point, [0.89, 0.885, 0.865]));
    let angle: f32 = if repaired { 0.0 } else { 0.085 };
    let (cos, sin) = (angle.cos(), angle.sin());
    let centre = (0.48, bottom * 0.44);
    let half = 0.15;
    let turn = move |(x, y): Point| ((x - centre.0) * cos + (y - centre.1) * sin, (y - centre.1) * cos - (x - centre.0) * sin);
    let reach = half * 1.3;
    let (low, high) = ((centre.0 - reach, centre.1 - reach), (centre.0 + reach, centre.1 + reach));
    let rounded = |(x, y): Point, half: f32, round: f32| {
        let (dx, dy) = ((x.abs() - half + round).max(0.0), (y.abs() - half + round).max(0.0));
        (dx * dx + dy * dy).sqrt() - round
    };
    let edge = canvas.grain() * 0.8;
    canvas.change(low, high, |noise, point, under| {
        let local = turn(point);
        let far = rounded((local.0 - 0.006, local.1 - 0.012), half, 0.014);
        let under = scale(under, 1.0 - 0.34 * smooth(0.022, -0.004, far));
        let inside = smooth(edge, -edge, rounded(local, half, 0.014));
        let lip = rounded(local, half * 0.8, 0.01);
        let mut face = scale([0.955, 0.955, 0.945], 0.985 - local.1 * 0.25 + noise.at(point.0 * 400.0, point.1 * 400.0) * 0.004);
        face = scale(face, 1.0 - 0.16 * smooth(0.004, 0.0, lip.abs()) + 0.03 * smooth(0.008, 0.003, (lip - 0.006).abs()));
        // The slots of a national five-hole socket: two above, three below.
        let slot = |cx: f32, cy: f32, lean: f32| {
            let (x, y) = (local.0 - cx * half, local.1 - cy * half);
            let (x, y) = (x * lean.cos() + y * lean.sin(), y * lean.cos() - x * lean.sin());
            (x.abs() - 0.0055).max(y.abs() - 0.019)
        };
        let hole = slot(-0.2, -0.32, 0.0).min(slot(0.2, -0.32, 0.0)).min(slot(0.0, 0.16, 0.0)).min(slot(-0.26, 0.5, 0.52)).min(slot(0.26, 0.5, -0.52));
        face = mix(face, scale(face, 0.8), smooth(0.006, 0.0, hole));
        face = mix(face, [0.09, 0.085, 0.08], smooth(edge, -edge, hole));
        mix(under, face, inside)
    });
    // A spirit level held under it: the bubble tells.
    let top = centre.1 + half * 1.2;
    let (left, right, high) = (0.1, 1.3, 0.13);
    canvas.shadow((left, top + 0.012), (right, top + high + 0.02), 0.03, 0.3);
    canvas.rect((left, top), (right, top + high), |noise, (x, y)| {
        let across = (y - top) / high;
        let rib = smooth(0.03, 0.015, (across - 0.16).abs()) + smooth(0.03, 0.015, (across - 0.84).abs());
        scale([0.86, 0.58, 0.08], 1.03 - 0.22 * across - rib * 0.25 + noise.at(x * 300.0, y * 300.0) * 0.012)
    });
    let vial = (centre.0 + 0.02, top + high / 2.0);
    canvas.rect((vial.0 - 0.11, vial.1 - 0.036), (vial.0 + 0.11, vial.1 + 0.036), |_, _| [0.13, 0.13, 0.13]);
    canvas.rect((vial.0 - 0.1, vial.1 - 0.026), (vial.0 + 0.1, vial.1 + 0.026), |_, (x, y)| {
        let across = (y - vial.1) / 0.026;
        let bubble = (((x - vial.0) / 0.03).powi(2) + ((across + 0.25) / 0.62).powi(2)).sqrt();
        let body = scale([0.74, 0.92, 0.24], 0.82 + 0.24 * smooth(0.8, -0.6, across));
        let body = mix(body, [0.9, 0.98, 0.68], smooth(1.0, 0.82, bubble));
        let rim = smooth(0.14, 0.0, (bubble - 0.95).abs()) * 0.45;
        let marks = smooth(0.0026, 0.001, ((x - vial.0).abs() - 0.036).abs());
        mix(scale(body, 1.0 - rim), INK, marks * 0.9)
    });
    skirting(canvas, bottom * 0.95, 0.08);
}

fn peeling_paint(canvas: &mut Canvas, repaired: bool) {
    let bottom = canvas.aspect;
    canvas.fill(|noise, point| paint(noise, point, [0.87, 0.875, 0.85]));
    let line = bottom * 0.8;
    if !repaired {
        let high = bottom * 0.34;
        canvas.change((-0.1, line - high * 1.8), (1.1, line), |noise, (x, y), under| {
            let damp = smooth(high * 1.5, 0.0, line - y + noise.clouds(x * 4.0, y * 4.0) * 0.14);
            let mut colour = mix(under, [under[0] * 0.86, under[1] * 0.81, under[2] * 0.69], damp * 0.7);
            let shape = noise.clouds(x * 7.5 + 9.0, y * 7.5) + noise.at(x * 55.0, y * 55.0) * 0.1;
            let rise = (line - y) / high + noise.clouds(x * 2.6, 1.0) * 0.5;
            let depth = shape - 0.2 + smooth(1.0, 0.0, rise) * 0.5 - smooth(0.55, 1.3, rise) * 0.9;
            let bare = smooth(0.0, 0.018, depth);
            let powder = smooth(0.05, 0.5, noise.clouds(x * 20.0, y * 20.0)) * 0.55;
            colour = mix(colour, mix(cement(noise, (x, y)), [0.92, 0.92, 0.9], powder), bare);
            // Flakes curl up at the edge: a lit lip and its shadow on the bare wall.
            colour = scale(colour, 1.0 + 0.13 * smooth(0.022, 0.0, (depth + 0.014).abs()));
            let above = noise.clouds(x * 7.5 + 9.0, (y - 0.006) * 7.5) + noise.at(x * 55.0, (y - 0.006) * 55.0) * 0.1;
            let edge = smooth(0.0, 0.03, shape - above) * bare * smooth(0.09, 0.0, depth);
            scale(colour, 1.0 - 0.45 * edge)
        });
        // Flakes that fell on the skirting.
        let mut rng = canvas.shot.clone();
        skirting(canvas, line, 0.085);
        for _ in 0..40 {
            let at = (rng.range(0.05, 0.95), line + 0.09 + rng.range(0.0, 0.05).powi(2) * 20.0);
            let size = rng.range(0.0015, 0.0045);
            canvas.disc((at.0 + 0.001, at.1 + 0.002), size, |_, _| [0.2, 0.15, 0.1]);
            canvas.disc(at, size, |noise, (x, y)| scale([0.9, 0.9, 0.87], 1.0 - y * 0.1 + noise.at(x, y) * 0.04));
        }
        return;
    }
    skirting(canvas, line, 0.085);
}

fn floor_gap(canvas: &mut Canvas, repaired: bool) {
    let bottom = canvas.aspect;
    let wide = 0.235;
    let boards = move |noise: &Noise, (x, y): Point, lifted: f32| {
        let column = floor(x / wide) as f32;
        let offset = noise.at(column * 3.7 + 0.5, 0.5) * 0.5 + 0.5;
        let row = floor((y + offset * 0.9) / 0.9) as f32;
        let (u, v) = (x - column * wide, y + offset * 0.9 - row * 0.9);
        let tone = noise.at(column * 5.1 + 0.5, row * 3.3 + 0.5);
        let face = wood(noise, (x * 0.9 + column * 3.3, y * 0.9 + row * 7.7), [0.46, 0.31, 0.19], [0.73, 0.56, 0.38]);
        let edge = u.min(wide - u).min(v.min(0.9 - v));
        let bevel = 1.0 - 0.5 * smooth(0.0036, 0.0008, edge) + 0.06 * smooth(0.006, 0.003, (u - 0.005).abs());
        scale(face, (1.0 + tone * 0.1 + lifted) * bevel)
    };
    canvas.fill(move |noise, point| boards(noise, (point.0 + 0.11, point.1), 0.0));
    let seam = wide * 2.0 - 0.11;
    if !repaired {
        // One board stands up along its edge: lit on top, black gap and a shadow beside it.
        canvas.change((seam, -0.2), (seam + wide, bottom + 0.2), |_, (x, _), under| scale(under, 1.0 + 0.13 * smooth(0.1, 0.0, x - seam)));
        canvas.change((seam - 0.07, -0.2), (seam, bottom + 0.2), |noise, (x, y), under| {
            scale(under, 1.0 - 0.5 * smooth(0.05 + noise.at(0.5, y * 4.0) * 0.012, 0.0, seam - x))
        });
        let mut rng = canvas.place.clone();
        let gap: Vec<_> =
            wander(&mut rng, (seam - 0.004, -0.2), (seam - 0.004, bottom + 0.2), 0.004, 0.007).into_iter().map(|(point, _)| (point, 0.0058)).collect();
        canvas.stroke(&gap, 0.0, |_, _, under, cover| mix(under, [0.07, 0.05, 0.035], cover));
        let line: Vec<_> = gap.iter().map(|((x, y), _)| ((x + 0.009, *y), 0.0022)).collect();
        canvas.stroke(&line, 0.001, |_, _, under, cover| mix(under, scale(under, 1.35), cover));
        let coin = (seam - 0.03, bottom * 0.66);
        canvas.shadow((coin.0 - 0.03, coin.1 - 0.01), (coin.0 + 0.045, coin.1 + 0.045), 0.03, 0.35);
        canvas.disc(coin, 0.068, |noise, (x, y)| {
            let far = (x * x + y * y).sqrt();
            // A flower, as on a one-yuan coin, and the raised rim.
            let petals = |x: f32, y: f32| smooth(0.66, 0.56, (x * x + y * y).sqrt() / (0.8 + 0.2 * (y.atan2(x) * 5.0 + 0.6).cos()));
            let relief = petals(x, y) - petals(x + 0.05, y + 0.06);
            let rim = smooth(0.05, 0.0, (far - 0.93).abs());
            let worn = noise.clouds(x * 3.0, y * 3.0) * 0.04 + noise.at(x * 90.0, y * 90.0) * 0.015;
            scale([0.76, 0.76, 0.74], 0.84 + relief * 0.3 + rim * 0.16 + worn - 0.14 * (x + y))
        });
    }
    // Window light across the boards.
    let slant = canvas.shot.range(0.25, 0.4);
    canvas.change((-0.1, -0.1), (1.1, bottom + 0.1), |_, (x, y), under| {
        let place = x - y * slant;
        let band = smooth(0.02, 0.06, place - 0.52) * smooth(0.02, 0.06, 0.96 - place);
        scale(under, 1.0 + band * 0.2)
    });
}

fn water_meter(canvas: &mut Canvas) {
    let bottom = canvas.aspect;
    canvas.fill(|noise, point| scale(cement(noise, point), 0.86));
    let centre = (0.5, bottom * 0.47);
    // The pipe, then the brass body, then the dial.
    canvas.shadow((-0.2, centre.1 - 0.02), (1.2, centre.1 + 0.13), 0.05, 0.4);
    canvas.rect((-0.2, centre.1 - 0.075), (1.2, centre.1 + 0.075), |noise, (x, y)| {
        let across = (y - centre.1) / 0.075;
        scale([0.66, 0.67, 0.68], 0.5 + 0.55 * smooth(0.9, -0.35, across) - 0.25 * smooth(-0.6, -1.0, across) + noise.clouds(x * 20.0, y * 20.0) * 0.06)
    });
    for side in [-1.0, 1.0] {
        let x = centre.0 + side * 0.36;
        canvas.rect((x - 0.05, centre.1 - 0.11), (x + 0.05, centre.1 + 0.11), |noise, (px, y)| {
            let across = (y - centre.1) / 0.11;
            let facet = 0.08 * ((across * 3.2).floor() * 1.7).sin();
            scale([0.72, 0.58, 0.3], 0.66 + 0.34 * smooth(0.9, -0.5, across) + facet + noise.at(px * 120.0, y * 120.0) * 0.05)
        });
    }
    canvas.disc((centre.0 + 0.012, centre.1 + 0.025), 0.335, |_, _| [0.16, 0.155, 0.15]);
    canvas.disc(centre, 0.325, |noise, (x, y)| {
        let far = (x * x + y * y).sqrt();
        let ring = smooth(0.03, 0.0, (far - 0.92).abs()) * 0.18;
        scale([0.16, 0.3, 0.56], 0.86 - 0.25 * (x + y) * far + ring + noise.at(x * 60.0, y * 60.0) * 0.03)
    });
    let face = 0.275;
    canvas.disc(centre, face, |noise, (x, y)| scale([0.95, 0.95, 0.93], 1.0 - 0.05 * (x + y) + noise.clouds(x * 3.0, y * 3.0) * 0.01));
    let edge = canvas.grain() / face;
    canvas.disc(centre, face * 0.985, |_, (x, y)| {
        let far = (x * x + y * y).sqrt();
        let turn = y.atan2(x) / std::f32::consts::TAU * 100.0;
        let tick = (turn - turn.round()).abs() * far * 0.0628;
        let reach = if turn.round().rem_euclid(10.0) < 0.5 { 0.86 } else { 0.92 };
        let ink = if far > reach && far < 0.965 { smooth(0.006 + edge, 0.004, tick) } else { 0.0 };
        mix([0.945, 0.945, 0.925], INK, ink * 0.9)
    });
    // Five drums: four black for whole cubic metres, one red.
    let mut rng = canvas.place.clone();
    let (left, top, drum) = (centre.0 - 0.152, centre.1 - 0.115, 0.061);
    canvas.rect((left - 0.012, top - 0.012), (left + drum * 5.0 + 0.012, top + 0.1), |_, _| [0.22, 0.22, 0.22]);
    for index in 0..5 {
        let x = left + index as f32 * drum;
        let value = if index < 2 { 0 } else { rng.below(10) as usize };
        let rolled = if index == 4 { rng.range(-0.18, 0.18) } else { 0.0 };
        canvas.rect((x + 0.003, top), (x + drum - 0.003, top + 0.088), |_, (px, py)| {
            let (u, v) = ((px - x) / drum, (py - top) / 0.088 + rolled);
            let shade = 1.0 - (v - rolled - 0.5).powi(2) * 1.5;
            let ground = if index == 4 { [0.72, 0.14, 0.12] } else { [0.13, 0.13, 0.13] };
            let ink = digit(value, (u - 0.24) / 0.52, (v - 0.16) / 0.68) || digit(value + 1, (u - 0.24) / 0.52, (v - 1.16) / 0.68);
            scale(if ink { [0.95, 0.95, 0.92] } else { ground }, shade)
        });
    }
    // The small star and a red hand.
    let star = (centre.0 - 0.1, centre.1 + 0.11);
    canvas.disc(star, 0.036, |_, (x, y)| {
        let wave = (y.atan2(x) * 6.0).cos() * 0.2;
        if (x * x + y * y).sqrt() < 0.72 + wave { [0.7, 0.16, 0.14] } else { [0.945, 0.945, 0.925] }
    });
    let dial = (centre.0 + 0.09, centre.1 + 0.12);
    canvas.disc(dial, 0.07, |_, (x, y)| {
        let far = (x * x + y * y).sqrt();
        let turn = y.atan2(x) / std::f32::consts::TAU * 10.0;
        let mark = far > 0.72 && far < 0.95 && (turn - turn.round()).abs() * far < 0.055;
        if mark || (far - 0.97).abs() < 0.02 { INK } else { [0.945, 0.945, 0.925] }
    });
    let aim = rng.range(0.0, 6.2_f32);
    let hand = [((dial.0 - aim.cos() * 0.015, dial.1 - aim.sin() * 0.015), 0.006), ((dial.0 + aim.cos() * 0.056, dial.1 + aim.sin() * 0.056), 0.0012)];
    canvas.stroke(&hand, 0.0, |_, _, under, cover| mix(under, [0.78, 0.1, 0.08], cover));
    // Glass over the dial catches the lamp.
    canvas.change((centre.0 - face, centre.1 - face), (centre.0 + face, centre.1 + face), |_, (x, y), under| {
        let (u, v) = ((x - centre.0) / face, (y - centre.1) / face);
        let inside = smooth(1.0, 0.98, (u * u + v * v).sqrt());
        let streak = smooth(0.16, 0.0, (u * 0.8 + v * 0.6 + 0.52).abs()) * smooth(0.95, 0.6, (u * u + v * v).sqrt());
        mix(under, [1.05, 1.06, 1.08], inside * streak * 0.34)
    });
    canvas.light.spot = ((0.35, 0.2), 0.45, 0.22);
}
