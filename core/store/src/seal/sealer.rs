//! Sealing and opening one payload.

use crate::StoreError;
use ring::{
    aead::{self, Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::Okm,
    rand::{SecureRandom as _, SystemRandom},
};
use zeroize::Zeroizing;

/// The format of every payload that this version writes. It stands before the nonce and in the associated data; a reader of
/// a later version tells by it how to read what an older one wrote.
const FORMAT: u8 = 1;
/// Payloads are padded to whole multiples of this.
pub(crate) const PAD_BYTES: usize = 64;
/// The bytes of a payload's length before it is padded.
const LENGTH_BYTES: usize = 4;

/// Where a payload belongs; it opens nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The table, and the column where it has several sealed ones.
    pub(crate) table: &'static str,
    /// What names the row.
    pub(crate) row: &'a [u8],
}

impl Place<'_> {
    fn associated_data(self, format: u8) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.table.len() + self.row.len() + 9);
        data.push(format);
        data.extend_from_slice(&(self.table.len() as u64).to_be_bytes());
        data.extend_from_slice(self.table.as_bytes());
        data.extend_from_slice(self.row);
        data
    }
}

/// A payload that doesn't open, or isn't what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// In which table.
    pub(crate) table: &'static str,
}

/// Seals and opens payloads of one file.
pub(crate) struct Sealer {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Sealer {
    /// Which cipher.
    pub(crate) const ALGORITHM: &'static aead::Algorithm = &CHACHA20_POLY1305;

    /// With a derived key.
    pub(crate) fn new(key: Okm<'_, &'static aead::Algorithm>) -> Self {
        Self {
            key: LessSafeKey::new(UnboundKey::from(key)),
            random: SystemRandom::new(),
        }
    }

    /// Seals a payload of any length, padded.
    pub(crate) fn seal(&self, place: Place<'_>, payload: &[u8]) -> Result<Vec<u8>, StoreError> {
        let length = u32::try_from(payload.len()).map_err(|_| StoreError::Bug("a payload is over 4 GB".to_owned()))?;
        let padded_bytes = (LENGTH_BYTES + payload.len()).next_multiple_of(PAD_BYTES);
        let mut padded = Zeroizing::new(Vec::with_capacity(padded_bytes));
        padded.extend_from_slice(&length.to_be_bytes());
        padded.extend_from_slice(payload);
        padded.resize(padded_bytes, 0);
        self.seal_exactly(place, &padded)
    }

    /// Opens what [`Sealer::seal`] sealed.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let mut padded = self.open_exactly(place, sealed)?;
        let length = unpadded(&padded).ok_or(Broken { table: place.table })?.len();
        padded.copy_within(LENGTH_BYTES..LENGTH_BYTES + length, 0);
        padded.truncate(length);
        Ok(padded)
    }

    /// The same for one payload after another, in a buffer that each overwrites: to wipe a buffer takes as long as to open it.
    pub(crate) fn open_over<'b>(
        &self,
        place: Place<'_>,
        sealed: &[u8],
        buffer: &'b mut Zeroizing<Vec<u8>>,
    ) -> Result<&'b [u8], Broken> {
        if buffer.capacity() < sealed.len() {
            // A vector that grew would leave a copy behind.
            *buffer = Zeroizing::new(Vec::with_capacity(sealed.len().next_power_of_two()));
        }
        buffer.clear();
        let padded = self.open_in(place, sealed, buffer)?;
        unpadded(padded).ok_or(Broken { table: place.table })
    }

    /// Seals a payload whose length says nothing.
    pub(crate) fn seal_exactly(&self, place: Place<'_>, payload: &[u8]) -> Result<Vec<u8>, StoreError> {
        let failed = |_| StoreError::Bug("a payload can't be sealed".to_owned());
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(failed)?;
        let head = 1 + NONCE_LEN;
        let mut sealed = Vec::with_capacity(head + payload.len() + Self::ALGORITHM.tag_len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(payload);
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.associated_data(FORMAT)),
                &mut sealed[head..],
            )
            .map_err(failed)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`Sealer::seal_exactly`] sealed.
    pub(crate) fn open_exactly(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let mut buffer = Zeroizing::new(Vec::with_capacity(sealed.len()));
        let length = self.open_in(place, sealed, &mut buffer)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Opens in an empty buffer that is long enough.
    fn open_in<'b>(&self, place: Place<'_>, sealed: &[u8], buffer: &'b mut Vec<u8>) -> Result<&'b [u8], Broken> {
        let broken = Broken { table: place.table };
        let (format, rest) = sealed.split_first().ok_or(broken)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(broken)?;
        if *format != FORMAT {
            return Err(broken);
        }
        buffer.extend_from_slice(sealed);
        let opened = self.key.open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(place.associated_data(*format)),
            buffer,
        );
        opened.map(|opened| &*opened).map_err(|_| broken)
    }
}

