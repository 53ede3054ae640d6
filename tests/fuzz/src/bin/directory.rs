//! Fuzzes the signed directory.
#![cfg_attr(fuzzing, no_main)]

rabt_fuzz::program!(directory);
