//! Whether a native library can be loaded by a device whose memory pages are 16 KB, as Android demands of every app.

use object::{
    Endianness,
    elf::{FileHeader64, PT_LOAD},
    read::elf::{FileHeader as _, ProgramHeader as _},
};

/// A page of such a device, in bytes.
const PAGE: u64 = 16 * 1024;

/// Why a library can't be loaded there; nothing where it can.
pub(super) fn fault(library: &[u8]) -> Option<String> {
    match segments(library) {
        Err(error) => Some(error.to_string()),
        Ok(segments) if segments.is_empty() => Some("it has nothing to load".to_owned()),
        Ok(segments) => segments.iter().find_map(|segment| segment.fault()),
    }
}

struct Segment {
    align: u64,
    offset: u64,
    address: u64,
}

impl Segment {
    fn fault(&self) -> Option<String> {
        let Self { align, offset, address } = self;
        if *align < PAGE || align % PAGE != 0 {
            Some(format!("a segment is aligned to {align} bytes and not to {PAGE}"))
        } else if offset % PAGE != address % PAGE {
            Some(format!(
                "a segment at {address:#x} lies at {offset:#x} in the file, another place of a page"
            ))
        } else {
            None
        }
    }
}

fn segments(library: &[u8]) -> Result<Vec<Segment>, object::Error> {
    let header = FileHeader64::<Endianness>::parse(library)?;
    let endian = header.endian()?;
    let loaded = header.program_headers(endian, library)?.iter();
    let loaded = loaded.filter(|segment| segment.p_type(endian) == PT_LOAD);
    Ok(loaded
        .map(|segment| Segment {
            align: segment.p_align(endian),
            offset: segment.p_offset(endian),
            address: segment.p_vaddr(endian),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library of one segment.
    fn library(align: u64, offset: u64, address: u64) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56];
        bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(16, &3_u16.to_le_bytes());
        put(20, &1_u32.to_le_bytes());
        put(32, &64_u64.to_le_bytes());
        put(52, &64_u16.to_le_bytes());
        put(54, &56_u16.to_le_bytes());
        put(56, &1_u16.to_le_bytes());
        put(64, &PT_LOAD.0.to_le_bytes());
        put(72, &offset.to_le_bytes());
        put(80, &address.to_le_bytes());
        put(112, &align.to_le_bytes());
        bytes
    }

    #[test]
    fn pages_of_16_kb_are_asked_for() {
        assert_eq!(fault(&library(16384, 0x4000, 0x8000)), None);
        assert_eq!(fault(&library(65536, 0, 0)), None);
        assert!(fault(&library(4096, 0, 0)).is_some_and(|why| why.contains("4096")));
        assert!(fault(&library(16384, 0x1000, 0x4000)).is_some_and(|why| why.contains("0x1000")));
        assert!(fault(b"no library").is_some());
    }
}
