//! The container of a bundle: a zip of which exactly one form is accepted.
//!
//! Entries are stored (photographs are compressed already), sorted by name, one after the other from the first byte, with fixed
//! times, no extra fields and no comments. So content and names give the bytes, any changed byte is found, and there is nothing
//! to unpack: no bomb, no overlap, no name twice, no path that leads outside. Any zip tool opens it. The layout is written here
//! and not left to a library, because a bundle must still be checked in twenty years and a library's bytes change.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// The largest bundle, in bytes: what a zip of the plain layout can address.
pub const BUNDLE_MAX_BYTES: u64 = u32::MAX as u64;
/// The most entries the plain layout counts.
pub const ENTRIES_MAX: usize = u16::MAX as usize;
const NAME_MAX_BYTES: usize = 200;
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
const VERSION: u16 = 10;
/// 1 January 1980, the zip epoch: times are in the records, not in the container.
const DATE: u16 = 0x0021;

/// One entry: its name, its checksum, where it lies and how long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZipEntry {
    /// The name.
    pub name: String,
    /// CRC-32 of the content.
    pub crc: u32,
    /// Size of the content.
    pub bytes: u32,
    /// Where the local header begins.
    at: u32,
}

/// The file is not the one form of a bundle's container.
#[derive(Debug, thiserror::Error)]
pub enum BadZip {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else than a bundle.
    #[error("the file is no bundle")]
    NotABundle,
    /// It is a bundle of which the container was changed; near which entry, where known.
    #[error("the container was changed near {0:?}")]
    Changed(Option<String>),
}

/// Whether a name may stand in a bundle: plain ASCII, relative, no `..`.
pub fn name_ok(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_MAX_BYTES
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'/'))
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

impl ZipEntry {
    fn end(&self) -> u64 {
        u64::from(self.at) + (LOCAL_BYTES + self.name.len()) as u64 + u64::from(self.bytes)
    }

    fn data_at(&self) -> u64 {
        u64::from(self.at) + (LOCAL_BYTES + self.name.len()) as u64
    }

    /// The fields that local and central header share.
    fn common(&self, out: &mut Vec<u8>) {
        for word in [VERSION, 0, 0, 0, DATE] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        for long in [self.crc, self.bytes, self.bytes] {
            out.extend_from_slice(&long.to_le_bytes());
        }
        out.extend_from_slice(&(self.name.len() as u16).to_le_bytes());
        out.extend_from_slice(&0u16.to_le_bytes());
    }

    fn local(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(LOCAL_BYTES + self.name.len());
        out.extend_from_slice(&LOCAL.to_le_bytes());
        self.common(&mut out);
        out.extend_from_slice(self.name.as_bytes());
        out
    }

    fn central(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&CENTRAL.to_le_bytes());
        out.extend_from_slice(&VERSION.to_le_bytes());
        self.common(out);
        // Comment, disk, internal and external attributes: none.
        out.extend_from_slice(&[0; 10]);
        out.extend_from_slice(&self.at.to_le_bytes());
        out.extend_from_slice(self.name.as_bytes());
    }
}

