import Torch

/// Adam (Kingma and Ba 2015, algorithm 1), all parameters in one fused kernel.
public final class Adam: GatedOptimizer {
  /// What is trained.
  public let parameters: [Parameter]
  /// The number of updates made.
  public let updates = Counter()
  /// The learning rate over the updates.
  public let schedule: Schedule
  private let betas: (Double, Double)
  private let epsilon: Double
  private let weightDecay: Double
  private let step: Buffer
  private let first: [Buffer]
  private let second: [Buffer]

  /// Trains `parameters`.
  ///
  /// - Parameters:
  ///   - learningRate: the rate, constant or by a schedule.
  ///   - betas: decay of the first and second moments; GANs often take (0.5, 0.999) or (0, 0.9).
  ///   - epsilon: added to the root of the second moment.
  ///   - weightDecay: added to the gradient as a multiple of the parameter (L2).
  public init(
    _ parameters: [Parameter], learningRate: Schedule, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    precondition(!parameters.isEmpty, "an optimizer needs parameters")
    self.parameters = parameters
    schedule = learningRate
    (self.betas, self.epsilon, self.weightDecay) = (betas, epsilon, weightDecay)
    step = Buffer(.zeros([], on: parameters[0].value.device))
    first = parameters.map { Buffer($0.value.zerosInLayout()) }
    second = parameters.map { Buffer($0.value.zerosInLayout()) }
  }

  /// Trains all parameters of `network`.
  public convenience init(
    _ network: some Module, learningRate: Schedule, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      network.parameters, learningRate: learningRate, betas: betas, epsilon: epsilon,
      weightDecay: weightDecay)
  }

  /// The counter and the moments.
  public var children: [(name: String, node: ModuleNode)] {
    stateChildren([("step", [step]), ("first", first), ("second", second)])
  }

  /// One step along `gradients`, in the order of the parameters, where `skipped` is not 1.
  public func update(_ gradients: [Tensor], rate: Double, skipped: Tensor?) {
    update(Array(parameters.indices), gradients, rate: rate, skipped: skipped)
  }

  private func update(
    _ indices: [Int], _ gradients: [Tensor], rate: Double, skipped: Tensor? = nil
  ) {
    InPlace.adam(
      indices.map { parameters[$0].value }, gradients: gradients,
      first: indices.map { first[$0].value }, second: indices.map { second[$0].value },
      step: step.value, skipped: skipped,
      AdamStep(
        rate: rate, beta1: betas.0, beta2: betas.1, epsilon: epsilon, weightDecay: weightDecay))
  }

  /// One update of some of the parameters that lowers `loss`, a scalar. Nothing is computed for the
  /// others, and they and their moments stay as they are: layers of a growing network that are not
  /// in use (Karras et al. 2018). Returns the loss as a detached scalar.
  ///
  /// - Parameter indices: positions in ``parameters``, ascending. Moments are corrected for the
  ///   number of all updates since the start or the last ``reset()``.
  @discardableResult
  public func minimize(_ loss: Tensor, only indices: [Int]) -> Tensor {
    let gradients = sharedGradients(
      of: loss, withRespectTo: indices.map { parameters[$0].value })
    guard GradientProbe.current == nil else {
      take(spread(gradients, to: indices))
      return loss.detached()
    }
    StepRecorder.update { [self] in
      withoutGradients { update(indices, gradients, rate: schedule.rate(after: updates.value)) }
      updates.advance()
    }
    return loss.detached()
  }

  /// Gradients of all parameters, zero for those that `indices` does not list.
  private func spread(_ gradients: [Tensor], to indices: [Int]) -> [Tensor] {
    var all = parameters.map { $0.value.detached().zerosAlike() }
    for (index, gradient) in zip(indices, gradients) { all[index] = gradient }
    return all
  }

  /// The positions of `some` of the parameters, ascending.
  public func positions(of some: [Parameter]) -> [Int] {
    let wanted = Set(some.map(ObjectIdentifier.init))
    return parameters.indices.filter { wanted.contains(ObjectIdentifier(parameters[$0])) }
  }

  /// Forgets all moments and starts their correction anew, as when a network grows (Karras et al.
  /// 2018). The schedule goes on: ``updates`` stays as it is.
  public func reset() {
    for buffer in [step] + first + second { buffer.assign(buffer.value.zerosAlike()) }
  }
}

extension Tensor {
  /// Zeros laid out in memory like this tensor, so that fused kernels see equal strides.
  func zerosInLayout() -> Tensor { detached() * 0 }
}
