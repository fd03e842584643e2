import Torch

/// RMSProp (Hinton 2012, lecture 6e) as in PyTorch: v ← αv + (1 - α)g², θ ← θ - rate·g/(√v + ε).
public final class RMSProp: GatedOptimizer {
  /// What is trained.
  public let parameters: [Parameter]
  /// The number of updates made.
  public let updates = Counter()
  /// The learning rate over the updates.
  public let schedule: Schedule
  private let alpha: Double
  private let epsilon: Double
  private let squares: [Buffer]

  /// Trains `parameters`.
  ///
  /// - Parameters:
  ///   - alpha: the decay of the mean square.
  ///   - epsilon: added to its root.
  public init(
    _ parameters: [Parameter], learningRate: Schedule, alpha: Double = 0.99, epsilon: Double = 1e-8
  ) {
    precondition(!parameters.isEmpty, "an optimizer needs parameters")
    self.parameters = parameters
    schedule = learningRate
    (self.alpha, self.epsilon) = (alpha, epsilon)
    squares = parameters.map { Buffer($0.value.zerosInLayout()) }
  }

  /// The counter and the moments.
  public var children: [(name: String, node: ModuleNode)] { stateChildren([("squares", squares)]) }

  /// One step along `gradients`, in the order of the parameters, where `skipped` is not 1.
  public func update(_ gradients: [Tensor], rate: Double, skipped: Tensor?) {
    InPlace.rmsProp(
      parameters.map(\.value), gradients: gradients, squares: squares.map(\.value),
      skipped: skipped, rate: rate, alpha: alpha, epsilon: epsilon)
  }
}

/// Gradient descent with momentum as in PyTorch: m ← μm + g, θ ← θ - rate·m, or with Nesterov's
/// momentum θ ← θ - rate·(g + μm). The momentum may change with the number of updates (Goodfellow
/// et al. 2014 raise it from 0.5 to 0.7).
public final class SGD: Optimizer {
  /// What is trained.
  public let parameters: [Parameter]
  /// The number of updates made.
  public let updates = Counter()
  /// The learning rate over the updates.
  public let schedule: Schedule
  private let momentum: Ramp
  private let isNesterov: Bool
  private let weightDecay: Double
  private let momenta: [Buffer]

  /// A number that goes in a straight line from `start` to `end` over the first `length` updates.
  public struct Ramp: Sendable, Equatable {
    let start: Double
    let end: Double
    let length: Int

    /// From `start` to `end`; the same number throughout when `length` is 0.
    public init(from start: Double, to end: Double, over length: Int) {
      (self.start, self.end, self.length) = (start, end, length)
    }

    /// The same number throughout.
    public static func constant(_ value: Double) -> Ramp { Ramp(from: value, to: value, over: 0) }

    /// The number after `updates` updates.
    public func value(after updates: Int) -> Double {
      length == 0 ? end : start + (end - start) * min(Double(updates) / Double(length), 1)
    }
  }

  /// Trains `parameters`.
  ///
  /// - Parameters:
  ///   - nesterov: whether the step looks ahead along the momentum (Nesterov 1983).
  ///   - weightDecay: added to the gradient as a multiple of the parameter (L2).
  public init(
    _ parameters: [Parameter], learningRate: Schedule, momentum: Ramp = .constant(0),
    nesterov: Bool = false, weightDecay: Double = 0
  ) {
    precondition(!parameters.isEmpty, "an optimizer needs parameters")
    self.parameters = parameters
    schedule = learningRate
    (self.momentum, isNesterov, self.weightDecay) = (momentum, nesterov, weightDecay)
    momenta = parameters.map { Buffer($0.value.zerosInLayout()) }
  }

  /// The counter and the moments.
  public var children: [(name: String, node: ModuleNode)] { stateChildren([("momenta", momenta)]) }

  /// One step along `gradients`, in the order of the parameters.
  public func update(_ gradients: [Tensor], rate: Double) {
    let done = updates.value
    let momentum = momentum.value(after: done)
    if isNesterov { return lookAhead(gradients, rate: rate, momentum: momentum) }
    if momentum == 0, self.momentum.end != 0 { startMomenta(gradients) }
    InPlace.sgd(
      parameters.map(\.value), gradients: gradients, momenta: momenta.map(\.value), rate: rate,
      momentum: momentum, weightDecay: weightDecay, isFirst: done == 0)
  }

  /// m ← μm + g, θ ← θ - rate·(g + μm), g with the decay's share.
  private func lookAhead(_ gradients: [Tensor], rate: Double, momentum: Double) {
    let (values, momenta) = (parameters.map { $0.value.detached() }, momenta.map(\.value))
    InPlace.scale(momenta, by: momentum)
    InPlace.add(gradients, to: momenta)
    if weightDecay != 0 {
      InPlace.add(values, to: momenta, times: weightDecay)
      InPlace.scale(values, by: 1 - rate * weightDecay)
    }
    InPlace.add(gradients, to: values, times: -rate)
    InPlace.add(momenta, to: values, times: -rate * momentum)
  }

  /// m ← 0·m + g, which the fused kernel skips while μ is 0.
  private func startMomenta(_ gradients: [Tensor]) {
    let momenta = momenta.map(\.value)
    InPlace.copy(gradients, into: momenta)
    if weightDecay != 0 {
      InPlace.add(parameters.map { $0.value.detached() }, to: momenta, times: weightDecay)
    }
  }
}
