//! Cutting the network around the whole city, as a tunnel or a lift does to a phone.

use super::Control;

impl Control {
    /// Cuts every party off, or (`false`) lets callers through again: connections die where they are, and a new one ends before
    /// the first byte of TLS, so that who opens it knows that nothing was heard. The parties don't reach each other either: what
    /// they have begun goes on once the network is back. Control itself is always reached.
    pub fn cut_network(&self, cut: bool) {
        self.running.cut_network(cut);
    }

    /// Whether the network is cut.
    pub fn is_network_cut(&self) -> bool {
        self.running.is_network_cut()
    }
}
