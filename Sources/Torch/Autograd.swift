import CTorch

/// Gradients of the sum of `output`'s elements with respect to `inputs`, in their order.
///
/// Only what these inputs need is computed: the weight gradients of networks that the graph merely
/// passes through are not. Inside an autocast each operation is differentiated in the type it was
/// computed in, and what the differentiation adds of its own is in float32.
///
/// - Parameters:
///   - output: what is differentiated; a scalar unless `cotangent` is given.
///   - inputs: tensors of the graph. One that `output` does not depend on gets zeros.
///   - cotangent: the gradient with respect to `output`, of its shape; ones when `nil`.
///   - createGraph: whether the gradients can be differentiated in turn.
///   - retainGraph: whether the graph can be differentiated again.
public func gradients(
  of output: Tensor, withRespectTo inputs: [Tensor], cotangent: Tensor? = nil,
  createGraph: Bool = false, retainGraph: Bool = false
) -> [Tensor] {
  if inputs.isEmpty { return [] }
  let seed =
    cotangent
    ?? (output.rank == 0 ? nil : .ones(output.shape, dtype: output.dtype, on: output.device))
  return withUnsafeTemporaryAllocation(of: CTTensor?.self, capacity: max(inputs.count, 1)) {
    results in
    results.initialize(repeating: nil)
    let status = withFullPrecision(on: output.device) {
      withPointers([output]) { outputs in
        withPointers(inputs) { pointers in
          withPointers(seed.map { [$0] } ?? []) { seeds in
            ct_grad(
              outputs, seed == nil ? nil : seeds, 1, pointers, Int32(inputs.count),
              retainGraph || createGraph, createGraph, true, results.baseAddress)
          }
        }
      }
    }
    require("gradients", [output], status)
    return inputs.indices.map { index in
      results[index].map(Tensor.init(adopting:)) ?? inputs[index].zerosAlike()
    }
  }
}

/// Gradients of a scalar `loss` as ``gradients(of:withRespectTo:cotangent:createGraph:retainGraph:)`` gives
/// them, in a ``ProcessGroup`` the mean over its processes, each of which has a loss of its own.
package func sharedGradients(of loss: Tensor, withRespectTo inputs: [Tensor]) -> [Tensor] {
  guard let group = ProcessGroup.current else { return gradients(of: loss, withRespectTo: inputs) }
  return group.averageGradients(of: loss, withRespectTo: inputs)
}

/// Tensors that no graph holds, in a ``ProcessGroup`` their mean over its processes.
package func shared(_ tensors: [Tensor]) -> [Tensor] {
  ProcessGroup.current?.average(tensors) ?? tensors
}

extension Tensor {
  /// A tensor outside any graph, with these values, whose gradients can be asked for.
  public func trackingGradient() -> Tensor {
    let leaf = detached()
    leaf.setRequiresGradient(true)
    return leaf
  }

  /// Zeros of this shape, type and device.
  public func zerosAlike() -> Tensor { .zeros(shape, dtype: dtype, on: device) }

  package func setRequiresGradient(_ value: Bool) {
    require("requiresGradient", [self], ct_set_requires_grad(handle.pointer, value))
  }
}

/// Runs `body` without recording a graph.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let outer = ct_grad_enabled()
  ct_set_grad_enabled(false)
  defer { ct_set_grad_enabled(outer) }
  return try body()
}

/// Runs `body` recording a graph, also inside ``withoutGradients(_:)``.
public func withGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let outer = ct_grad_enabled()
  ct_set_grad_enabled(true)
  defer { ct_set_grad_enabled(outer) }
  return try body()
}

/// Runs `body` with matrix products and convolutions in `dtype` (bfloat16 or float16), the rest in
/// float32. With float32, or inside another autocast, it changes nothing.
public func withAutocast<Result>(
  to dtype: DType, on device: Device, _ body: () throws -> Result
) rethrows -> Result {
  if dtype == .float32 || ct_autocast_enabled(device.type) { return try body() }
  precondition(dtype == .bfloat16 || dtype == .float16, "autocast to \(dtype)")
  require("autocast", [], ct_autocast_begin(device.type, dtype.code))
  defer { ct_autocast_end(device.type) }
  return try body()
}

/// Runs `body` as if there were no autocast around it.
public func withFullPrecision<Result>(
  on device: Device, _ body: () throws -> Result
) rethrows -> Result {
  guard ct_autocast_enabled(device.type) else { return try body() }
  ct_autocast_set_enabled(device.type, false)
  defer { ct_autocast_set_enabled(device.type, true) }
  return try body()
}
