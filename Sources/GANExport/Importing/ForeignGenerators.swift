import Torch

extension ForeignWeights {
  /// What the weights of a generator of noise say of it.
  struct GeneratorFacts {
    let latent, width, channels, side: Int
  }

  /// The generator of PyTorch's DCGAN example, all of whose layers are transposed convolutions of 4x4. The first one,
  /// of a single pixel, is our linear layer.
  ///
  ///     main.0       0, as a matrix
  ///     main.1       2
  ///     main.3, .4   4, 5; main.6 and on the others
  mutating func takeDCGAN() throws -> GeneratorFacts {
    let first = try value("main.0.weight", rank: 4)
    let (latent, maps) = (first.size(0), first.size(1))
    guard first.shape.suffix(2) == [4, 4] else {
      throw problem("tensor 'main.0.weight' has shape \(first.shape), expected kernels of 4x4")
    }
    let count = (0..<20).prefix { keys.contains("main.\(3 * $0).weight") }.count
    guard count > 1 else { throw problem("tensor 'main.3.weight' is missing") }
    try take("main.0.weight", as: "0.weight") {
      $0.permuted(1, 2, 3, 0).reshaped(to: [maps * 16, latent])
    }
    try takeNorm("main.1", as: "2")
    for index in 1..<count {
      try take("main.\(3 * index).weight", as: "\(3 * index + 1).weight")
      if index < count - 1 { try takeNorm("main.\(3 * index + 1)", as: "\(3 * index + 2)") }
    }
    let last = 3 * (count - 1)
    let weight = try lastWeight("\(last + 1).weight", of: "main.\(last).weight")
    take("main.\(last).bias", as: "\(last + 1).bias", else: .zeros([weight.size(1)]))
    try checkAllTaken()
    return GeneratorFacts(
      latent: latent, width: weight.size(0), channels: weight.size(1), side: 4 << (count - 1))
  }

  private func lastWeight(_ own: String, of key: String) throws -> Tensor {
    guard let weight = tensors[own], weight.rank == 4 else {
      throw problem("tensor '\(key)' is no kernel")
    }
    return weight
  }
}

// MARK: - SRResNet

extension ForeignWeights {
  /// What the weights of an enlarging network say of it.
  struct EnlargerFacts {
    let channels, width, blocks, scale: Int
  }

  /// A layer of a network whose layers have names that nobody knows.
  private struct ForeignLayer {
    enum Kind: String {
      case convolution, norm = "batch normalisation", slope = "PReLU"
    }
    let name: String
    let kind: Kind
  }

  /// SRResNet as Ledig et al. describe it, whatever its layers are called: they are told by their order.
  ///
  ///     convolution, PReLU                      input, slope
  ///     convolution, norm, PReLU,
  ///     convolution, norm                       blocks.n.conv1, norm1, slope, conv2, norm2
  ///     convolution, norm                       middle, norm
  ///     convolution, PReLU                      up.n.conv, up.n.slope
  ///     convolution                             output
  mutating func takeSRResNet() throws -> EnlargerFacts {
    var layers = try orderedLayers()[...]
    let first = try next(&layers, .convolution)
    let (width, channels) = try kernel(first)
    try takeLayer(first, as: "input")
    try takeSlope(next(&layers, .slope), as: "slope", width)
    var blocks = 0
    while layers.count > 2, layers[layers.startIndex + 2].kind == .slope,
      layers[layers.startIndex + 1].kind == .norm
    {
      let own = "blocks.\(blocks)"
      try takeNormalized(&layers, as: "\(own).conv1", "\(own).norm1")
      try takeSlope(next(&layers, .slope), as: "\(own).slope", width)
      try takeNormalized(&layers, as: "\(own).conv2", "\(own).norm2")
      blocks += 1
    }
    try takeNormalized(&layers, as: "middle", "norm")
    var doublings = 0
    while layers.count > 1 {
      try takeLayer(next(&layers, .convolution), as: "up.\(doublings).conv")
      try takeSlope(next(&layers, .slope), as: "up.\(doublings).slope", width)
      doublings += 1
    }
    try takeLayer(next(&layers, .convolution), as: "output")
    try checkAllTaken()
    return EnlargerFacts(channels: channels, width: width, blocks: blocks, scale: 1 << doublings)
  }

  private func orderedLayers() throws -> [ForeignLayer] {
    guard let order else {
      throw problem(
        "does not tell the order of its tensors; Scripts/convert_weights.py state-dict keeps it")
    }
    var names: [String] = []
    for key in order where keys.contains(key) {
      let name = String(key.prefix(upTo: key.lastIndex(of: ".") ?? key.startIndex))
      if names.last != name { names.append(name) }
    }
    return names.map { name in
      let kind: ForeignLayer.Kind =
        keys.contains("\(name).running_mean")
        ? .norm : rest(name, "weight")?.rank == 4 ? .convolution : .slope
      return ForeignLayer(name: name, kind: kind)
    }
  }

  private func rest(_ name: String, _ leaf: String) -> Tensor? { try? value("\(name).\(leaf)") }

  private func next(
    _ layers: inout ArraySlice<ForeignLayer>, _ kind: ForeignLayer.Kind
  ) throws -> ForeignLayer {
    guard let layer = layers.popFirst() else {
      throw problem("ends where a \(kind.rawValue) is expected")
    }
    guard layer.kind == kind else {
      throw problem("'\(layer.name)' is a \(layer.kind.rawValue), expected a \(kind.rawValue)")
    }
    return layer
  }

  private func kernel(_ layer: ForeignLayer) throws -> (outputs: Int, inputs: Int) {
    let weight = try value("\(layer.name).weight", rank: 4)
    return (weight.size(0), weight.size(1))
  }

  private mutating func takeLayer(_ layer: ForeignLayer, as own: String) throws {
    let outputs = try kernel(layer).outputs
    try take("\(layer.name).weight", as: "\(own).weight")
    take("\(layer.name).bias", as: "\(own).bias", else: .zeros([outputs]))
  }

  /// A bias in front of a normalisation moves its mean, no more.
  private mutating func takeNormalized(
    _ layers: inout ArraySlice<ForeignLayer>, as convolution: String, _ norm: String
  ) throws {
    let layer = try next(&layers, .convolution)
    try take("\(layer.name).weight", as: "\(convolution).weight")
    let bias = drop("\(layer.name).bias")
    try takeNorm(next(&layers, .norm).name, as: norm)
    if let bias { change("\(norm).running_mean") { $0 - bias } }
  }

  /// One slope for each channel, also where the other network has one for all.
  private mutating func takeSlope(
    _ layer: ForeignLayer, as own: String, _ channels: Int
  ) throws {
    try take("\(layer.name).weight", as: "\(own).weight") {
      $0.count == 1 ? $0.reshaped(to: [1]).repeated([channels]) : $0
    }
  }
}
