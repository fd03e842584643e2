import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch
import TorchNN

/// A trained classifier, alone or beside a generator, and how well it does.
struct ClassifierEvaluation {
  private let recipe: any ClassifyingRecipe
  private let run: Run
  private var configuration: RunConfiguration { run.configuration }

  /// The classifier of an opened run.
  ///
  /// - Throws: `RunError` for a system without one, or one that was shown no labels.
  init(_ run: Run) throws {
    recipe = try run.classifier()
    self.run = run
  }

  /// The share of the images of a set that it reads as what they are; by default those of its own
  /// set that it was not trained on.
  func evaluated(on asked: String?, split: Split?, count: Int?) throws -> Evaluation {
    let own = asked == nil ? split ?? .test : split
    let set = NamedSet(
      asked ?? configuration.data.target, split: own, otherwise: .test, for: configuration.data
    ).resolved(trainedOn: configuration.data)
    return Evaluation(
      subject: run.path, step: run.step, against: set.title,
      results: [try accuracy(on: set, count: count)])
  }

  /// The accuracy on `count` images of a set, prepared as those it was trained on.
  func accuracy(on set: NamedSet, count: Int?) throws -> MetricResult {
    let images = try set.loadLabelled(size: run.shape.size, channels: run.shape.channels)
    try checkClasses(of: images, set)
    let features = try FeatureSet(
      of: images, using: extractor(), batchSize: 250, limit: count)
    var result = try MetricSuite([.accuracy]).evaluate(features, reference: features)[0]
    result.convention.split = set.split.rawValue
    result.perClass = result.perClass.map(named)
    return result
  }

  /// Numbers of classes under their names.
  private func named(_ perClass: [String: Double]) -> [String: Double] {
    let names = run.classNames
    return Dictionary(
      perClass.map { key, value in
        (Int(key).flatMap { names.indices.contains($0) ? names[$0] : nil } ?? key, value)
      }, uniquingKeysWith: { first, _ in first })
  }

  private func extractor() throws -> any FeatureExtractor {
    let folder = run.directory.checkpointPath(run.step)
    let parts = ["classifier", "discriminator_ema", "discriminator"]
    let files = parts.map { "\(folder)/\($0).safetensors" }
    let file = files.first { FileManager.default.fileExists(atPath: $0) }
    let checksum = try file.map { try Checksum.ofFile(URL(fileURLWithPath: $0)) } ?? ""
    if let helper = recipe as? Classifier {
      return helper.classifier.extractor(name: networkName, checksum: checksum)
    }
    let info = FeatureNetworkInfo(
      name: configuration.recipe, checksum: checksum,
      dimension: run.shape.classes, preparation: "as in training")
    return OwnClassifier(info: info, recipe: recipe, device: run.device)
  }

  /// Classes were matched by name; there must be some.
  private func checkClasses(of images: any LoadedImages, _ set: NamedSet) throws {
    let trained = run.shape.classes
    let found = images.labels.isEmpty ? 0 : images.classNames.count
    guard found == trained else {
      throw RunError.unsupported(
        "\(set.title): expected images of the \(trained) classes that \(run.path) was trained "
          + "on, found \(found == 0 ? "no labels" : "\(found) classes")")
    }
  }

  /// `digits` for handwritten digits, else after the data, such as `cifar10-classifier`.
  private var networkName: String {
    let source = configuration.data.source
    if BuiltInSet(rawValue: source.lowercased()) == .mnist { return "digits" }
    let name = URL(fileURLWithPath: source).deletingPathExtension().lastPathComponent.lowercased()
    return "\(name)-classifier"
  }

  /// Writes the weights with everything that says where they come from.
  func export(to path: String, _ evaluation: Evaluation) throws {
    guard let classifier = (recipe as? Classifier)?.classifier else {
      throw RunError.field(
        "export", found: "'\(path)'", expected: "none, except for a run of classifier")
    }
    let accuracy = evaluation.results.first { $0.name.hasPrefix("accuracy") }
    let metadata = [
      WeightsFile.networkNameKey: networkName,
      "command": command, "seed": "\(configuration.seed)", "step": "\(run.step)",
      "accuracy": accuracy.map { "\($0.value)" } ?? "unknown",
      "accuracy_on": "\(accuracy?.convention.samples ?? 0) images of \(evaluation.against)",
      "libtorch": configuration.versions.libtorch,
    ]
    let file = SafetensorsFile(
      tensors: classifier.stateDictionary, metadata: metadata)
    try AtomicFile.write([UInt8](try file.encoded()), to: path)
  }

  private func option(_ name: String, _ value: String?) -> String {
    value.map { " --\(name) \($0)" } ?? ""
  }

  /// What is made of files where they leave a choice, where that is not the usual.
  private var decoding: String {
    let (data, usual) = (configuration.data, DecodingOptions())
    let background = data.decoding.background
    return (background == usual.background ? "" : " --background \(shellQuoted("\(background)"))")
      + option("bits", data.bits.map(String.init))
      + option("max-pixels", data.pixelLimit.map(String.init))
      + (data.skipBroken ? " --skip-broken" : "")
  }

  /// The command that trains the same weights.
  private var command: String {
    let stored = configuration
    let settings = stored.config.sorted { $0.key < $1.key }
      .map { "--set \($0.key)=\($0.value)" }.joined(separator: " ")
    let attributes = stored.data.attributes?.joined(separator: ",")
    let data =
      shellQuoted(stored.data.source) + (stored.data.flip ? " --flip" : "")
      + option("size", stored.data.size?.name)
      + option("channels", stored.data.channels.map(String.init))
      + option("crop", stored.data.crop?.name)
      + (stored.data.fit.map { " --fit \($0.rawValue)" } ?? "")
      + (stored.data.sampling == .balanced ? " --balance" : "") + decoding
      + (attributes.map { " --attribute \(shellQuoted($0))" } ?? "")
    return "gan train classifier --data \(data) --steps \(run.step) "
      + "--batch-size \(stored.batchSize) --seed \(stored.seed) --threads \(stored.threads) "
      + "--precision \(stored.precision.rawValue) \(settings)"
  }
}

/// A run's own classifier, whose features are its logits.
private struct OwnClassifier: FeatureExtractor {
  let info: FeatureNetworkInfo
  let recipe: any ClassifyingRecipe
  let device: Device

  func outputs(of images: Tensor) throws -> FeatureBatch {
    let logits = evaluating {
      recipe.classify((images.moved(to: device) * 2 - 1).settled(.channelsLast))
    }
    return FeatureBatch(features: logits, logits: logits)
  }
}
