import Foundation
import Torch

extension ONNXAttribute {
  init(_ name: String, _ value: Int) {
    self.init()
    (self.name, type, i) = (name, .int, Int64(value))
  }

  init(_ name: String, _ value: Double) {
    self.init()
    (self.name, type, f) = (name, .float, Float(value))
  }

  init(_ name: String, _ value: String) {
    self.init()
    (self.name, type, s) = (name, .string, Data(value.utf8))
  }

  init(_ name: String, _ values: [Int]) {
    self.init()
    (self.name, type, ints) = (name, .ints, values.map(Int64.init))
  }
}

extension ONNXArray {
  /// The numbers of a tensor, little-endian as in memory.
  init(_ tensor: Tensor, _ name: String) {
    self.init()
    dims = tensor.shape.map(Int64.init)
    dataType = Int32(Self.code(of: tensor.dtype))
    self.name = name
    rawData = Data(tensor.rawBytes)
  }

  /// ONNX's number of a type.
  static func code(of type: DType) -> Int {
    switch type {
    case .float32: 1
    case .uint8: 2
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .bfloat16: 16
    }
  }

  /// ONNX's number of LibTorch's scalar type.
  static func code(ofTorch type: Int) -> Int? {
    [0: 2, 3: 6, 4: 7, 5: 10, 6: 1, 7: 11, 11: 9, 15: 16][type]
  }
}

extension ONNXModel {
  /// A network that others can run.
  ///
  /// - Parameters:
  ///   - network: the network as it was recorded.
  ///   - facts: what one must know to use it.
  ///   - axes: what free axes of the inputs, and of the output, are called.
  /// - Throws: ``ExportError`` for an operation that ONNX has not.
  init(
    _ network: TracedNetwork, facts: [String: String], inputAxes: [[String]], outputAxes: [String]
  ) throws {
    let converter = try ONNXConverter(network)
    self.init()
    irVersion = 8
    producerName = "SwiftGAN"
    producerVersion = facts["version"] ?? ""
    var set = ONNXOperatorSet()
    set.version = Int64(ONNXConverter.operatorSet)
    opsetImport = [set]
    graph = converter.graph
    graph.name = facts["network"] ?? "network"
    graph.input = zip(converter.inputs, inputAxes).map { ONNXNamed($0, $0.name, $1) }
    graph.output = converter.outputs.map { ONNXNamed($0, "output", outputAxes) }
    metadataProps = facts.sorted { $0.key < $1.key }.map { key, value in
      var property = ONNXProperty()
      (property.key, property.value) = (key, value)
      return property
    }
  }
}

extension ONNXNamed {
  /// - Parameter axes: what free axes are called.
  fileprivate init(_ value: Operations.Value, _ name: String, _ axes: [String]) {
    self.init()
    self.name = name
    var kind = ONNXArrayKind()
    kind.elemType = Int32(value.type.flatMap(ONNXArray.code(ofTorch:)) ?? 1)
    kind.shape.dim = (value.shape ?? []).enumerated().map { axis, length in
      var dimension = ONNXShape.Dimension()
      if length < 0 {
        dimension.dimParam = axes[axis]
      } else {
        dimension.dimValue = Int64(length)
      }
      return dimension
    }
    type.tensorType = kind
  }
}
