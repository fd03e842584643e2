import GANKit
import TorchNN

extension Adam {
  /// Adam at a constant rate, as most papers on GANs take it.
  convenience init(
    _ network: some Module, rate: Double, beta1: Double, beta2: Double = 0.999
  ) {
    self.init(network, learningRate: .constant(rate), betas: (beta1, beta2))
  }
}

extension Schedule {
  /// `rate` for `constant` updates of the generator, then falling in a straight line to 0 over
  /// `updates` more, for a player that makes `count` updates for each of the generator's; constant
  /// for ever where `updates` is 0.
  static func falling(
    _ rate: Double, after constant: Int = 0, over updates: Int, each count: Int = 1
  ) -> Schedule {
    updates == 0
      ? .constant(rate)
      : .linearDecay(rate, start: constant * count, end: (constant + updates) * count)
  }
}

/// The gradient descent of 2014's experiments: the rate is divided by `decay` at every update, down
/// to 1e-6; the momentum rises from 0.5 to 0.7 over 250 epochs of 500 updates.
func goodfellowDescent(_ network: some Module, rate: Double, decay: Double) -> SGD {
  SGD(
    network.parameters,
    learningRate: .exponential(rate, factor: 1 / decay, minimum: min(rate, 1e-6)),
    momentum: .init(from: 0.5, to: 0.7, over: 125_000))
}

extension ConfigField {
  /// `decayUpdates` of a rate that falls as the generator learns.
  static func decayUpdates(_ path: Path<Int>) -> Self {
    .duration(
      path, "decayUpdates",
      "generator updates over which the rate falls to 0; 0 keeps it constant")
  }
}
