//! The keys of the hub's own acts. Each is derived from what the act is, so that it is the same after a kill, and whoever acts, it
//! happens once.

use rabt_protocol::jose::sha256_base64url;

/// A key is the act's name and 24 characters of a hash: 144 bits, within the wire's 40 characters.
const HASH_CHARS: usize = 24;

/// Taking a payment's money.
pub(crate) fn debit(payment_id: &str) -> String {
    derive("debit", &[payment_id])
}

/// Telling an agency that a bill is paid.
pub(crate) fn post(payment_id: &str, agency_id: &str, bill_id: &str) -> String {
    derive("post", &[payment_id, agency_id, bill_id])
}

/// Sending a bill's money to its agency.
pub(crate) fn settle(payment_id: &str, agency_id: &str, bill_id: &str) -> String {
    derive("settle", &[payment_id, agency_id, bill_id])
}

/// Sending a bill's money back.
pub(crate) fn refund(payment_id: &str, agency_id: &str, bill_id: &str) -> String {
    derive("refund", &[payment_id, agency_id, bill_id])
}

fn derive(act: &str, parts: &[&str]) -> String {
    let mut text = act.to_owned();
    for part in parts {
        // The length in front keeps ("a", "bc") and ("ab", "c") apart.
        text.push_str(&format!("|{}:{part}", part.len()));
    }
    let hash = sha256_base64url(text);
    format!("{act}-{}", hash.get(..HASH_CHARS).unwrap_or(&hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rabt_protocol::IDEMPOTENCY_KEY_CHARS_MAX;

    #[test]
    fn a_key_is_the_same_for_the_same_act_and_for_no_other() {
        let key = settle("pay_1", "police", "b1");
        assert_eq!(key, settle("pay_1", "police", "b1"));
        assert!(key.len() <= IDEMPOTENCY_KEY_CHARS_MAX);
        for other in [
            refund("pay_1", "police", "b1"),
            post("pay_1", "police", "b1"),
            settle("pay_1", "police", "b2"),
            settle("pay_1", "policeb", "1"),
            settle("pay_2", "police", "b1"),
        ] {
            assert_ne!(key, other);
        }
    }
}
