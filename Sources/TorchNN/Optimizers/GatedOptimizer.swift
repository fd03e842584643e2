import Torch

/// An optimizer whose updates a number on the device decides on. Nothing is read from it, so a step
/// that depends on how it went itself waits for nothing.
public protocol GatedOptimizer: Optimizer {
  /// Moves the parameters along `gradients`, in their order, at `rate`; where `skipped` is given and
  /// 1, parameters and moments keep their bits.
  ///
  /// - Parameter skipped: 0 or 1, a `float32` scalar on the parameters' device.
  func update(_ gradients: [Tensor], rate: Double, skipped: Tensor?)
}

extension GatedOptimizer {
  /// Moves the parameters along `gradients`, in their order, at `rate`.
  public func update(_ gradients: [Tensor], rate: Double) {
    update(gradients, rate: rate, skipped: nil)
  }

  /// The update of ``Optimizer/apply(_:)``, made where `gate` holds; elsewhere parameters and
  /// moments keep their bits. ``Optimizer/updates``, which schedules go by, counts it either way.
  ///
  /// - Parameter gate: a Boolean scalar on the parameters' device, of several processes the same.
  public func apply(_ gradients: [Tensor], where gate: Tensor) {
    let gradients = shared(gradients)
    StepRecorder.update { [self] in
      if let probe = GradientProbe.current {
        let share = gate.cast(to: .float32)
        probe.record(gradients.map { $0 * share }, of: parameters)
      } else {
        withoutGradients {
          update(
            gradients, rate: schedule.rate(after: updates.value),
            skipped: gate.logicalNot().cast(to: .float32))
        }
      }
      updates.advance()
    }
  }
}
