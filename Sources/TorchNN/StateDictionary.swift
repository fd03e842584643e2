import Torch

/// Tensors that do not fit the module they are loaded into.
public enum StateError: Error, Equatable, CustomStringConvertible {
  /// The module needs a tensor that is not there.
  case missing(String)
  /// There is a tensor that the module has no place for.
  case unexpected(String)
  /// A tensor has another shape than the module's.
  case shape(String, found: [Int], expected: [Int])

  /// One line naming the tensor.
  public var description: String {
    switch self {
    case .missing(let key): "tensor '\(key)' is missing"
    case .unexpected(let key): "tensor '\(key)' is unknown to this network"
    case .shape(let key, let found, let expected):
      "tensor '\(key)' has shape \(found), expected \(expected)"
    }
  }
}

extension Module {
  /// All parameters and buffers by key, as a PyTorch `state_dict()` has them. The tensors share
  /// storage with the module: clone them to keep their present values.
  public var stateDictionary: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for leaf in leaves {
      switch leaf.node {
      case .parameter(let parameter): result[leaf.key] = parameter.value.detached()
      case .buffer(let buffer): result[leaf.key] = buffer.value
      case .module: break
      }
    }
    return result
  }

  /// Overwrites all parameters and buffers; nothing changes unless everything fits.
  ///
  /// - Throws: ``StateError`` for the first tensor that is missing, unknown or of another shape.
  public func load(_ tensors: [String: Tensor]) throws {
    let own = stateDictionary
    for (key, tensor) in own.sorted(by: { $0.key < $1.key }) {
      guard let new = tensors[key] else { throw StateError.missing(key) }
      guard new.shape == tensor.shape else {
        throw StateError.shape(key, found: new.shape, expected: tensor.shape)
      }
    }
    if let extra = tensors.keys.filter({ own[$0] == nil }).min() {
      throw StateError.unexpected(extra)
    }
    for (key, tensor) in own {
      if let new = tensors[key] { InPlace.copy(new, into: tensor) }
    }
  }

  /// Overwrites this module's values with those of another of the same structure.
  public func copyValues(from other: some Module) {
    let (targets, sources) = (leafTensors, other.leafTensors)
    precondition(targets.map(\.shape) == sources.map(\.shape), "modules of different structure")
    InPlace.copy(sources, into: targets)
  }

  /// Runs `body` and puts all buffers back to what they were: a pass in training mode that leaves
  /// no trace in running statistics.
  public func keepingBuffers<Result>(_ body: () throws -> Result) rethrows -> Result {
    let buffers = namedBuffers.map(\.buffer.value)
    let kept = buffers.map { $0.cloned() }
    defer { InPlace.copy(kept, into: buffers) }
    return try body()
  }

  /// The leaves' tensors, outside any graph, in declaration order.
  package var leafTensors: [Tensor] {
    leaves.compactMap { leaf in
      switch leaf.node {
      case .parameter(let parameter): parameter.value.detached()
      case .buffer(let buffer): buffer.value
      case .module: nil
      }
    }
  }
}
