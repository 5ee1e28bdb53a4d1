//! A small drawing surface: floating-point colours in scene coordinates (x from 0 to 1, y from 0 to the picture's
//! height/width), smooth noise, soft-edged shapes; then light, lens and grain.

/// Red, green and blue, 0 to 1.
pub(super) type Rgb = [f32; 3];
/// A point in scene coordinates.
pub(super) type Point = (f32, f32);

/// A small deterministic generator (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `end` - 1.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        (((self.next() >> 32) * u64::from(end)) >> 32) as u32
    }

    /// Between `from` and `to`.
    pub(super) fn range(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * ((self.next() >> 40) as f32 / (1_u64 << 24) as f32)
    }
}

pub(super) fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

pub(super) fn scale(a: Rgb, by: f32) -> Rgb {
    [a[0] * by, a[1] * by, a[2] * by]
}

/// 0 below `from`, 1 above `to`, smooth between; the other way round when `from` is the larger.
pub(super) fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The whole part downwards, without a call into the mathematics library.
pub(super) fn floor(value: f32) -> i32 {
    let whole = value as i32;
    whole.wrapping_sub(i32::from((whole as f32) > value))
}

/// Smooth noise on a lattice that repeats after 256 cells.
#[derive(Debug)]
pub(super) struct Noise(Box<[f32; 1 << 16]>);

impl Noise {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut table = Box::new([0.0; 1 << 16]);
        table.fill_with(|| rng.range(-1.0, 1.0));
        Self(table)
    }

    /// -1 to 1, one feature per unit.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let (ix, iy) = (floor(x), floor(y));
        let (fx, fy) = (x - ix as f32, y - iy as f32);
        let (fx, fy) = (fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy));
        let cell = |x: i32, y: i32| self.0[(((y & 255) << 8) | (x & 255)) as usize];
        let (ix1, iy1) = (ix.wrapping_add(1), iy.wrapping_add(1));
        let top = cell(ix, iy) + (cell(ix1, iy) - cell(ix, iy)) * fx;
        let bottom = cell(ix, iy1) + (cell(ix1, iy1) - cell(ix, iy1)) * fx;
        top + (bottom - top) * fy
    }

    /// Clouds: four octaves, each turned against the last so that the lattice does not show.
    pub(super) fn clouds(&self, x: f32, y: f32) -> f32 {
        let (x2, y2) = (x * 1.62 - y * 1.22 + 17.0, x * 1.22 + y * 1.62);
        let (x4, y4) = (x2 * 1.62 - y2 * 1.22, x2 * 1.22 + y2 * 1.62 + 31.0);
        let (x8, y8) = (x4 * 1.62 - y4 * 1.22, x4 * 1.22 + y4 * 1.62);
        self.at(x, y) * 0.5 + self.at(x2, y2) * 0.28 + self.at(x4, y4) * 0.15 + self.at(x8, y8) * 0.07
    }
}

/// Where the light comes from.
#[derive(Debug, Clone)]
pub(super) struct Light {
    /// Brightness of the darkest side.
    pub ambient: f32,
    /// How much brighter the other side is.
    pub slope: f32,
    /// Direction the light comes from (a unit vector in the picture).
    pub from: Point,
    /// Colour of the light.
    pub colour: Rgb,
    /// A bright spot (lamp, flash, window glare): place, radius, gain.
    pub spot: (Point, f32, f32),
}

#[derive(Debug)]
pub(super) struct Canvas {
    w: usize,
    h: usize,
    /// Height / width: the largest y of the scene.
    pub aspect: f32,
    pixels: Vec<Rgb>,
    pub noise: Noise,
    /// The same for every shot of one place.
    pub place: Rng,
    /// This shot's own.
    pub shot: Rng,
    pub light: Light,
    tilt: (f32, f32),
    zoom: f32,
    shift: Point,
}

impl Canvas {
    pub(super) fn new(w: usize, h: usize, seed: u64, shot: u64) -> Self {
        let mut shot = Rng::new(shot.wrapping_mul(0x51_7c_c1_b7) ^ seed);
        let angle = shot.range(-0.022, 0.022);
        let warm = shot.range(0.0, 1.0);
        let from = if shot.below(2) == 0 { (-0.8, -0.6) } else { (0.75, -0.66) };
        let light = Light {
            ambient: shot.range(0.66, 0.76),
            slope: shot.range(0.22, 0.36),
            from,
            colour: mix([1.03, 1.0, 0.95], [0.97, 1.0, 1.03], warm),
            spot: ((0.5 + from.0 * 0.5, 0.2), 0.5, 0.06),
        };
        let aspect = h as f32 / w as f32;
        Self {
            w,
            h,
            aspect,
            pixels: vec![[0.5; 3]; w * h],
            noise: Noise::new(seed ^ 0x6e6f_6973),
            place: Rng::new(seed ^ 0x70_6c61_6365),
            light,
            tilt: (angle.cos(), angle.sin()),
            zoom: shot.range(0.93, 1.04),
            shift: (shot.range(-0.025, 0.025), shot.range(-0.02, 0.02)),
            shot,
        }
    }

