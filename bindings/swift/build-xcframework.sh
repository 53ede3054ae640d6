#!/usr/bin/env bash
# Makes the Swift package that an app adds: an XCFramework with the library for iOS, its simulator and macOS, and the Swift sources over it.
#
#   bindings/swift/build-xcframework.sh [FOLDER]      # target/xcframework by default
#
# It needs a Mac with Xcode 16 or later and a Rust toolchain. Continuous integration here has neither: it checks this script's syntax and
# the privacy manifest, and nothing runs it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${1:-$root/target/xcframework}
build=$root/target/xcframework-build
# The oldest systems that Package.swift names. cargo and the C compiler that it calls read these.
export IPHONEOS_DEPLOYMENT_TARGET=16.0 MACOSX_DEPLOYMENT_TARGET=13.0

devices=(aarch64-apple-ios)
simulators=(aarch64-apple-ios-sim x86_64-apple-ios)
macs=(aarch64-apple-darwin x86_64-apple-darwin)

for program in xcodebuild lipo rustup cargo; do
    command -v "$program" >/dev/null || { echo "$program is missing: this needs a Mac with Xcode and rustup" >&2; exit 1; }
done

cd "$root"
rustup target add "${devices[@]}" "${simulators[@]}" "${macs[@]}"
for target in "${devices[@]}" "${simulators[@]}" "${macs[@]}"; do
    # The crate's own kind is a shared library, for tests; an app links this one into itself.
    cargo rustc --locked --release --package rabt-ffi --target "$target" --crate-type staticlib
done

# The sources belong to this very library: they compare checksums with it when the app starts.
cargo xtask bindings --release
generated=$root/target/bindings/swift

# One library for each platform; where it has two architectures, they are put into one file.
rm -rf "$build" "$out"
mkdir -p "$build" "$out"
fat() {
    local name=$1 target libraries=()
    shift
    for target in "$@"; do libraries+=("$root/target/$target/release/librabt_ffi.a"); done
    mkdir -p "$build/$name"
    lipo -create "${libraries[@]}" -output "$build/$name/librabt_ffi.a"
    # What only a debugger reads.
    strip -S "$build/$name/librabt_ffi.a"
}
fat ios "${devices[@]}"
fat ios-simulator "${simulators[@]}"
fat macos "${macs[@]}"

# In a folder of their own below the headers: Xcode copies all headers of an app's static frameworks into one place, where two files
# called module.modulemap would collide.
headers=$build/headers/RabtFFI
mkdir -p "$headers"
cp "$generated/RabtFFI.h" "$generated/module.modulemap" "$headers/"

xcodebuild -create-xcframework \
    -library "$build/ios/librabt_ffi.a" -headers "$build/headers" \
    -library "$build/ios-simulator/librabt_ffi.a" -headers "$build/headers" \
    -library "$build/macos/librabt_ffi.a" -headers "$build/headers" \
    -output "$out/RabtFFI.xcframework"

# The package around it: the face and what is generated in one module, and the privacy manifest as its resource.
mkdir -p "$out/Sources"
cp -R "$root/bindings/swift/Sources/Rabt" "$out/Sources/Rabt"
rm -rf "$out/Sources/Rabt/Generated"
mkdir -p "$out/Sources/Rabt/Generated"
cp "$generated/RabtGenerated.swift" "$out/Sources/Rabt/Generated/"
cp "$root/bindings/swift/PrivacyInfo.xcprivacy" "$out/Sources/Rabt/PrivacyInfo.xcprivacy"
cat >"$out/Package.swift" <<'MANIFEST'
// swift-tools-version: 6.0
// Made by build-xcframework.sh.
import PackageDescription

let package = Package(
    name: "Rabt",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "Rabt", targets: ["Rabt"])],
    targets: [
        .binaryTarget(name: "RabtFFI", path: "RabtFFI.xcframework"),
        .target(
            name: "Rabt",
            dependencies: ["RabtFFI"],
            resources: [.copy("PrivacyInfo.xcprivacy")],
            linkerSettings: [
                .linkedFramework("CoreFoundation"),
                .linkedFramework("Security"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
MANIFEST
echo "the package is in $out: add it to an app with Xcode's File › Add Package Dependencies › Add Local"
