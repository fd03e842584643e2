import Foundation
import GANData
import GANMetrics
import Testing
import Torch
import TorchNN

@Suite("Evaluation of what cannot be measured")
struct BrokenEvaluationTests {
  static let broken = [
    BadCommand("evaluate empty --against mnist", "empty", "no images"),
    BadCommand(
      "evaluate few --against few --metrics fid", "few", "40 samples", "at least 129", "measure kid"
    ),
    BadCommand("evaluate flat --against few", "flat", "constant"),
    BadCommand("evaluate same --against few", "same", "are the same"),
    BadCommand("evaluate nan.npy --against few", "nan.npy", "image 1", "NaN"),
    BadCommand("evaluate few --against few --features bad.safetensors", "'weight'", "no known"),
    BadCommand(
      "evaluate few --against few --features part.safetensors", "'embed.bias' is missing"),
    BadCommand("evaluate few --against few --features none.safetensors", "none.safetensors"),
    BadCommand("evaluate few --against few --features part.safetensors --layer x", "'x'", "fixed"),
    BadCommand("evaluate few --against few --layer fc2", "--layer", "VGG"),
    BadCommand("evaluate few --against few --checksum 00ff", "SHA-256", "00ff"),
    BadCommand(
      "evaluate few --against few --features known.safetensors", "known.safetensors.sha256",
      "other weights"),
    BadCommand(
      "evaluate few --against few --features odd.safetensors", "odd.safetensors.sha256",
      "64 hexadecimal digits"),
    BadCommand("evaluate few.npy --against few", "few.labels.npy", "[40]", "[7]"),
    BadCommand(
      "evaluate ten.npy --against few --metrics is", "ten.labels.npy", "image 3", "0 to 9", "10"),
    BadCommand("evaluate minus.npy --against few", "minus.labels.npy", "image 2", "-1"),
    BadCommand("evaluate float.npy --against few", "float.labels.npy", "int64", "float32"),
    BadCommand("evaluate few --against few --metrics intra-fid", "few", "labels"),
    BadCommand("evaluate few --against few --metrics intra-ms-ssim", "few", "labels"),
    BadCommand("evaluate few --against few --metrics fid,kdi", "'kdi'", "did you mean 'kid'?"),
    BadCommand("evaluate few --against few --count 0", "--count"),
    BadCommand("evaluate few --against few --step 3", "--step"),
    BadCommand("evaluate few --against few --export x.safetensors", "--export"),
    BadCommand("evaluate few --against nowhere", "nowhere"),
    BadCommand("evaluate few --against few:tset", "few:tset"),
    BadCommand("evaluate few", "--against"),
    BadCommand("evaluate ring --against few", "points"),
    BadCommand("evaluate nowhere --against few", "nowhere"),
    BadCommand("evaluate runs/typo", "runs/typo: no such run"),
    BadCommand("evaluate ./fwe", "./fwe: no such run", "did you mean 'few'?"),
    BadCommand("evaluate few --against few --features digit", "digit"),
    BadCommand("evaluate few --against few --split tst", "--split", status: 64),
  ]

  @Test("What cannot be measured ends with one line", arguments: broken)
  func errors(command: BadCommand) throws {
    let scratch = try Scratch()
    try scratch.makeBroken()
    let result = try scratch.gan(command.arguments + ["--cache", "cache"])
    #expect(result.failed(command.status, naming: command.words), "\(result)")
  }
}

extension Scratch {
  /// Folders and files that cannot be evaluated, and `few`, 40 good images.
  fileprivate func makeBroken() throws {
    try makeDigits("few", count: 40)
    try writeImages("flat") { (8, [UInt8](repeating: UInt8($0), count: 64)) }
    try writeImages("same") { _ in (8, (0..<64).map { UInt8($0) }) }
    try writeImages("mixed") { (8 + $0, (0..<(8 + $0) * (8 + $0)).map { UInt8($0 % 256) }) }
    try FileManager.default.createDirectory(
      at: path("empty"), withIntermediateDirectories: true)
    var values = [Float](repeating: 0.5, count: 3 * 64)
    values[100] = .nan
    try Data(NPYFile(values, shape: [3, 8, 8]).encoded()).write(to: path("nan.npy"))
    try makeBrokenWeights()
    try makeBrokenLabels()
  }

  private func makeBrokenWeights() throws {
    let weights = SafetensorsFile(tensors: ["weight": Tensor([Float(1)])])
    for name in ["bad", "known", "odd"] {
      try weights.encoded().write(to: path("\(name).safetensors"))
    }
    var tensors = DigitsClassifier().stateDictionary
    tensors["embed.bias"] = nil
    try SafetensorsFile(tensors: tensors).encoded().write(to: path("part.safetensors"))
    let digest = String(repeating: "0", count: 64)
    try Data("\(digest)  known.safetensors\n".utf8).write(to: path("known.safetensors.sha256"))
    try Data("SHA-256\n".utf8).write(to: path("odd.safetensors.sha256"))
  }

  /// Arrays of the 40 good images with labels that do not go with them.
  private func makeBrokenLabels() throws {
    let labels: [(String, [Int64])] = [
      ("few", [Int64](repeating: 1, count: 7)),
      ("ten", (0..<40).map { $0 == 3 ? 10 : 9 }),
      ("minus", (0..<40).map { $0 == 2 ? -1 : 9 }),
    ]
    for (name, values) in labels {
      if name != "few" { try data("few.npy").write(to: path("\(name).npy")) }
      let file = NPYFile(values, shape: [values.count])
      try Data(file.encoded()).write(to: path("\(name).labels.npy"))
    }
    try data("few.npy").write(to: path("float.npy"))
    let floats = NPYFile([Float](repeating: 1, count: 40), shape: [40])
    try Data(floats.encoded()).write(to: path("float.labels.npy"))
  }

  /// Three grey images, each of the side and the pixels that `make` says.
  private func writeImages(_ name: String, _ make: (Int) -> (side: Int, pixels: [UInt8])) throws {
    let folder = path(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for index in 0..<3 {
      let (side, pixels) = make(index)
      let image = DecodedImage(width: side, height: side, channels: 1, pixels: pixels)
      try Data(image.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
    }
  }
}