    /// The width of one drawn pixel in scene units.
    pub(super) fn grain(&self) -> f32 {
        self.zoom / self.w as f32
    }

    fn scene_of(&self, i: usize, j: usize) -> Point {
        let x = ((i as f32 + 0.5) / self.w as f32 - 0.5) * self.zoom;
        let y = ((j as f32 + 0.5) / self.w as f32 - self.aspect / 2.0) * self.zoom;
        let (cos, sin) = self.tilt;
        (0.5 + x * cos - y * sin + self.shift.0, self.aspect / 2.0 + x * sin + y * cos + self.shift.1)
    }

    fn pixel_of(&self, (x, y): Point) -> Point {
        let (x, y) = (x - 0.5 - self.shift.0, y - self.aspect / 2.0 - self.shift.1);
        let (cos, sin) = self.tilt;
        let (x, y) = (x * cos + y * sin, y * cos - x * sin);
        ((x / self.zoom + 0.5) * self.w as f32, (y / self.zoom + self.aspect / 2.0) * self.w as f32)
    }

    /// Paints everything.
    pub(super) fn fill(&mut self, paint: impl Fn(&Noise, Point) -> Rgb) {
        for j in 0..self.h {
            for i in 0..self.w {
                self.pixels[j * self.w + i] = paint(&self.noise, self.scene_of(i, j));
            }
        }
    }

    /// Changes what lies in the box from `low` to `high`.
    pub(super) fn change(&mut self, low: Point, high: Point, change: impl Fn(&Noise, Point, Rgb) -> Rgb) {
        let corners = [low, high, (low.0, high.1), (high.0, low.1)].map(|corner| self.pixel_of(corner));
        let bound = |pick: fn(&Point) -> f32, end: usize| {
            let least = corners.iter().map(pick).fold(f32::MAX, f32::min).max(0.0) as usize;
            let most = corners.iter().map(pick).fold(0.0, f32::max) as usize + 1;
            least.min(end)..most.min(end)
        };
        for j in bound(|corner| corner.1, self.h) {
            for i in bound(|corner| corner.0, self.w) {
                let point = self.scene_of(i, j);
                let pixel = &mut self.pixels[j * self.w + i];
                *pixel = change(&self.noise, point, *pixel);
            }
        }
    }

    /// A rectangle with soft edges; `paint` gets the point.
    pub(super) fn rect(&mut self, low: Point, high: Point, paint: impl Fn(&Noise, Point) -> Rgb) {
        let edge = self.grain() * 0.8;
        let out = (low.0 - edge, low.1 - edge);
        self.change(out, (high.0 + edge, high.1 + edge), |noise, point, under| {
            let inside = (point.0 - low.0).min(high.0 - point.0).min(point.1 - low.1).min(high.1 - point.1);
            mix(under, paint(noise, point), smooth(-edge, edge, inside))
        });
    }

    /// A soft shadow beside a rectangle.
    pub(super) fn shadow(&mut self, low: Point, high: Point, reach: f32, depth: f32) {
        self.change((low.0 - reach, low.1 - reach), (high.0 + reach, high.1 + reach), |_, point, under| {
            let dx = (low.0 - point.0).max(point.0 - high.0).max(0.0);
            let dy = (low.1 - point.1).max(point.1 - high.1).max(0.0);
            scale(under, 1.0 - depth * smooth(reach, 0.0, (dx * dx + dy * dy).sqrt()))
        });
    }

    /// A disc with soft edges; `paint` gets the point relative to the centre, in radii.
    pub(super) fn disc(&mut self, centre: Point, radius: f32, paint: impl Fn(&Noise, Point) -> Rgb) {
        let edge = self.grain() * 0.8;
        let reach = radius + edge;
        self.change((centre.0 - reach, centre.1 - reach), (centre.0 + reach, centre.1 + reach), |noise, point, under| {
            let (x, y) = (point.0 - centre.0, point.1 - centre.1);
            let inside = radius - (x * x + y * y).sqrt();
            mix(under, paint(noise, (x / radius, y / radius)), smooth(-edge, edge, inside))
        });
    }

