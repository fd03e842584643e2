import Foundation
import GANData
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

  /// The share of the images of a set that it reads as what they are.
  func evaluated(on asked: String?, split: Split?, count: Int?) throws -> Evaluation {
    let set = NamedSet(asked ?? run.configuration.data.source, split: split, otherwise: .test)
    let file = "\(directory.checkpointPath(run.step))/classifier.safetensors"
    let extractor = DigitsFeatures(
      run.recipe.classifier,
      checksum: try GANMetrics.Checksum.ofFile(URL(fileURLWithPath: file)))
    let features = try FeatureSet(
      of: try set.load(side: 32, channels: 1), using: extractor, batchSize: 250, limit: count)
    var results = try MetricSuite([.accuracy]).evaluate(features, reference: features)
    for index in results.indices { results[index].convention.split = set.split.rawValue }
    return Evaluation(
      subject: directory.path, step: run.step, against: set.title, results: results)
  }

  /// Writes the weights with everything that says where they come from.
  func export(to path: String, _ evaluation: Evaluation) throws {
    let accuracy = evaluation.results.first { $0.name.hasPrefix("accuracy") }
    let metadata = [
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
    return "gan train classifier --data \(shellQuoted(stored.data.source)) --steps \(stored.steps) "
      + "--batch-size \(stored.batchSize) --seed \(stored.seed) --threads \(stored.threads) "
      + settings
  }
}
