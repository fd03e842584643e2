// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "SwiftGAN",
  platforms: [.macOS(.v14)],
  products: [
    .library(name: "SwiftGAN", targets: ["GANData"])
  ],
  targets: [
    .target(
      name: "CImage",
      linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("z")]),
    .target(
      name: "GANData", dependencies: ["CImage"],
      resources: [.copy("Resources/mnist")], swiftSettings: settings),
    .testTarget(
      name: "GANDataTests", dependencies: ["CImage", "GANData"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
  ]
)
