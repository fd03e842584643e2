import Torch

/// A trainable tensor of a network: one of the two leaves of a module tree.
public final class Parameter {
  /// The current value, a leaf of every graph it is used in.
  public private(set) var value: Tensor

  /// A parameter with these initial values.
  public init(_ initial: Tensor) { value = initial.detached().cloned().trackingGradient() }

  /// Overwrites the values in place; the graph built so far must not be differentiated afterwards.
  ///
  /// - Precondition: `values` has this shape.
  public func assign(_ values: Tensor) { overwrite(value, with: values) }

  fileprivate func place(on device: Device) {
    value = value.detached().placed(on: device).trackingGradient()
  }

  fileprivate func cast(to dtype: DType) {
    value = value.detached().cast(to: dtype).trackingGradient()
  }
}

/// State of a module that no gradient reaches: running statistics, moments, averages, pools.
public final class Buffer {
  /// The current value.
  public private(set) var value: Tensor
  private let staysOnProcessor: Bool

  /// A buffer with these initial values.
  public convenience init(_ initial: Tensor) { self.init(initial, staysOnProcessor: false) }

  init(_ initial: Tensor, staysOnProcessor: Bool) {
    value = initial.detached().cloned()
    self.staysOnProcessor = staysOnProcessor
  }

  /// Overwrites the values in place.
  ///
  /// - Precondition: `values` has this shape.
  public func assign(_ values: Tensor) { overwrite(value, with: values) }

  fileprivate func place(on device: Device) {
    value = value.placed(on: staysOnProcessor ? .cpu : device)
  }

  fileprivate func cast(to dtype: DType) {
    if value.dtype.isFloatingPoint { value = value.cast(to: dtype) }
  }
}

/// A leaf of a layer that may be trained or not.
protocol TensorLeaf: AnyObject {
  var value: Tensor { get }
  func assign(_ values: Tensor)
}

extension Parameter: TensorLeaf {}
extension Buffer: TensorLeaf {}

/// A copy in place would broadcast.
private func overwrite(_ target: Tensor, with values: Tensor) {
  precondition(
    values.shape == target.shape, "assign: shape \(values.shape), expected \(target.shape)")
  InPlace.copy(values, into: target)
}

extension Tensor {
  /// On `device`, and with channels innermost where it can be an image or a convolution's weight.
  fileprivate func placed(on device: Device) -> Tensor {
    let moved = moved(to: device)
    return rank == 4 ? moved.settled(.channelsLast) : moved
  }
}

/// A part of a module tree.
public enum ModuleNode {
  /// A trainable leaf.
  case parameter(Parameter)
  /// A leaf of state.
  case buffer(Buffer)
  /// A branch.
  case module(any Module)
}

/// Anything with parameters and state: a layer, a network, an optimizer, a whole recipe.
///
/// A module is a struct of layers (or a final class where it has an identity). Its parts are its
/// stored properties in declaration order, found by reflection at set-up and checkpoint time, never
/// in a step. Keys are property names in snake case joined by dots, arrays by position, which makes
/// them equal to those of a PyTorch state dictionary.
public protocol Module {
  /// The parts by name, in order.
  var children: [(name: String, node: ModuleNode)] { get }
}

/// A module that is not an entry of its parent but several: a trained network and its average, say,
/// whose keys `generator.…` and `generator_ema.…` stand side by side in a state dictionary.
///
/// Where a parent has a group as a stored property `name`, each member becomes the parent's child
/// `name` + suffix, in order. A group that is itself the root has the children of any other module.
public protocol ModuleGroup: Module {
  /// What is appended to the name of the property that holds the group (may be empty), and what
  /// stands there; `nil` contributes nothing.
  var members: [(suffix: String, module: (any Module)?)] { get }
}

/// A module that maps one tensor to another.
public protocol Layer: Module {
  /// The layer's output.
  func callAsFunction(_ input: Tensor) -> Tensor
}

/// A module that maps a tensor to another given the class of each sample.
public protocol ConditionalLayer: Module {
  /// The output for samples `input` `[N, ...]` of classes `labels` `[N]`, `int64`.
  func callAsFunction(_ input: Tensor, labels: Tensor) -> Tensor
}

extension Module {
  /// The stored properties that are parameters, buffers, modules, or optionals and arrays of them.
  public var children: [(name: String, node: ModuleNode)] {
    Mirror(reflecting: self).children.flatMap { child in
      nodes(of: child.value, named: snakeCase(child.label ?? ""))
    }
  }

  /// Every leaf below this module by its full key, depth first in declaration order.
  public var leaves: [(key: String, node: ModuleNode)] {
    children.flatMap { child -> [(key: String, node: ModuleNode)] in
      guard case .module(let module) = child.node else { return [(child.name, child.node)] }
      return module.leaves.map { ("\(child.name).\($0.key)", $0.node) }
    }
  }

