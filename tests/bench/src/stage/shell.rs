//! The library as an app in another language has it: a process over folders of bills that does at each line what it says, so many times, and
//! answers with a figure. What can be said is the same in Kotlin (`bindings/kotlin/bench`) and in Swift (`tests/peers/swift-app`).

use super::Shelf;
use crate::harness::{Child, Outcome};
use std::sync::Arc;

/// See the module.
pub(crate) struct Shell {
    child: Child,
    /// Hold the folders; one process has a folder open at a time.
    _folders: Vec<Arc<Shelf>>,
}

impl Shell {
    /// A process that was started over these folders.
    pub(super) fn over(child: Child, folders: Vec<Arc<Shelf>>) -> Self {
        Self {
            child,
            _folders: folders,
        }
    }

    /// Has it do something so many times; the figure that it says.
    ///
    /// # Errors
    /// Where it ends over it.
    pub(crate) fn figure(&mut self, what: &str, times: usize) -> Outcome<f64> {
        Ok(self.child.ask(&format!("{what} {times}"))?.parse()?)
    }
}
