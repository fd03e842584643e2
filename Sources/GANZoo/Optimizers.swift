import GANKit
import TorchNN

extension Adam {
  /// Adam at a constant rate for all parameters of some networks, as most papers on GANs take it.
  convenience init(
    _ networks: any Module..., rate: Double, beta1: Double, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      networks.flatMap { $0.parameters }, learningRate: .constant(rate), betas: (beta1, beta2),
      epsilon: epsilon, weightDecay: weightDecay)
  }
}

extension SettingRule<Double> {
  /// Adam's rate for both players, where it falls as a setting beside it says.
  static var initialRate: Self { rate("Adam's rate at the beginning") }

  /// RMSProp's rate, the same for both players.
  static var rmsPropRate: Self { rate("RMSProp's rate for both players") }

  /// How much of each parameter is added to its gradient.
  static var weightDecay: Self { weight("weight decay, part of the gradient") }

  /// The bound of a critic's weights (Arjovsky et al. 2017).
  static var clip: Self {
    Self(
      "the bound c of every weight of the critic", expected: "a number above 0, at most 10",
      scope: .step
    ) { $0 > 0 && $0 <= 10 }
  }
}

extension Schedule {
  /// `rate` for the first `start` of a run, a share of it, then falling in a straight line to 0 at
  /// the run's end; constant from 1 on, and in a run whose steps nobody knows.
  ///
  /// - Parameter each: steps of the run for each update of this player's; 5 for the generator of a
  ///   critic that makes five.
  static func falling(
    _ rate: Double, from start: Double, of run: RunShape, each count: Int = 1
  ) -> Schedule {
    guard let steps = run.steps, start < 1 else { return .constant(rate) }
    let updates = max(steps / count, 1)
    return .linearDecay(rate, start: Int((Double(updates) * start).rounded()), end: updates)
  }
}

/// The gradient descent of 2014's experiments: the rate is divided by `decay` at every update, down
/// to 1e-6; the momentum rises from 0.5 to 0.7 over 250 epochs.
func goodfellowDescent(
  _ network: some Module, rate: Double, decay: Double, _ run: RunShape
) -> SGD {
  SGD(
    network.parameters,
    learningRate: .exponential(rate, factor: 1 / decay, minimum: min(rate, 1e-6)),
    momentum: .init(from: 0.5, to: 0.7, over: 250 * run.stepsPerEpoch))
}
