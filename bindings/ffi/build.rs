//! Lays the library out for devices whose memory pages are 16 KB, which Android demands. Linux gets the same, so that what is checked
//! on the library built here holds for the one that is linked for a device.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if system == "android" || system == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
}
