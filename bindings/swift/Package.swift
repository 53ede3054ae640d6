// swift-tools-version: 6.0
// Rabt for Swift. `cargo xtask swift` puts what is generated into `Sources/Rabt/Generated` and `Sources/RabtFFI/include`, and says where the
// library is; an app uses the package that `build-xcframework.sh` makes.

import PackageDescription

let package = Package(
    name: "Rabt",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "Rabt", targets: ["Rabt"]),
        .library(name: "RabtTown", targets: ["RabtTown"]),
    ],
    targets: [
        .target(name: "RabtFFI", linkerSettings: [.linkedLibrary("rabt_ffi")]),
        .target(name: "Rabt", dependencies: ["RabtFFI"]),
        .target(name: "RabtTown", dependencies: ["Rabt"], path: "Tests/RabtTown"),
        .testTarget(name: "RabtTests", dependencies: ["Rabt", "RabtTown"]),
    ],
    swiftLanguageModes: [.v6]
)
