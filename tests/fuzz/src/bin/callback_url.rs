//! Fuzzes the URL that a sign-in comes back with.
#![cfg_attr(fuzzing, no_main)]

rabt_fuzz::program!(callback_url);
