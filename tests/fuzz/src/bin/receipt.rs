//! Fuzzes signed receipts.
#![cfg_attr(fuzzing, no_main)]

rabt_fuzz::program!(receipt);
