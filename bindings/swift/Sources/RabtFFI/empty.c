// The library is Rust's; this file is there because a C target must have a source.
