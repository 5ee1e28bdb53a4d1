//! Writes the EXIF segment of a sample photograph: TIFF, little-endian, with the tags a phone writes.

use super::PhotoSpec;

/// One value of a field.
enum Value {
    Ascii(String),
    Short(u16),
    Long(u32),
    Rational(Vec<(u32, u32)>),
    Undefined([u8; 4]),
}

impl Value {
    /// Type number, count and bytes.
    fn encoded(&self) -> (u16, u32, Vec<u8>) {
        match self {
            Self::Ascii(words) => (2, words.len() as u32 + 1, [words.as_bytes(), &[0]].concat()),
            Self::Short(value) => (3, 1, value.to_le_bytes().to_vec()),
            Self::Long(value) => (4, 1, value.to_le_bytes().to_vec()),
            Self::Rational(parts) => {
                let bytes = parts.iter().flat_map(|(num, denom)| [num.to_le_bytes(), denom.to_le_bytes()]).flatten().collect();
                (5, parts.len() as u32, bytes)
            }
            Self::Undefined(bytes) => (7, 4, bytes.to_vec()),
        }
    }
}

/// A directory of fields (in the order of their tags) that begins at `start` in the block; values longer than four bytes
/// follow it.
fn directory(start: usize, fields: &[(u16, Value)]) -> Vec<u8> {
    let head_bytes = 2 + fields.len() * 12 + 4;
    let (mut head, mut tail) = ((fields.len() as u16).to_le_bytes().to_vec(), Vec::new());
    for (tag, value) in fields {
        let (kind, count, mut bytes) = value.encoded();
        head.extend(tag.to_le_bytes());
        head.extend(kind.to_le_bytes());
        head.extend(count.to_le_bytes());
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            head.extend(bytes);
        } else {
            head.extend(((start + head_bytes + tail.len()) as u32).to_le_bytes());
            bytes.resize(bytes.len().next_multiple_of(2), 0);
            tail.extend(bytes);
        }
    }
    head.extend([0; 4]);
    head.extend(tail);
    head
}

fn degrees(value: f64) -> Value {
    let hundredths = (value.abs() * 360_000.0).round() as u32;
    Value::Rational(vec![(hundredths / 360_000, 1), (hundredths / 6_000 % 60, 1), (hundredths % 6_000, 100)])
}

/// The body of the APP1 segment.
pub(super) fn app1(spec: &PhotoSpec, width_px: u32, height_px: u32) -> Vec<u8> {
    let ascii = |words: &str| Value::Ascii(words.to_owned());
    let time = spec.taken_local.format("%Y:%m:%d %H:%M:%S").to_string();
    let (make, model) = (&spec.camera.0, &spec.camera.1);

    let mut photo = vec![
        (0x829a, Value::Rational(vec![(1, 33 + (spec.shot % 3) as u32 * 17)])),
        (0x829d, Value::Rational(vec![(178, 100)])),
        (0x8827, Value::Short(100 + (spec.shot % 5) as u16 * 64)),
        (0x9000, Value::Undefined(*b"0232")),
        (0x9003, ascii(&time)),
        (0x9004, ascii(&time)),
    ];
    if let Some(minutes) = spec.offset_min {
        let sign = if minutes < 0 { '-' } else { '+' };
        let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
        photo.extend([(0x9010, ascii(&offset)), (0x9011, ascii(&offset))]);
    }
    photo.extend([
        (0x920a, Value::Rational(vec![(5_580, 1_000)])),
        (0x9291, ascii(&format!("{:03}", spec.shot * 137 % 1_000))),
        (0xa001, Value::Short(1)),
        (0xa002, Value::Long(width_px)),
        (0xa003, Value::Long(height_px)),
        (0xa405, Value::Short(24)),
    ]);
    let position = spec.position.map(|(north, east)| {
        vec![
            (0, Value::Undefined([2, 3, 0, 0])),
            (1, ascii(if north < 0.0 { "S" } else { "N" })),
            (2, degrees(north)),
            (3, ascii(if east < 0.0 { "W" } else { "E" })),
            (4, degrees(east)),
        ]
    });

    let main = |photo_at: u32, position_at: u32| {
        let mut fields = vec![
            (0x010f, ascii(make)),
            (0x0110, ascii(model)),
            (0x0112, Value::Short(u16::from(spec.orientation))),
            (0x011a, Value::Rational(vec![(72, 1)])),
            (0x011b, Value::Rational(vec![(72, 1)])),
            (0x0128, Value::Short(2)),
            (0x0132, ascii(&time)),
            (0x8769, Value::Long(photo_at)),
        ];
        if position.is_some() {
            fields.push((0x8825, Value::Long(position_at)));
        }
        directory(8, &fields)
    };
    let photo_at = 8 + main(0, 0).len();
    let photo = directory(photo_at, &photo);
    let position_at = photo_at + photo.len();
    let mut block = b"Exif\0\0II\x2a\0\x08\0\0\0".to_vec();
    block.extend(main(photo_at as u32, position_at as u32));
    block.extend(photo);
    if let Some(fields) = position {
        block.extend(directory(position_at, &fields));
    }
    block
}
