// swift-tools-version: 6.0
// The runner of the scenarios in Swift. `cargo xtask scenarios` builds and runs it; see ../README.md.

import PackageDescription

let package = Package(
    name: "scenarios",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "../../../bindings/swift")],
    targets: [
        .executableTarget(
            name: "scenarios",
            dependencies: [.product(name: "Rabt", package: "swift"), .product(name: "RabtTown", package: "swift")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