fn tail(entries: &[ZipEntry]) -> Vec<u8> {
    let at = entries.last().map_or(0, ZipEntry::end) as u32;
    let mut out = Vec::new();
    entries.iter().for_each(|entry| entry.central(&mut out));
    let length = out.len() as u32;
    out.extend_from_slice(&END.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    for _ in 0..2 {
        out.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    }
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&at.to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out
}

/// Writes a bundle's container; entries must be announced with checksum and size, in order of their names.
pub struct ZipOut<W> {
    out: W,
    entries: Vec<ZipEntry>,
}

impl<W: Write> ZipOut<W> {
    /// Begins.
    pub fn new(out: W) -> Self {
        Self { out, entries: Vec::new() }
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// When writing fails, or the content is not what was announced.
    pub fn add(&mut self, name: &str, crc: u32, bytes: u64, content: &mut dyn Read) -> io::Result<()> {
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {what}"));
        let at = self.entries.last().map_or(0, ZipEntry::end);
        let sorted = self.entries.last().is_none_or(|last| last.name.as_str() < name);
        if !name_ok(name) || !sorted || self.entries.len() >= ENTRIES_MAX {
            return Err(wrong("name out of order"));
        }
        let (Ok(at), Ok(bytes)) = (u32::try_from(at), u32::try_from(bytes)) else { return Err(wrong("too large")) };
        let entry = ZipEntry { name: name.to_owned(), crc, bytes, at };
        self.out.write_all(&entry.local())?;
        let mut left = u64::from(bytes);
        let mut hasher = crc32fast::Hasher::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let n = content.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            left = left.checked_sub(n as u64).ok_or_else(|| wrong("changed while it was written"))?;
            hasher.update(&buffer[..n]);
            self.out.write_all(&buffer[..n])?;
        }
        if left != 0 || hasher.finalize() != crc {
            return Err(wrong("changed while it was written"));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the directory and gives back the writer.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&tail(&self.entries))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// How many bytes a bundle with these entries (name length, content size) has.
pub fn total_bytes(entries: impl Iterator<Item = (usize, u64)>) -> u64 {
    entries.map(|(name, bytes)| (LOCAL_BYTES + CENTRAL_BYTES + 2 * name) as u64 + bytes).sum::<u64>() + END_BYTES as u64
}

/// A bundle's container, opened and found to have the one form.
#[derive(Debug)]
pub struct ZipIn<R> {
    file: R,
    /// The entries, sorted by name.
    pub entries: Vec<ZipEntry>,
}

impl<R: Read + Seek> ZipIn<R> {
    /// Reads the directory and compares every byte outside the contents with the one form.
    ///
    /// # Errors
    /// When it is no bundle, was changed, or cannot be read.
    pub fn open(mut file: R) -> Result<Self, BadZip> {
        let length = file.seek(SeekFrom::End(0))?;
        if length < END_BYTES as u64 {
            return Err(BadZip::NotABundle);
        }
        // Two far-apart marks, so that one changed byte does not turn a changed bundle into "no bundle".
        let mut head = [0; LOCAL_BYTES + FIRST_NAME.len()];
        file.seek(SeekFrom::Start(0))?;
        let got = read_up_to(&mut file, &mut head)?;
        let begins = got == head.len() && head[..4] == LOCAL.to_le_bytes() && head[LOCAL_BYTES..] == *FIRST_NAME;
        let mut end = [0; END_BYTES];
        file.seek(SeekFrom::Start(length - END_BYTES as u64))?;
        file.read_exact(&mut end)?;
        let field = |at: usize| u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]);
        let (directory_bytes, directory_at) = (u64::from(field(12)), u64::from(field(16)));
        let count = usize::from(u16::from_le_bytes([end[8], end[9]]));
        let fits = length <= BUNDLE_MAX_BYTES
            && directory_at.checked_add(directory_bytes).and_then(|n| n.checked_add(END_BYTES as u64)) == Some(length)
            && directory_bytes <= (ENTRIES_MAX * (CENTRAL_BYTES + NAME_MAX_BYTES)) as u64;
        if end[..4] != END.to_le_bytes() || !fits {
            return Err(if begins { BadZip::Changed(None) } else { BadZip::NotABundle });
        }
        let mut directory = vec![0; directory_bytes as usize];
        file.seek(SeekFrom::Start(directory_at))?;
        file.read_exact(&mut directory)?;
        let named = directory.windows(MANIFEST_NAME.len()).any(|w| w == MANIFEST_NAME);
        if !begins && !named {
            return Err(BadZip::NotABundle);
        }
        let entries = parse(&directory, count)?;
        directory.extend_from_slice(&end);
        if tail(&entries) != directory {
            return Err(BadZip::Changed(None));
        }
        let mut at = 0;
        for entry in &entries {
            let expected = entry.local();
            let mut found = vec![0; expected.len()];
            if u64::from(entry.at) != at || entry.end() > directory_at {
                return Err(BadZip::Changed(Some(entry.name.clone())));
            }
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut found)?;
            if found != expected {
                return Err(BadZip::Changed(Some(entry.name.clone())));
            }
            at = entry.end();
        }
        if at != directory_at {
            return Err(BadZip::Changed(entries.last().map(|e| e.name.clone())));
        }
        Ok(Self { file, entries })
    }

    /// Passes an entry's content to `each`, piece by piece; says whether the checksum holds.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stream(&mut self, entry: &ZipEntry, each: &mut dyn FnMut(&[u8])) -> io::Result<bool> {
        self.file.seek(SeekFrom::Start(entry.data_at()))?;
        let mut left = entry.bytes as usize;
        let mut buffer = vec![0; left.min(64 << 10)];
        let mut crc = crc32fast::Hasher::new();
        while left > 0 {
            let step = left.min(buffer.len());
            self.file.read_exact(&mut buffer[..step])?;
            crc.update(&buffer[..step]);
            each(&buffer[..step]);
            left -= step;
        }
        Ok(crc.finalize() == entry.crc)
    }
}

