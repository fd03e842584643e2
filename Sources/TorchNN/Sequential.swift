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
  private let steps: [Step]

  /// Layers from an array.
  public init(_ layers: [any Layer]) { (self.layers, steps) = (layers, Step.steps(of: layers)) }

  /// Layers written one below the other.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

  /// The layers by position.
  public var children: [(name: String, node: ModuleNode)] {
    layers.enumerated().map { ("\($0)", .module($1)) }
  }

  /// The last layer's output. An activation behind a convolution, a linear layer or a normalisation
  /// overwrites that layer's output, which nothing else holds, or is computed along with it.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    steps.reduce(input) { $1($0) }
  }
}

/// Layers of a ``Sequential`` that are computed at one go.
private enum Step {
  case layer(any Layer)
  case overwriting(any Layer, OverwritingActivation)
  case fused(any ContinuedLayer, any Continuing)

  func callAsFunction(_ input: Tensor) -> Tensor {
    switch self {
    case .layer(let layer): layer(input)
    case .overwriting(let layer, let activation): layer(input).overwritten(by: activation)
    case .fused(let layer, let next): layer(input, then: next.continuation)
    }
  }

  static func steps(of layers: [any Layer]) -> [Step] {
    var steps: [Step] = []
    var rest = layers[...]
    while let layer = rest.popFirst() {
      let activation = (rest.first as? any Activation)?.overwriting
      let next = rest.first as? any Continuing
      if let layer = layer as? any ContinuedLayer, let next, next.continuation != nil {
        steps.append(.fused(layer, next))
      } else if let activation, layer is any FreshOutput {
        steps.append(.overwriting(layer, activation))
      } else {
        steps.append(.layer(layer))
        continue
      }
      rest.removeFirst()
    }
    return steps
  }
}

/// A layer that can compute what follows along with its output.
package protocol ContinuedLayer: Layer {
  /// The output with what follows.
  func callAsFunction(_ input: Tensor, then continuation: Continuation?) -> Tensor
}

extension BatchNorm: ContinuedLayer {}
extension InstanceNorm2d: ContinuedLayer {}

extension Layer {
  /// The activation of this layer's output, which must be new memory that the layer's own gradient does not need.
  package func activated(_ input: Tensor, by activation: OverwritingActivation) -> Tensor {
    (self as? any ContinuedLayer)?(input, then: .activation(activation))
      ?? self(input).overwritten(by: activation)
  }
}

/// A layer whose output is new memory that its own gradient does not need.
protocol FreshOutput: Layer {}

extension Linear: FreshOutput {}
extension Conv2d: FreshOutput {}
extension ConvTranspose2d: FreshOutput {}
extension UpsampleConv2d: FreshOutput {}
extension ConvPool2d: FreshOutput {}
extension ImageLayerNorm: FreshOutput {}
extension SpectralLinear: FreshOutput {}
extension SpectralConv2d: FreshOutput {}
extension SpectralUpsampleConv2d: FreshOutput {}
extension SpectralConvPool2d: FreshOutput {}

/// A layer without state that can overwrite its input.
protocol Activation: Continuing {
  /// How, if it can.
  var overwriting: OverwritingActivation? { get }
}

extension ReLU: Activation { var overwriting: OverwritingActivation? { .relu } }
extension Tanh: Activation { var overwriting: OverwritingActivation? { .tanh } }
extension LeakyReLU: Activation {
  /// Only a positive slope lets the sign of the input be read off the output.
  var overwriting: OverwritingActivation? { slope > 0 ? .leakyReLU(slope) : nil }
}

/// A layer that a normalisation before it can compute along.
protocol Continuing: Layer {
  /// How, if it can.
  var continuation: Continuation? { get }
}

extension PReLU: Continuing { var continuation: Continuation? { .prelu(weight.value) } }
extension Activation {
  var continuation: Continuation? { overwriting.map { .activation($0) } }
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
