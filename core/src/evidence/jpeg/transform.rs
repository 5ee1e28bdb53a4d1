//! The inverse cosine transform of a block, at the size that is wanted of it.

/// The inverse transform of the lowest `side` x `side` values of a block, as samples of 0 to 255.
#[inline]
pub(super) fn transform(block: &[i32; 64], side: usize, into: &mut [u8], row: usize) {
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
                for (out, value) in out.iter_mut().zip(values) {
                    *out = (value + (1 << 8)) >> 9;
                }
            }
            for y in 0..4 {
                let values = four(half[0][y], half[1][y], half[2][y], half[3][y]);
                for (out, value) in into[y * row..][..4].iter_mut().zip(values) {
                    *out = clamp((value + (128 << 16) + (1 << 15)) >> 16);
                }
            }
        }
        _ => {
            let mut half = [[0; 8]; 8];
            for (column, out) in half.iter_mut().enumerate() {
                let at = |row: usize| block[row * 8 + column];
                let values = eight([at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)]);
                for (out, value) in out.iter_mut().zip(values) {
                    *out = value.wrapping_add(1 << 10) >> 11;
                }
            }
            for y in 0..8 {
                let at = |column: usize| half[column][y];
                let values = eight([at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)]);
                for (out, value) in into[y * row..][..8].iter_mut().zip(values) {
                    *out = clamp(value.wrapping_add((128 << 18) + (1 << 17)) >> 18);
                }
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
    let (plus, minus) = (|at: usize| even[at].wrapping_add(odd[at]), |at: usize| even[at].wrapping_sub(odd[at]));
    [plus(0), plus(1), plus(2), plus(3), minus(3), minus(2), minus(1), minus(0)]
}
