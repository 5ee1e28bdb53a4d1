//! A scaled decoder for the JPEGs that cameras write: baseline Huffman, one interleaved scan, grey or three components.
//!
//! A picture of 512 pixels needs 2 x 2 of the 64 values of each block of a 12-megapixel photograph. This decoder reads the
//! others only as far as it must to find the next block, several at a time, and holds one row of blocks: less than half the
//! time and a fifth of the memory of decoding everything. What it does not know (progressive, lossless, four components)
//! it declines, and `jpeg-decoder` does it.
//!
//! A file that ends early or is damaged inside is shown as far as it goes, the rest grey.

use super::{
    entropy::{Bits, Declined, Source, Table},
    transform::transform,
};
use crate::evidence::pictures::Raster;
use std::io::Read;

/// Decodes `file` at `eighths`/8 of its size (1, 2 or 4); the flag says whether all of it was sound.
pub(super) fn decode(file: impl Read, eighths: u32) -> Result<(Raster, bool), Declined> {
    let mut source = Source::new(file);
    let frame = Frame::read(&mut source)?;
    Ok(frame.decode(source, eighths as usize))
}

/// One colour component.
#[derive(Debug, Clone, Default)]
struct Component {
    id: u8,
    /// Blocks of one unit, across and down.
    across: usize,
    down: usize,
    quantizer: usize,
    dc: usize,
    ac: usize,
}

struct Frame {
    width: usize,
    height: usize,
    components: Vec<Component>,
    /// By zigzag position.
    quantizers: [[u16; 64]; 4],
    dc: [Option<Box<Table>>; 4],
    ac: [Option<Box<Table>>; 4],
    restart_units: usize,
    /// Three components that are red, green and blue as they stand.
    is_rgb: bool,
}

