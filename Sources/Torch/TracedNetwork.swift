import CTorch
import Foundation

/// What a network computes, recorded as TorchScript by running it on two examples.
///
/// Lengths of the first input that differ between the examples stay free: numbers of the recording that follow
/// from them are computed from the input.
public final class TracedNetwork {
  /// Something that the network is given.
  public struct Input {
    /// Its name.
    public let name: String
    /// Two values that it may have, of one type and number of axes.
    public let examples: (Tensor, Tensor)

    /// An input of this name.
    public init(_ name: String, _ examples: (Tensor, Tensor)) {
      (self.name, self.examples) = (name, examples)
    }
  }

  private let module: CTModule

  /// Records `body`, a function of as many tensors as there are `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: what it is given; axes of the first that differ between examples stay free.
  ///   - parameters: the networks' tensors by their keys, which the module keeps.
  /// - Throws: ``TracingError`` where it cannot be recorded.
  public init(
    _ inputs: [Input], parameters: [(key: String, value: Tensor)],
    _ body: @escaping ([Tensor]) -> Tensor
  ) throws {
    _ = initialized
    let call = TracedCall(body, count: inputs.count)
    let values = parameters.map(\.value)
    let pointer = withExtendedLifetime(call) {
      withPointers(inputs.map(\.examples.0)) { first in
        withPointers(inputs.map(\.examples.1)) { second in
          withPointers(values) { values in
            withCStrings(inputs.map(\.name)) { names in
              withCStrings(parameters.map(\.key)) { keys in
                ct_trace(
                  recorded, Unmanaged.passUnretained(call).toOpaque(), first, second, names,
                  Int32(inputs.count), values, keys, Int32(parameters.count))
              }
            }
          }
        }
      }
    }
    guard let pointer else { throw TracingError(reason: lastNativeError()) }
    module = pointer
  }

  deinit { ct_module_release(module) }

  /// The keys of the parameters that the result depends on.
  public var usedKeys: [String] {
    String(cString: ct_module_keys(module)).split(separator: "\n").map(String.init)
  }

  /// What the recorded operations make of other inputs.
  ///
  /// - Throws: ``TracingError`` where they do not fit.
  public func callAsFunction(_ inputs: [Tensor]) throws -> Tensor {
    let pointer = withPointers(inputs) { ct_module_run(module, $0, Int32(inputs.count)) }
    guard let pointer else { throw TracingError(reason: lastNativeError()) }
    return Tensor(adopting: pointer)
  }

  /// Writes the file that PyTorch opens with `torch.jit.load`.
  ///
  /// - Parameter facts: JSON that is kept in it as `swiftgan.json`.
  /// - Throws: ``TracingError`` where the file cannot be written.
  public func save(to path: String, facts: String) throws {
    guard ct_module_save(module, path, facts) == 0 else {
      throw TracingError(reason: lastNativeError())
    }
  }

  /// The operations as JSON, parameters and what follows from them as constants.
  ///
  /// - Throws: ``TracingError`` where they are no plain sequence of operations.
  package func operations() throws -> Data {
    guard let text = ct_module_operations(module) else {
      throw TracingError(reason: lastNativeError())
    }
    return Data(String(cString: text).utf8)
  }

  /// A tensor that the operations speak of.
  package func constant(_ index: Int) -> Tensor {
    native("constant") { ct_module_constant(module, Int64(index)) }
  }
}

/// Why a network cannot be recorded.
public struct TracingError: Error, CustomStringConvertible {
  /// What prevents it, such as LibTorch's words.
  public let reason: String
  /// The reason.
  public var description: String { reason }

  /// An error of this reason.
  public init(reason: String) { self.reason = reason }
}

/// A function on its way through C, with its last result.
private final class TracedCall {
  let body: ([Tensor]) -> Tensor
  let count: Int
  var result: Tensor?

  init(_ body: @escaping ([Tensor]) -> Tensor, count: Int) {
    (self.body, self.count) = (body, count)
  }
}

private func recorded(
  _ context: UnsafeMutableRawPointer?, _ inputs: UnsafePointer<CTTensor?>?
) -> CTTensor? {
  guard let context, let inputs else { return nil }
  let call = Unmanaged<TracedCall>.fromOpaque(context).takeUnretainedValue()
  let tensors = (0..<call.count).compactMap { inputs[$0].map { Tensor(adopting: $0) } }
  let result = call.body(tensors)
  call.result = result
  return result.handle.pointer
}

private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { copies.forEach { free($0) } }
  var pointers: [UnsafePointer<CChar>?] = copies.map { $0.map { UnsafePointer($0) } }
  pointers.append(nil)
  return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
}
