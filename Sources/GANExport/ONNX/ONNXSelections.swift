import Torch

extension ONNXConverter {
  private static let endless = Int(Int32.max)

  private mutating func slice(
    _ call: Call, axis: Int, from start: String, to end: String, step: Int = 1
  ) throws {
    let inputs = [try tensor(call, 0), start, end, array([axis]), array([step])]
    add("Slice", inputs, of: call)
  }

  private static let flip: Conversion = { converter, call in
    let axes = try converter.integers(call, 1)
    let ones = [Int](repeating: -1, count: axes.count)
    let bounds = [ones, axes.map { _ in -endless }, axes, ones].map { converter.array($0) }
    converter.add("Slice", [try converter.tensor(call, 0)] + bounds, of: call)
  }

  static let selections: [String: Conversion] = [
    "aten::flip": flip,
    "aten::cat": { converter, call in
      let (parts, axis) = (try converter.tensors(call, 0), try converter.integer(call, 1))
      converter.add("Concat", parts, of: call, [.init("axis", axis)])
    },
    "aten::stack": { converter, call in
      let axis = try converter.integer(call, 1)
      let parts = try converter.tensors(call, 0).map { part in
        converter.add("Unsqueeze", [part, converter.array([axis])])
      }
      converter.add("Concat", parts, of: call, [.init("axis", axis)])
    },
    "aten::narrow": { converter, call in
      let (start, length) = (converter.length(call, 2), converter.length(call, 3))
      let end = converter.add("Add", [start, length])
      try converter.slice(call, axis: converter.integer(call, 1), from: start, to: end)
    },
    "aten::slice": { converter, call in
      let start = converter.isNone(call, 2) ? converter.array([0]) : converter.length(call, 2)
      let end = converter.isNone(call, 3) ? converter.array([endless]) : converter.length(call, 3)
      try converter.slice(
        call, axis: converter.integer(call, 1), from: start, to: end,
        step: converter.integer(call, 4))
    },
    "aten::select": { converter, call in
      let index = converter.array(
        Tensor.full([], Double(try converter.integer(call, 2)), dtype: .int64))
      let axis = try converter.integer(call, 1)
      converter.add(
        "Gather", [try converter.tensor(call, 0), index], of: call, [.init("axis", axis)])
    },
    "aten::index_select": { converter, call in
      let inputs = [try converter.tensor(call, 0), try converter.tensor(call, 2)]
      converter.add("Gather", inputs, of: call, [.init("axis", try converter.integer(call, 1))])
    },
    "aten::gather": { converter, call in
      let inputs = [try converter.tensor(call, 0), try converter.tensor(call, 2)]
      let axis = try converter.integer(call, 1)
      converter.add("GatherElements", inputs, of: call, [.init("axis", axis)])
    },
    "aten::one_hot": { converter, call in
      let classes = converter.array(
        Tensor.full([], Double(try converter.integer(call, 1)), dtype: .int64))
      let values = converter.array([0, 1])
      converter.add("OneHot", [try converter.tensor(call, 0), classes, values], of: call)
    },
    "aten::argmax": { converter, call in
      let (input, axis) = (try converter.tensor(call, 0), try converter.integer(call, 1))
      converter.add(
        "ArgMax", [input], of: call,
        [.init("axis", axis), .init("keepdims", try converter.integer(call, 2))])
    },
  ]

  // MARK: - Sums

  /// Over the axes of an argument; over all where there are none.
  private mutating func axes(_ call: Call, _ index: Int) throws -> String {
    let listed = isNone(call, index) ? [] : try integers(call, index)
    return array(listed.isEmpty ? Array(0..<call.shape(0).count) : listed)
  }

  private static func reduction(_ type: String) -> Conversion {
    { converter, call in
      let isWhole = call.count < 4 && type != "ReduceMax" && type != "ReduceMin"
      let axes =
        isWhole
        ? converter.array(Array(0..<call.shape(0).count)) : try converter.axes(call, 1)
      let keeps = isWhole ? 0 : try converter.integer(call, 2)
      converter.add(
        type, [try converter.tensor(call, 0), axes], of: call, [.init("keepdims", keeps)])
    }
  }

  /// The mean square of what is left of the mean.
  private static let variance: Conversion = { converter, call in
    guard !converter.isNone(call, 2), try converter.number(call, 2) == 0 else {
      throw ExportError.unknownOperation("an unbiased variance")
    }
    let (input, axes) = (try converter.tensor(call, 0), try converter.axes(call, 1))
    let mean = converter.add("ReduceMean", [input, axes], [.init("keepdims", 1)])
    let centred = converter.add("Sub", [input, mean])
    let squares = converter.add("Mul", [centred, centred])
    let keeps = ONNXAttribute("keepdims", try converter.integer(call, 3))
    converter.add("ReduceMean", [squares, axes], of: call, [keeps])
  }

  private static let norm: Conversion = { converter, call in
    let type =
      switch try converter.number(call, 1) {
      case 1: "ReduceL1"
      case 2: "ReduceL2"
      default: throw ExportError.unknownOperation("a norm of another order than 1 and 2")
      }
    let (input, axes) = (try converter.tensor(call, 0), try converter.axes(call, 2))
    let keeps = ONNXAttribute("keepdims", try converter.integer(call, 3))
    converter.add(type, [input, axes], of: call, [keeps])
  }

  static let reductions: [String: Conversion] = [
    "aten::mean": reduction("ReduceMean"), "aten::sum": reduction("ReduceSum"),
    "aten::amax": reduction("ReduceMax"), "aten::amin": reduction("ReduceMin"),
    "aten::logsumexp": reduction("ReduceLogSumExp"), "aten::var": variance,
    "aten::linalg_vector_norm": norm,
  ]
}