impl Frame {
    /// Reads everything before the entropy-coded data.
    fn read(source: &mut Source<impl Read>) -> Result<Self, Declined> {
        let mut frame = Self {
            width: 0,
            height: 0,
            components: Vec::new(),
            quantizers: [[0; 64]; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            restart_units: 0,
            is_rgb: false,
        };
        let (mut jfif, mut adobe, mut quantized) = (false, None, [false; 4]);
        if source.be16()? != 0xffd8 {
            return Err(Declined);
        }
        loop {
            if source.byte()? != 0xff {
                return Err(Declined);
            }
            let marker = loop {
                match source.byte()? {
                    0xff => {}
                    marker => break marker,
                }
            };
            match marker {
                0xc0 | 0xc1 if frame.components.is_empty() => frame.start(&source.segment()?)?,
                0xc4 => frame.huffman(&source.segment()?)?,
                0xdb => frame.quantizer(&source.segment()?, &mut quantized)?,
                0xdd => {
                    let body = source.segment()?;
                    let [high, low] = body[..] else { return Err(Declined) };
                    frame.restart_units = usize::from(high) << 8 | usize::from(low);
                }
                0xe0 => jfif |= source.segment()?.starts_with(b"JFIF\0"),
                0xee => {
                    let body = source.segment()?;
                    if body.len() >= 12 && body.starts_with(b"Adobe") {
                        adobe = Some(body[11]);
                    }
                }
                0xe1..=0xef | 0xfe => drop(source.segment()?),
                0xda => {
                    frame.scan(&source.segment()?)?;
                    let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
                    frame.is_rgb = ids == *b"RGB" || (ids != [1, 2, 3] && !jfif && adobe == Some(0));
                    let known = frame.components.iter().all(|c| quantized[c.quantizer] && frame.dc[c.dc].is_some() && frame.ac[c.ac].is_some());
                    return if known { Ok(frame) } else { Err(Declined) };
                }
                _ => return Err(Declined),
            }
        }
    }

    fn start(&mut self, body: &[u8]) -> Result<(), Declined> {
        let [8, h1, h0, w1, w0, count, parts @ ..] = body else { return Err(Declined) };
        self.height = usize::from(*h1) << 8 | usize::from(*h0);
        self.width = usize::from(*w1) << 8 | usize::from(*w0);
        if !matches!(count, 1 | 3) || parts.len() != usize::from(*count) * 3 || self.width == 0 || self.height == 0 {
            return Err(Declined);
        }
        for part in parts.chunks_exact(3) {
            let (across, down) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
            if !matches!(across, 1 | 2 | 4) || !matches!(down, 1 | 2 | 4) || part[2] > 3 {
                return Err(Declined);
            }
            self.components.push(Component { id: part[0], across, down, quantizer: usize::from(part[2]), dc: 0, ac: 0 });
        }
        if let [only] = &mut self.components[..] {
            // The blocks of a single component follow one another whatever its sampling says.
            (only.across, only.down) = (1, 1);
        }
        if self.components.iter().map(|c| c.across * c.down).sum::<usize>() > 10 {
            return Err(Declined);
        }
        Ok(())
    }

    fn quantizer(&mut self, mut body: &[u8], known: &mut [bool; 4]) -> Result<(), Declined> {
        while let [kind, rest @ ..] = body {
            let index = usize::from(kind & 15);
            let wide = match kind >> 4 {
                0 => 1,
                1 => 2,
                _ => return Err(Declined),
            };
            if index > 3 || rest.len() < 64 * wide {
                return Err(Declined);
            }
            for (value, bytes) in self.quantizers[index].iter_mut().zip(rest.chunks_exact(wide)) {
                *value = bytes.iter().fold(0, |value, byte| value << 8 | u16::from(*byte));
            }
            known[index] = true;
            body = &rest[64 * wide..];
        }
        Ok(())
    }

    fn huffman(&mut self, mut body: &[u8]) -> Result<(), Declined> {
        while let [kind, rest @ ..] = body {
            let index = usize::from(kind & 15);
            let Some((lengths, rest)) = rest.split_first_chunk::<16>() else { return Err(Declined) };
            let count: usize = lengths.iter().map(|length| usize::from(*length)).sum();
            if index > 3 || kind >> 4 > 1 || count > 256 || rest.len() < count {
                return Err(Declined);
            }
            let table = Some(Box::new(Table::new(lengths, &rest[..count])?));
            if kind >> 4 == 0 {
                self.dc[index] = table;
            } else {
                self.ac[index] = table;
            }
            body = &rest[count..];
        }
        Ok(())
    }

    /// The head of the one scan, which must hold all components in order.
    fn scan(&mut self, body: &[u8]) -> Result<(), Declined> {
        let count = self.components.len();
        if count == 0 || body.len() != 4 + 2 * count || usize::from(body[0]) != count || body[1 + 2 * count..] != [0, 63, 0] {
            return Err(Declined);
        }
        for (component, part) in self.components.iter_mut().zip(body[1..].chunks_exact(2)) {
            let (dc, ac) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
            if component.id != part[0] || dc > 3 || ac > 3 {
                return Err(Declined);
            }
            (component.dc, component.ac) = (dc, ac);
        }
        Ok(())
    }

    /// Decodes the scan. `eighths` is the side that a block of the finest component comes out with.
    fn decode(&self, source: Source<impl Read>, eighths: usize) -> (Raster, bool) {
        let most_across = self.components.iter().map(|c| c.across).max().unwrap_or(1);
        let most_down = self.components.iter().map(|c| c.down).max().unwrap_or(1);
        let (units_x, units_y) = (self.width.div_ceil(8 * most_across), self.height.div_ceil(8 * most_down));
        let (width, height) = ((self.width * eighths).div_ceil(8), (self.height * eighths).div_ceil(8));
        let channels = self.components.len();
        let mut raster = vec![128; width * height * channels];
        let mut bands: Vec<Band> = self
            .components
            .iter()
            .map(|component| {
                // A component of half the resolution comes out at its full size, which saves enlarging it again.
                let (coarser_x, coarser_y) = (most_across / component.across, most_down / component.down);
                let mut side = eighths;
                while side < 8 && side / eighths < coarser_x.min(coarser_y) {
                    side *= 2;
                }
                let row = units_x * component.across * side;
                Band { side, row, repeat_x: coarser_x * eighths / side, repeat_y: coarser_y * eighths / side, samples: vec![128; row * component.down * side] }
            })
            .collect();

        let mut bits = Bits::new(source);
        let mut predictors = [0_i32; 3];
        let mut block = [0_i32; 64];
        // Whether all was sound so far, and whether nothing more can be read.
        let (mut sound, mut over) = (true, false);
        let mut until_restart = self.restart_units;
        let band_rows = most_down * eighths;
        for unit_y in 0..units_y {
            for unit_x in 0..units_x {
                if self.restart_units > 0 && until_restart == 0 {
                    until_restart = self.restart_units;
                    predictors = [0; 3];
                    over = over || !bits.restart();
                }
                until_restart = until_restart.wrapping_sub(1);
                if !over {
                    bits.prepare();
                }
                if !over && !bits.is_lost() {
                    for (index, (component, band)) in self.components.iter().zip(&mut bands).enumerate() {
                        let (Some(dc), Some(ac)) = (&self.dc[component.dc], &self.ac[component.ac]) else { continue };
                        let quantizer = &self.quantizers[component.quantizer];
                        for part in 0..component.across * component.down {
                            bits.block(dc, ac, quantizer, band.last_kept(), &mut predictors[index], &mut block);
                            let (x, y) = (unit_x * component.across + part % component.across, part / component.across);
                            let at = y * band.side * band.row + x * band.side;
                            transform(&block, band.side, &mut band.samples[at..], band.row);
                        }
                    }
                }
                if over || bits.is_lost() {
                    // Grey until the next restart mark, or to the end if the file has none.
                    sound = false;
                    over |= self.restart_units == 0;
                    bands.iter_mut().zip(&self.components).for_each(|(band, component)| band.grey(component, unit_x));
                }
            }
            let top = unit_y * band_rows;
            for row in top..(top + band_rows).min(height) {
                let into = &mut raster[row * width * channels..][..width * channels];
                emit(&bands, row - top, into, self.is_rgb);
            }
            if over {
                break;
            }
        }
        let complete = sound && bits.ends_well();
        (Raster { width: width as u32, height: height as u32, channels: channels as u32, data: raster }, complete)
    }
}

/// One row of units of one component.
struct Band {
    /// The side of a block after scaling.
    side: usize,
    /// Samples in a row.
    row: usize,
    /// How often each sample stands beside and below itself (unequal sampling such as 4:2:2).
    repeat_x: usize,
    repeat_y: usize,
    samples: Vec<u8>,
}

impl Band {
    /// The last zigzag position that counts.
    fn last_kept(&self) -> usize {
        match self.side {
            1 => 0,
            2 => 4,
            4 => 24,
            _ => 63,
        }
    }

