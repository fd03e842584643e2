import Foundation
import GANData
import GANMetrics
import Testing
import Torch

@Suite("Evaluation")
struct EvaluateTests {
  /// A run of an MLP on MNIST that has learnt nothing yet.
  private func makeRun(_ system: String, in scratch: Scratch) throws {
    let result = try scratch.gan(
      "train", system, "--steps", "2", "--batch-size", "8", "--threads", "1", "--set",
      "generatorWidths=16,16", "--set", "discriminatorWidths=16", "--output", "run", "--quiet")
    #expect(result.status == 0, "\(result)")
  }

  private func results(_ text: String) throws -> [String: [String: Any]] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let list = try #require(object?["results"] as? [[String: Any]])
    return Dictionary(uniqueKeysWithValues: list.map { ($0["name"] as? String ?? "?", $0) })
  }

  @Test("A run's samples are measured, with conventions, and the results kept")
  func run() throws {
    let scratch = try Scratch()
    try makeRun("cgan", in: scratch)
    try scratch.makeDigits("real", count: 200)
    let line = ["evaluate", "run", "--against", "real", "--count", "150", "--cache", "cache"]
    let text = try scratch.gan(line)
    #expect(text.status == 0 && text.errors.isEmpty, "\(text)")
    for name in ["fid", "kid", "is", "precision", "coverage", "accuracy", "classes"] {
      #expect(text.output.contains("\n\(name)[digits]="), "\(name)")
    }
    #expect(text.output.contains("150 samples, 200 references of all"))
    #expect(scratch.names("cache").count == 1)
    let again = try scratch.gan(line + ["--json"])
    let found = try results(again.output)
    let convention = try #require(found["fid[digits]"]?["convention"] as? [String: Any])
    #expect(convention["samples"] as? Int == 150 && convention["references"] as? Int == 200)
    let stored = try scratch.jsonLines("run/evaluation.jsonl")
    #expect(stored.count == 2 && stored[1]["step"] as? Int == 2)
    #expect(NSDictionary(dictionary: stored[0]) == NSDictionary(dictionary: stored[1]))
  }

  @Test("Real images are close to themselves; arrays and folders of them agree")
  func real() throws {
    let scratch = try Scratch()
    try scratch.makeDigits("real", count: 200)
    func fid(_ subject: String) throws -> Double {
      let result = try scratch.gan(
        "evaluate", subject, "--against", "real", "--metrics", "fid", "--cache", "cache", "--json",
        "--count", "200")
      return try #require(results(result.output)["fid[digits]"]?["value"] as? Double, "\(result)")
    }
    #expect(try abs(fid("real")) < 1e-3)
    #expect(try abs(fid("real") - fid("real.npy")) < 1e-6)
    #expect(try fid("mnist:train") > 1)
  }

  @Test("A run of the classifier is measured on test images, and its weights exported")
  func classifier() throws {
    let scratch = try Scratch()
    let training = try scratch.gan(
      "train", "classifier", "--steps", "2", "--batch-size", "8", "--threads", "1", "--quiet",
      "--output", "run")
    #expect(training.status == 0, "\(training)")
    let result = try scratch.gan(
      "evaluate", "run", "--count", "100", "--export", "digits.safetensors", "--json")
    let value = try #require(
      results(result.output)["accuracy[digits]"]?["value"] as? Double, "\(result)")
    let file = try SafetensorsFile(readingFrom: scratch.path("digits.safetensors"))
    #expect(file.metadata["accuracy"] == "\(value)" && file.metadata["step"] == "2")
    #expect(file.metadata["command"]?.hasPrefix("gan train classifier --data mnist") == true)
    let use = try scratch.gan(
      "evaluate", "mnist:train", "--against", "mnist:test", "--count", "150", "--metrics", "is",
      "--features", "digits.safetensors", "--cache", "cache", "--split", "test")
    #expect(use.status == 0, "\(use)")
  }

  @Test("Runs stand side by side, with losses and the metrics that were kept")
  func compare() throws {
    let scratch = try Scratch()
    try makeRun("gan", in: scratch)
    try scratch.makeRun(.gan, "other")
    try scratch.makeDigits("real", count: 150)
    let evaluated = try scratch.gan(
      "evaluate", "run", "--against", "real", "--count", "150", "--cache", "cache", "--metrics",
      "fid")
    #expect(evaluated.status == 0, "\(evaluated)")
    let table = try scratch.gan("compare", "run", "other")
    let lines = table.output.split(separator: "\n")
    #expect(table.status == 0 && lines.count == 4, "\(table)")
    #expect(lines[0].contains("fid[digits] (150 against real"))
    #expect(lines[2].hasPrefix("| run | gan | 2 |") && lines[2].contains("loss/D"))
    #expect(lines[3].hasPrefix("| other | gan | 20 |"))
    let written = try scratch.gan("compare", "run", "--output", "table.md")
    #expect(written.status == 0 && written.output.isEmpty && scratch.exists("table.md"))
    for name in ["picture.png", "picture.svg"] {
      let drawn = try scratch.gan("compare", "run", "other", "--output", name)
      #expect(drawn.status == 0 && drawn.output.isEmpty && drawn.errors.isEmpty, "\(drawn)")
    }
    let drawing = try String(decoding: scratch.data("picture.svg"), as: UTF8.self)
    for text in [">run<", ">other<", ">loss/D<", ">images/s in training<", ">fid[digits] (150"] {
      #expect(drawing.contains(text), "\(text)")
    }
    let image = try DecodedImage(decoding: [UInt8](scratch.data("picture.png")), name: "picture")
    #expect(image.channels == 3 && image.width > 800)
    #expect(try scratch.gan("compare", "nowhere").failed(naming: ["nowhere"]))
    #expect(try scratch.gan("compare", "run", "--output", "x.txt").failed(naming: ["FILE.md"]))
  }

  static let broken = [
    BadCommand("evaluate empty --against mnist", "empty", "no images"),
    BadCommand("evaluate few --against few", "few", "40 samples", "at least"),
    BadCommand("evaluate flat --against few", "flat", "constant"),
    BadCommand("evaluate same --against few", "same", "are the same"),
    BadCommand("evaluate nan.npy --against few", "nan.npy", "image 1", "NaN"),
    BadCommand("evaluate mixed --against few", "mixed", "different ones"),
    BadCommand("evaluate few --against few --features bad.safetensors", "'embed.bias' is missing"),
    BadCommand("evaluate few --against few --checksum 00ff", "SHA-256", "00ff"),
    BadCommand("evaluate few --against few --metrics fid,kdi", "'kdi'", "did you mean 'kid'?"),
    BadCommand("evaluate few --against few --count 0", "--count"),
    BadCommand("evaluate few --against few --step 3", "--step"),
    BadCommand("evaluate few --against few --export x.safetensors", "--export"),
    BadCommand("evaluate few --against nowhere", "nowhere"),
    BadCommand("evaluate few", "--against"),
    BadCommand("evaluate ring --against few", "points"),
    BadCommand("evaluate nowhere --against few", "nowhere"),
    BadCommand("evaluate few --against few --split tst", "--split", status: 64),
  ]

  @Test("What cannot be measured ends with one line", arguments: broken)
  func errors(command: BadCommand) throws {
    let scratch = try Scratch()
    try scratch.makeBroken()
    let result = try scratch.gan(command.arguments + ["--cache", "cache"])
    #expect(result.failed(command.status, naming: command.words), "\(result)")
  }

  @Test("The weights that come with the package read at least 99.2 % of the test images right")
  func bundledWeights() throws {
    let file = try SafetensorsFile(readingFrom: DigitsFeatures.bundledWeights)
    let accuracy = try #require(file.metadata["accuracy"].flatMap(Double.init))
    #expect(accuracy >= 0.992 && file.metadata["accuracy_on"] == "10000 images of mnist:test")
    let images = try DataSet.load(
      DataSet.open("mnist", split: .test), size: 28, channels: 1, fit: .pad)
    let set = try FeatureSet(of: images, using: DigitsFeatures.bundled(), limit: 1000)
    let result = try MetricSuite([.accuracy]).evaluate(set, reference: set)
    #expect(result[0].value > 0.985)
  }
}

extension Scratch {
  /// The first test images of MNIST as `name/` and as `name.npy`.
  fileprivate func makeDigits(_ name: String, count: Int) throws {
    let source = try DataSet.open("mnist", split: .test)
    let folder = path(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var pixels: [UInt8] = []
    for index in 0..<count {
      let image = try source.image(at: index)
      pixels += image.pixels
      let file = String(format: "%04d.png", index)
      try Data(image.pngData()).write(to: folder.appendingPathComponent(file))
    }
    let array = NPYFile(pixels, shape: [count, 28, 28, 1])
    try Data(array.encoded()).write(to: path("\(name).npy"))
  }

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
    let weights = SafetensorsFile(tensors: ["weight": Tensor([Float(1)])])
    try weights.encoded().write(to: path("bad.safetensors"))
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
