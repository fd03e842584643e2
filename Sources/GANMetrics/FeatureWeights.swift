import Foundation
import Torch
import TorchNN

/// Weights of a feature network that cannot be used: one line naming the file and what is wrong.
public enum WeightsError: Error, Equatable, Sendable {
  /// The file has another SHA-256 than the one asked for.
  case checksum(path: String, found: String, expected: String)
  /// The network needs a tensor that the file lacks.
  case missing(path: String, key: String)
  /// The file has a tensor that the network has no place for.
  case unexpected(path: String, key: String)
  /// A tensor of another shape.
  case shape(path: String, key: String, found: [Int], expected: [Int])
  /// A tensor that holds no floating-point numbers, or not only finite ones.
  case values(path: String, key: String)
}

extension WeightsError: CustomStringConvertible {
  /// One line for the user.
  public var description: String {
    switch self {
    case .checksum(let path, let found, let expected):
      "\(path): SHA-256 \(found), expected \(expected); these are other weights"
    case .missing(let path, let key):
      "\(path): tensor '\(key)' is missing; is the file for this network? "
        + "(Scripts/convert_weights.py makes it)"
    case .unexpected(let path, let key): "\(path): tensor '\(key)' is unknown to this network"
    case .shape(let path, let key, let found, let expected):
      "\(path): tensor '\(key)' has shape \(found), expected \(expected)"
    case .values(let path, let key): "\(path): tensor '\(key)' is not made of finite numbers"
    }
  }
}

/// A network whose weights come from a safetensors file with the keys of its PyTorch original.
public protocol PretrainedNetwork: Module {
  /// Beginnings of keys that the original has and this network does without.
  static var ignoredKeys: [String] { get }
}

extension PretrainedNetwork {
  /// None.
  public static var ignoredKeys: [String] { [] }

  /// Overwrites all weights by those of a file; nothing changes unless everything fits.
  ///
  /// Counters of batches, which PyTorch stores and nothing uses, may be there or not.
  ///
  /// - Parameter expected: The SHA-256 that the file must have.
  /// - Returns: The file's SHA-256.
  /// - Throws: ``WeightsError``; `SafetensorsError` or `DataError` for a file that cannot be read.
  @discardableResult
  public func load(weights url: URL, checksum expected: String? = nil) throws -> String {
    let found = try Checksum.ofFile(url)
    if let expected, expected.lowercased() != found {
      throw WeightsError.checksum(path: url.path, found: found, expected: expected)
    }
    var tensors = try SafetensorsFile(readingFrom: url).tensors.filter { key, _ in
      !key.hasSuffix("num_batches_tracked") && !Self.ignoredKeys.contains { key.hasPrefix($0) }
    }
    for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      guard tensor.dtype.isFloatingPoint, tensor.isFinite().all().item() == 1 else {
        throw WeightsError.values(path: url.path, key: key)
      }
    }
    for (key, buffer) in namedBuffers where key.hasSuffix("num_batches_tracked") {
      tensors[key] = buffer.value
    }
    do {
      try load(tensors)
    } catch let error as StateError {
      throw WeightsError(error, path: url.path)
    }
    return found
  }
}

extension WeightsError {
  fileprivate init(_ error: StateError, path: String) {
    switch error {
    case .missing(let key): self = .missing(path: path, key: key)
    case .unexpected(let key): self = .unexpected(path: path, key: key)
    case .shape(let key, let found, let expected):
      self = .shape(path: path, key: key, found: found, expected: expected)
    }
  }
}
