//! A scaled decoder for the JPEGs that cameras write: baseline Huffman, one interleaved scan, grey or three components.
//!
//! A picture of 512 pixels needs 2 x 2 of the 64 values of each block of a 12-megapixel photograph. This decoder reads the
//! others only as far as it must to find the next block, several at a time, and holds one row of blocks: less than half the
//! time and a fifth of the memory of decoding everything. What it does not know (progressive, lossless, four components)
//! it declines, and `jpeg-decoder` does it.
//!
//! A file that ends early or is damaged inside is shown as far as it goes, the rest grey.

use super::pictures::Raster;
use std::io::{self, Read};

/// Bits of the table lookups.
const LOOK_BITS: u32 = 12;
/// Entropy-coded bytes that one unit of blocks (at most ten of 64 values of at most 27 bits) can take, and more.
const UNIT_BYTES: usize = 4096;
/// Bytes read from the file at once.
const READ_BYTES: usize = 64 * 1024;

/// Where the n-th value of a block stands, row by row.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49,
    56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The decoder declines: not one of the forms it knows, or no sound header.
#[derive(Debug)]
pub(super) struct Declined;

impl From<io::Error> for Declined {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// Decodes `file` at `eighths`/8 of its size (1, 2 or 4); the flag says whether all of it was sound.
pub(super) fn decode(file: impl Read, eighths: u32) -> Result<(Raster, bool), Declined> {
    let mut source = Source { file, raw: Vec::new(), at: 0, ended: false };
    let frame = Frame::read(&mut source)?;
    Ok(frame.decode(source, eighths as usize))
}

/// The file's bytes, read in pieces.
struct Source<R> {
    file: R,
    raw: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Source<R> {
    /// Reads on; false at the end of the file.
    fn more(&mut self) -> bool {
        self.raw.resize(READ_BYTES, 0);
        self.at = 0;
        let read = loop {
            match self.file.read(&mut self.raw) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done.unwrap_or(0),
            }
        };
        self.raw.truncate(read);
        self.ended = read == 0;
        read > 0
    }

    fn byte(&mut self) -> Result<u8, Declined> {
        if self.at == self.raw.len() && !self.more() {
            return Err(Declined);
        }
        self.at += 1;
        Ok(self.raw[self.at - 1])
    }

    fn be16(&mut self) -> Result<usize, Declined> {
        Ok(usize::from(self.byte()?) << 8 | usize::from(self.byte()?))
    }

    /// The body of a segment.
    fn segment(&mut self) -> Result<Vec<u8>, Declined> {
        let length = self.be16()?.checked_sub(2).ok_or(Declined)?;
        (0..length).map(|_| self.byte()).collect()
    }
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
                Band {
                    side,
                    row,
                    repeat_x: coarser_x * eighths / side,
                    repeat_y: coarser_y * eighths / side,
                    samples: vec![128; row * component.down * side],
                }
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

/// A Huffman table, made for looking several symbols up at once.
struct Table {
    /// By the next 12 bits, one symbol: length of code and value (5 bits), run (4), size (4), whether the value is known
    /// (1), the value (16). 0: the code is longer, or none.
    one: [u32; 1 << LOOK_BITS],
    /// By the next 12 bits, as many symbols as can be told: their length (5 bits), whether they end the block (1), how many
    /// places they advance (8). 0: look one up.
    skip: [u16; 1 << LOOK_BITS],
    /// For codes longer than 12 bits: by length, one more than the last code, left-aligned to 16 bits, and what to add to a
    /// code to find its symbol.
    ends: [u32; 17],
    shifts: [i32; 17],
    symbols: Vec<u8>,
}

impl Table {
    fn new(lengths: &[u8; 16], symbols: &[u8]) -> Result<Self, Declined> {
        let mut table = Self { one: [0; 1 << LOOK_BITS], skip: [0; 1 << LOOK_BITS], ends: [0; 17], shifts: [0; 17], symbols: symbols.to_vec() };
        let (mut code, mut index) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            table.shifts[length as usize] = index as i32 - code as i32;
            for _ in 0..lengths[length as usize - 1] {
                if code >= 1 << length {
                    return Err(Declined);
                }
                if length <= LOOK_BITS {
                    let room = LOOK_BITS - length;
                    for rest in 0..1_u32 << room {
                        table.one[((code << room) | rest) as usize] = one_entry(symbols[index], length, rest, room);
                    }
                }
                code += 1;
                index += 1;
            }
            table.ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        for window in 0..1_usize << LOOK_BITS {
            table.skip[window] = table.skip_entry(window);
        }
        Ok(table)
    }

