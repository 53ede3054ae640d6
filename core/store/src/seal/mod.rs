//! How rows are sealed and found again, and what that leaves to be seen.
//!
//! **Keys.** One random master key of 32 bytes lives in the platform's secret store. HKDF-SHA256 makes of it, for each file, a
//! sealing key and a look-up key, so that a row of one file never opens in the other.
//!
//! **Payloads** are sealed with ChaCha20-Poly1305 (constant in time on every processor) under a random 96-bit nonce; at a
//! thousand rows a second two nonces would meet by chance after some ten thousand years of a phone's use. The associated data is
//! table, row key and the format of the payload, so that a row that was moved, copied or relabelled doesn't open. Payloads are
//! padded to whole multiples of 64 bytes, so that a length tells little about a name.
//!
//! **Look-ups** are by HMAC-SHA256 of what is looked up, cut to 16 bytes.
//!
//! **What somebody with a file and without the key learns:** how many rows each table has and about how large they are;
//! about how much text the search has of each agency's bills; which bills share an agency, an account, or a label (agency,
//! account, kind and title together); which bills' numbers end in the same four characters; each bill's due day, shape,
//! standing and whether it is open; when each payment was made and whether it is finished; when each decision of a mandate was made,
//! how many statements were signed and whether they were sent; when a bill that a mandate may pay was last seen to change; when a pending browser hop
//! expires; the order in which rows came; the version of the schema. **What they don't learn:** which agency or person, any
//! name, number, title or amount. Somebody who can write may delete rows or put back an older copy of a whole file; they
//! can't make a row that opens, and what the plaintext columns say is checked against the payload whenever a row is read.

mod keys;
mod sealer;

pub(crate) use keys::{FileKeys, MAC_BYTES, MASTER_KEY_BYTES, Mac, new_master};
#[cfg(test)]
pub(crate) use sealer::PAD_BYTES;
pub(crate) use sealer::{Broken, Place, Sealer};
