// swift-tools-version: 6.0
import PackageDescription

// On a Mac the core comes as an XCFramework (`cargo xtask phones` makes it); elsewhere as the library that cargo built.
#if os(macOS)
    let core = Target.binaryTarget(name: "keyturnFFI", path: "keyturnFFI.xcframework")
    let linked: [LinkerSetting] = [.linkedFramework("Security"), .linkedFramework("SystemConfiguration")]
#else
    let core = Target.systemLibrary(name: "keyturnFFI")
    let linked: [LinkerSetting] = [.linkedLibrary("keyturn_ffi")]
#endif

let package = Package(
    name: "Keyturn",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "Keyturn", targets: ["Keyturn"]),
        .library(name: "KeyturnModels", targets: ["KeyturnModels"]),
    ],
    targets: [
        core,
        // Generated code: an async foreign trait crashes the compiler of 6.0 in the mode of Swift 6.
        .target(
            name: "KeyturnCore",
            dependencies: ["keyturnFFI"],
            path: "Sources/Keyturn/Generated",
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: linked
        ),
        .target(name: "Keyturn", dependencies: ["KeyturnCore"], exclude: ["Generated"]),
        .target(name: "KeyturnModels", dependencies: ["Keyturn"]),
        .target(name: "KeyturnTestKit", dependencies: ["Keyturn", "KeyturnModels"], path: "Tests/KeyturnTestKit"),
        .testTarget(name: "KeyturnTests", dependencies: ["Keyturn", "KeyturnTestKit"]),
        .testTarget(name: "KeyturnModelsTests", dependencies: ["KeyturnModels", "KeyturnTestKit"]),
    ],
    swiftLanguageModes: [.v6]
)
