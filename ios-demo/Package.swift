// swift-tools-version: 6.0
// The demo for iOS: a model that is also built and tested on Linux (`cargo xtask ios`), and SwiftUI screens over it.

import PackageDescription

let package = Package(
    name: "RabtDemo",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "DemoScreens", targets: ["DemoScreens"])],
    dependencies: [.package(name: "Rabt", path: "../bindings/swift")],
    targets: [
        .target(name: "DemoModel", dependencies: [.product(name: "Rabt", package: "Rabt")]),
        .target(name: "DemoScreens", dependencies: ["DemoModel"]),
        .testTarget(name: "DemoModelTests", dependencies: ["DemoModel", .product(name: "RabtTown", package: "Rabt")]),
    ],
    swiftLanguageModes: [.v6]
)
