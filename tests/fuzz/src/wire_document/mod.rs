//! Every document of the wire.
//!
//! Each goes two ways. As plain serde types: what parses is written and parses again to the same, whatever it was. And through the
//! client that reads it, as its party's answer, with everything above the socket as it is shipped: what the client makes of it is
//! held against the protocol, and against what a client of another person's or of another agency makes of it, which must be nothing.

mod agency;
mod gateway;
mod mandates;
mod party;
mod provider;
mod refusal;

use rabt_protocol::{
    Problem, agency as a, directory as d, event as e, hub as h, instrument as i,
    jose::{Header, Jwk, JwkSet},
    mandate as m, oidc as o,
};
use serde::{Serialize, de::DeserializeOwned};

/// A document: what the protocol calls it, and what is done with one.
struct Document {
    name: &'static str,
    /// Parses it, writes it, and parses it again.
    again: fn(&[u8]),
    /// Lets the client read it. The first argument says how it is answered, see [`party::Answer`].
    read: fn(u8, &[u8]),
}

/// All of them. The place of each is the first byte of its inputs, so a new one goes to the end.
const DOCUMENTS: [Document; 42] = [
    document::<a::BillPage>("BillPage", agency::bill_page),
    document::<a::Bill>("Bill", agency::bill),
    document::<a::Accounts>("Accounts", agency::accounts),
    document::<a::Account>("Account", agency::account),
    document::<a::Consent>("Consent", agency::consent),
    document::<a::ConsentRequest>("ConsentRequest", nobody),
    document::<a::AddAccount>("AddAccount", nobody),
    document::<a::PostingRequest>("PostingRequest", nobody),
    document::<a::Posting>("Posting", nobody),
    document::<h::Quote>("Quote", gateway::quote),
    document::<h::QuoteRequest>("QuoteRequest", nobody),
    document::<h::Payment>("Payment", gateway::payment),
    document::<h::Payments>("Payments", gateway::payments),
    document::<h::PaymentRequest>("PaymentRequest", nobody),
    document::<h::Receipt>("Receipt", nobody),
    document::<i::Instruments>("Instruments", gateway::instruments),
    document::<i::Instrument>("Instrument", gateway::instrument),
    document::<i::BeginLink>("BeginLink", nobody),
    document::<i::LinkBegun>("LinkBegun", gateway::link_begun),
    document::<i::CompleteLink>("CompleteLink", nobody),
    document::<e::EventPage>("EventPage", gateway::events),
    document::<e::Event>("Event", gateway::event),
    document::<e::AgencyEvent>("AgencyEvent", nobody),
    document::<d::Directory>("Directory", nobody),
    document::<Problem>("Problem", refusal::problem),
    document::<o::ProviderMetadata>("ProviderMetadata", provider::metadata),
    document::<o::PushedRequest>("PushedRequest", provider::pushed),
    document::<o::TokenResponse>("TokenResponse", provider::tokens),
    document::<o::OauthError>("OauthError", provider::oauth_error),
    document::<o::IdTokenClaims>("IdTokenClaims", provider::id_token),
    document::<JwkSet>("JwkSet", provider::keys),
    document::<Jwk>("Jwk", provider::key),
    document::<Header>("Header", nobody),
    document::<m::Mandates>("Mandates", mandates::list),
    document::<m::MandateRecord>("MandateRecord", mandates::record),
    document::<m::SendStatement>("SendStatement", nobody),
    document::<m::BeginMandateConsent>("BeginMandateConsent", nobody),
    document::<m::MandateConsentBegun>("MandateConsentBegun", mandates::consent_begun),
    document::<m::CompleteMandateConsent>("CompleteMandateConsent", nobody),
    document::<m::Dispute>("Dispute", nobody),
    document::<m::MandateDecisionPage>("MandateDecisionPage", mandates::decisions),
    document::<o::Devices>("Devices", mandates::devices),
];

/// The first byte says which document it is (of as many as there are, round and round), the second how it is answered; the rest is its
/// JSON.
pub fn wire_document(input: &[u8]) {
    let [which, how, body @ ..] = input else { return };
    let document = &DOCUMENTS[usize::from(*which) % DOCUMENTS.len()];
    (document.again)(body);
    (document.read)(*how, body);
}

/// The second byte of inputs that are answered with a status; of one that isn't among them the usual one's.
pub fn answer_byte(status: u16) -> u8 {
    let place = party::STATUSES.iter().position(|known| *known == status);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
}

/// The first byte of a document's inputs.
pub fn document_byte(name: &str) -> Option<u8> {
    let place = DOCUMENTS.iter().position(|document| document.name == name)?;
    u8::try_from(place).ok()
}

const fn document<T: Serialize + DeserializeOwned + PartialEq>(name: &'static str, read: fn(u8, &[u8])) -> Document {
    Document {
        name,
        again: again::<T>,
        read,
    }
}

fn again<T: Serialize + DeserializeOwned + PartialEq>(body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(body) else {
        return;
    };
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert!(again == read, "it reads otherwise once it was written");
    let rewritten = serde_json::to_vec(&again).expect("what was read can be written");
    assert_eq!(rewritten, written, "it is written otherwise the second time");
}

/// The client sends it, or reads it as part of another or signed: of the latter there are targets of their own.
fn nobody(_: u8, _: &[u8]) {}

#[cfg(test)]
mod tests {
    use super::*;
    use rabt_protocol::endpoint::{self, Body};

    #[test]
    fn every_document_that_the_protocol_names_is_fuzzed() {
        for endpoint in endpoint::all() {
            let answered = endpoint.answers.iter().filter_map(|answer| match answer.body {
                Body::Json(name) => Some(name),
                // Signed documents are fuzzed by targets of their own, and what is signed here.
                Body::Jose(name) => Some(name.trim_start_matches("Signed")),
                Body::Empty => None,
            });
            for name in endpoint.request.into_iter().chain(answered) {
                assert!(document_byte(name).is_some(), "{name} is not fuzzed");
            }
        }
    }
}
