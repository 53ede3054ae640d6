//! Which crate each byte of a library comes from, by the names and lengths of its symbols.
//!
//! A symbol belongs to the crate that its path begins with; what is generic belongs to the crate that wrote it, not to the one
//! that uses it. C is told by its file. What has no symbol (texts, tables, unwinding) is one share of its own, so that the shares
//! add up to the library.

use object::{Object as _, ObjectSymbol as _, SymbolKind};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// What a crate takes of a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Share {
    /// The crate, or in brackets what is none.
    pub(super) name: String,
    /// How much.
    pub(super) bytes: u64,
}

const STANDARD_LIBRARY: &str = "std";
const SQLITE: &str = "libsqlite3-sys (C)";
const RING: &str = "ring (C and assembly)";
const OTHER: &str = "(other symbols)";
const NO_SYMBOL: &str = "(texts, tables, unwinding)";

/// The shares of a library that keeps its symbols, the largest first; `total` is its length without them. Empty where the
/// format doesn't say how long a symbol is.
pub(super) fn shares(library: &[u8], total: u64) -> Result<Vec<Share>, object::Error> {
    let library = object::File::parse(library)?;
    let mut shares: BTreeMap<&str, u64> = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut file = "";
    let symbols: Vec<_> = library.symbols().collect();
    let owned: Vec<(String, u64)> = symbols
        .iter()
        .filter_map(|symbol| {
            let name = symbol.name().unwrap_or_default();
            match symbol.kind() {
                // It names the file of the local symbols after it.
                SymbolKind::File => file = name,
                // Two names for one place are counted once.
                SymbolKind::Text | SymbolKind::Data if symbol.size() > 0 && seen.insert(symbol.address()) => {
                    let file = if symbol.is_local() { file } else { "" };
                    return Some((owner(name, file), symbol.size()));
                }
                _ => {}
            }
            None
        })
        .collect();
    for (owner, bytes) in &owned {
        *shares.entry(owner).or_default() += bytes;
    }
    if shares.is_empty() {
        return Ok(Vec::new());
    }
    let rest = total.saturating_sub(shares.values().sum());
    shares.insert(NO_SYMBOL, rest);
    let mut shares: Vec<Share> = shares
        .into_iter()
        .map(|(name, bytes)| Share {
            name: name.to_owned(),
            bytes,
        })
        .collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.bytes));
    Ok(shares)
}

/// The crate of a symbol in a file.
fn owner(symbol: &str, file: &str) -> String {
    match rustc_demangle::try_demangle(symbol) {
        Ok(path) => crate_of(&format!("{path:#}")),
        Err(_) if file == "sqlite3.c" || symbol.starts_with("sqlite3") => SQLITE.to_owned(),
        Err(_) if file == "crtstuff.c" => OTHER.to_owned(),
        Err(_) if file.ends_with(".c") || symbol.starts_with("ring_core") => RING.to_owned(),
        // What a crate exports under a plain name, as UniFFI's macros do.
        Err(_) => symbol
            .strip_prefix("uniffi_")
            .and_then(|rest| rest.split_once("_fn_"))
            .map_or_else(|| OTHER.to_owned(), |(name, _)| name.to_owned()),
    }
}

/// The crate that a path begins with, whatever stands before it: `<&mut alloc::vec::Vec<T> as core::fmt::Debug>::fmt` is `alloc`'s.
/// How a value is dropped belongs to the value.
fn crate_of(path: &str) -> String {
    const DROP: &str = "core::ptr::drop_in_place<";
    let path = path.strip_prefix(DROP).unwrap_or(path);
    let name = path.split(|c: char| !c.is_alphanumeric() && c != '_').find(|word| {
        !matches!(
            *word,
            "" | "mut" | "const" | "dyn" | "as" | "fn" | "unsafe" | "extern" | "impl" | "for"
        )
    });
    match name {
        // Primitive types have their methods there too.
        Some(
            "core" | "alloc" | "std" | "str" | "u8" | "hashbrown" | "gimli" | "addr2line" | "rustc_demangle"
            | "miniz_oxide",
        ) => STANDARD_LIBRARY.to_owned(),
        Some(name) => name.to_owned(),
        None => OTHER.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_belongs_to_the_crate_that_wrote_it() {
        for (path, expected) in [
            ("rabt_store::bills::find::find", "rabt_store"),
            ("<rabt_link::http::Cause as core::fmt::Display>::fmt", "rabt_link"),
            ("<&mut tokio::runtime::Handle as core::fmt::Debug>::fmt", "tokio"),
            (
                "<alloc::vec::Vec<rabt_domain::Bill> as core::ops::drop::Drop>::drop",
                "std",
            ),
            ("core::ptr::drop_in_place<rabt::core::Core>", "rabt"),
            ("core::ptr::drop_in_place<[&dyn reqwest::Body]>", "reqwest"),
            ("<[T] as core::fmt::Debug>::fmt", "T"),
        ] {
            assert_eq!(crate_of(path), expected, "{path}");
        }
        for (symbol, file, expected) in [
            ("_ZN4rabt4core4Core4open17h0123456789abcdefE", "", "rabt"),
            ("sqlite3_step", "", SQLITE),
            ("walCheckpoint", "sqlite3.c", SQLITE),
            ("ring_core_0_17_14__x25519_ge_add", "", RING),
            ("fe_mul", "curve25519.c", RING),
            ("uniffi_rabt_ffi_fn_method_bills_page", "", "rabt_ffi"),
            ("_init", "", OTHER),
        ] {
            assert_eq!(owner(symbol, file), expected, "{symbol}");
        }
    }

    /// The library here is this test's own program.
    #[test]
    fn the_shares_of_a_program_add_up_to_it() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let total = u64::try_from(program.len()).unwrap();
        let shares = shares(&program, total).unwrap();
        if shares.is_empty() {
            // This system's format doesn't say how long a symbol is.
            assert_ne!(std::env::consts::OS, "linux");
            return;
        }
        assert_eq!(shares.iter().map(|share| share.bytes).sum::<u64>(), total);
        assert!(shares.iter().any(|share| share.name == "xtask" && share.bytes > 0));
        assert!(shares.is_sorted_by_key(|share| std::cmp::Reverse(share.bytes)));
    }
}