/// The payload within its padding; `None` where its length isn't one that was written.
fn unpadded(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_first_chunk::<LENGTH_BYTES>()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use crate::{
        Secret, StoreFile,
        seal::{FileKeys, PAD_BYTES, Place},
    };
    use zeroize::Zeroizing;

    fn keys(file: StoreFile) -> FileKeys {
        FileKeys::derive(&Secret::new(vec![7; 32]), file).unwrap()
    }

    const HERE: Place<'_> = Place {
        table: "bill",
        row: b"1",
    };

    #[test]
    fn a_payload_opens_where_it_belongs_and_nowhere_else() {
        let keys = keys(StoreFile::Ledger);
        let sealed = keys.sealer().seal(HERE, b"payload").unwrap();
        assert_eq!(keys.sealer().open(HERE, &sealed).unwrap().as_slice(), b"payload");
        for place in [
            Place {
                table: "bill",
                row: b"2",
            },
            Place {
                table: "payment",
                row: b"1",
            },
            Place {
                table: "bil",
                row: b"l1",
            },
        ] {
            assert_eq!(keys.sealer().open(place, &sealed).unwrap_err().table, place.table);
        }
        let cache = FileKeys::derive(&Secret::new(vec![7; 32]), StoreFile::Cache).unwrap();
        assert!(cache.sealer().open(HERE, &sealed).is_err());
    }

    #[test]
    fn no_byte_can_be_changed_and_none_left_out() {
        let keys = keys(StoreFile::Ledger);
        let sealed = keys.sealer().seal(HERE, b"payload").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(keys.sealer().open(HERE, &changed).is_err(), "byte {index}");
            assert!(keys.sealer().open(HERE, &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn lengths_are_told_in_steps_and_nothing_is_sealed_twice_the_same() {
        let keys = keys(StoreFile::Cache);
        let seal = |length: usize| keys.sealer().seal(HERE, &vec![b'x'; length]).unwrap();
        assert_eq!(seal(0).len(), seal(PAD_BYTES - 4).len());
        assert_eq!(seal(PAD_BYTES - 4).len() + PAD_BYTES, seal(PAD_BYTES - 3).len());
        for length in [0, 1, PAD_BYTES - 4, PAD_BYTES - 3, 5000] {
            assert_eq!(keys.sealer().open(HERE, &seal(length)).unwrap().len(), length);
        }
        // Longer and shorter ones in one buffer.
        let mut buffer = Zeroizing::new(Vec::new());
        for length in [3, 5000, 0, PAD_BYTES] {
            let sealed = seal(length);
            let opened = keys.sealer().open_over(HERE, &sealed, &mut buffer).unwrap();
            assert_eq!(opened, vec![b'x'; length]);
            assert!(keys.sealer().open_over(HERE, &sealed[1..], &mut buffer).is_err());
        }
        assert_ne!(seal(5), seal(5));
    }
}
