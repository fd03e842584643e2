import Torch

extension ONNXConverter {
  /// Writes one recorded operation.
  typealias Conversion = @Sendable (inout ONNXConverter, Call) throws -> Void

  /// By the names of LibTorch's operations.
  static let conversions: [String: Conversion] = {
    var all: [String: Conversion] = [:]
    for group in [pointwise, comparisons, layers, resampling, shapes, selections, reductions] {
      all.merge(group) { first, _ in first }
    }
    return all
  }()

  // MARK: - Number by number

  static func same(_ type: String) -> Conversion {
    { converter, call in converter.add(type, [try converter.tensor(call, 0)], of: call) }
  }

  private static func pair(_ type: String) -> Conversion {
    { converter, call in
      let inputs = [try converter.tensor(call, 0), try converter.tensor(call, 1)]
      converter.add(type, inputs, of: call)
    }
  }

  /// A product or sum of numbers that may be lengths of the input.
  private static func arithmetic(_ type: String) -> Conversion {
    { converter, call in
      guard call.node.inputs[0].type == nil, call.node.outputs[0].type == nil else {
        return try pair(type)(&converter, call)
      }
      let inputs = [converter.length(call, 0), converter.length(call, 1)]
      converter.add(type, inputs, of: call)
    }
  }

  /// a + alpha · b, or a - alpha · b.
  private static func sum(_ type: String, swapped: Bool = false) -> Conversion {
    { converter, call in
      var (a, b) = (try converter.tensor(call, 0), try converter.tensor(call, 1))
      let alpha = call.count > 2 ? try converter.number(call, 2) : 1
      if swapped { (a, b) = (b, a) }
      if alpha != 1 {
        let scaled = converter.add("Mul", [swapped ? a : b, converter.array(alpha)])
        if swapped { a = scaled } else { b = scaled }
      }
      converter.add(type, [a, b], of: call)
    }
  }

  private static let pointwise: [String: Conversion] = [
    "aten::relu": same("Relu"), "aten::tanh": same("Tanh"), "aten::sigmoid": same("Sigmoid"),
    "aten::softplus": same("Softplus"), "aten::exp": same("Exp"), "aten::log": same("Log"),
    "aten::sqrt": same("Sqrt"), "aten::abs": same("Abs"), "aten::neg": same("Neg"),
    "aten::reciprocal": same("Reciprocal"), "aten::sin": same("Sin"), "aten::cos": same("Cos"),
    "aten::acos": same("Acos"), "aten::sign": same("Sign"), "aten::floor": same("Floor"),
    "aten::round": same("Round"), "aten::detach": same("Identity"),
    "aten::contiguous": same("Identity"), "aten::clone": same("Identity"),
    "aten::alias": same("Identity"), "aten::dropout": same("Identity"),
    "aten::add": sum("Add"), "aten::sub": sum("Sub"), "aten::rsub": sum("Sub", swapped: true),
    "aten::mul": arithmetic("Mul"), "aten::div": pair("Div"), "aten::floordiv": arithmetic("Div"),
    "aten::maximum": pair("Max"), "aten::minimum": pair("Min"), "aten::pow": pair("Pow"),
    "aten::matmul": pair("MatMul"), "aten::prelu": prelu, "aten::gelu": gelu, "aten::clamp": clamp,
    "aten::leaky_relu": { converter, call in
      let (input, slope) = (try converter.tensor(call, 0), try converter.number(call, 1))
      converter.add("LeakyRelu", [input], of: call, [.init("alpha", slope)])
    },
    "aten::elu": { converter, call in
      let (input, alpha) = (try converter.tensor(call, 0), try converter.number(call, 1))
      converter.add("Elu", [input], of: call, [.init("alpha", alpha)])
    },
    "aten::silu": { converter, call in
      let input = try converter.tensor(call, 0)
      converter.add("Mul", [input, converter.add("Sigmoid", [input])], of: call)
    },
    "aten::log_sigmoid": { converter, call in
      let negative = converter.add("Neg", [try converter.tensor(call, 0)])
      converter.add("Neg", [converter.add("Softplus", [negative])], of: call)
    },
    "aten::log1p": { converter, call in
      let shifted = converter.add("Add", [try converter.tensor(call, 0), converter.array(1)])
      converter.add("Log", [shifted], of: call)
    },
    "aten::square": { converter, call in
      let input = try converter.tensor(call, 0)
      converter.add("Mul", [input, input], of: call)
    },
    "aten::rsqrt": { converter, call in
      let root = converter.add("Sqrt", [try converter.tensor(call, 0)])
      converter.add("Reciprocal", [root], of: call)
    },
    "aten::clamp_min": { converter, call in
      let bound = converter.array(try converter.number(call, 1))
      converter.add("Max", [try converter.tensor(call, 0), bound], of: call)
    },
    "aten::lerp": { converter, call in
      let (a, b) = (try converter.tensor(call, 0), try converter.tensor(call, 1))
      let way = converter.add("Sub", [b, a])
      let part = converter.add("Mul", [way, try converter.tensor(call, 2)])
      converter.add("Add", [a, part], of: call)
    },
    "aten::to": { converter, call in
      let input = try converter.tensor(call, 0)
      guard let type = call.node.outputs[0].type.flatMap(ONNXArray.code(ofTorch:)) else {
        throw ExportError.unknownOperation("aten::to")
      }
      converter.add("Cast", [input], of: call, [.init("to", type)])
    },
  ]

