import Torch

/// Layers applied one after the other; state keys are their positions, as in PyTorch.
///
/// ```swift
/// let network = Sequential {
///   Linear(100, 256)
///   LeakyReLU(0.2)
///   for width in widths { Linear(width, width); ReLU() }
/// }
/// ```
public struct Sequential: Layer {
  /// The layers in order.
  public let layers: [any Layer]
  private let overwriting: [OverwritingActivation?]

  /// Layers from an array.
  public init(_ layers: [any Layer]) {
    self.layers = layers
    overwriting = layers.indices.map { index in
      guard index > 0, layers[index - 1] is any FreshOutput else { return nil }
      return (layers[index] as? any Activation)?.overwriting
    }
  }

  /// Layers written one below the other.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

  /// The layers by position.
  public var children: [(name: String, node: ModuleNode)] {
    layers.enumerated().map { ("\($0)", .module($1)) }
  }

  /// The last layer's output. An activation behind a convolution, a linear layer or a normalisation
  /// overwrites that layer's output, which nothing else holds.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    var result = input
    for (layer, activation) in zip(layers, overwriting) {
      result = activation.map { result.overwritten(by: $0) } ?? layer(result)
    }
    return result
  }
}

/// A layer whose output is new memory that its own gradient does not need.
protocol FreshOutput: Layer {}

extension Linear: FreshOutput {}
extension Conv2d: FreshOutput {}
extension ConvTranspose2d: FreshOutput {}
extension UpsampleConv2d: FreshOutput {}
extension ConvPool2d: FreshOutput {}
extension BatchNorm: FreshOutput {}
extension InstanceNorm2d: FreshOutput {}
extension ImageLayerNorm: FreshOutput {}
extension SpectralLinear: FreshOutput {}
extension SpectralConv2d: FreshOutput {}
extension SpectralUpsampleConv2d: FreshOutput {}
extension SpectralConvPool2d: FreshOutput {}

/// A layer without state that can overwrite its input.
protocol Activation: Layer {
  /// How, if it can.
  var overwriting: OverwritingActivation? { get }
}

extension ReLU: Activation { var overwriting: OverwritingActivation? { .relu } }
extension Tanh: Activation { var overwriting: OverwritingActivation? { .tanh } }
extension LeakyReLU: Activation {
  /// Only a positive slope lets the sign of the input be read off the output.
  var overwriting: OverwritingActivation? { slope > 0 ? .leakyReLU(slope) : nil }
}

/// Collects the layers of a ``Sequential`` written as statements.
@resultBuilder
public enum LayerBuilder {
  /// One layer.
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  /// Several layers made by a function.
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  /// Statements in order.
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  /// The layers of a loop.
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
  /// The layers of an `if` without `else`.
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  /// The first branch.
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  /// The other branch.
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
}

/// A function without parameters as a layer.
public struct Lambda: Layer {
  private let function: (Tensor) -> Tensor

  /// The layer that applies `function`.
  public init(_ function: @escaping (Tensor) -> Tensor) { self.function = function }

  /// The function's value.
  public func callAsFunction(_ input: Tensor) -> Tensor { function(input) }
}

/// A layer of a type chosen at run time, with the chosen layer's own keys.
public struct AnyLayer: Layer {
  private let base: any Layer

  /// Hides the type of `base`.
  public init(_ base: any Layer) { self.base = base }

  /// The chosen layer's parts.
  public var children: [(name: String, node: ModuleNode)] { base.children }

  /// The chosen layer's output.
  public func callAsFunction(_ input: Tensor) -> Tensor { base(input) }
}
