//! Keys of parties that are known and of one that isn't, made when the process starts.

use rabt_protocol::jose::{Es256Key, Header, JwkSet, Signer as _, base64url};
use std::sync::LazyLock;

/// Signs what the client is to believe.
pub(crate) static KNOWN: LazyLock<Key> = LazyLock::new(Key::generate);
/// Signs, and nobody asked it to.
pub(crate) static STRANGER: LazyLock<Key> = LazyLock::new(Key::generate);

/// A key, and the set that holds it alone.
pub(crate) struct Key {
    key: Es256Key,
    pub(crate) set: JwkSet,
}

impl Key {
    fn generate() -> Self {
        let pkcs8 = Es256Key::generate_pkcs8().expect("there is randomness");
        let key = Es256Key::from_pkcs8(&pkcs8).expect("it was just made");
        let set = JwkSet {
            keys: vec![key.public_key()],
        };
        Self { key, set }
    }

    /// The header under which this key signs.
    fn header(&self, typ: &str) -> Vec<u8> {
        let header = Header {
            alg: self.key.algorithm().name().to_owned(),
            typ: Some(typ.to_owned()),
            kid: self.key.public_key().kid,
            ..Header::default()
        };
        serde_json::to_vec(&header).expect("strings are JSON")
    }

    /// A token with a right signature over whatever payload.
    pub(crate) fn token(&self, typ: &str, payload: &[u8]) -> String {
        self.token_under(&self.header(typ), payload)
    }

    /// The same under whatever header.
    pub(crate) fn token_under(&self, header: &[u8], payload: &[u8]) -> String {
        let signed = format!("{}.{}", base64url(header), base64url(payload));
        let signature = self.key.sign(signed.as_bytes()).expect("there is randomness");
        format!("{signed}.{}", base64url(signature))
    }
}

/// A token with one byte changed, wherever `place` says. What comes out is another token, and never one of `key`'s.
pub(crate) fn tampered(token: &str, place: u16) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let at = usize::from(place) % bytes.len();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("a token is ASCII")
}
