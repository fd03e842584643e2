import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// Where weights of a run come from that was never trained here, as its `config.json` says it.
public struct WeightImport: Codable, Sendable, Equatable {
  /// The files of weights.
  public var files: [String]
  /// The networks that have them, by their names in the checkpoint; others have initial values.
  public var networks: [String]

  /// Files and the networks that they went into.
  public init(files: [String], networks: [String]) {
    (self.files, self.networks) = (files, networks)
  }
}

/// A run whose networks others have trained: a configuration and one checkpoint, at step 0, for use and for
/// new runs to start from.
public struct ImportedRun<R: Recipe> {
  /// The recipe's numbers.
  public var config: R.Config
  /// What the images look like.
  public var shape: DataShape
  /// Images in one minibatch, on which it may depend how the networks are used.
  public var batchSize: Int
  /// The tensors of networks by their names in the checkpoint.
  public var networks: [String: [String: Tensor]]
  /// Where they are from.
  public var files: [String]

  /// Networks to become a run.
  public init(
    _ config: R.Config, for shape: DataShape, batchSize: Int,
    networks: [String: [String: Tensor]], from files: [String]
  ) {
    (self.config, self.shape, self.batchSize) = (config, shape, batchSize)
    (self.networks, self.files) = (networks, files)
  }

  /// Writes the run directory.
  ///
  /// - Throws: `StateError` where the tensors do not fit the networks, `ConfigError` or ``RunError`` otherwise,
  ///   before anything is written.
  public func write(to place: RunPlace) throws -> RunDirectory {
    try R.validate(config, for: shape)
    var data = DataConfiguration(source: files[0])
    (data.shape, data.count) = (shape, 1)
    var plan = TrainingPlan<R>(config, on: data)
    (plan.batchSize, plan.length, plan.threads) = (batchSize, .steps(1), 1)
    var configuration = try plan.configuration(on: data)
    configuration.imported = WeightImport(files: files, networks: networks.keys.sorted())
    let run = try configuration.shape()
    let recipe = try Randomness.isolated(seed: plan.seed, on: .cpu) {
      try R(config, for: run, on: .cpu)
    }
    for (name, tensors) in networks.sorted(by: { $0.key < $1.key }) {
      guard let network = recipe.modules.first(where: { $0.name == name })?.module else {
        throw RunError.unsupported("'\(R.card.name)' has no network '\(name)'")
      }
      try network.load(tensors)
    }
    let (directory, lock) = try RunDirectory.create(at: place, configuration)
    try withExtendedLifetime(lock) {
      try Checkpoint.save(
        recipe, at: Checkpoint.Position(step: 0, seconds: 0, evaluationSeconds: 0),
        configuration: configuration, to: directory, device: .cpu)
    }
    return directory
  }
}
