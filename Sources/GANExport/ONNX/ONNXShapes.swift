import Torch

extension ONNXConverter {
  // MARK: - Sizes of images

  /// - Parameters:
  ///   - mode: ONNX's.
  ///   - antialias: whether kernels widen where images become smaller.
  private static func resize(_ mode: String, antialias: Bool = false) -> Conversion {
    { converter, call in
      let input = try converter.tensor(call, 0)
      let sides = try converter.lengths(call, 1)
      let own = converter.add("Shape", [input], [.init("end", 2)])
      let sizes = converter.add("Concat", [own, sides], [.init("axis", 0)])
      var attributes: [ONNXAttribute] = [
        .init("mode", mode),
        .init(
          "coordinate_transformation_mode",
          mode == "nearest" ? "asymmetric" : "half_pixel"),
      ]
      if mode == "nearest" { attributes.append(.init("nearest_mode", "floor")) }
      if mode == "cubic" { attributes.append(.init("cubic_coeff_a", antialias ? -0.5 : -0.75)) }
      if antialias { attributes.append(.init("antialias", 1)) }
      converter.add("Resize", [input, "", "", sizes], of: call, attributes)
    }
  }

  /// LibTorch begins with the last axis, ONNX names all beginnings and then all ends.
  private static func pad(_ mode: String) -> Conversion {
    { converter, call in
      let widths = try converter.integers(call, 1)
      let rank = call.shape(0).count
      var pads = [Int](repeating: 0, count: 2 * rank)
      for index in 0..<widths.count / 2 {
        pads[rank - 1 - index] = widths[2 * index]
        pads[2 * rank - 1 - index] = widths[2 * index + 1]
      }
      var inputs = [try converter.tensor(call, 0), converter.array(pads)]
      if mode == "constant" { inputs.append(converter.array(try converter.number(call, 2))) }
      converter.add("Pad", inputs, of: call, [.init("mode", mode)])
    }
  }

  static let resampling: [String: Conversion] = [
    "aten::upsample_nearest2d": resize("nearest"), "aten::upsample_bilinear2d": resize("linear"),
    "aten::upsample_bicubic2d": resize("cubic"),
    "aten::_upsample_bilinear2d_aa": resize("linear", antialias: true),
    "aten::_upsample_bicubic2d_aa": resize("cubic", antialias: true),
    "aten::reflection_pad2d": pad("reflect"), "aten::replication_pad2d": pad("edge"),
    "aten::constant_pad_nd": pad("constant"),
    "aten::pixel_shuffle": { converter, call in
      let factor = try converter.integer(call, 1)
      converter.add(
        "DepthToSpace", [try converter.tensor(call, 0)], of: call,
        [.init("blocksize", factor), .init("mode", "CRD")])
    },
  ]

  // MARK: - Shapes

  private static let reshape: Conversion = { converter, call in
    let input = try converter.tensor(call, 0)
    let shape = try converter.lengths(call, 1, inferring: true)
    converter.add("Reshape", [input, shape], of: call)
  }

  /// Lengths of some axes of a tensor.
  private mutating func part(_ input: String, _ axes: Range<Int>) -> String {
    add("Shape", [input], [.init("start", axes.lowerBound), .init("end", axes.upperBound)])
  }

  private static let flatten: Conversion = { converter, call in
    let input = try converter.tensor(call, 0)
    let rank = call.shape(0).count
    let start = call.axis(try converter.integer(call, 1))
    let end = call.axis(try converter.integer(call, 2))
    let shape = converter.add(
      "Concat",
      [
        converter.part(input, 0..<start), converter.array([-1]),
        converter.part(input, (end + 1)..<max(rank, end + 1)),
      ], [.init("axis", 0)])
    converter.add("Reshape", [input, shape], of: call)
  }

  private static let transpose: Conversion = { converter, call in
    var order = Array(0..<call.shape(0).count)
    let axes = try (1...2).map { call.axis(try converter.integer(call, $0)) }
    order.swapAt(axes[0], axes[1])
    let input = try converter.tensor(call, 0)
    converter.add("Transpose", [input], of: call, [.init("perm", order)])
  }

  /// Of free lengths, and of the batch's above all, by multiplication with ones.
  private static let expand: Conversion = { converter, call in
    let input = try converter.tensor(call, 0)
    let shape = try converter.lengths(call, 1)
    // An axis that stays as it is has length -1 there, 1 in ONNX.
    let kept = converter.add("Max", [shape, converter.array([1])])
    converter.add("Expand", [input, kept], of: call)
  }

  static let shapes: [String: Conversion] = [
    "aten::view": reshape, "aten::reshape": reshape, "aten::flatten": flatten,
    "aten::transpose": transpose, "aten::expand": expand,
    "aten::t": { converter, call in
      converter.add("Transpose", [try converter.tensor(call, 0)], of: call)
    },
    // The length of an axis, as an array of one.
    "aten::size": { converter, call in
      let (input, axis) = (try converter.tensor(call, 0), try converter.integer(call, 1))
      converter.add(
        "Shape", [input], of: call, [.init("start", axis), .init("end", axis + 1)])
    },
    "aten::unsqueeze": { converter, call in
      let (input, axis) = (try converter.tensor(call, 0), try converter.integer(call, 1))
      converter.add("Unsqueeze", [input, converter.array([axis])], of: call)
    },
    "aten::squeeze": { converter, call in
      let input = try converter.tensor(call, 0)
      let axes = try converter.integers(call, 1).filter { call.shape(0)[call.axis($0)] == 1 }
      if axes.isEmpty { return converter.add("Identity", [input], of: call) }
      converter.add("Squeeze", [input, converter.array(axes)], of: call)
    },
    "aten::permute": { converter, call in
      let rank = call.shape(0).count
      let order = try converter.integers(call, 1).map { ($0 + rank) % rank }
      converter.add(
        "Transpose", [try converter.tensor(call, 0)], of: call, [.init("perm", order)])
    },
    "aten::repeat": { converter, call in
      let counts = try converter.lengths(call, 1)
      let input = try converter.tensor(call, 0)
      let missing = call.outputShape.count - call.shape(0).count
      let shaped =
        missing == 0
        ? input : converter.add("Unsqueeze", [input, converter.array(Array(0..<missing))])
      converter.add("Tile", [shaped, counts], of: call)
    },
    "aten::full": { converter, call in
      let shape = try converter.lengths(call, 0)
      let number = converter.array(try converter.number(call, 1))
      converter.add("Expand", [number, shape], of: call)
    },
  ]
}