    /// Leaves unit `unit_x` grey.
    fn grey(&mut self, component: &Component, unit_x: usize) {
        let wide = component.across * self.side;
        for row in self.samples.chunks_exact_mut(self.row) {
            row[unit_x * wide..][..wide].fill(128);
        }
    }
}

/// Writes row `row` of the bands as interleaved samples.
fn emit(bands: &[Band], row: usize, into: &mut [u8], is_rgb: bool) {
    let line = |band: &Band| {
        let start = row / band.repeat_y * band.row;
        start..start + band.row
    };
    let [first, second, third] = bands else {
        if let [only] = bands {
            let samples = &only.samples[line(only)];
            into.copy_from_slice(&samples[..into.len()]);
        }
        return;
    };
    let plain = bands.iter().all(|band| band.repeat_x == 1);
    let (pixels, _) = into.as_chunks_mut::<3>();
    let (a, b, c) = (&first.samples[line(first)], &second.samples[line(second)], &third.samples[line(third)]);
    let convert = |a: u8, b: u8, c: u8| if is_rgb { [a, b, c] } else { rgb(a, b, c) };
    if plain {
        for (((pixel, a), b), c) in pixels.iter_mut().zip(a).zip(b).zip(c) {
            *pixel = convert(*a, *b, *c);
        }
    } else {
        for (x, pixel) in pixels.iter_mut().enumerate() {
            *pixel = convert(a[x / first.repeat_x], b[x / second.repeat_x], c[x / third.repeat_x]);
        }
    }
}

/// ITU-R BT.601, full range, in 16-bit fractions.
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = ((i32::from(y) << 16) + (1 << 15), i32::from(cb) - 128, i32::from(cr) - 128);
    let clamp = |value: i32| (value >> 16).clamp(0, 255) as u8;
    [clamp(y + 91_881 * cr), clamp(y - 22_554 * cb - 46_802 * cr), clamp(y + 116_130 * cb)]
}
