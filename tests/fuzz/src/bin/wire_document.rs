//! Fuzzes every document of the wire.
#![cfg_attr(fuzzing, no_main)]

rabt_fuzz::program!(wire_document);
