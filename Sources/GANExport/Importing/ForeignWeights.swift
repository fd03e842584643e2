import Foundation
import GANTraining
import Torch

/// The tensors of another program's network by that program's keys, taken one after the other.
struct ForeignWeights {
  /// The file that they are from, as it was named.
  let path: String
  /// The same whatever the present folder is.
  var absolutePath: String { URL(fileURLWithPath: path).standardizedFileURL.path }
  private var rest: [String: Tensor]
  /// The keys in the order of the network's layers, where the file tells it.
  let order: [String]?
  /// By our key the key that a tensor had.
  private(set) var sources: [String: String] = [:]
  /// Our keys with their tensors.
  private(set) var tensors: [String: Tensor] = [:]

  /// - Throws: ``RunError`` or `SafetensorsError` in a line for a file that is none of weights.
  init(_ path: String) throws {
    guard path.lowercased().hasSuffix(".safetensors") else {
      throw RunError.checkpoint(
        path,
        reason: "expected a .safetensors file, as Scripts/convert_weights.py state-dict makes"
          + " it of a .pth file")
    }
    let file = try SafetensorsFile(readingFrom: URL(fileURLWithPath: path))
    self.path = path
    rest = file.tensors.mapValues { $0.dtype.isFloatingPoint ? $0.cast(to: .float32) : $0 }
    order = file.metadata["order"].flatMap {
      try? JSONDecoder().decode([String].self, from: Data($0.utf8))
    }
  }

  /// The keys that nobody has taken yet.
  var keys: Set<String> { Set(rest.keys) }

  /// A tensor that must be there.
  func value(_ key: String) throws -> Tensor {
    guard let tensor = rest[key] else { throw problem("tensor '\(key)' is missing") }
    return tensor
  }

  /// A tensor that must be there and have so many axes.
  func value(_ key: String, rank: Int) throws -> Tensor {
    let tensor = try value(key)
    guard tensor.rank == rank else {
      throw problem("tensor '\(key)' has shape \(tensor.shape), expected \(rank) axes")
    }
    return tensor
  }

  /// Gives a tensor its place in our network.
  mutating func take(_ key: String, as own: String, _ change: (Tensor) -> Tensor = { $0 }) throws {
    tensors[own] = change(try value(key))
    sources[own] = key
    rest[key] = nil
  }

  /// Gives a tensor its place, or another one where it is not there.
  mutating func take(_ key: String, as own: String, else other: Tensor) {
    tensors[own] = rest.removeValue(forKey: key) ?? other
    sources[own] = key
  }

  /// Puts a tensor of ours where the other network has none.
  mutating func put(_ tensor: Tensor, as own: String, instead key: String) {
    tensors[own] = tensor
    sources[own] = key
  }

  /// Changes a tensor that has its place.
  mutating func change(_ own: String, _ change: (Tensor) -> Tensor) {
    tensors[own] = tensors[own].map(change)
  }

  /// Leaves out a tensor that makes no difference.
  @discardableResult
  mutating func drop(_ key: String) -> Tensor? { rest.removeValue(forKey: key) }

  /// Takes the tensors of a batch normalisation.
  mutating func takeNorm(_ key: String, as own: String) throws {
    for name in ["weight", "bias", "running_mean", "running_var"] {
      try take("\(key).\(name)", as: "\(own).\(name)")
    }
    drop("\(key).num_batches_tracked")
    put(
      Tensor.zeros([], dtype: .int64), as: "\(own).num_batches_tracked",
      instead: "\(key).num_batches_tracked")
  }

  /// Leaves out what an instance normalisation without gain may have kept, and the bias in front of it, which it
  /// takes away from every image.
  mutating func dropInstanceNorm(_ norm: String, behind layer: String) {
    for name in ["running_mean", "running_var", "num_batches_tracked"] { drop("\(norm).\(name)") }
    drop("\(layer).bias")
  }

  /// - Throws: ``RunError`` for a tensor that has found no place.
  func checkAllTaken() throws {
    if let key = rest.keys.min() {
      throw problem("tensor '\(key)' is unknown to such a network")
    }
  }

  /// What is wrong with the file.
  func problem(_ reason: String) -> RunError { .checkpoint(path, reason: reason) }

  /// The same in the file's own words.
  func problem(_ error: StateErrorText) -> RunError {
    let key = sources[error.key] ?? error.key
    return problem(
      error.shapes.map { found, expected in
        "tensor '\(key)' has shape \(found), expected \(expected)"
      } ?? "tensor '\(key)' is missing")
  }
}

/// A tensor of ours that does not fit.
struct StateErrorText {
  let key: String
  /// Those found and expected; `nil` where there is no tensor.
  let shapes: (found: [Int], expected: [Int])?
}
