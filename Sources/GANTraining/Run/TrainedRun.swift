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
  /// Which sets of images the system learns from.
  public let layout: DataLayout
  /// What the data looks like.
  public let shape: DataShape

  /// Opens the newest checkpoint, or another one.
  ///
  /// - Throws: ``RunError``, `SafetensorsError` or `ConfigError` in one line.
  public init(
    _ directory: RunDirectory, step choice: CheckpointChoice = .newest, on device: Device = .cpu
  ) throws {
    let stored = try directory.configuration(of: R.self)
    let chosen = try directory.step(of: choice)
    _ = try directory.checkingConfig { try R.Config.decoded(from: stored.config) }
    let state = try Checkpoint.state(at: chosen, in: directory, of: stored)
    // The checkpoint's own: a resumption may have changed it since.
    let (config, shape) = try directory.checkingConfig {
      let config = try R.Config.decoded(from: state.config)
      let shape = try stored.shape()
      try R.validate(config, for: shape.data)
      return (config, shape)
    }
    recipe = try R(config, for: shape, on: device)
    try Checkpoint.restore(recipe, at: chosen, in: directory, training: false, device: device)
    (configuration, step, self.device) = (stored, chosen, device)
    (layout, self.shape) = (R.layout(config), shape.data)
  }
}
