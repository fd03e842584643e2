import CTorch

/// Updates of many tensors at once, in place and outside any graph: what optimizers, moving
/// averages and buffers are made of. Arguments correspond position by position.
package enum InPlace {
  package static func copy(_ source: Tensor, into target: Tensor) {
    require(
      "copy", [target, source],
      withExtendedLifetime((source.handle, target.handle)) {
        ct_copy_in_place(target.handle.pointer, source.handle.pointer)
      })
  }

  package static func copy(_ sources: [Tensor], into targets: [Tensor]) {
    each("copy", targets, sources) { ct_foreach_copy($0, $1, $2) }
  }

  package static func add(_ others: [Tensor], to targets: [Tensor], times alpha: Double = 1) {
    each("add", targets, others) { ct_foreach_add($0, $1, $2, alpha) }
  }

  /// Adds one to a number of any type.
  package static func increment(_ target: Tensor) {
    require("increment", [target], withPointers([target]) { ct_increment($0[0]) })
  }

  package static func scale(_ targets: [Tensor], by factor: Double) {
    if targets.isEmpty { return }
    require(
      "scale", targets, withPointers(targets) { ct_foreach_mul_scalar($0, count(targets), factor) })
  }

  /// Moves every target the fraction `weight` of the way to its counterpart.
  package static func interpolate(_ targets: [Tensor], to others: [Tensor], by weight: Double) {
    each("interpolate", targets, others) { ct_foreach_lerp($0, $1, $2, weight) }
  }

  package static func clamp(_ targets: [Tensor], to range: ClosedRange<Double>) {
    if targets.isEmpty { return }
    require(
      "clamp", targets,
      withPointers(targets) {
        ct_foreach_clamp($0, count(targets), range.lowerBound, range.upperBound)
      })
  }

  /// Replaces the rows of `target` that `indices` lists by those of `source`.
  package static func replaceRows(_ indices: Tensor, of target: Tensor, with source: Tensor) {
    let status = withPointers([target, indices, source]) {
      ct_index_copy($0[0], 0, $0[1], $0[2])
    }
    require("replaceRows", [target, indices, source], status)
  }

  private static func each(
    _ operation: StaticString, _ targets: [Tensor], _ others: [Tensor],
    _ body: (UnsafePointer<CTTensor?>, UnsafePointer<CTTensor?>, Int32) -> Int32
  ) {
    requireEqualCounts(operation, targets, others)
    if targets.isEmpty { return }
    let status = withPointers(targets) { t in withPointers(others) { body(t, $0, count(targets)) } }
    require(operation, targets, status)
  }

  /// C reads as many handles from every list as the first one has.
  fileprivate static func requireEqualCounts(_ operation: StaticString, _ lists: [Tensor]...) {
    let counts = lists.map(\.count)
    precondition(Set(counts).count == 1, "\(operation): lists of different lengths \(counts)")
  }

  fileprivate static func count(_ tensors: [Tensor]) -> Int32 { Int32(tensors.count) }
}

/// An activation that can overwrite its argument.
package enum OverwritingActivation {
  case relu
  case leakyReLU(Double)
  /// min(max(x, 0), 6).
  case relu6
  case tanh
}

extension Tensor {
  /// The activation's value in this tensor's own memory, still part of the graph: half the memory
  /// traffic. Only for a tensor that nothing else holds and whose values no gradient needs, as the
  /// output of a convolution or a normalisation; LibTorch stops with a version error otherwise.
  /// Who looks at activations sees the argument too, so then nothing is overwritten.
  package func overwritten(by activation: OverwritingActivation) -> Tensor {
    if ActivationTap.current != nil { return applying(activation) }
    let status = withPointers([self]) {
      switch activation {
      case .relu: ct_relu_in_place($0[0])
      case .leakyReLU(let slope): ct_leaky_relu_in_place($0[0], slope)
      case .relu6: ct_hardtanh_in_place($0[0], 0, 6)
      case .tanh: ct_tanh_in_place($0[0])
      }
    }
    require("overwritten", [self], status)
    return self
  }

  /// The same, if there is an activation.
  package func overwritten(by activation: OverwritingActivation?) -> Tensor {
    activation.map { overwritten(by: $0) } ?? self
  }

  private func applying(_ activation: OverwritingActivation) -> Tensor {
    switch activation {
    case .relu: relu()
    case .leakyReLU(let slope): leakyReLU(slope)
    case .relu6: clamped(to: 0...6)
    case .tanh: tanh()
    }
  }
}

/// The numbers of one fused Adam step (Kingma and Ba 2015, algorithm 1).
package struct AdamStep {
  package var rate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double

  package init(
    rate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double
  ) {
    (self.rate, self.beta1, self.beta2) = (rate, beta1, beta2)
    (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
  }
}

extension InPlace {
  /// One Adam step over all parameters in one kernel; `step` is a scalar tensor, counted up. Where
  /// `skipped` is given and 1, everything keeps its bits.
  package static func adam(
    _ parameters: [Tensor], gradients: [Tensor], first: [Tensor], second: [Tensor], step: Tensor,
    skipped: Tensor? = nil, _ numbers: AdamStep
  ) {
    requireEqualCounts("adam", parameters, gradients, first, second)
    let status = withPointers(parameters) { p in
      withPointers(gradients) { g in
        withPointers(first) { m in
          withPointers(second) { v in
            withExtendedLifetime((step.handle, skipped?.handle)) {
              ct_fused_adam(
                p, g, m, v, count(parameters), step.handle.pointer, skipped?.handle.pointer,
                numbers.rate, numbers.beta1, numbers.beta2, numbers.epsilon, numbers.weightDecay)
            }
          }
        }
      }
    }
    require("adam", parameters, status)
  }

  /// One step of gradient descent with momentum; `isFirst` starts the momenta from the gradients.
  package static func sgd(
    _ parameters: [Tensor], gradients: [Tensor], momenta: [Tensor], rate: Double,
    momentum: Double, weightDecay: Double, isFirst: Bool
  ) {
    requireEqualCounts("sgd", parameters, gradients, momenta)
    let status = withPointers(parameters) { p in
      withPointers(gradients) { g in
        withPointers(momenta) { m in
          ct_fused_sgd(
            p, g, m, count(parameters), rate, momentum, weightDecay, isFirst)
        }
      }
    }
    require("sgd", parameters, status)
  }

  /// One step of RMSProp; `squares` are the second moments. Where `skipped` is given and 1,
  /// everything keeps its bits.
  package static func rmsProp(
    _ parameters: [Tensor], gradients: [Tensor], squares: [Tensor], skipped: Tensor? = nil,
    rate: Double, alpha: Double, epsilon: Double
  ) {
    requireEqualCounts("rmsProp", parameters, gradients, squares)
    let status = withPointers(parameters) { p in
      withPointers(gradients) { g in
        withPointers(squares) { v in
          withExtendedLifetime(skipped?.handle) {
            ct_fused_rmsprop(
              p, g, v, count(parameters), skipped?.handle.pointer, rate, alpha, epsilon)
          }
        }
      }
    }
    require("rmsProp", parameters, status)
  }
}
