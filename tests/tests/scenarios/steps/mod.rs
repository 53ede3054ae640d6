//! What each step does, by the part of the city app that it is about.

mod autopay;
mod bills;
mod city;
mod failures;
mod payments;
mod phone;
mod session;

pub(crate) use autopay::AUTOPAY;
pub(crate) use bills::BILLS;
pub(crate) use city::CITY;
pub(crate) use failures::FAILURES;
pub(crate) use payments::PAYMENTS;
pub(crate) use phone::PHONE;
pub(crate) use session::SESSION;

/// Words and what they do.
pub(crate) type Steps = &'static [(&'static str, crate::vocabulary::Act)];

/// Makes an act of an async block that sees the stage and what the step was given.
macro_rules! act {
    (|$stage:ident, $said:ident| $body:block) => {
        |$stage, $said| Box::pin(async move { $body })
    };
}
pub(crate) use act;
