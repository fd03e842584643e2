import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch
import TorchNN

/// A trained classifier and how well it does.
struct ClassifierEvaluation {
  private let run: TrainedRun<Classifier>
  private let directory: RunDirectory

  init(_ path: String, step: CheckpointChoice, on device: Device) throws {
    directory = RunDirectory(path)
    run = try TrainedRun<Classifier>(directory, step: step, on: device)
  }

  /// The share of the images of a set that it reads as what they are; by default those of its own
  /// set that it was not trained on.
  func evaluated(on asked: String?, split: Split?, count: Int?) throws -> Evaluation {
    let own = asked == nil ? split ?? .test : split
    let set = NamedSet(asked ?? run.configuration.data.source, split: own, otherwise: .test)
    let images = try set.load(side: 32, channels: run.configuration.data.shape?.channels ?? 1)
    try checkClasses(of: images, set)
    let file = "\(directory.checkpointPath(run.step))/classifier.safetensors"
    let extractor = run.recipe.classifier.extractor(
      name: networkName, checksum: try GANMetrics.Checksum.ofFile(URL(fileURLWithPath: file)))
    let features = try FeatureSet(
      of: images, using: extractor, batchSize: 250, limit: count)
    var results = try MetricSuite([.accuracy]).evaluate(features, reference: features)
    for index in results.indices { results[index].convention.split = set.split.rawValue }
    return Evaluation(
      subject: directory.path, step: run.step, against: set.title, results: results)
  }

  /// Labels are compared by number, which means something only between sets of equal classes.
  private func checkClasses(of images: any LoadedImages, _ set: NamedSet) throws {
    let trained = run.configuration.data.shape?.classes ?? 0
    let found = images.labels.isEmpty ? 0 : images.classNames.count
    guard found == trained else {
      throw CommandError(
        "\(set.title): expected images of the \(trained) classes that \(directory.path) was trained "
          + "on, found \(found == 0 ? "no labels" : "\(found) classes")")
    }
  }

  /// `digits` for handwritten digits, else after the data, such as `cifar10-classifier`.
  private var networkName: String {
    let source = run.configuration.data.source
    if BuiltInSet(rawValue: source.lowercased()) == .mnist { return "digits" }
    let name = URL(fileURLWithPath: source).deletingPathExtension().lastPathComponent.lowercased()
    return "\(name)-classifier"
  }

  /// Writes the weights with everything that says where they come from.
  func export(to path: String, _ evaluation: Evaluation) throws {
    let accuracy = evaluation.results.first { $0.name.hasPrefix("accuracy") }
    let metadata = [
      WeightsFile.networkNameKey: networkName,
      "command": command, "seed": "\(run.configuration.seed)", "step": "\(run.step)",
      "accuracy": accuracy.map { "\($0.value)" } ?? "unknown",
      "accuracy_on": "\(accuracy?.convention.samples ?? 0) images of \(evaluation.against)",
      "libtorch": run.configuration.versions.libtorch,
    ]
    let file = SafetensorsFile(
      tensors: run.recipe.classifier.stateDictionary, metadata: metadata)
    try AtomicFile.write([UInt8](try file.encoded()), to: path)
  }

  /// The command that trains the same weights.
  private var command: String {
    let stored = run.configuration
    let settings = stored.config.sorted { $0.key < $1.key }
      .map { "--set \($0.key)=\($0.value)" }.joined(separator: " ")
    let data = shellQuoted(stored.data.source) + (stored.data.flip ? " --flip" : "")
    return "gan train classifier --data \(data) --steps \(stored.steps) "
      + "--batch-size \(stored.batchSize) --seed \(stored.seed) --threads \(stored.threads) "
      + "--precision \(stored.precision.rawValue) \(settings)"
  }
}