    /// Follows the symbols that begin in the 12 bits of `window`.
    fn skip_entry(&self, window: usize) -> u16 {
        let (mut used, mut places) = (0_u32, 0_u32);
        while used < LOOK_BITS {
            let entry = self.one[(window << used) & ((1 << LOOK_BITS) - 1)];
            let (length, run, size) = (entry & 31, entry >> 5 & 15, entry >> 9 & 15);
            // The code itself must lie within the window; the value after it need not be seen.
            if entry == 0 || used + length - size > LOOK_BITS || used + length > 31 || places + run + 1 > 127 {
                break;
            }
            used += length;
            if size == 0 && run != 15 {
                return (used | 1 << 5 | places << 6) as u16;
            }
            places += run + 1;
        }
        (used | places << 6) as u16
    }

    /// A code longer than the tables: its symbol and length.
    #[cold]
    fn long(&self, sixteen: u32) -> Option<(u8, u32)> {
        let length = (LOOK_BITS as usize + 1..=16).find(|length| sixteen < self.ends[*length])?;
        let code = (sixteen >> (16 - length)) as i32;
        let symbol = self.symbols.get(usize::try_from(code + self.shifts[length]).ok()?)?;
        Some((*symbol, length as u32))
    }
}

/// The entry of a symbol whose code is `length` bits and is followed by `rest` in a window with `room` bits left.
fn one_entry(symbol: u8, length: u32, rest: u32, room: u32) -> u32 {
    let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    let base = (length + size) | run << 5 | size << 9;
    if size > room {
        return base;
    }
    let value = extend(if size == 0 { 0 } else { rest >> (room - size) }, size);
    base | 1 << 13 | (value as u32) << 16
}

/// A value of `size` bits: those that begin with 0 are negative.
fn extend(bits: u32, size: u32) -> i32 {
    let half = (1_i32 << size) >> 1;
    let value = bits as i32;
    if value < half { value + 1 - (1 << size) } else { value }
}

/// Entropy-coded data as a stream of bits: stuffing taken out, restart marks remembered.
struct Bits<R> {
    source: Source<R>,
    /// Bytes without stuffing, and zeros after the last.
    clean: Vec<u8>,
    /// How many of them are data.
    filled: usize,
    /// The next byte to load.
    at: usize,
    /// From here on [`Self::fill`] comes first.
    fill_at: usize,
    /// Loaded bits, from the top, and their number.
    bits: u64,
    count: u32,
    /// Where in `clean` restart marks stood.
    marks: std::collections::VecDeque<usize>,
    /// A marker other than a restart ended the data, or the file did.
    over: Option<u8>,
    /// An unsound code was met in this stretch.
    bad: bool,
}

impl<R: Read> Bits<R> {
    fn new(source: Source<R>) -> Self {
        Self {
            source,
            clean: Vec::with_capacity(2 * READ_BYTES + UNIT_BYTES),
            filled: 0,
            at: 0,
            fill_at: 0,
            bits: 0,
            count: 0,
            marks: Default::default(),
            over: None,
            bad: false,
        }
    }

    /// Sees to it that a whole unit can be read without looking at the end.
    #[inline]
    fn prepare(&mut self) {
        if self.at >= self.fill_at {
            self.fill();
        }
    }

    #[cold]
    fn fill(&mut self) {
        // A damaged stream may have run past its end.
        let dropped = self.at.min(self.filled).min(self.marks.front().copied().unwrap_or(usize::MAX));
        self.clean.truncate(self.filled);
        self.clean.drain(..dropped);
        self.at -= dropped;
        self.filled -= dropped;
        self.marks.iter_mut().for_each(|mark| *mark = mark.saturating_sub(dropped));
        while self.over.is_none() && self.clean.len() < self.at + READ_BYTES {
            self.take_piece();
        }
        self.filled = self.clean.len();
        self.clean.resize(self.filled.max(self.at) + 4 * UNIT_BYTES, 0);
        let usable = if self.over.is_some() { self.clean.len() } else { self.filled };
        self.fill_at = usable.saturating_sub(2 * UNIT_BYTES);
    }

    /// Moves a stretch of the file into `clean`, up to the next `0xff`.
    fn take_piece(&mut self) {
        if self.source.at == self.source.raw.len() && !self.source.more() {
            self.over = Some(0);
            return;
        }
        let piece = &self.source.raw[self.source.at..];
        match super::sniff::find_ff(piece) {
            None => {
                self.clean.extend_from_slice(piece);
                self.source.at = self.source.raw.len();
            }
            Some(length) => {
                self.clean.extend_from_slice(&piece[..length]);
                self.source.at += length + 1;
                let marker = loop {
                    match self.source.byte() {
                        Ok(0xff) => {}
                        Ok(marker) => break marker,
                        Err(Declined) => break 0x01,
                    }
                };
                match marker {
                    0x00 => self.clean.push(0xff),
                    0xd0..=0xd7 => self.marks.push_back(self.clean.len()),
                    _ => self.over = Some(marker),
                }
            }
        }
    }