  private static let clamp: Conversion = { converter, call in
    let input = try converter.tensor(call, 0)
    let bounds = try (1...2).map { index in
      converter.isNone(call, index) ? "" : converter.array(try converter.number(call, index))
    }
    converter.add("Clip", [input] + bounds, of: call)
  }

  private static let gelu: Conversion = { converter, call in
    guard try converter.text(call, 1) == "none" else {
      throw ExportError.unknownOperation("aten::gelu by tanh")
    }
    let input = try converter.tensor(call, 0)
    let scaled = converter.add("Mul", [input, converter.array(0.5.squareRoot())])
    let shifted = converter.add("Add", [converter.add("Erf", [scaled]), converter.array(1)])
    let half = converter.add("Mul", [input, converter.array(0.5)])
    converter.add("Mul", [half, shifted], of: call)
  }

  private static let prelu: Conversion = { converter, call in
    let (input, slope) = (try converter.tensor(call, 0), try converter.tensor(call, 1))
    let behind = [Int](repeating: 1, count: max(call.shape(0).count - 2, 0))
    let shaped = converter.add("Reshape", [slope, converter.array([-1] + behind)])
    converter.add("PRelu", [input, shaped], of: call)
  }

  // MARK: - Comparisons

  private static func compared(_ type: String) -> Conversion {
    { converter, call in
      var inputs = [try converter.tensor(call, 0), try converter.tensor(call, 1)]
      if call.node.inputs[1].type == nil, let type = call.node.inputs[0].type {
        let code = ONNXArray.code(ofTorch: type) ?? 1
        inputs[1] = converter.add("Cast", [inputs[1]], [.init("to", code)])
      }
      converter.add(type, inputs, of: call)
    }
  }

  private static let comparisons: [String: Conversion] = [
    "aten::gt": compared("Greater"), "aten::lt": compared("Less"), "aten::eq": compared("Equal"),
    "aten::ge": compared("GreaterOrEqual"), "aten::le": compared("LessOrEqual"),
    "aten::logical_not": same("Not"), "aten::logical_and": pair("And"),
    "aten::logical_or": pair("Or"),
    "aten::where": { converter, call in
      let inputs = try (0..<3).map { try converter.tensor(call, $0) }
      converter.add("Where", inputs, of: call)
    },
    "aten::masked_fill": { converter, call in
      let (input, mask) = (try converter.tensor(call, 0), try converter.tensor(call, 1))
      converter.add("Where", [mask, try converter.tensor(call, 2), input], of: call)
    },
  ]
}
