//! What a file is, told from its bytes alone while they stream by: kind, size in pixels, EXIF block, whether it is whole.
//! Nothing is decompressed here, so a hostile file costs no more than its own length.

use super::intake::{IntakePolicy, PhotoRefused};

/// Bytes of a file's beginning that [`Scan::begin`] needs to tell its kind.
pub(super) const HEAD_BYTES: usize = 32;
/// The most of a HEIC `meta` box that is looked at.
const META_BYTES: usize = 1 << 20;

/// The kinds of photograph that are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    WebP,
    Heic,
}

impl Kind {
    pub(super) fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Heic => "image/heic",
        }
    }

    /// The kind that `head` (the first bytes of a file) belongs to.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        const HEIC_BRANDS: [&[u8; 4]; 10] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"];
        if head.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if head.len() >= 16 && head.starts_with(b"RIFF") && &head[8..12] == b"WEBP" {
            Some(Self::WebP)
        } else if head.len() >= 12 && &head[4..8] == b"ftyp" && HEIC_BRANDS.iter().any(|brand| head[8..12] == brand[..]) {
            Some(Self::Heic)
        } else {
            None
        }
    }
}

/// What the stream told.
#[derive(Debug, Clone)]
pub(super) struct Structure {
    pub kind: Kind,
    /// As stored, before any orientation is applied; 0 when the file ends before it says.
    pub width_px: u32,
    pub height_px: u32,
    /// The file ends before its own structure does.
    pub truncated: bool,
    /// The TIFF block of a JPEG's EXIF segment.
    pub exif: Option<Vec<u8>>,
    /// A progressive JPEG, whose coefficients are all held while it is decoded.
    pub progressive: bool,
    /// HEIC: turned by the container (the EXIF orientation is then only a remark).
    pub container_turns: bool,
}

/// Walks a file's structure piece by piece.
#[derive(Debug)]
pub(super) struct Scan {
    found: Structure,
    walk: Walk,
    /// Where the walk stands in the current element.
    state: State,
    scans: u64,
    /// JPEG: the head of a segment was seen.
    begun: bool,
    seen_bytes: u64,
    buffer: Vec<u8>,
    meta: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Walk {
    Jpeg,
    Png,
    WebP,
    Heic,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// JPEG: between segments, after `0xff` when true.
    Marker { ff: bool },
    /// Collecting an element's head into `buffer`.
    Head { marker: u8 },
    /// Passing over `left` bytes of an element, of which `keep` are still to be kept in `buffer`.
    Body { marker: u8, left: u64, keep: usize },
    /// JPEG: in entropy-coded data, after `0xff` when true.
    Entropy { ff: bool },
    /// The structure is complete; cameras append what they like.
    Done,
}

impl Scan {
    /// Starts on a file whose first bytes are `head`; they are fed again by the caller.
    pub(super) fn begin(head: &[u8]) -> Option<Self> {
        let kind = Kind::of(head)?;
        let (walk, state) = match kind {
            Kind::Jpeg => (Walk::Jpeg, State::Body { marker: 0, left: 2, keep: 0 }),
            Kind::Png => (Walk::Png, State::Body { marker: 0, left: 8, keep: 0 }),
            Kind::WebP => (Walk::WebP, State::Head { marker: 0 }),
            Kind::Heic => (Walk::Heic, State::Head { marker: 0 }),
        };
        let found = Structure { kind, width_px: 0, height_px: 0, truncated: true, exif: None, progressive: false, container_turns: false };
        Some(Self { found, walk, state, scans: 0, begun: false, seen_bytes: 0, buffer: Vec::new(), meta: Vec::new() })
    }

    /// True once a JPEG's picture data has begun: all that a decoder must know has gone by.
    pub(super) fn is_past_header(&self) -> bool {
        matches!(self.state, State::Entropy { .. } | State::Done)
    }