    /// Goes on after the next restart mark; false when there is none.
    fn restart(&mut self) -> bool {
        self.prepare();
        // A damaged stretch can be longer than what is held.
        while self.marks.is_empty() && self.over.is_none() {
            self.at = self.filled;
            self.fill();
        }
        let Some(mark) = self.marks.pop_front() else { return false };
        (self.at, self.bits, self.count, self.bad) = (mark, 0, 0, false);
        true
    }

    /// Whether more was read than there is, or an unsound code was met.
    fn is_lost(&self) -> bool {
        let end = self.marks.front().copied().unwrap_or(self.filled);
        self.bad || self.at > end + (self.count / 8) as usize
    }

    /// Whether the data ended with the end-of-image mark.
    fn ends_well(&mut self) -> bool {
        while self.over.is_none() {
            self.at = self.filled;
            self.fill();
        }
        self.over == Some(0xd9)
    }

    /// At least 56 bits.
    #[inline(always)]
    fn load(&mut self) {
        if let Some(bytes) = self.clean.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            self.bits |= u64::from_be_bytes(*bytes) >> self.count;
            self.at += ((63 - self.count) >> 3) as usize;
            self.count |= 56;
        } else {
            self.bad = true;
            self.count = 63;
        }
    }

    #[inline(always)]
    fn drop_bits(&mut self, count: u32) {
        self.bits = self.bits.wrapping_shl(count);
        self.count = self.count.wrapping_sub(count);
    }

    /// The next symbol of `table` as an entry of [`Table::one`].
    #[inline(always)]
    fn entry(&mut self, table: &Table) -> u32 {
        let entry = table.one[(self.bits >> (64 - LOOK_BITS)) as usize];
        if entry != 0 { entry } else { self.long_entry(table) }
    }

    #[cold]
    fn long_entry(&mut self, table: &Table) -> u32 {
        match table.long((self.bits >> 48) as u32) {
            Some((symbol, length)) => one_entry(symbol, length, 0, 0),
            None => {
                self.bad = true;
                // Ends the block.
                1 | 1 << 13
            }
        }
    }

    /// The value of `entry`, which stands next; goes past it.
    #[inline(always)]
    fn value(&mut self, entry: u32) -> i32 {
        let (length, size) = (entry & 31, entry >> 9 & 15);
        let value = if entry & 1 << 13 != 0 {
            (entry as i32) >> 16
        } else {
            let bits = self.bits.wrapping_shl(length - size) >> (64 - size.max(1));
            extend(bits as u32, size)
        };
        self.drop_bits(length);
        value
    }

