import Foundation
import GANKit
import Torch
import TorchNN

/// A run opened for use: its networks at a checkpoint, without optimizers' state.
public struct TrainedRun<R: Recipe> {
  /// What was trained.
  public let configuration: RunConfiguration
  /// The networks.
  public let recipe: R
  /// The checkpoint's step.
  public let step: Int
  /// Where the networks live.
  public let device: Device

  /// Opens the newest checkpoint, or another one.
  ///
  /// - Throws: ``RunError``, `SafetensorsError` or `ConfigError` in one line.
  public init(
    _ directory: RunDirectory, step choice: CheckpointChoice = .newest, on device: Device = .cpu
  ) throws {
    configuration = try directory.configuration()
    let chosen = try directory.step(of: choice)
    let stored = configuration
    let (config, shape) = try directory.checkingConfig {
      let config = try R.Config.decoded(from: stored.config)
      try config.validate()
      guard let shape = stored.data.shape else {
        throw RunError.option("data.shape", found: "nothing", expected: "the shape of the data")
      }
      try R.validate(config, for: shape)
      return (config, shape)
    }
    _ = try Checkpoint.state(at: chosen, in: directory, of: configuration)
    recipe = R(config, data: shape, on: device)
    try Checkpoint.restore(recipe, at: chosen, in: directory, training: false, device: device)
    (self.step, self.device) = (chosen, device)
  }
}
