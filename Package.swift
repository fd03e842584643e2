// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// A step asks for thousands of small blocks, and for large ones that it has just given back. glibc takes several
// percent of a step for that. Programs alone choose: an app may have an allocator of its own.
let allocator = [LinkerSetting.linkedLibrary("tcmalloc_minimal", .when(platforms: [.linux]))]

let package = Package(
  name: "SwiftGAN",
  platforms: [.macOS(.v14)],
  products: [
    .library(
      name: "SwiftGAN",
      targets: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANTraining", "GANMetrics", "GANAnalysis",
        "GANZoo", "SwiftGAN", "GANExport",
      ]),
    // By itself, so that who does not serve runs builds no server.
    .library(name: "GANServe", targets: ["GANServe"]),
    .executable(name: "gan", targets: ["gan"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // Compiled by Scripts/bootstrap against the LibTorch in use, so no target needs unsafe flags
    // and other packages can depend on this one.
    .systemLibrary(name: "CTorch", pkgConfig: "ctorch"),
    .target(name: "Torch", dependencies: ["CTorch"], swiftSettings: settings),
    .target(name: "TorchNN", dependencies: ["Torch"], swiftSettings: settings),
    .target(name: "GANKit", dependencies: ["Torch", "TorchNN"], swiftSettings: settings),
    .target(
      name: "CImage",
      linkerSettings: ["png", "jpeg", "webp", "webpdemux", "webpmux", "tiff", "gif", "z"].map {
        .linkedLibrary($0)
      }),
    .systemLibrary(
      name: "CCairo", pkgConfig: "cairo",
      providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),
    .target(
      name: "GANData", dependencies: ["CImage"],
      resources: [.copy("Resources/mnist")], swiftSettings: settings),
    .target(
      name: "GANTraining",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["TensorBoard/event.proto", "TensorBoard/summary.proto"], swiftSettings: settings),
    .target(
      name: "GANZoo", dependencies: ["Torch", "TorchNN", "GANKit", "GANMetrics"],
      swiftSettings: settings),
    .target(
      name: "GANMetrics",
      dependencies: [
        "Torch", "TorchNN", "GANData", .product(name: "Crypto", package: "swift-crypto"),
      ],
      resources: [.copy("Resources/digits.safetensors")], swiftSettings: settings),
    .target(
      name: "GANAnalysis",
      dependencies: [
        "CCairo", "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining",
      ], swiftSettings: settings),
    // What an app opens: train, open, resume, sample, translate, classify, evaluate, reproduce.
    .target(
      name: "SwiftGAN",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "GANZoo",
        "GANAnalysis",
      ], swiftSettings: settings),
    // Runs in a browser: pages, pictures and an API over HTTP, and the same as one file.
    .target(
      name: "GANServe",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "GANAnalysis",
        "SwiftGAN",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      resources: [.copy("Resources/page")], swiftSettings: settings),
    // Networks of a run as files for other programs.
    .target(
      name: "GANExport",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANTraining", "GANZoo", "SwiftGAN",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["model", "graph", "array", "value"].map { "ONNX/\($0).proto" },
      swiftSettings: settings),
    .executableTarget(
      name: "gan-benchmark",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANTraining", "GANZoo",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/ours", swiftSettings: settings, linkerSettings: allocator),
    .target(
      name: "FixtureFiles", dependencies: ["Torch"], path: "Tests/FixtureFiles",
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Torch", "FixtureFiles"], path: "Tests/TestSupport",
      swiftSettings: settings),
    // Computes the goldens of PyTorch again, on any device: what tests and the program below share.
    .target(
      name: "Goldens", dependencies: ["Torch", "TorchNN", "GANKit", "GANZoo", "FixtureFiles"],
      path: "Tests/Goldens", swiftSettings: settings),
    .executableTarget(
      name: "golden-replay",
      dependencies: [
        "Torch", "FixtureFiles", "Goldens",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/GoldenReplay", swiftSettings: settings),
    .testTarget(
      name: "TorchTests", dependencies: ["Torch", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "TorchNNTests", dependencies: ["Torch", "TorchNN", "TestSupport", "Goldens"],
      swiftSettings: settings),
    .executableTarget(
      name: "gan",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "GANZoo",
        "GANAnalysis", "SwiftGAN", "GANServe", "GANExport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings, linkerSettings: allocator),
    .testTarget(
      name: "GANKitTests", dependencies: ["Torch", "TorchNN", "GANKit", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "GANDataTests", dependencies: ["CImage", "GANData"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    // Runs the metrics on arrays that Scripts/compare_metrics.py writes.
    .executableTarget(
      name: "metrics-probe", dependencies: ["Torch", "TorchNN", "GANMetrics"],
      path: "Tests/MetricsProbe", swiftSettings: settings),
    .testTarget(
      name: "GANMetricsTests",
      dependencies: [
        "Torch", "TorchNN", "GANData", "GANMetrics", "TestSupport", "metrics-probe",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: settings),
    .testTarget(
      name: "GANTrainingTests",
      dependencies: ["Torch", "TorchNN", "GANData", "GANKit", "GANTraining", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "GANZooTests",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANMetrics", "GANZoo", "TestSupport", "Goldens",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "GANAnalysisTests",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "GANZoo",
        "GANAnalysis",
      ], swiftSettings: settings),
    .testTarget(
      name: "SwiftGANTests",
      dependencies: ["GANKit", "GANZoo", "SwiftGAN", "TestSupport", "Goldens"],
      swiftSettings: settings),
    .testTarget(
      name: "GANServeTests",
      dependencies: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANTraining", "GANZoo", "SwiftGAN", "GANServe",
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
      ], swiftSettings: settings),
    .testTarget(name: "ArchitectureTests", swiftSettings: settings),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "gan", "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "SwiftGAN",
        "GANExport", "TestSupport",
      ],
      swiftSettings: settings),
  ]
)
