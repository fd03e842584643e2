import Torch

extension ONNXConverter {
  /// Arguments of one convolution.
  private struct Convolution {
    var strides, padding, dilations: [Int]
    var outputPadding: [Int]?
    var groups: Int
  }

  private static func convolution(
    _ read: @escaping @Sendable (ONNXConverter, Call) throws -> Convolution
  ) -> Conversion {
    { converter, call in
      let numbers = try read(converter, call)
      var inputs = [try converter.tensor(call, 0), try converter.tensor(call, 1)]
      if !converter.isNone(call, 2) { inputs.append(try converter.tensor(call, 2)) }
      var attributes: [ONNXAttribute] = [
        .init("strides", numbers.strides), .init("pads", numbers.padding + numbers.padding),
        .init("dilations", numbers.dilations), .init("group", numbers.groups),
      ]
      if let padding = numbers.outputPadding { attributes.append(.init("output_padding", padding)) }
      let type = numbers.outputPadding == nil ? "Conv" : "ConvTranspose"
      converter.add(type, inputs, of: call, attributes)
    }
  }

  static let layers: [String: Conversion] = [
    "aten::_convolution": convolution { converter, call in
      let isTransposed = try converter.integer(call, 6) == 1
      return Convolution(
        strides: try converter.pair(call, 3), padding: try converter.pair(call, 4),
        dilations: try converter.pair(call, 5),
        outputPadding: isTransposed ? try converter.pair(call, 7) : nil,
        groups: try converter.integer(call, 8))
    },
    "aten::linear": linear, "aten::batch_norm": batchNorm, "aten::instance_norm": instanceNorm,
    "aten::layer_norm": layerNorm,
    "aten::embedding": { converter, call in
      let inputs = [try converter.tensor(call, 0), try converter.tensor(call, 1)]
      converter.add("Gather", inputs, of: call, [.init("axis", 0)])
    },
    "aten::softmax": alongAxis("Softmax"), "aten::log_softmax": alongAxis("LogSoftmax"),
    "aten::max_pool2d": { converter, call in
      let (kernel, padding) = (try converter.pair(call, 1), try converter.pair(call, 3))
      let strides = try converter.strides(call, 2, kernel: kernel)
      converter.add(
        "MaxPool", [try converter.tensor(call, 0)], of: call,
        [
          .init("kernel_shape", kernel), .init("strides", strides),
          .init("pads", padding + padding),
        ])
    },
    "aten::avg_pool2d": averagePool,
    "aten::adaptive_avg_pool2d": adaptive("AveragePool"),
    "aten::adaptive_max_pool2d": adaptive("MaxPool"),
  ]

  /// Two numbers, of which LibTorch writes down one where both are the same.
  private func pair(_ call: Call, _ index: Int) throws -> [Int] {
    let numbers = try integers(call, index)
    return numbers.count == 1 ? numbers + numbers : numbers
  }

  /// Strides of windows, which lie side by side where nothing is said.
  private func strides(_ call: Call, _ index: Int, kernel: [Int]) throws -> [Int] {
    let numbers = try pair(call, index)
    return numbers.isEmpty ? kernel : numbers
  }

  private static func alongAxis(_ type: String) -> Conversion {
    { converter, call in
      let (input, axis) = (try converter.tensor(call, 0), try converter.integer(call, 1))
      converter.add(type, [input], of: call, [.init("axis", axis)])
    }
  }

  private static let linear: Conversion = { converter, call in
    let input = try converter.tensor(call, 0)
    let bias = converter.isNone(call, 2) ? nil : try converter.tensor(call, 2)
    if call.shape(0).count == 2 {
      let weight = try converter.tensor(call, 1)
      let inputs = [input, weight] + (bias.map { [$0] } ?? [])
      return converter.add("Gemm", inputs, of: call, [.init("transB", 1)])
    }
    let weight =
      if let known = converter.knownTensor(call, 1) {
        converter.array(known.transposed())
      } else { converter.add("Transpose", [try converter.tensor(call, 1)]) }
    guard let bias else { return converter.add("MatMul", [input, weight], of: call) }
    converter.add("Add", [converter.add("MatMul", [input, weight]), bias], of: call)
  }

