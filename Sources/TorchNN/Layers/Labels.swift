import Torch

/// A layer that may be told the class of each image: unconditional where it was made for no classes.
public protocol LabelableLayer: Layer {
  /// The output for samples `input` `[N, ...]` of classes `labels` `[N]`, `int64`.
  ///
  /// - Precondition: there are labels where the layer was made for classes.
  func callAsFunction(_ input: Tensor, labels: Tensor?) -> Tensor
}

extension LabelableLayer {
  /// The output of a layer made for no classes.
  public func callAsFunction(_ input: Tensor) -> Tensor { self(input, labels: nil) }
}

/// A network that may be told the class of each image, whatever it is made of.
public struct LabeledNetwork: LabelableLayer {
  private let base: any Module
  private let output: (Tensor, Tensor?) -> Tensor

  /// A network that no label reaches.
  public init(_ layer: some Layer) {
    base = layer
    output = { input, _ in layer(input) }
  }

  /// A network that labels may reach.
  public init(_ layer: some LabelableLayer) {
    base = layer
    output = { layer($0, labels: $1) }
  }

  /// A network that needs labels.
  public init(conditional layer: some ConditionalLayer) {
    base = layer
    output = { layer($0, labels: required($1)) }
  }

  /// The network's own parts.
  public var children: [(name: String, node: ModuleNode)] { base.children }

  /// The network's output.
  public func callAsFunction(_ input: Tensor, labels: Tensor?) -> Tensor { output(input, labels) }
}

/// Batch normalisation, with gain and offset of the label's own where there are classes.
public struct LabelNorm: LabelableLayer {
  private enum Kind {
    case plain(BatchNorm)
    case conditional(ConditionalBatchNorm)
  }
  private let kind: Kind

  /// A layer for `classes` classes; 0 makes it plain.
  public init(_ channels: Int, classes: Int) {
    kind =
      classes == 0
      ? .plain(BatchNorm(channels))
      : .conditional(ConditionalBatchNorm(channels, classes: classes))
  }

  /// Those of the normalisation.
  public var children: [(name: String, node: ModuleNode)] {
    switch kind {
    case .plain(let norm): norm.children
    case .conditional(let norm): norm.children
    }
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor, labels: Tensor?) -> Tensor {
    self(input, labels: labels, then: nil)
  }

  /// The same with what follows.
  package func callAsFunction(
    _ input: Tensor, labels: Tensor?, then continuation: Continuation?
  ) -> Tensor {
    switch kind {
    case .plain(let norm): norm(input, then: continuation)
    case .conditional(let norm): norm(input, labels: required(labels), then: continuation)
    }
  }
}

/// A conditional network cannot do without labels.
package func required(_ labels: Tensor?) -> Tensor {
  guard let labels else { preconditionFailure("a conditional network needs labels") }
  return labels
}
