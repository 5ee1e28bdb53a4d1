//! Reading a JPEG's bytes: segments, Huffman tables, and entropy-coded data as a stream of bits.

use crate::evidence::sniff::find_ff;
use std::{
    collections::VecDeque,
    io::{self, Read},
};

/// Bits of the table lookups.
const LOOK_BITS: u32 = 12;
/// Entropy-coded bytes that one unit of blocks (at most ten of 64 values of at most 27 bits) can take, and more.
const UNIT_BYTES: usize = 4096;
/// Bytes read from the file at once.
const READ_BYTES: usize = 64 * 1024;

/// Where the n-th value of a block stands, row by row.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29,
    22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The decoder declines: not one of the forms it knows, or no sound header.
#[derive(Debug)]
pub(super) struct Declined;

impl From<io::Error> for Declined {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// The file's bytes, read in pieces.
pub(super) struct Source<R> {
    file: R,
    raw: Vec<u8>,
    at: usize,
}

impl<R: Read> Source<R> {
    pub(super) fn new(file: R) -> Self {
        Self { file, raw: Vec::new(), at: 0 }
    }

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
        read > 0
    }

    pub(super) fn byte(&mut self) -> Result<u8, Declined> {
        if self.at == self.raw.len() && !self.more() {
            return Err(Declined);
        }
        self.at += 1;
        Ok(self.raw[self.at - 1])
    }

    pub(super) fn be16(&mut self) -> Result<usize, Declined> {
        Ok(usize::from(self.byte()?) << 8 | usize::from(self.byte()?))
    }

    /// The body of a segment.
    pub(super) fn segment(&mut self) -> Result<Vec<u8>, Declined> {
        let length = self.be16()?.checked_sub(2).ok_or(Declined)?;
        (0..length).map(|_| self.byte()).collect()
    }
}

/// A Huffman table, made for looking several symbols up at once.
pub(super) struct Table {
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
    pub(super) fn new(lengths: &[u8; 16], symbols: &[u8]) -> Result<Self, Declined> {
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
pub(super) struct Bits<R> {
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
    marks: VecDeque<usize>,
    /// A marker other than a restart ended the data, or the file did.
    over: Option<u8>,
    /// An unsound code was met in this stretch.
    bad: bool,
}

impl<R: Read> Bits<R> {
    pub(super) fn new(source: Source<R>) -> Self {
        Self {
            source,
            clean: Vec::with_capacity(2 * READ_BYTES + UNIT_BYTES),
            filled: 0,
            at: 0,
            fill_at: 0,
            bits: 0,
            count: 0,
            marks: VecDeque::new(),
            over: None,
            bad: false,
        }
    }

    /// Sees to it that a whole unit can be read without looking at the end.
    #[inline]
    pub(super) fn prepare(&mut self) {
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
        match find_ff(piece) {
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
    pub(super) fn restart(&mut self) -> bool {
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
    pub(super) fn is_lost(&self) -> bool {
        let end = self.marks.front().copied().unwrap_or(self.filled);
        self.bad || self.at > end + (self.count / 8) as usize
    }

    /// Whether the data ended with the end-of-image mark.
    pub(super) fn ends_well(&mut self) -> bool {
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
    pub(super) fn block(&mut self, dc: &Table, ac: &Table, quantizer: &[u16; 64], last_kept: usize, predictor: &mut i32, block: &mut [i32; 64]) {
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