    /// One block: values up to zigzag position `last_kept` into `block`, the others passed over.
    #[inline]
    fn block(&mut self, dc: &Table, ac: &Table, quantizer: &[u16; 64], last_kept: usize, predictor: &mut i32, block: &mut [i32; 64]) {
        // Far beyond what a sound file holds, and small enough that no sum below overflows.
        let limit = |value: i32| value.clamp(-16_383, 16_383);
        block.fill(0);
        self.load();
        let entry = self.entry(dc);
        *predictor = predictor.wrapping_add(self.value(entry));
        *predictor = (*predictor).clamp(-32_768, 32_767);
        block[0] = limit(*predictor * i32::from(quantizer[0]));
        let mut place = 1;
        while place <= last_kept {
            if self.count < 32 {
                self.load();
            }
            let entry = self.entry(ac);
            let (run, size) = ((entry >> 5 & 15) as usize, entry >> 9 & 15);
            let value = self.value(entry);
            if size == 0 {
                if run != 15 {
                    return;
                }
                place += 16;
                continue;
            }
            place += run;
            if place <= last_kept {
                let at = place & 63;
                block[usize::from(ZIGZAG[at] & 63)] = limit(value * i32::from(quantizer[at]));
            }
            place += 1;
        }
        while place < 64 {
            if self.count < 32 {
                self.load();
            }
            let skip = u32::from(ac.skip[(self.bits >> (64 - LOOK_BITS)) as usize]);
            let after = place + (skip >> 6) as usize;
            if skip != 0 && after < 64 {
                self.drop_bits(skip & 31);
                if skip & 1 << 5 != 0 {
                    return;
                }
                place = after;
                continue;
            }
            // The block's last values, or a long code: one at a time.
            let entry = self.entry(ac);
            let (length, run, size) = (entry & 31, (entry >> 5 & 15) as usize, entry >> 9 & 15);
            self.drop_bits(length);
            if size == 0 && run != 15 {
                return;
            }
            place += run + 1;
        }
    }
}

/// The inverse transform of the lowest `side` x `side` values of a block, as samples of 0 to 255.
#[inline]
fn transform(block: &[i32; 64], side: usize, into: &mut [u8], row: usize) {
    let clamp = |value: i32| value.clamp(0, 255) as u8;
    match side {
        1 => into[0] = clamp((block[0] + (128 << 3) + 4) >> 3),
        2 => {
            let base = block[0] + (128 << 3) + 4;
            let (x, y, xy) = (block[1], block[8], block[9]);
            into[0] = clamp((base + x + y + xy) >> 3);
            into[1] = clamp((base - x + y - xy) >> 3);
            into[row] = clamp((base + x - y - xy) >> 3);
            into[row + 1] = clamp((base - x - y + xy) >> 3);
        }
        4 => {
            let mut half = [[0; 4]; 4];
            for (column, out) in half.iter_mut().enumerate() {
                let values = four(block[column], block[8 + column], block[16 + column], block[24 + column]);
                *out = values.map(|value| (value + (1 << 8)) >> 9);
            }
            for y in 0..4 {
                let values = four(half[0][y], half[1][y], half[2][y], half[3][y]);
                into[y * row..][..4].copy_from_slice(&values.map(|value| clamp((value + (128 << 16) + (1 << 15)) >> 16)));
            }
        }
        _ => {
            let mut half = [0; 64];
            for column in 0..8 {
                let values = eight(std::array::from_fn(|at| block[at * 8 + column]));
                (0..8).for_each(|y| half[y * 8 + column] = values[y].wrapping_add(1 << 10) >> 11);
            }
            for y in 0..8 {
                let values = eight(std::array::from_fn(|at| half[y * 8 + at]));
                into[y * row..][..8].copy_from_slice(&values.map(|value| clamp(value.wrapping_add((128 << 18) + (1 << 17)) >> 18)));
            }
        }
    }
}

/// Four points, 4,096 times too large (and half that again for the scale of a block of eight).
#[inline(always)]
fn four(a: i32, b: i32, c: i32, d: i32) -> [i32; 4] {
    let (sum, difference) = ((a + c) * 2048, (a - c) * 2048);
    let (outer, inner) = (b * 2676 + d * 1108, b * 1108 - d * 2676);
    [sum + outer, difference + inner, difference - inner, sum - outer]
}

/// Eight points, 8,192 times too large: the classic form with eleven multiplications (Loeffler, Ligtenberg, Moschytz),
/// whose outputs are √8 too large per pass.
#[inline(always)]
fn eight(s: [i32; 8]) -> [i32; 8] {
    let mul = |value: i32, by: i32| value.wrapping_mul(by);
    let p1 = mul(s[2].wrapping_add(s[6]), 4433);
    let (t2, t3) = (p1.wrapping_sub(mul(s[6], 15_137)), p1.wrapping_add(mul(s[2], 6270)));
    let (t0, t1) = (s[0].wrapping_add(s[4]).wrapping_shl(13), s[0].wrapping_sub(s[4]).wrapping_shl(13));
    let even = [t0.wrapping_add(t3), t1.wrapping_add(t2), t1.wrapping_sub(t2), t0.wrapping_sub(t3)];

    let (z1, z2, z3, z4) = (s[7].wrapping_add(s[1]), s[5].wrapping_add(s[3]), s[7].wrapping_add(s[3]), s[5].wrapping_add(s[1]));
    let z5 = mul(z3.wrapping_add(z4), 9633);
    let (z1, z2) = (mul(z1, -7373), mul(z2, -20_995));
    let (z3, z4) = (mul(z3, -16_069).wrapping_add(z5), mul(z4, -3196).wrapping_add(z5));
    let odd = [
        mul(s[1], 12_299).wrapping_add(z1).wrapping_add(z4),
        mul(s[3], 25_172).wrapping_add(z2).wrapping_add(z3),
        mul(s[5], 16_819).wrapping_add(z2).wrapping_add(z4),
        mul(s[7], 2446).wrapping_add(z1).wrapping_add(z3),
    ];
    std::array::from_fn(|at| if at < 4 { even[at].wrapping_add(odd[at]) } else { even[7 - at].wrapping_sub(odd[7 - at]) })
}
