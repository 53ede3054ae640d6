// swift-tools-version: 6.0
// The app in Swift that `cargo xtask bench` measures; see tests/bench.

import PackageDescription

let package = Package(
    name: "swift-peer",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "Rabt", path: "../../../bindings/swift")],
    targets: [
        .executableTarget(
            name: "swift-peer",
            dependencies: [.product(name: "Rabt", package: "Rabt"), .product(name: "RabtTown", package: "Rabt")])
    ],
    swiftLanguageModes: [.v6]
)
