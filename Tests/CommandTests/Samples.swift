import Foundation
import GANData

extension Scratch {
  /// Writes `count` grey pictures of 16x16 in two classes to `name/`.
  func makePictures(_ name: String = "pictures", count: Int = 32) throws {
    for index in 0..<count {
      let folder = path(name).appendingPathComponent(index % 2 == 0 ? "even" : "odd")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let pixels = (0..<256).map { UInt8(($0 * (index % 2 + 1) + 7 * index) % 256) }
      let image = DecodedImage(width: 16, height: 16, channels: 1, pixels: pixels)
      try Data(image.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
    }
  }

  /// `count` colour pictures of 32x32 in three classes, two thirds in `name/train/` and the rest in
  /// `name/test/`.
  func makeColours(_ name: String, count: Int) throws {
    for index in 0..<count {
      let kind = index % 3
      let part = index % 9 < 6 ? "train" : "test"
      let folder = path(name).appendingPathComponent("\(part)/kind\(kind)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let pixels = (0..<3072).map { UInt8($0 % 3 == kind ? 200 + index : ($0 / 3 + index) % 120) }
      let image = DecodedImage(width: 32, height: 32, channels: 3, pixels: pixels)
      try Data(image.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
    }
  }

  /// A finished run of 20 steps of a tiny network on tiny pictures.
  @discardableResult
  func makeRun(_ system: TinySystem = .gan, _ name: String = "run", _ more: String...) throws
    -> CommandResult
  {
    if !exists("pictures") { try makePictures() }
    return try gan(system.training(name, steps: 20) + ["--quiet"] + more)
  }
}

/// A system small enough to train within a second.
enum TinySystem: String, CaseIterable {
  case gan, dcgan, wganGP, cgan, snGAN

  /// Arguments that train it in the run directory `name`.
  func training(_ name: String, steps: Int) -> [String] {
    ["train", command, "--data", "pictures", "--steps", "\(steps)", "--batch-size", "8"]
      + ["--threads", "1", "--output", name] + settings
  }

  private var command: String {
    switch self {
    case .wganGP: "wgan-gp"
    case .snGAN: "sn-gan"
    case .gan, .dcgan, .cgan: rawValue
    }
  }

  private var settings: [String] {
    let assignments =
      switch self {
      case .gan, .cgan: ["generatorWidths=16,16", "discriminatorWidths=16", "ema=0.9"]
      case .dcgan: ["generatorWidth=4", "discriminatorWidth=4", "kernelSize=5", "ema=0"]
      case .wganGP:
        ["architecture=mlp", "criticSteps=2", "generatorWidths=16", "criticWidths=16", "ema=0"]
      case .snGAN:
        ["architecture=resnet", "conditional=true", "criticSteps=2", "generatorWidth=4"]
          + ["discriminatorWidth=4", "ema=0"]
      }
    return ([.dcgan, .snGAN].contains(self) ? ["--size", "16"] : [])
      + assignments.flatMap { ["--set", $0] }
  }
}
