import CTorch
import Foundation

/// What happens when LibTorch refuses an operation.
///
/// Shapes, types and devices that do not fit are programmer errors, so the default stops the
/// process with the operation, its operands and LibTorch's reason. A command-line program, where
/// the one such failure a user can cause is running out of memory, installs a handler that prints
/// one line and exits.
public enum TorchFailure {
  /// Called with a one-line description; must not return.
  public typealias Handler = @Sendable (String) -> Never

  @TaskLocal static var handler: Handler = { fatalError($0) }

  /// Runs `body` with `handler` in force for failures inside it.
  public static func withHandler<Result>(
    _ handler: @escaping Handler, _ body: () throws -> Result
  ) rethrows -> Result {
    try $handler.withValue(handler, operation: body)
  }
}

/// The owner of one LibTorch tensor: released with the last reference.
final class TensorHandle {
  let pointer: CTTensor

  init(_ pointer: CTTensor) { self.pointer = pointer }

  deinit { ct_release(pointer) }
}

/// Library set-up that must precede the first tensor.
let initialized: Void = {
  ct_initialize()
  ct_use_onednn_products(LinearBackend.chosen == .onednn)
}()

/// The message LibTorch left on this thread.
func lastNativeError() -> String {
  let message = String(cString: ct_last_error())
  return message.split(separator: "\n").first.map(String.init) ?? "unknown failure"
}

func stop(_ operation: StaticString, _ operands: [Tensor?]) -> Never {
  let shapes = operands.map { $0.map { "\($0.shape)" } ?? "nil" }.joined(separator: ", ")
  TorchFailure.handler("\(operation)(\(shapes)): \(lastNativeError())")
}

// A Swift temporary may be released before C has read it: every operand of every call passes
// through one of these helpers, which keep it alive until the call has returned.

@inline(__always)
func native(_ operation: StaticString, _ body: () -> CTTensor?) -> Tensor {
  _ = initialized
  guard let pointer = body() else { stop(operation, []) }
  return Tensor(adopting: pointer)
}

@inline(__always)
func native(_ operation: StaticString, _ a: Tensor, _ body: (CTTensor) -> CTTensor?) -> Tensor {
  let pointer = withExtendedLifetime(a.handle) { body(a.handle.pointer) }
  guard let pointer else { stop(operation, [a]) }
  return Tensor(adopting: pointer)
}

@inline(__always)
func native(
  _ operation: StaticString, _ a: Tensor, _ b: Tensor, _ body: (CTTensor, CTTensor) -> CTTensor?
) -> Tensor {
  let pointer = withExtendedLifetime((a.handle, b.handle)) {
    body(a.handle.pointer, b.handle.pointer)
  }
  guard let pointer else { stop(operation, [a, b]) }
  return Tensor(adopting: pointer)
}

@inline(__always)
func native(
  _ operation: StaticString, _ a: Tensor, _ b: Tensor?, _ c: Tensor?,
  _ body: (CTTensor, CTTensor?, CTTensor?) -> CTTensor?
) -> Tensor {
  let pointer = withExtendedLifetime((a.handle, b?.handle, c?.handle)) {
    body(a.handle.pointer, b?.handle.pointer, c?.handle.pointer)
  }
  guard let pointer else { stop(operation, [a, b, c]) }
  return Tensor(adopting: pointer)
}

/// Runs `body` with the pointers of `tensors`, all of them alive until it returns.
@inline(__always)
func withPointers<Result>(
  _ tensors: [Tensor], _ body: (UnsafePointer<CTTensor?>) -> Result
) -> Result {
  withExtendedLifetime(tensors) {
    withUnsafeTemporaryAllocation(of: CTTensor?.self, capacity: max(tensors.count, 1)) { buffer in
      for (index, tensor) in tensors.enumerated() {
        buffer.initializeElement(at: index, to: tensor.handle.pointer)
      }
      return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
    }
  }
}

/// Pointers to tensors of which some may be missing.
func withOptionalPointers<Result>(
  _ tensors: [Tensor?], _ body: ([CTTensor?]) -> Result
) -> Result {
  withExtendedLifetime(tensors) { body(tensors.map { $0?.handle.pointer }) }
}

/// Stops unless a status function succeeded.
@inline(__always)
func require(_ operation: StaticString, _ operands: [Tensor], _ status: Int32) {
  if status != 0 { stop(operation, operands.prefix(4).map { $0 }) }
}

extension Array where Element == Int {
  @inline(__always)
  func withInt64<Result>(_ body: (UnsafePointer<Int64>, Int32) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: Swift.max(count, 1)) { buffer in
      for (index, value) in enumerated() {
        buffer.initializeElement(at: index, to: Int64(value))
      }
      return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped), Int32(count))
    }
  }
}
