import Torch
import TorchNN

/// Convolution without bias, batch normalisation with ε = 0.001, ReLU: torchvision's `BasicConv2d`.
struct ConvUnit: Layer {
  private let conv: FrozenConv
  private let bn: FrozenNorm

  init(_ inputs: Int, _ outputs: Int, _ shape: ConvShape) {
    conv = FrozenConv(
      inputs, outputs, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      bias: false)
    bn = FrozenNorm(outputs, epsilon: 0.001)
  }

  func callAsFunction(_ input: Tensor) -> Tensor { bn(conv(input)).relu() }
}

/// Kernel, stride and border of a convolution.
struct ConvShape {
  var kernel: (height: Int, width: Int)
  var stride = 1
  var padding: (height: Int, width: Int)

  /// A square kernel.
  static func square(_ side: Int, stride: Int = 1, padding: Int = 0) -> ConvShape {
    ConvShape(kernel: (side, side), stride: stride, padding: (padding, padding))
  }

  /// A row of `length` pixels, same size out.
  static func row(_ length: Int) -> ConvShape {
    ConvShape(kernel: (1, length), padding: (0, length / 2))
  }

  /// A column of `length` pixels, same size out.
  static func column(_ length: Int) -> ConvShape {
    ConvShape(kernel: (length, 1), padding: (length / 2, 0))
  }
}

/// How 3x3 windows are pooled at stride 1, same size out.
enum InceptionPooling {
  /// Averages that count the border as zeros: torchvision.
  case average
  /// Averages over the pixels there are: TensorFlow.
  case averageInside
  /// Maxima: the last block of the 2015 network.
  case maximum

  func callAsFunction(_ input: Tensor) -> Tensor {
    switch self {
    case .average: return input.averagePooled(3, stride: 1, padding: 1)
    case .maximum: return input.maxPooled(3, stride: 1, padding: 1)
    case .averageInside:
      let ones = Tensor.ones([1, 1, input.size(2), input.size(3)], on: input.device)
      // Both divide by 9, so the quotient divides by the number of pixels inside.
      return input.averagePooled(3, stride: 1, padding: 1)
        / ones.averagePooled(3, stride: 1, padding: 1)
    }
  }
}

/// One step of a branch.
enum InceptionStep {
  /// A convolution under its name.
  case unit(String, ConvUnit)
  /// Convolutions of the same input, joined.
  case fork([(name: String, unit: ConvUnit)])
  /// Pooling that keeps the size.
  case pool(InceptionPooling)
  /// Maxima of 3x3 windows at stride 2.
  case reduce

  func callAsFunction(_ input: Tensor) -> Tensor {
    switch self {
    case .unit(_, let unit): unit(input)
    case .fork(let units): .concatenated(units.map { $0.unit(input) }, axis: 1)
    case .pool(let pooling): pooling(input)
    case .reduce: input.maxPooled(3, stride: 2)
    }
  }

  fileprivate var parts: [(name: String, node: ModuleNode)] {
    switch self {
    case .unit(let name, let unit): [(name, .module(unit))]
    case .fork(let units): units.map { ($0.name, .module($0.unit)) }
    case .pool, .reduce: []
    }
  }
}

/// Branches of the same input, joined along the channels (Szegedy et al. 2016, section 4).
struct InceptionBlock: Layer {
  let branches: [[InceptionStep]]

  init(_ branches: [[InceptionStep]]) { self.branches = branches }

  var children: [(name: String, node: ModuleNode)] { branches.joined().flatMap(\.parts) }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let outputs = branches.map { steps in steps.reduce(input) { $1($0) } }
    return .concatenated(outputs, axis: 1)
  }
}
