//! Who may ask: the registered clients. They are public (an app can't keep a secret), so what tells them from an impostor is where
//! their answers go: redirect addresses are compared character by character (RFC 9700, 4.1.3), except for the loopback ones of
//! RFC 8252, 7.3.

use crate::{city::CLIENT_ID, context::Context};

/// A second app, from which the first must be told apart: it may ask for everything, but not with what the other was given.
pub(crate) const OTHER_CLIENT_ID: &str = "rabt-other-app";

/// Whether a client is registered.
pub(super) fn is_registered(client_id: &str) -> bool {
    [CLIENT_ID, OTHER_CLIENT_ID].contains(&client_id)
}

/// Whether a registered client's answers, or its person's browser after signing out, may go there. Both apps run on the same
/// machine of a tester, so they share the addresses that the city was started with.
pub(super) fn may_return_to(ctx: &Context, address: &str) -> bool {
    ctx.config.allows_redirect(address)
}