  /// The trainable leaves by key; one that several layers share only once, by its first key.
  public var namedParameters: [(key: String, parameter: Parameter)] {
    var seen: Set<ObjectIdentifier> = []
    return leaves.compactMap {
      guard case .parameter(let parameter) = $0.node,
        seen.insert(ObjectIdentifier(parameter)).inserted
      else { return nil }
      return ($0.key, parameter)
    }
  }

  /// The trainable leaves.
  public var parameters: [Parameter] { namedParameters.map(\.parameter) }

  /// The leaves of state by key.
  public var namedBuffers: [(key: String, buffer: Buffer)] {
    leaves.compactMap { if case .buffer(let buffer) = $0.node { ($0.key, buffer) } else { nil } }
  }

  /// How many numbers are trained.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

  /// This module with all its tensors on `device` and image weights laid out channels-last.
  public func placed(on device: Device) -> Self {
    for leaf in leaves {
      switch leaf.node {
      case .parameter(let parameter): parameter.place(on: device)
      case .buffer(let buffer): buffer.place(on: device)
      case .module: break
      }
    }
    return self
  }
}

extension Module {
  /// This module with its floating-point tensors in `dtype`: finite differences need float64.
  package func cast(to dtype: DType) -> Self {
    for leaf in leaves {
      switch leaf.node {
      case .parameter(let parameter): parameter.cast(to: dtype)
      case .buffer(let buffer): buffer.cast(to: dtype)
      case .module: break
      }
    }
    return self
  }
}

/// The parts a stored property contributes.
private func nodes(of value: Any, named name: String) -> [(name: String, node: ModuleNode)] {
  switch value {
  case let parameter as Parameter: return [(name, .parameter(parameter))]
  case let buffer as Buffer: return [(name, .buffer(buffer))]
  case let group as any ModuleGroup:
    return group.members.flatMap { suffix, member in
      member.map { nodes(of: $0, named: name + suffix) } ?? []
    }
  case let module as any Module: return [(name, .module(module))]
  case let array as [Any]:
    return array.enumerated().flatMap { nodes(of: $1, named: "\(name).\($0)") }
  default:
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .optional, let wrapped = mirror.children.first else { return [] }
    return nodes(of: wrapped.value, named: name)
  }
}

/// `runningMean` as `running_mean`, `toRGB` as `to_rgb`: a run of capitals is one word, whose last
/// letter belongs to the next word where a small letter follows (`toRGBImage` is `to_rgb_image`).
func snakeCase(_ name: String) -> String {
  let letters = Array(name)
  return letters.indices.reduce(into: "") { result, index in
    let isCapital = letters[index].isUppercase
    let followsCapital = index > 0 && letters[index - 1].isUppercase
    let precedesSmall = index + 1 < letters.count && letters[index + 1].isLowercase
    if isCapital, index > 0, !followsCapital || precedesSmall { result += "_" }
    result += letters[index].lowercased()
  }
}

/// Whether layers behave as in training or as in use.
public enum Mode: Sendable {
  /// Batch statistics, dropout, power iterations.
  case training
  /// Running statistics, no dropout, frozen power iterations.
  case evaluation

  /// The mode in force; training unless ``withMode(_:_:)`` says otherwise.
  @TaskLocal public static var current = Mode.training
}

/// Runs `body` with all layers in `mode`.
public func withMode<Result>(_ mode: Mode, _ body: () throws -> Result) rethrows -> Result {
  try Mode.$current.withValue(mode, operation: body)
}

/// Runs `body` with all layers as in use and without a graph: how everything but training computes.
public func evaluating<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withMode(.evaluation) { try withoutGradients(body) }
}

/// Whether running statistics follow the batches that a network sees in training, and power iterations
/// go on.
enum Tracking {
  @TaskLocal static var isOn = true
}

/// Runs `body` with normalisation by the batch's own statistics as in training, which running
/// statistics do not follow: a discriminator that is later used on real images should keep those of
/// real images. What is computed is the same. Spectral normalisation keeps its vectors: a player's power
/// iterations go on in its own update alone.
public func withoutTracking<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Tracking.$isOn.withValue(false, operation: body)
}

/// Whether batch normalisation in use takes each image for a batch of its own.
enum OwnStatistics {
  @TaskLocal static var isOn = false
}

/// Runs `body` with batch normalisation by each image's own statistics, as if it were a minibatch by itself in
/// training, where layers are in evaluation mode.
public func withOwnStatistics<Result>(_ body: () throws -> Result) rethrows -> Result {
  try OwnStatistics.$isOn.withValue(true, operation: body)
}

extension Layer {
  /// The layer's output for a batch that leaves running statistics and power iterations as they are,
  /// see ``withoutTracking(_:)``.
  public func untracked(_ input: Tensor) -> Tensor { withoutTracking { self(input) } }
}
