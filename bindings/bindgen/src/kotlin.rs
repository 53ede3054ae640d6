//! What UniFFI's Kotlin generator has no setting for, done to the text that it wrote.
//!
//! The library is looked for where `NativeCopy` says before JNA looks for it. And whether the library and the sources are of one build is
//! asked, which the generator leaves to other crates' bindings: by the checksum of the copy where there is one, by those of UniFFI where
//! somebody else has said which library is loaded. A version of UniFFI that writes differently fails here.

use super::exchanged;

/// How the generated function ends that says which library is loaded.
const LOOKED_FOR: &str = "    return \"rabt_ffi\"\n}";
const LOOKED_FOR_IN_THE_COPY: &str = "    return NativeCopy.path ?: \"rabt_ffi\"\n}";

/// What loads it.
const LOADED: &str = "        Native.register(UniffiLib::class.java, findLibraryName(componentName = \"rabt\"))\n";
const ASKED: &str = "        if (NativeCopy.path == null) IntegrityCheckingUniffiLib.ensureInitialized()\n";

/// The generator wrote something that isn't understood any more.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the generated Kotlin {what} in {places} places, where one is known; mend bindings/bindgen/src/kotlin.rs")]
pub(crate) struct Unexpected {
    what: &'static str,
    places: usize,
}

/// The source as apps get it.
///
/// # Errors
/// Where it doesn't name and load its library once.
pub(crate) fn idiomatic(source: &str) -> Result<String, Unexpected> {
    let source = replaced(source, LOOKED_FOR, LOOKED_FOR_IN_THE_COPY, "names its library")?;
    // Asked first: a library of another build may lack what is registered.
    replaced(&source, LOADED, &[ASKED, LOADED].concat(), "loads its library")
}

fn replaced(source: &str, from: &str, to: &str, what: &'static str) -> Result<String, Unexpected> {
    exchanged(source, from, to).map_err(|places| Unexpected { what, places })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = "\
private fun findLibraryName(componentName: String): String {
    val libOverride = System.getProperty(\"uniffi.component.$componentName.libraryOverride\")
    if (libOverride != null) {
        return libOverride
    }
    return \"rabt_ffi\"
}
internal object UniffiLib {
    init {
        Native.register(UniffiLib::class.java, findLibraryName(componentName = \"rabt\"))
    }
}
";

    #[test]
    fn the_copy_comes_before_what_jna_finds_and_after_what_somebody_asks_for() {
        let text = idiomatic(GENERATED).unwrap();
        let (asked, found) = text.split_once("return libOverride\n").unwrap();
        assert!(!asked.contains("NativeCopy") && found.contains("return NativeCopy.path ?: \"rabt_ffi\""));
    }

    #[test]
    fn another_library_is_asked_what_it_is_before_it_is_used() {
        let text = idiomatic(GENERATED).unwrap();
        let (before, _) = text.split_once("Native.register(UniffiLib").unwrap();
        assert!(before.contains("if (NativeCopy.path == null) IntegrityCheckingUniffiLib.ensureInitialized()"));
    }

    #[test]
    fn a_generator_that_writes_otherwise_is_noticed() {
        assert!(idiomatic("").is_err());
        assert!(idiomatic(&GENERATED.repeat(2)).is_err());
        assert!(idiomatic(&GENERATED.replace("Native.register", "Native.load")).is_err());
    }
}
