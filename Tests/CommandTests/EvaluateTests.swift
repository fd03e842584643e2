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
      #expect(text.output.contains("\n\(name)[digits] "), "\(name)")
    }
    for fact in [
      "150 samples, 200 references, seed 1\nfeatures of digits (SHA-256 c018acf1)", "k 3",
    ] {
      #expect(text.output.components(separatedBy: fact).count == 2, "once: \(fact)")
    }
    #expect(text.output.contains("is: splits 10"))
    let table = text.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(table[1] == ["metric", "value", "better", "against"])
    #expect(table.contains { $0.first == "fid[digits]" && $0.suffix(2) == ["smaller", "real"] })
    #expect(table.contains { $0.first == "is[digits]" && $0.suffix(2) == ["larger", "-"] })
    #expect(scratch.names("cache").count == 1)
    let again = try scratch.gan(line + ["--json"])
    let found = try results(again.output)
    let convention = try #require(found["fid[digits]"]?["convention"] as? [String: Any])
    #expect(found["fid[digits]"]?["better"] as? String == "smaller")
    #expect(convention["samples"] as? Int == 150 && convention["references"] as? Int == 200)
    let stored = try scratch.jsonLines("run/evaluation.jsonl")
    #expect(stored.count == 2 && stored[1]["step"] as? Int == 2)
    #expect(NSDictionary(dictionary: stored[0]) == NSDictionary(dictionary: stored[1]))
  }

  @Test("Pairs of a class are compared with each other where that is asked for")
  func classes() throws {
    let scratch = try Scratch()
    try makeRun("cgan", in: scratch)
    let line = ["evaluate", "run", "--metrics", "intra-ms-ssim", "--count", "300", "--json"]
    let found = try results(try scratch.gan(line + ["--cache", "cache"]).output)
    #expect(found["fid[digits]"] == nil)
    for name in ["intra-ms-ssim", "real-intra-ms-ssim"] {
      let result = try #require(found[name])
      let value = try #require(result["value"] as? Double)
      #expect(value >= 0 && value <= 1 && result["better"] == nil)
      #expect((result["perClass"] as? [String: Any])?.count == 10)
    }
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

  @Test("Images of many sizes become squares, which is said beneath the numbers")
  func sizes() throws {
    let scratch = try Scratch()
    try scratch.makeDigits("real", count: 40)
    for (name, width, height) in [("mixed", 20, 30), ("wide", 40, 30)] {
      try FileManager.default.createDirectory(
        at: scratch.path(name), withIntermediateDirectories: true)
      for index in 0..<8 {
        let width = width + (name == "mixed" ? index : 0)
        let pixels = (0..<width * height).map { UInt8(($0 * (index + 3)) % 251) }
        let image = DecodedImage(width: width, height: height, channels: 1, pixels: pixels)
        try Data(image.pngData()).write(to: scratch.path("\(name)/\(index).png"))
      }
    }
    func note(_ subject: String, _ reference: String) throws -> String {
      let result = try scratch.gan(
        "evaluate", subject, "--against", reference, "--metrics", "kid-full", "--cache", "cache")
      #expect(result.status == 0 && result.output.contains("kid-full[digits]"), "\(result)")
      return result.output
    }
    let became = "became 28x28 (the largest part around the centre, resized)"
    #expect(try note("mixed", "real").contains("mixed of sizes up to 30x27 \(became)"))
    #expect(try note("wide", "real").contains("wide of 30x40 \(became)"))
    #expect(try note("real", "wide").contains("wide of 30x40 \(became)"))
    #expect(try note("mixed", "wide").contains("mixed of sizes up to 30x27 became 30x40"))
    #expect(try !note("real", "real").contains("became"))
    let few = try scratch.gan("evaluate", "real", "--against", "real", "--cache", "cache")
    #expect(few.status == 0 && !few.output.contains("\nfid["), "\(few)")
    #expect(few.output.contains("no fid: the covariance of 128 features needs at least 129 images"))
  }

  @Test(
    "Colour images are compared by the network for photos; without it one line says what to run")
  func colours() throws {
    let scratch = try Scratch()
    try scratch.makeColours("colours", count: 36)
    let result = try scratch.gan(
      "evaluate", "colours:test", "--against", "colours:train", "--metrics", "kid-full,prdc",
      "--cache", "cache")
    guard FileManager.default.fileExists(atPath: PhotoFeatures.installedWeights.path) else {
      print("SKIPPED \(#function): no \(PhotoFeatures.installedWeights.path); make features")
      #expect(result.failed(naming: [PhotoFeatures.installedWeights.path, "make features"]))
      return
    }
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("\nkid-full[efficientnet-lite0] "))
    #expect(result.output.contains("\ncoverage[efficientnet-lite0] "))
    #expect(result.output.contains("bicubic 128 (antialiased), (x-127)/128"))
  }

  @Test("Some images of an array are a random choice, decided by the seed")
  func choice() throws {
    let scratch = try Scratch()
    // Two kinds of images, one after the other.
    var pixels: [UInt8] = []
    for index in 0..<40 {
      let base = index < 20 ? 0 : 190
      for place in 0..<64 { pixels.append(UInt8(base + (place * 3 + index) % 64)) }
    }
    try Data(NPYFile(pixels, shape: [40, 8, 8]).encoded()).write(to: scratch.path("sorted.npy"))
    try Data(NPYFile(Array(pixels[..<1280]), shape: [20, 8, 8]).encoded())
      .write(to: scratch.path("first.npy"))
    try FileManager.default.createDirectory(
      at: scratch.path("dark"), withIntermediateDirectories: true)
    for index in 0..<20 {
      let image = DecodedImage(
        width: 8, height: 8, channels: 1, pixels: Array(pixels[index * 64..<(index + 1) * 64]))
      try Data(image.pngData()).write(to: scratch.path("dark/\(index).png"))
    }
    func distance(_ subject: String, _ seed: Int) throws -> Double {
      let result = try scratch.gan(
        "evaluate", subject, "--against", "dark", "--metrics", "kid-full", "--count", "20",
        "--seed", "\(seed)", "--cache", "cache", "--json")
      return try #require(
        results(result.output)["kid-full[digits]"]?["value"] as? Double, "\(result)")
    }
    let first = try distance("first.npy", 1)
    #expect(try distance("sorted.npy", 1) > first + 0.01, "not the first 20")
    #expect(try distance("sorted.npy", 1) == distance("sorted.npy", 1))
    #expect(try distance("sorted.npy", 1) != distance("sorted.npy", 2))
  }

  @Test("A run of the classifier is measured on test images, and its weights exported")
  func classifier() throws {
    let scratch = try Scratch()
    let training = try scratch.gan(
      "train", "classifier", "--steps", "2", "--batch-size", "8", "--threads", "1", "--quiet",
      "--background", "#102030", "--bits", "12", "--output", "run")
    #expect(training.status == 0, "\(training)")
    let result = try scratch.gan(
      "evaluate", "run", "--count", "100", "--export", "digits.safetensors", "--json")
    let value = try #require(
      results(result.output)["accuracy[digits]"]?["value"] as? Double, "\(result)")
    let file = try SafetensorsFile(readingFrom: scratch.path("digits.safetensors"))
    #expect(file.metadata["accuracy"] == "\(value)" && file.metadata["step"] == "2")
    let command = try #require(file.metadata["command"])
    #expect(command.hasPrefix("gan train classifier --data mnist"))
    #expect(command.contains(" --background '#102030' --bits 12 "), "\(command)")
    #expect(file.metadata["network"] == "digits")
    let use = try scratch.gan(
      "evaluate", "mnist:train", "--against", "mnist:test", "--count", "150", "--metrics", "is",
      "--features", "digits.safetensors", "--cache", "cache", "--split", "test")
    #expect(use.status == 0, "\(use)")
  }

  @Test("A residual classifier of colour pictures gives features and class accuracies its name")
  func residual() throws {
    let scratch = try Scratch()
    try scratch.makeColours("colours", count: 36)
    let training = try scratch.gan(
      "train", "classifier", "--data", "colours", "--set", "architecture=residual", "--set",
      "width=4", "--steps", "6", "--batch-size", "8", "--threads", "1", "--quiet", "--flip",
      "--output", "run")
    #expect(training.status == 0, "\(training)")
    let accuracy = try scratch.gan("evaluate", "run", "--export", "net.safetensors", "--json")
    let measured = try results(accuracy.output)["accuracy[colours-classifier]"]
    let value = try #require(measured?["value"] as? Double, "\(accuracy)")
    // Only the images that it was not trained on.
    #expect((measured?["convention"] as? [String: Any])?["samples"] as? Int == 12)
    let file = try SafetensorsFile(readingFrom: scratch.path("net.safetensors"))
    #expect(file.metadata["accuracy"] == "\(value)")
    let use = try scratch.gan(
      "evaluate", "colours:test", "--against", "colours:train", "--metrics", "is,prdc",
      "--features", "net.safetensors", "--cache", "cache")
    #expect(use.status == 0, "\(use)")
    #expect(use.output.contains("colours:test against colours:train"))
    #expect(use.output.contains("\nprecision[colours-classifier] "))
    #expect(use.output.contains("12 samples, 24 references of train"))
    // The same weights under a checksum beside them.
    let digest = try Checksum.ofFile(scratch.path("net.safetensors"))
    for (text, isRight) in [(digest, true), (String(repeating: "0", count: 64), false)] {
      try Data("\(text)  net.safetensors\n".utf8).write(to: scratch.path("net.safetensors.sha256"))
      let again = try scratch.gan(
        "evaluate", "colours:test", "--against", "colours:train", "--metrics", "is",
        "--features", "net.safetensors", "--cache", "cache")
      #expect(
        isRight ? again.status == 0 : again.failed(naming: ["net.safetensors.sha256", digest]),
        "\(again)")
    }
    let other = try scratch.gan("evaluate", "run", "--against", "mnist:test")
    #expect(other.failed(naming: ["mnist", "kind0, kind1, kind2", "found '"]), "\(other)")
    // By name: a set without the first class, and one with other numbers of the same.
    try scratch.makeColours("fewer", count: 36)
    for part in ["train", "test"] {
      try FileManager.default.removeItem(at: scratch.path("fewer/\(part)/kind0"))
    }
    let fewer = try scratch.gan("evaluate", "run", "--against", "fewer:test", "--json")
    let byClass = try #require(results(fewer.output)["accuracy[colours-classifier]"]?["perClass"])
    #expect(
      Set((byClass as? [String: Double] ?? [:]).keys) == ["kind1", "kind2"], "\(fewer)")
  }

  @Test("A set without a test split is said to hold the training images")
  func undivided() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let training = try scratch.gan(
      "train", "classifier", "--data", "pictures", "--set", "architecture=residual", "--set",
      "width=4", "--steps", "2", "--batch-size", "8", "--threads", "1", "--quiet", "--output", "run"
    )
    #expect(training.status == 0, "\(training)")
    let found = try scratch.gan("evaluate", "run")
    #expect(
      found.output.contains("pictures, all images, training images among them\n"), "\(found)")
    #expect(found.output.contains(" by class: even: "), "\(found)")
  }

  @Test("Pairs with a test split are measured on it, others as a whole, which is said")
  func pairs() throws {
    let scratch = try Scratch()
    for (set, folders) in [
      ("split", ["train_A", "train_B", "test_A", "test_B"]), ("whole", ["A", "B"]),
    ] {
      for folder in folders {
        let place = scratch.path("\(set)/\(folder)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for index in 0..<(folder.hasPrefix("test") ? 3 : 4) {
          let pixels = (0..<1024).map { UInt8(($0 * (index + 3) + $0 / 32) % 251) }
          let image = DecodedImage(width: 32, height: 32, channels: 1, pixels: pixels)
          try Data(image.pngData()).write(to: place.appendingPathComponent("\(index).png"))
        }
      }
      let training = try scratch.gan(
        "train", "pix2pix", "--data", set, "--steps", "1", "--batch-size", "2", "--threads", "1",
        "--set", "generatorWidths=4,8", "--set", "discriminatorWidth=4", "--output", "run-\(set)")
      #expect(
        training.status == 0 && training.output.contains("(4 images of 32x32: A, B)"),
        "\(training)")
    }
    let split = try scratch.gan("evaluate", "run-split")
    #expect(split.output.contains("split:test\n"), "\(split)")
    #expect(split.output.contains("3 references"), "\(split)")
    let whole = try scratch.gan("evaluate", "run-whole")
    #expect(
      whole.output.contains("whole, all images, training images among them\n"), "\(whole)")
    #expect(whole.output.contains("4 references, "), "\(whole)")
  }

  @Test("Labels beside an array are compared with what the classifier sees")
  func labels() throws {
    let scratch = try Scratch()
    try scratch.makeDigits("real", count: 200)
    let source = try DataSet.open("mnist", split: .test)
    var labels = try (0..<200).map { Int64(try #require(source.label(at: $0))) }
    func evaluate() throws -> [String: [String: Any]] {
      try Data(NPYFile(labels, shape: [200]).encoded()).write(to: scratch.path("real.labels.npy"))
      let result = try scratch.gan(
        "evaluate", "real.npy", "--against", "real", "--metrics", "fid", "--cache", "cache",
        "--json")
      return try results(result.output)
    }
    let right = try #require(evaluate()["accuracy[digits]"])
    let accuracy = try #require(right["value"] as? Double)
    #expect(accuracy > 0.97)
    #expect((right["perClass"] as? [String: Double])?.count == 10)
    // Ten wrong labels cost a twentieth, up to the few images that are read wrongly anyway.
    for index in 0..<10 { labels[index] = (labels[index] + 1) % 10 }
    let wrong = try #require(evaluate()["accuracy[digits]"]?["value"] as? Double)
    #expect(abs(accuracy - wrong - 0.05) < 0.011)
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
    let words = try #require(drawing.firstMatch(of: /<desc>(.*)<\/desc>/)?.1)
      .split(separator: "; ")
    for text in ["run", "other", "loss/D", "images/s in training", "fid[digits] (150"] {
      #expect(words.contains { $0.hasPrefix(text) }, "\(text)")
    }
    let image = try DecodedImage(decoding: [UInt8](scratch.data("picture.png")), name: "picture")
    #expect(image.channels == 3 && image.width > 800)
    #expect(try scratch.gan("compare", "nowhere").failed(naming: ["nowhere"]))
    #expect(try scratch.gan("compare", "run", "--output", "x.txt").failed(naming: ["FILE.md"]))
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
  func makeDigits(_ name: String, count: Int) throws {
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
}
