//! The claims of a token by name. Each is read once, and whether one was there twice is remembered.

use super::{IdTokenRefusal, TEXT_BYTES_MAX};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// The claims; personal, so there is no `Debug`.
pub(super) struct Claims {
    named: BTreeMap<String, Value>,
    pub(super) doubled: bool,
}

impl Claims {
    /// A claim of text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, IdTokenRefusal> {
        match self.named.get(name) {
            None => Ok(None),
            Some(value) => text(value).ok_or(IdTokenRefusal::BadValue(name)).map(Some),
        }
    }

    /// A claim of a text or a list of texts.
    pub(super) fn texts(&self, name: &'static str, most: usize) -> Result<Option<Vec<&str>>, IdTokenRefusal> {
        let bad = IdTokenRefusal::BadValue(name);
        match self.named.get(name) {
            None => Ok(None),
            Some(Value::Array(values)) if !values.is_empty() && values.len() <= most => values
                .iter()
                .map(|value| text(value).ok_or(bad))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(value) => text(value).ok_or(bad).map(|text| Some(vec![text])),
        }
    }

    /// A claim of an instant: seconds since 1970, perhaps with a fraction (RFC 7519, 2), which is dropped.
    pub(super) fn time(&self, name: &'static str) -> Result<Option<i64>, IdTokenRefusal> {
        /// The year 9999; beyond is no instant.
        const SECONDS_MAX: f64 = 253_402_300_799.0;
        match self.named.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_f64()
                .filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds))
                .map(|seconds| Some(seconds as i64))
                .ok_or(IdTokenRefusal::BadValue(name)),
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    value
        .as_str()
        .filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES_MAX)
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
                let (mut named, mut doubled) = (BTreeMap::new(), false);
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    doubled |= named.insert(name, value).is_some();
                }
                Ok(Claims { named, doubled })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}