/// Every bundle has its exporter's certificate, and no name sorts before it.
const FIRST_NAME: &[u8] = b"certificates/";
const MANIFEST_NAME: &[u8] = b"manifest.cbor";

fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read(&mut buffer[got..])? {
            0 => break,
            n => got += n,
        }
    }
    Ok(got)
}

fn parse(mut directory: &[u8], count: usize) -> Result<Vec<ZipEntry>, BadZip> {
    let mut entries: Vec<ZipEntry> = Vec::new();
    while !directory.is_empty() {
        let last = || entries.last().map(|e: &ZipEntry| e.name.clone());
        let Some((head, rest)) = directory.split_at_checked(CENTRAL_BYTES) else { return Err(BadZip::Changed(last())) };
        let long = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let name_bytes = usize::from(u16::from_le_bytes([head[28], head[29]]));
        let Some((name, rest)) = rest.split_at_checked(name_bytes) else { return Err(BadZip::Changed(last())) };
        let name = std::str::from_utf8(name).ok().filter(|n| name_ok(n)).ok_or_else(|| BadZip::Changed(last()))?;
        if entries.last().is_some_and(|e| e.name.as_str() >= name) || entries.len() >= count {
            return Err(BadZip::Changed(Some(name.to_owned())));
        }
        entries.push(ZipEntry { name: name.to_owned(), crc: long(16), bytes: long(20), at: long(42) });
        directory = rest;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn sample() -> Vec<u8> {
        let mut zip = ZipOut::new(Vec::new());
        for (name, content) in [("certificates/a", b"one".as_slice()), ("manifest.cbor", b""), ("originals/b.jpg", b"three")] {
            zip.add(name, crc32fast::hash(content), content.len() as u64, &mut &content[..]).unwrap();
        }
        zip.finish().unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_every_flipped_bit_is_seen() {
        let bytes = sample();
        let total = total_bytes([(14, 3), (13, 0), (15, 5)].into_iter());
        assert_eq!(bytes.len() as u64, total);
        let holds = |bytes: &[u8]| -> Result<bool, BadZip> {
            let mut zip = ZipIn::open(Cursor::new(bytes))?;
            let mut all = true;
            for entry in zip.entries.clone() {
                all &= zip.stream(&entry, &mut |_| ())?;
            }
            Ok(all)
        };
        assert!(holds(&bytes).unwrap());
        for bit in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            match holds(&bent) {
                Ok(true) => panic!("bit {bit} changed unseen"),
                Err(BadZip::NotABundle | BadZip::Io(_)) => panic!("bit {bit}: called no bundle"),
                Ok(false) | Err(BadZip::Changed(_)) => {}
            }
        }
        for length in 0..bytes.len() {
            assert!(!matches!(holds(&bytes[..length]), Ok(true)), "cut at {length}");
        }
    }

    #[test]
    fn names_that_lead_outside_are_refused() {
        for bad in ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/./b", "a\\b", "A", "ä", "a/", ".hidden", "c:"] {
            assert!(!name_ok(bad), "{bad}");
        }
        assert!(name_ok("events/0190163d-8694-739b-aea5-966c26f8ad9e/00000001.cbor"));
    }
}
