//! A small body that unpacks to a large one.

/// The header of a gzip member (RFC 1952, 2.3) without name or time.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// How many bytes one match stands for, at most (RFC 1951, 3.2.5).
const MATCH_BYTES: u64 = 258;
/// How many bits that takes with the fixed codes: eight for the length, five for the distance.
const MATCH_BITS: usize = 13;

/// A gzip member of about `bytes` that unpacks to some 150 times as many zeros: one literal, then "the same again" as often as fits.
pub(super) fn gzip_of_zeros(bytes: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, with the fixed codes.
    bits.push(0b1, 1);
    bits.push(0b01, 2);
    bits.push_code(0b0011_0000, 8);
    let matches = bytes.saturating_sub(HEADER.len() + 16) * 8 / MATCH_BITS;
    for _ in 0..matches {
        // Length 258 is the symbol 285; distance 1 the symbol 0.
        bits.push_code(0b1100_0101, 8);
        bits.push_code(0, 5);
    }
    // The end of the block.
    bits.push_code(0, 7);
    let unpacked = 1 + matches as u64 * MATCH_BYTES;
    let mut packed = HEADER.to_vec();
    packed.append(&mut bits.bytes);
    // No checksum of 150 MB is made each time: whoever unpacks them has them in memory before they could compare it.
    packed.extend([0; 4]);
    packed.extend((unpacked as u32).to_le_bytes());
    packed
}

/// Bits, the first in the lowest place of a byte.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn push(&mut self, value: u16, count: usize) {
        for at in 0..count {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> at & 1 == 1) << self.used;
            }
            self.used = (self.used + 1) % 8;
        }
    }

    /// A Huffman code, which goes in from its highest bit.
    fn push_code(&mut self, code: u16, count: usize) {
        for at in (0..count).rev() {
            self.push(code >> at & 1, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_any_tool_packs_and_unpacks() {
        // `head -c 259 /dev/zero | gzip -n`, with the fixed codes: a literal and one match.
        let packed = gzip_of_zeros(HEADER.len() + 16 + 2);
        assert_eq!(packed[10..14], [0x63, 0x18, 0x05, 0x00]);
        assert_eq!(packed[packed.len() - 4..], 259u32.to_le_bytes());
        let large = gzip_of_zeros(1024 * 1024);
        assert!(large.len() <= 1024 * 1024);
        let tail: [u8; 4] = large[large.len() - 4..].try_into().unwrap();
        assert!(u32::from_le_bytes(tail) > 150 * 1024 * 1024);
    }
}