    /// Looks at the next piece.
    pub(super) fn feed(&mut self, mut piece: &[u8], policy: &IntakePolicy) -> Result<(), PhotoRefused> {
        self.seen_bytes += piece.len() as u64;
        while !piece.is_empty() {
            match self.state {
                State::Done => return Ok(()),
                State::Marker { ff } => {
                    let byte = piece[0];
                    piece = &piece[1..];
                    self.jpeg_marker(ff, byte)?;
                }
                State::Entropy { ff: false } => match find_ff(piece) {
                    Some(at) => {
                        piece = &piece[at + 1..];
                        self.state = State::Entropy { ff: true };
                    }
                    None => return Ok(()),
                },
                State::Entropy { ff: true } => {
                    let byte = piece[0];
                    piece = &piece[1..];
                    self.state = match byte {
                        0x00 | 0xd0..=0xd7 => State::Entropy { ff: false },
                        0xff => State::Entropy { ff: true },
                        _ => State::Marker { ff: true },
                    };
                    if self.state == (State::Marker { ff: true }) {
                        self.jpeg_marker(true, byte)?;
                    }
                }
                State::Head { marker } => {
                    let wanted = self.head_bytes(marker);
                    let take = (wanted - self.buffer.len()).min(piece.len());
                    self.buffer.extend_from_slice(&piece[..take]);
                    piece = &piece[take..];
                    // A HEIC box with a 64-bit length has a longer head than its first bytes say.
                    if self.buffer.len() == self.head_bytes(marker) {
                        self.head_done(marker)?;
                    }
                }
                State::Body { marker, left, keep } => {
                    let take = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
                    let kept = keep.min(take);
                    self.buffer.extend_from_slice(&piece[..kept]);
                    piece = &piece[take..];
                    let left = left - take as u64;
                    self.state = State::Body { marker, left, keep: keep - kept };
                    if left == 0 {
                        self.body_done(marker, policy)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What was found, after the last piece.
    pub(super) fn finish(mut self, policy: &IntakePolicy) -> Result<Structure, PhotoRefused> {
        self.found.truncated = match self.walk {
            // A HEIC ends after any box, or inside one that runs to the end.
            Walk::Heic => self.state != State::Done && (self.state != (State::Head { marker: 0 }) || !self.buffer.is_empty()),
            _ => self.state != State::Done,
        };
        if matches!(self.walk, Walk::WebP) && self.found.truncated && self.buffer.len() >= 18 {
            let head = std::mem::take(&mut self.buffer);
            self.webp_size(&head, policy)?;
        }
        // Without a size there is nothing to see. A JPEG cut off inside its header may still hold the EXIF block.
        let sized = self.found.width_px > 0 && self.found.height_px > 0;
        let begun = matches!(self.walk, Walk::Jpeg) && self.found.truncated && self.begun;
        if !sized && !begun {
            return Err(PhotoRefused::NotAPhoto);
        }
        let lossless = matches!(self.found.kind, Kind::Png | Kind::WebP);
        let decoded = u64::from(self.found.width_px) * u64::from(self.found.height_px) * 4;
        if lossless && decoded > policy.inflation_free_bytes && decoded / self.seen_bytes.max(1) > policy.max_inflation {
            return Err(PhotoRefused::Bomb);
        }
        Ok(self.found)
    }

    fn size(&mut self, width_px: u32, height_px: u32, policy: &IntakePolicy) -> Result<(), PhotoRefused> {
        let max = match self.found.kind {
            Kind::Jpeg | Kind::Heic => policy.max_pixels,
            Kind::Png | Kind::WebP => policy.max_pixels_lossless,
        };
        let pixels = u64::from(width_px) * u64::from(height_px);
        if pixels > max {
            return Err(PhotoRefused::TooManyPixels { width_px, height_px, max_pixels: max });
        }
        (self.found.width_px, self.found.height_px) = (width_px, height_px);
        Ok(())
    }

    /// The length of the head that the current element has.
    fn head_bytes(&self, marker: u8) -> usize {
        match self.walk {
            Walk::Jpeg => 2,
            Walk::Png => 8,
            Walk::WebP if marker == 0 => 12,
            Walk::WebP => 8,
            Walk::Heic if self.buffer.len() >= 8 && self.buffer[..4] == [0, 0, 0, 1] => 16,
            Walk::Heic => 8,
        }
    }

    /// A JPEG byte where a marker must stand.
    fn jpeg_marker(&mut self, ff: bool, byte: u8) -> Result<(), PhotoRefused> {
        self.state = match (ff, byte) {
            (_, 0xff) => State::Marker { ff: true },
            // Stray bytes between segments: decoders pass over them once there is a picture; before it this is no photo.
            (false, _) | (true, 0x00) if self.scans > 0 => State::Marker { ff: false },
            (false, _) | (true, 0x00) => return Err(PhotoRefused::NotAPhoto),
            (true, 0xd9) => State::Done,
            (true, 0x01 | 0xd0..=0xd8) => State::Marker { ff: false },
            (true, marker) => {
                self.buffer.clear();
                self.begun = true;
                State::Head { marker }
            }
        };
        if self.state == State::Done && self.scans == 0 {
            // It ends before any picture.
            return Err(PhotoRefused::NotAPhoto);
        }
        Ok(())
    }

    fn head_done(&mut self, marker: u8) -> Result<(), PhotoRefused> {
        let head = std::mem::take(&mut self.buffer);
        let be16 = |at: usize| u64::from(head[at]) << 8 | u64::from(head[at + 1]);
        let be32 = |at: usize| be16(at) << 16 | be16(at + 2);
        let (marker, left, keep) = match self.walk {
            Walk::Jpeg => {
                let left = be16(0).checked_sub(2).ok_or(PhotoRefused::NotAPhoto)?;
                let keep = match marker {
                    0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => 6,
                    0xe1 if self.found.exif.is_none() => usize::from(u16::MAX),
                    _ => 0,
                };
                (marker, left, keep)
            }
            // Chunk: length, type, data, checksum.
            Walk::Png => match &head[4..8] {
                b"IHDR" => (b'I', be32(0) + 4, 8),
                b"IEND" => (b'E', 4, 0),
                _ => (b'-', be32(0) + 4, 0),
            },
            Walk::WebP if marker == 0 => {
                let riff = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
                (1, riff.saturating_sub(4).max(1), HEAD_BYTES)
            }
            Walk::WebP => return Err(PhotoRefused::NotAPhoto),
            Walk::Heic => {
                let (length, head_bytes) = if be32(0) == 1 { (be32(8) << 32 | be32(12), 16) } else { (be32(0), 8) };
                let is_meta = &head[4..8] == b"meta";
                if length == 0 {
                    self.state = State::Done;
                    return Ok(());
                }
                let left = length.checked_sub(head_bytes).ok_or(PhotoRefused::NotAPhoto)?;
                (u8::from(is_meta), left, if is_meta { META_BYTES } else { 0 })
            }
        };
        self.state = State::Body { marker, left, keep };
        if left == 0 {
            // An element without a body ends here.
            self.state = match self.walk {
                Walk::Jpeg if marker == 0xda => State::Entropy { ff: false },
                Walk::Jpeg => State::Marker { ff: false },
                _ => State::Head { marker: 0 },
            };
        }
        Ok(())
    }

    fn body_done(&mut self, marker: u8, policy: &IntakePolicy) -> Result<(), PhotoRefused> {
        let body = std::mem::take(&mut self.buffer);
        match self.walk {
            Walk::Jpeg => {
                self.state = State::Marker { ff: false };
                match marker {
                    0xda => {
                        self.scans += 1;
                        if self.scans > policy.max_scans {
                            return Err(PhotoRefused::Bomb);
                        }
                        self.state = State::Entropy { ff: false };
                    }
                    0xe1 => {
                        if let Some(tiff) = body.strip_prefix(b"Exif\0\0") {
                            self.found.exif = Some(tiff.to_vec());
                        }
                    }
                    0xc0..=0xcf if body.len() >= 5 => {
                        let be16 = |at: usize| u32::from(body[at]) << 8 | u32::from(body[at + 1]);
                        self.found.progressive = marker == 0xc2;
                        self.size(be16(3), be16(1), policy)?;
                    }
                    _ => {}
                }
            }
            Walk::Png => {
                self.state = State::Head { marker: 0 };
                match marker {
                    b'I' if body.len() == 8 => {
                        let be32 = |at: usize| u32::from_be_bytes([body[at], body[at + 1], body[at + 2], body[at + 3]]);
                        self.size(be32(0), be32(4), policy)?;
                    }
                    b'E' => self.state = State::Done,
                    _ => {}
                }
            }
            Walk::WebP => {
                self.state = State::Done;
                self.webp_size(&body, policy)?;
            }
            Walk::Heic => {
                self.state = State::Head { marker: 0 };
                if marker == 1 {
                    self.meta = body;
                    self.heic_size(policy)?;
                }
            }
        }
        Ok(())
    }

    fn webp_size(&mut self, chunk: &[u8], policy: &IntakePolicy) -> Result<(), PhotoRefused> {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let le16 = |at: usize| byte(at) | byte(at + 1) << 8;
        let le24 = |at: usize| le16(at) | byte(at + 2) << 16;
        let (width_px, height_px) = match chunk.get(..4) {
            Some(b"VP8 ") => (le16(14) & 0x3fff, le16(16) & 0x3fff),
            Some(b"VP8L") => {
                let bits = le16(9) | le16(11) << 16;
                ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
            }
            Some(b"VP8X") => (le24(12) + 1, le24(15) + 1),
            _ => return Err(PhotoRefused::NotAPhoto),
        };
        self.size(width_px, height_px, policy)
    }

    /// The largest `ispe` (a grid's tiles have smaller ones), turned as `irot` says.
    fn heic_size(&mut self, policy: &IntakePolicy) -> Result<(), PhotoRefused> {
        let meta = std::mem::take(&mut self.meta);
        let (mut largest, mut quarter_turns) = ((0, 0), 0);
        let properties = meta.get(4..).and_then(|body| find_box(body, b"iprp")).and_then(|body| find_box(body, b"ipco"));
        for (name, body) in boxes(properties.unwrap_or_default()) {
            match (name, body) {
                (b"ispe", [_, _, _, _, size @ ..]) if size.len() >= 8 => {
                    let be32 = |at: usize| u32::from_be_bytes([size[at], size[at + 1], size[at + 2], size[at + 3]]);
                    let here = (be32(0), be32(4));
                    if u64::from(here.0) * u64::from(here.1) > u64::from(largest.0) * u64::from(largest.1) {
                        largest = here;
                    }
                }
                (b"irot", [angle, ..]) => quarter_turns = angle & 3,
                _ => {}
            }
        }
        self.found.container_turns = true;
        match quarter_turns {
            1 | 3 => self.size(largest.1, largest.0, policy),
            _ => self.size(largest.0, largest.1, policy),
        }
    }
}

/// The boxes that lie side by side in `bytes`, as far as they are whole.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<4>()?;
        let body_bytes = (u32::from_be_bytes(*length) as usize).checked_sub(8)?;
        let body = rest.get(..body_bytes)?;
        bytes = &rest[body_bytes..];
        Some((name, body))
    })
}

fn find_box<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(name, _)| *name == wanted).map(|(_, body)| body)
}

/// The first `0xff`; the inner loop has no early end, so that it runs on whole registers.
pub(super) fn find_ff(bytes: &[u8]) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks::<64>();
    for (index, block) in blocks.iter().enumerate() {
        if block.iter().fold(false, |found, byte| found | (*byte == 0xff)) {
            return block.iter().position(|byte| *byte == 0xff).map(|at| index * 64 + at);
        }
    }
    rest.iter().position(|byte| *byte == 0xff).map(|at| blocks.len() * 64 + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ff_is_found_wherever_it_is() {
        let mut bytes = vec![7; 200];
        assert_eq!(find_ff(&bytes), None);
        for at in (0..200).rev() {
            bytes[at] = 0xff;
            assert_eq!(find_ff(&bytes), Some(at));
        }
    }

    #[test]
    fn a_heic_tells_its_size_after_its_own_turn() {
        let make = |name: &[u8; 4], body: &[u8]| [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat();
        let size = |w: u32, h: u32| make(b"ispe", &[&[0; 4][..], &w.to_be_bytes(), &h.to_be_bytes()].concat());
        let properties = [size(512, 512), size(4032, 3024), make(b"irot", &[3])].concat();
        let meta = make(b"meta", &[&[0; 4][..], &make(b"iprp", &make(b"ipco", &properties))].concat());
        let file = [make(b"ftyp", b"heic\0\0\0\0heic"), meta, make(b"mdat", &[9; 100])].concat();
        let policy = IntakePolicy::product_default().unwrap();
        for (bytes, truncated) in [(&file[..], false), (&file[..file.len() - 1], true), (&file[..file.len() - 104], true)] {
            let mut scan = Scan::begin(&bytes[..HEAD_BYTES]).unwrap();
            for piece in bytes.chunks(7) {
                scan.feed(piece, &policy).unwrap();
            }
            let found = scan.finish(&policy).unwrap();
            assert_eq!((found.width_px, found.height_px, found.truncated), (3024, 4032, truncated));
        }
    }
}
