#!/usr/bin/env bash
# Links the native library for devices and puts it where `cargo xtask android` packs it into the AAR: target/android/jni/<abi>.
#
# It needs ANDROID_NDK_HOME (r27 or later) and rustup. Where this repository is tested there is no NDK: this script isn't exercised there.
set -euo pipefail
cd "$(dirname "$0")/../../.."

: "${ANDROID_NDK_HOME:?set it to the folder of the NDK}"
host=$(case "$(uname -s)" in Darwin) echo darwin-x86_64 ;; *) echo linux-x86_64 ;; esac)
tools="$ANDROID_NDK_HOME/toolchains/llvm/prebuilt/$host/bin"
api=26
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

# Rust's name of the target, the compiler's, and Android's.
link() {
  local rust=$1 clang=$2 abi=$3 upper
  upper=$(echo "$rust" | tr 'a-z-' 'A-Z_')
  rustup target add "$rust"
  env "CARGO_TARGET_${upper}_LINKER=$tools/$clang$api-clang" \
    "CC_${rust//-/_}=$tools/$clang$api-clang" "AR_${rust//-/_}=$tools/llvm-ar" \
    cargo rustc --locked --release --package rabt-ffi --lib --crate-type cdylib --target "$rust"
  mkdir -p "$target/android/jni/$abi"
  "$tools/llvm-strip" --strip-unneeded -o "$target/android/jni/$abi/librabt_ffi.so" "$target/$rust/release/librabt_ffi.so"
}

link aarch64-linux-android aarch64-linux-android arm64-v8a
link armv7-linux-androideabi armv7a-linux-androideabi armeabi-v7a
link x86_64-linux-android x86_64-linux-android x86_64
echo "linked into $target/android/jni; now: cargo xtask android"
