import Foundation
import Torch
import TorchNN

/// Weights of a feature network that cannot be used: one line naming the file and what is wrong.
public enum WeightsError: Error, Equatable, Sendable {
  /// The file has another SHA-256 than the one known from `by`.
  case checksum(path: String, found: String, expected: String, by: String)
  /// The network needs a tensor that the file lacks.
  case missing(path: String, key: String)
  /// The file has a tensor that the network has no place for.
  case unexpected(path: String, key: String)
  /// A tensor of another shape.
  case shape(path: String, key: String, found: [Int], expected: String)
  /// A tensor that holds no floating-point numbers, or not only finite ones.
  case values(path: String, key: String)
  /// No network known here has tensors like these; the first of them is named.
  case unknownNetwork(path: String, key: String)
  /// The weights of the network for photos, which set-up did not or could not install at this place.
  case notInstalled(path: String)
  /// The network has no layer of this name that features could be taken from; those it has.
  case layer(path: String, name: String, known: [String])
}

extension WeightsError: CustomStringConvertible {
  /// One line for the user.
  public var description: String {
    switch self {
    case .checksum(let path, let found, let expected, let origin):
      "\(path): its SHA-256 is \(found), expected \(origin), \(expected); "
        + "these are other weights or a damaged file"
    case .missing(let path, let key):
      "\(path): tensor '\(key)' is missing; is the file for this network? "
        + "(Scripts/convert_weights.py makes it)"
    case .unexpected(let path, let key): "\(path): tensor '\(key)' is unknown to this network"
    case .shape(let path, let key, let found, let expected):
      "\(path): tensor '\(key)' has shape \(found), expected \(expected)"
    case .values(let path, let key): "\(path): tensor '\(key)' is not made of finite numbers"
    case .unknownNetwork(let path, let key):
      "\(path): weights of no known network (it has '\(key)'), expected EfficientNet-Lite0, "
        + "Inception v3, VGG-16, VGG-19 or a classifier that an evaluation exported"
    case .notInstalled(let path):
      "\(path) is not there: the weights of the network that photos are compared with; install "
        + "them with make features\(Self.checkout(of: path)), or name a file of other weights"
    case .layer(let path, let name, let known):
      "\(path): no layer '\(name)' in this network, "
        + (known.isEmpty
          ? "whose layer is fixed" : "expected one of \(known.joined(separator: ", "))")
    }
  }
}

extension WeightsError {
  /// Where to call `make`: set-up compiles into `.libtorch` of a checkout.
  private static func checkout(of path: String) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    guard folder.lastPathComponent == ".libtorch" else { return " in a checkout of SwiftGAN" }
    return " in \(folder.deletingLastPathComponent().path)"
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
  /// - Throws: ``WeightsError`` naming the file and the tensor.
  public func load(_ weights: WeightsFile) throws {
    try load(weights) { key in !Self.ignoredKeys.contains { key.hasPrefix($0) } }
  }

  /// As ``load(_:)``, from a file of a larger network of which this one is a part.
  func load(partOf weights: WeightsFile) throws {
    let own = Set(stateDictionary.keys)
    try load(weights) { own.contains($0) }
  }

  private func load(_ weights: WeightsFile, where isOwn: (String) -> Bool) throws {
    let path = weights.url.path
    var tensors = weights.tensors.filter { key, _ in
      !key.hasSuffix("num_batches_tracked") && isOwn(key)
    }
    for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      guard tensor.dtype.isFloatingPoint, tensor.isFinite().all().item() == 1 else {
        throw WeightsError.values(path: path, key: key)
      }
    }
    for (key, buffer) in namedBuffers where key.hasSuffix("num_batches_tracked") {
      tensors[key] = buffer.value
    }
    do {
      try load(tensors)
    } catch let error as StateError {
      throw WeightsError(error, path: path)
    }
  }
}

extension WeightsError {
  fileprivate init(_ error: StateError, path: String) {
    switch error {
    case .missing(let key): self = .missing(path: path, key: key)
    case .unexpected(let key): self = .unexpected(path: path, key: key)
    case .shape(let key, let found, let expected):
      self = .shape(path: path, key: key, found: found, expected: "\(expected)")
    }
  }
}
