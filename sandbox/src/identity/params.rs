//! The parameters of OAuth: a query or a form, in which nothing may come twice (RFC 6749, 3.1) and an empty value is none.

use super::{error::OauthRefusal, limits};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::header,
    response::{IntoResponse as _, Response},
};
use std::collections::BTreeMap;

const FORM_MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Parameters by name; as an extractor, those of a form. It has no `Debug`: PINs and tokens are among them.
#[derive(Default)]
pub(super) struct Params {
    values: BTreeMap<String, String>,
    /// What is wrong with the whole, if something is. Kept, not returned, since the answer to it may have to be a redirect.
    fault: Option<String>,
}

impl Params {
    /// Reads `a=b&c=d`.
    pub(super) fn parse(encoded: &[u8]) -> Self {
        let mut params = Self::default();
        for (position, (name, value)) in url::form_urlencoded::parse(encoded).enumerate() {
            if position >= limits::PARAMETERS_MAX {
                params.fault = Some("There are too many parameters.".to_owned());
                break;
            }
            if params.values.contains_key(name.as_ref()) {
                params
                    .fault
                    .get_or_insert_with(|| "A parameter is given twice.".to_owned());
            } else {
                params.values.insert(name.into_owned(), value.into_owned());
            }
        }
        params.values.retain(|_, value| !value.is_empty());
        params
    }

    /// A value, if there is one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// What is wrong with the whole.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// A value that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, OauthRefusal> {
        self.get(name)
            .ok_or_else(|| OauthRefusal::request(format!("`{name}` is missing.")))
    }

    /// Refuses what is wrong with the whole.
    pub(super) fn sound(self) -> Result<Self, OauthRefusal> {
        match self.fault {
            Some(fault) => Err(OauthRefusal::request(fault)),
            None => Ok(self),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let media_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case(FORM_MEDIA_TYPE)) {
            let refusal = OauthRefusal::request(format!("The body must be {FORM_MEDIA_TYPE}."));
            return Err(refusal.into_response());
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| rejection.into_response())?;
        Ok(Self::parse(&body))
    }
}

#[cfg(test)]
mod tests {
    use super::Params;

    #[test]
    fn an_empty_value_is_none_and_a_second_one_is_a_fault() {
        let params = Params::parse(b"a=1&b=&c=%D8%A3");
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
        assert_eq!(params.get("c"), Some("أ"));
        assert!(params.fault().is_none());
        assert!(Params::parse(b"a=1&a=1").fault().is_some());
    }

    #[test]
    fn the_number_of_parameters_is_bounded() {
        let pairs = |count: usize| (0..count).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert!(Params::parse(pairs(64).as_bytes()).fault().is_none());
        assert!(Params::parse(pairs(65).as_bytes()).fault().is_some());
    }
}