  // MARK: - Normalisation

  /// Gain and offset of a normalisation, ones and zeros where there are none.
  private mutating func affine(_ call: Call, channels: Int) throws -> [String] {
    [
      isNone(call, 1) ? array(.ones([channels])) : try tensor(call, 1),
      isNone(call, 2) ? array(.zeros([channels])) : try tensor(call, 2),
    ]
  }

  private static let batchNorm: Conversion = { converter, call in
    guard try converter.integer(call, 5) == 0 else {
      throw ExportError.unknownOperation("batch normalisation by the batch's own statistics")
    }
    let inputs =
      try [converter.tensor(call, 0)] + converter.affine(call, channels: call.shape(0)[1])
      + [converter.tensor(call, 3), converter.tensor(call, 4)]
    converter.add(
      "BatchNormalization", inputs, of: call, [.init("epsilon", try converter.number(call, 7))])
  }

  private static let instanceNorm: Conversion = { converter, call in
    let inputs =
      try [converter.tensor(call, 0)] + converter.affine(call, channels: call.shape(0)[1])
    converter.add(
      "InstanceNormalization", inputs, of: call, [.init("epsilon", try converter.number(call, 7))])
  }

  /// In pieces, for ONNX's own wants to know the lengths of the axes.
  private static let layerNorm: Conversion = { converter, call in
    let rank = call.shape(0).count
    let count = call.node.inputs[1].name
    let normalized = try converter.lengthCount(count)
    let axes = converter.array(Array((rank - normalized)..<rank))
    let keep = ONNXAttribute("keepdims", 1)
    let input = try converter.tensor(call, 0)
    let centred = converter.add(
      "Sub", [input, converter.add("ReduceMean", [input, axes], [keep])])
    let squares = converter.add("Mul", [centred, centred])
    let variance = converter.add("ReduceMean", [squares, axes], [keep])
    let epsilon = converter.array(try converter.number(call, 4))
    let deviation = converter.add("Sqrt", [converter.add("Add", [variance, epsilon])])
    var result = converter.add("Div", [centred, deviation])
    if !converter.isNone(call, 2) {
      result = converter.add("Mul", [result, try converter.tensor(call, 2)])
    }
    if !converter.isNone(call, 3) {
      result = converter.add("Add", [result, try converter.tensor(call, 3)])
    }
    converter.add("Identity", [result], of: call)
  }

  // MARK: - Pooling

  private static let averagePool: Conversion = { converter, call in
    let (kernel, padding) = (try converter.pair(call, 1), try converter.pair(call, 3))
    let attributes: [ONNXAttribute] = [
      .init("kernel_shape", kernel),
      .init("strides", try converter.strides(call, 2, kernel: kernel)),
      .init("pads", padding + padding), .init("count_include_pad", 1),
    ]
    let input = try converter.tensor(call, 0)
    if converter.isNone(call, 6) {
      return converter.add("AveragePool", [input], of: call, attributes)
    }
    let mean = converter.add("AveragePool", [input], attributes)
    let taps = Double(kernel.reduce(1, *))
    let factor = converter.array(taps / (try converter.number(call, 6)))
    converter.add("Mul", [mean, factor], of: call)
  }

  /// To a single pixel whatever the size, else by windows side by side.
  private static func adaptive(_ type: String) -> Conversion {
    { converter, call in
      let (input, target) = (try converter.tensor(call, 0), try converter.integers(call, 1))
      if target == [1, 1] { return converter.add("Global\(type)", [input], of: call) }
      let sides = Array(call.shape(0).suffix(2))
      guard zip(sides, target).allSatisfy({ $0 > 0 && $0 % $1 == 0 }) else {
        throw ExportError.unknownOperation("pooling to windows of different sizes")
      }
      let kernel = zip(sides, target).map { $0 / $1 }
      converter.add(
        type, [input], of: call, [.init("kernel_shape", kernel), .init("strides", kernel)])
    }
  }
}
