import Foundation
import GANExport
import GANKit
import GANTraining
import SwiftGAN
import Testing
import TestSupport
import Torch
import TorchNN

/// Networks of trained runs as ONNX Runtime and PyTorch run them: `Scripts/check_export.py` compares them with what
/// the library computes, for other numbers and sizes of images than they were recorded with.
///
/// Needs the Python that Scripts/bootstrap makes, or the one SWIFTGAN_PYTHON names.
@Suite("Exporting")
struct ExportTests {
  @Test("Every kind of network computes the same in ONNX Runtime and PyTorch")
  func allKinds() throws {
    guard let python = PythonProcess.pathWithONNX else { return print(PythonProcess.skipped) }
    let scratch = try Scratch()
    try scratch.makePictures(count: 12)
    for system in ExportedSystem.all {
      let trained = try scratch.gan(system.training)
      #expect(trained.status == 0, "\(system.name): \(trained)")
      for (index, network) in system.networks.enumerated() {
        try export(network, of: system, isUsual: index == 0, scratch)
        try writeExamples(network, of: system, scratch)
      }
    }
    let checked = try PythonProcess.run(python, "check_export.py", scratch.path("out").path)
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    #expect(
      checked.output.split(separator: "\n").count {
        $0.contains("onnx") && $0.contains("torchscript")
      }
        == 3 * ExportedSystem.all.map(\.networks.count).reduce(0, +), "\(checked.output)")
    try spoil(scratch.path("out/mlp-generator.example.safetensors"))
    let spoiled = try PythonProcess.run(python, "check_export.py", scratch.path("out").path)
    #expect(spoiled.status == 1 && spoiled.output.contains("FAIL mlp-generator:"))
  }

  private func export(
    _ network: String, of system: ExportedSystem, isUsual: Bool, _ scratch: Scratch
  ) throws {
    try FileManager.default.createDirectory(
      at: scratch.path("out"), withIntermediateDirectories: true)
    let named = isUsual ? [] : ["--network", network]
    let file = "out/\(system.name)-\(network)"
    let result = try scratch.gan(["export", system.name, "--output", "\(file).onnx"] + named)
    #expect(result.status == 0, "\(system.name) \(network): \(result)")
    // What the command does, without a start of the program for each.
    let run = try Run.open(scratch.path(system.name).path)
    for end in ["pt", "weights.safetensors"] {
      try run.export(isUsual ? nil : network, to: scratch.path("\(file).\(end)").path)
    }
  }

  /// What the library makes of one, two and seven inputs, images of which have another size where any will do.
  private func writeExamples(
    _ network: String, of system: ExportedSystem, _ scratch: Scratch
  ) throws {
    let run = try Run.open(scratch.path(system.name).path)
    for (number, count) in [1, 2, 7].enumerated() {
      let example = Randomness.isolated(seed: UInt64(count), on: .cpu) {
        NetworkExample(network, of: run, count: count, isLarger: number == 2)
      }
      let suffix = number == 0 ? "" : "@\(number + 1)"
      let file = scratch.path("out/\(system.name)-\(network)\(suffix).example.safetensors")
      try example.file().encoded().write(to: file)
    }
  }

  /// Moves a number that is expected.
  private func spoil(_ file: URL) throws {
    var contents = try SafetensorsFile(readingFrom: file)
    contents.tensors["expected"] = contents.tensors["expected"].map { $0 + 0.01 }
    try contents.encoded().write(to: file)
  }

  @Test("Files say how images are to be prepared, and which axes are free")
  func facts() throws {
    guard let python = PythonProcess.pathWithONNX else { return print(PythonProcess.skipped) }
    let scratch = try Scratch()
    try scratch.makePictures(count: 12)
    let names = ["translator", "resnet"]
    for system in ExportedSystem.all where names.contains(system.name) {
      try scratch.gan(system.training)
      try export(system.networks[0], of: system, isUsual: true, scratch)
    }
    func facts(_ name: String) throws -> [String: [String: Any]] {
      let output = try PythonProcess.run(
        python, "check_export.py", scratch.path("out").path, "--facts", name
      ).output
      return try #require(
        JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: [String: Any]])
    }
    let translator = try facts("translator-generator_ab")
    let onnx = try #require(translator["onnx"] as? [String: String])
    #expect(onnx["system"] == "cyclegan" && onnx["network"] == "generator_ab")
    #expect(onnx["range"] == "[-1, 1]" && onnx["layout"] == "NCHW" && onnx["step"] == "3")
    #expect(onnx["side_multiple"] == "4")
    #expect(onnx["input.image"] == "float32 [batch, 1, height, width], from -1 to 1")
    #expect(translator["torchscript"] as? [String: String] == onnx)
    #expect(translator["axes"]?["image"] as? [AnyHashable] == ["batch", 1, "height", "width"])
    #expect(translator["axes"]?["output"] as? [AnyHashable] == ["batch", 3, "height", "width"])
    let weights = try #require(translator["safetensors"] as? [String: String])
    #expect(weights["system"] == "cyclegan" && weights["network"] == "generator_ab")

    let drawn = try facts("resnet-generator")
    let words = try #require(drawn["onnx"] as? [String: String])
    #expect(words["classes"] == #"["even","odd"]"#)
    #expect(words["latent.size"] == "128" && words["latent.distribution"] == "independent N(0, 1)")
    #expect(words["input.labels"] == "int64 [batch], classes from 0 to 1")
    #expect(drawn["axes"]?["noise"] as? [AnyHashable] == ["batch", 128])
    #expect(drawn["axes"]?["output"] as? [AnyHashable] == ["batch", 1, 16, 16])
  }

  @Test("The average is written unless the part itself is asked for")
  func averages() throws {
    let scratch = try Scratch()
    try scratch.makePictures(count: 12)
    let system = try #require(ExportedSystem.all.first { $0.name == "transposed" })
    try scratch.gan(system.training)
    func weights(_ arguments: String...) throws -> [String: [Float]] {
      let file = "x.safetensors"
      let result = try scratch.gan(["export", system.name, "--output", file] + arguments)
      #expect(result.status == 0, "\(result)")
      return try SafetensorsFile(readingFrom: scratch.path(file)).tensors.mapValues(\.floats)
    }
    func kept(_ part: String) throws -> [String: [Float]] {
      let file = scratch.path("\(system.name)/checkpoints/000003/\(part).safetensors")
      return try SafetensorsFile(readingFrom: file).tensors.mapValues(\.floats)
    }
    let (average, trained) = (try kept("generator_ema"), try kept("generator"))
    #expect(average != trained)
    #expect(try weights() == average)
    #expect(try weights("--network", "generator_ema") == average)
    #expect(try weights("--network", "generator") == trained)
    let listed = try scratch.gan("export", system.name, "--list")
    #expect(listed.output == "generator\ngenerator_ema\ndiscriminator\n")
  }

  @Test("What cannot be written says so in a line")
  func errors() throws {
    let scratch = try Scratch()
    try scratch.makePictures(count: 12)
    try scratch.makeRun(.gan)
    #expect(
      try scratch.gan("export", "run", "--network", "critic", "--output", "x.onnx")
        .failed(naming: ["network", "generator", "discriminator", "'critic'"]))
    #expect(
      try scratch.gan("export", "run", "--output", "no/folder/x.pt").failed(naming: ["no/folder"]))
    #expect(try scratch.gan("export", "run", "--format", "onnx", "--output", "").status == 1)
    #expect(try scratch.gan("export", "none", "--output", "x.onnx").failed(naming: ["none"]))
    #expect(
      try scratch.gan("export", "run", "--step", "7", "--output", "x.onnx").failed(naming: ["7"]))
    #expect(!scratch.exists("x.onnx"))
    // Without a name the file lies in the present folder.
    #expect(try scratch.gan("export", "run").status == 0)
    #expect(try scratch.gan("export", "run", "--format", "torchscript").status == 0)
    #expect(scratch.exists("run-generator.onnx") && scratch.exists("run-generator.pt"))
  }
}
