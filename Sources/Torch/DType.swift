/// An element type. The cases are the types this package computes with.
public enum DType: String, Sendable, CaseIterable {
  /// 32-bit floating point: parameters, losses, penalties.
  case float32
  /// 64-bit floating point: finite differences, eigen-decompositions.
  case float64
  /// 16-bit floating point with float32's range, for autocast.
  case bfloat16
  /// IEEE 16-bit floating point.
  case float16
  /// 64-bit integers: labels and indices.
  case int64
  /// 32-bit integers.
  case int32
  /// Bytes: images at rest, generator states.
  case uint8
  /// Truth values.
  case bool

  /// LibTorch's number for the type.
  var code: Int32 {
    switch self {
    case .uint8: 0
    case .int32: 3
    case .int64: 4
    case .float16: 5
    case .float32: 6
    case .float64: 7
    case .bool: 11
    case .bfloat16: 15
    }
  }

  init(code: Int32) {
    guard let match = DType.allCases.first(where: { $0.code == code }) else {
      fatalError("LibTorch made a tensor of type number \(code), which this package does not use")
    }
    self = match
  }

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .uint8, .bool: 1
    case .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  /// Whether gradients can flow through tensors of this type.
  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .bfloat16, .float16: true
    case .int64, .int32, .uint8, .bool: false
    }
  }
}
