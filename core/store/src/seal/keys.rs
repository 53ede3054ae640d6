//! Subkeys, and look-ups by keyed hash.

use super::{Place, Sealer};
use crate::{Secret, StoreError, StoreFile};
use ring::{
    hkdf, hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use zeroize::Zeroizing;

/// The length of the master key.
pub(crate) const MASTER_KEY_BYTES: usize = 32;
/// The length of a look-up: 128 bits don't meet by chance among a phone's rows.
pub(crate) const MAC_BYTES: usize = 16;
/// What a row is found by.
pub(crate) type Mac = [u8; MAC_BYTES];

/// The salt of every derivation; another version of the scheme would take another.
const SALT: &[u8] = b"rabt-store-1";

/// A new random master key.
pub(crate) fn new_master() -> Result<Secret, StoreError> {
    let mut bytes = Zeroizing::new(vec![0; MASTER_KEY_BYTES]);
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| StoreError::Bug("the system gives no random bytes".to_owned()))?;
    Ok(Secret::new(std::mem::take(&mut *bytes)))
}

/// What opens one file.
pub(crate) struct FileKeys {
    sealer: Sealer,
    look_up: hmac::Key,
}

impl FileKeys {
    /// Those of a file under a master key.
    pub(crate) fn derive(master: &Secret, file: StoreFile) -> Result<Self, StoreError> {
        let (seal, look_up): (&[u8], &[u8]) = match file {
            StoreFile::Cache => (b"cache seal", b"cache look-up"),
            StoreFile::Ledger => (b"ledger seal", b"ledger look-up"),
        };
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(master.reveal());
        let failed = |_| StoreError::Bug("a key can't be derived".to_owned());
        let seal = [seal];
        let look_up = [look_up];
        Ok(Self {
            sealer: Sealer::new(root.expand(&seal, Sealer::ALGORITHM).map_err(failed)?),
            look_up: root.expand(&look_up, hmac::HMAC_SHA256).map_err(failed)?.into(),
        })
    }

    /// What a row is found by: a keyed hash of its parts, each with its length, so that no two lists of parts meet.
    pub(crate) fn mac(&self, purpose: &'static str, parts: &[&[u8]]) -> Mac {
        let mut context = hmac::Context::with_key(&self.look_up);
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut mac = Mac::default();
        for (to, from) in mac.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        mac
    }

    /// What tells whether a file was written with this key.
    pub(crate) fn check(&self) -> Mac {
        self.mac("key check", &[])
    }

    /// What seals.
    pub(crate) fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Seals something small that leaves the store for a while, such as a cursor, as hexadecimal text.
    pub(crate) fn seal_text(&self, place: Place<'_>, bytes: &[u8]) -> Result<String, StoreError> {
        Ok(hex(&self.sealer.seal_exactly(place, bytes)?))
    }

    /// Opens such a text; `None` where it wasn't made here, for this place.
    pub(crate) fn open_text(&self, place: Place<'_>, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.sealer.open_exactly(place, &unhex(text)?).ok()
    }
}

fn hex(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(ALPHABET[usize::from(nibble)]))
        .collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    /// Longer than any text that is made here.
    const CHARS_MAX: usize = 512;
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() > CHARS_MAX || !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(file: StoreFile) -> FileKeys {
        FileKeys::derive(&Secret::new(vec![7; MASTER_KEY_BYTES]), file).unwrap()
    }

    #[test]
    fn a_look_up_depends_on_key_file_purpose_and_each_part() {
        let cache = keys(StoreFile::Cache);
        let mac = cache.mac("bill", &[b"a", b"bc"]);
        assert_eq!(mac, cache.mac("bill", &[b"a", b"bc"]));
        assert_ne!(mac, cache.mac("bill", &[b"ab", b"c"]));
        assert_ne!(mac, cache.mac("account", &[b"a", b"bc"]));
        assert_ne!(mac, keys(StoreFile::Ledger).mac("bill", &[b"a", b"bc"]));
        let other = FileKeys::derive(&Secret::new(vec![8; MASTER_KEY_BYTES]), StoreFile::Cache).unwrap();
        assert_ne!(mac, other.mac("bill", &[b"a", b"bc"]));
    }

    #[test]
    fn a_sealed_text_comes_back_and_a_changed_one_does_not() {
        let keys = keys(StoreFile::Cache);
        let place = Place {
            table: "cursor",
            row: b"query",
        };
        let text = keys.seal_text(place, b"position").unwrap();
        assert_eq!(keys.open_text(place, &text).unwrap().as_slice(), b"position");
        assert!(
            keys.open_text(
                Place {
                    table: "cursor",
                    row: b"other"
                },
                &text
            )
            .is_none()
        );
        for index in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[index] = if changed[index] == b'0' { b'1' } else { b'0' };
            assert!(keys.open_text(place, &String::from_utf8(changed).unwrap()).is_none());
        }
        for bad in ["", "0", "zz", "ABCD", "é", &"0".repeat(1000)] {
            assert!(keys.open_text(place, bad).is_none());
        }
    }

    #[test]
    fn each_master_key_is_new() {
        let (one, two) = (new_master().unwrap(), new_master().unwrap());
        assert_eq!(one.reveal().len(), MASTER_KEY_BYTES);
        assert_ne!(one, two);
    }
}
