import Foundation
import GANData
import GANKit
import GANTraining
import SwiftGAN
import Testing
import TestSupport
import Torch
import TorchNN

/// Networks that others have trained: `Scripts/check_import.py` makes them in PyTorch with random weights, saves
/// them as their users do and says what they compute.
///
/// Needs the Python that Scripts/bootstrap makes, or the one SWIFTGAN_PYTHON names.
@Suite("Importing")
struct ImportTests {
  /// A network that `Scripts/check_import.py` makes, and how it is imported.
  struct Network: Sendable, CustomTestStringConvertible {
    let name: String
    let arguments: [String]
    var testDescription: String { name }
  }

  private static let networks = [
    Network(name: "resnet6", arguments: ["--into", "cyclegan"]),
    Network(name: "resnet9", arguments: ["--into", "cyclegan"]),
    Network(name: "unet", arguments: ["--into", "pix2pix", "--set", "discriminatorLayers=1"]),
    Network(
      name: "unet-instance", arguments: ["--into", "cyclegan", "--set", "discriminatorLayers=1"]),
    Network(name: "dcgan", arguments: ["--into", "dcgan"]),
    Network(name: "srresnet", arguments: ["--into", "srgan"]),
  ]

  @Test("Imported networks compute what they do in PyTorch")
  func allKinds() throws {
    guard let python = PythonProcess.path else { return print(PythonProcess.skipped) }
    let scratch = try Scratch()
    try make(python, scratch)
    for network in Self.networks {
      let imported = try scratch.gan(
        ["import", "--from", "pytorch", "\(network.name).safetensors", "--output", network.name]
          + network.arguments)
      #expect(imported.status == 0, "\(network.name): \(imported)")
      let example = try SafetensorsFile(
        readingFrom: scratch.path("\(network.name).example.safetensors")
      ).tensors
      let (input, expected) = try (
        #require(example["input"]), #require(example["expected"])
      )
      let found = try output(of: scratch.path(network.name).path, input)
      #expect(found.shape == expected.shape, "\(network.name)")
      let difference = (found - expected).abs().maximum().item()
      #expect(difference <= 1e-4, "\(network.name): \(difference)")
      #expect(expected.abs().maximum().item() > 0.01, "\(network.name): something to compare")
    }
    try use(scratch)
    try checkStart(scratch)
    try checkErrors(scratch)
  }

  /// Random networks, saved by `torch.save` and converted.
  private func make(_ python: String, _ scratch: Scratch) throws {
    let made = try PythonProcess.run(python, "check_import.py", scratch.url.path)
    #expect(made.status == 0, "\(made.output)\(made.errors)")
    for network in Self.networks {
      let converted = try PythonProcess.run(
        python, "convert_weights.py", "state-dict", "--from",
        scratch.path("\(network.name).pth").path, "--out",
        scratch.path("\(network.name).safetensors").path)
      #expect(converted.status == 0, "\(converted.errors)")
    }
  }

  private func output(of path: String, _ input: Tensor) throws -> Tensor {
    let run = try Run.open(path)
    return try evaluating {
      switch run.recipe {
      case let recipe as any TranslatingRecipe: recipe.translate(input, .ab)
      case let recipe as any EnlargingRecipe: recipe.enlarge(input)
      default: try #require(run.recipe as? any GenerativeRecipe).generate(input, labels: nil)
      }
    }
  }

  /// The commands that people use such runs with.
  private func use(_ scratch: Scratch) throws {
    let pixels = (0..<3 * 64 * 64).map { UInt8($0 * 7 % 251) }
    let image = DecodedImage(width: 64, height: 64, channels: 3, pixels: pixels)
    try Data(image.pngData()).write(to: scratch.path("x.png"))
    let uses = [
      ["translate", "resnet6", "x.png"], ["translate", "unet", "x.png"],
      ["enlarge", "srresnet", "x.png"], ["sample", "dcgan", "--count", "4"],
    ]
    for arguments in uses {
      let result = try scratch.gan(arguments + ["--output", "\(arguments[1]).png"])
      #expect(result.status == 0, "\(arguments): \(result)")
    }
    #expect(try scratch.picture("resnet6.png").width == 64)
    #expect(try scratch.picture("srresnet.png").width == 128)
    let again = try scratch.gan("export", "resnet6", "--output", "again.safetensors")
    #expect(again.status == 0, "\(again)")
  }

  /// A run is no beginning that could go on, but one to start from.
  private func checkStart(_ scratch: Scratch) throws {
    #expect(try scratch.gan("resume", "resnet6").failed(naming: ["resnet6", "imported", "--from"]))
    let started = try scratch.gan(
      "train", "dcgan", "--from", "dcgan", "--output", "started", "--steps", "1", "--batch-size",
      "2", "--threads", "1", "--quiet", "--preset", "paper", "--size", "64", "--set",
      "kernelSize=4", "--set", "generatorWidth=8", "--set", "latentSize=10", "--set",
      "discriminatorWidth=4")
    #expect(started.status == 0, "\(started)")
    let config = try String(decoding: scratch.data("started/config.json"), as: UTF8.self)
    #expect(config.contains("generator: 12 of 14"), "\(config)")
  }

  /// One line each, in the words of the other program.
  private func checkErrors(_ scratch: Scratch) throws {
    func fails(_ file: String, into system: String, _ words: String...) throws {
      let result = try scratch.gan("import", file, "--into", system, "--output", "no")
      #expect(result.failed(naming: words), "\(result)")
      #expect(!scratch.exists("no"))
    }
    try fails("resnet6.pth", into: "cyclegan", "resnet6.pth", ".safetensors")
    try fails("none.safetensors", into: "cyclegan", "none.safetensors")
    try fails("resnet6.safetensors", into: "dcgan", "resnet6.safetensors", "'main.0.weight'")
    try fails("resnet6.safetensors", into: "srgan", "resnet6.safetensors")
    try fails("unet.safetensors", into: "cyclegan", "unet.safetensors", "pix2pix")
    var file = try SafetensorsFile(readingFrom: scratch.path("resnet6.safetensors"))
    let whole = file
    func write(_ name: String) throws { try file.encoded().write(to: scratch.path(name)) }
    file.tensors["model.4.weight"] = nil
    try write("less.safetensors")
    try fails("less.safetensors", into: "cyclegan", "'model.4.weight' is missing")
    file = whole
    file.tensors["model.99.weight"] = Tensor.zeros([3])
    try write("more.safetensors")
    try fails("more.safetensors", into: "cyclegan", "'model.99.weight' is unknown")
    file = whole
    file.tensors["model.4.weight"] = Tensor.zeros([16, 8, 5, 5])
    try write("other.safetensors")
    try fails(
      "other.safetensors", into: "cyclegan", "'model.4.weight' has shape [16, 8, 5, 5]",
      "expected [16, 8, 3, 3]")
  }
}
