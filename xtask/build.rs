//! Tells the commands which system they were compiled for.

fn main() {
    let host = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=RABT_HOST={host}");
    println!("cargo::rerun-if-changed=build.rs");
}