    /// Strokes a line through `points`, each with its half-width; `ink` mixes what is under it with a coverage of 0 to 1.
    pub(super) fn stroke(&mut self, points: &[(Point, f32)], soft: f32, ink: impl Fn(&Noise, Point, Rgb, f32) -> Rgb) {
        let edge = self.grain() * 0.7 + soft;
        for pair in points.windows(2) {
            let [(a, wide_a), (b, wide_b)] = [pair[0], pair[1]];
            let reach = wide_a.max(wide_b) + edge;
            let low = (a.0.min(b.0) - reach, a.1.min(b.1) - reach);
            let high = (a.0.max(b.0) + reach, a.1.max(b.1) + reach);
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let length2 = (dx * dx + dy * dy).max(1e-12);
            // A joint belongs to the segment that begins there, so that it is not inked twice.
            self.change(low, high, |noise, point, under| {
                let along = ((point.0 - a.0) * dx + (point.1 - a.1) * dy) / length2;
                if !(0.0..1.0).contains(&along) {
                    return under;
                }
                let (x, y) = (point.0 - a.0 - along * dx, point.1 - a.1 - along * dy);
                let wide = wide_a + (wide_b - wide_a) * along;
                let cover = smooth(wide + edge, (wide - edge).max(0.0), (x * x + y * y).sqrt()) * (wide / (edge * 0.5)).min(1.0);
                if cover <= 0.0 { under } else { ink(noise, point, under, cover) }
            });
        }
    }

    /// Light, lens and grain; 8-bit RGB of `width` x `height`, twice the drawn size when `half`.
    pub(super) fn develop(self, width: usize, height: usize, half: bool, seed: u64) -> Vec<u8> {
        let drawn = self.lit();
        let mut rng = Rng::new(seed);
        let mut grain = Box::new([0_i16; 1 << 16]);
        grain.fill_with(|| {
            // Four uniform values make a good bell.
            let sum: f32 = (0..4).map(|_| rng.range(-1.0, 1.0)).sum();
            (sum * if half { 330.0 } else { 60.0 }) as i16
        });
        let grain_at = |at: usize| i32::from(grain[at & 0xffff]);
        let mut out = vec![0; width * height * 3];
        let mut blended = vec![[0_u16; 3]; self.w];
        for y in 0..height {
            let (near, far) = if half { (y / 2, (y / 2 + (y & 1) * 2).saturating_sub(1).min(self.h - 1)) } else { (y, y) };
            let (near, far) = (&drawn[near * self.w..][..self.w], &drawn[far * self.w..][..self.w]);
            for ((into, near), far) in blended.iter_mut().zip(near).zip(far) {
                *into = blend(*near, *far);
            }
            let at_grain = (rng.next() & 0x7fff) as usize;
            let row = &mut out[y * width * 3..][..width * 3];
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let (near, far) = if half { (x / 2, (x / 2 + (x & 1) * 2).saturating_sub(1).min(self.w - 1)) } else { (x, x) };
                let colour = blend(blended[near], blended[far]);
                let luma = grain_at(at_grain + x) + 32;
                let at_tint = at_grain + x / 2;
                let level = |value: u16, tint: usize| ((i32::from(value) + luma + grain_at(at_tint + tint) / 3) >> 6).clamp(0, 255) as u8;
                *pixel = [level(colour[0], 20_011), level(colour[1], 40_022), level(colour[2], 60_033)];
            }
        }
        out
    }

    /// The drawn pixels under the scene's light, as 64ths of 8-bit steps (so that four of them fit 16 bits).
    fn lit(&self) -> Vec<[u16; 3]> {
        let Light { ambient, slope, from, colour, spot } = &self.light;
        let mut lit = Vec::with_capacity(self.pixels.len());
        let (half_w, half_h) = (self.w as f32 / 2.0, self.h as f32 / 2.0);
        let far2 = half_w * half_w + half_h * half_h;
        for j in 0..self.h {
            for i in 0..self.w {
                let (x, y) = ((i as f32 - half_w) / half_w, (j as f32 - half_h) / half_h);
                let side = 0.5 + 0.36 * (x * from.0 + y * from.1);
                let (sx, sy) = (i as f32 / self.w as f32 - spot.0.0, j as f32 / self.w as f32 - spot.0.1);
                let glare = spot.2 / (1.0 + (sx * sx + sy * sy) / (spot.1 * spot.1 * 0.2));
                let corner = ((i as f32 - half_w).powi(2) + (j as f32 - half_h).powi(2)) / far2;
                let bright = (ambient + slope * side + glare) * (1.0 - 0.2 * corner * corner);
                let pixel = self.pixels[j * self.w + i];
                let level = |value: f32, colour: f32| {
                    let value = (value * bright * colour).clamp(0.0, 1.2);
                    // A camera's curve: shadows a little deeper, lights rolling off.
                    let curved = value * (0.86 + 0.34 * value - 0.2 * value * value);
                    (curved.clamp(0.0, 1.0) * 16_320.0) as u16
                };
                lit.push([level(pixel[0], colour[0]), level(pixel[1], colour[1]), level(pixel[2], colour[2])]);
            }
        }
        lit
    }
}

/// Three parts of `near`, one of `far`: what lies between two drawn pixels.
#[inline(always)]
fn blend(near: [u16; 3], far: [u16; 3]) -> [u16; 3] {
    let mix = |near: u16, far: u16| near.wrapping_mul(3).wrapping_add(far) >> 2;
    [mix(near[0], far[0]), mix(near[1], far[1]), mix(near[2], far[2])]
}
