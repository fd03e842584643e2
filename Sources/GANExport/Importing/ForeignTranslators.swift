import Torch

/// What weights say of the network that they belong to.
struct TranslatorFacts: Equatable {
  var inputs: Int
  var outputs: Int
  /// Channels of residual generators' first maps; of each level of a U-Net.
  var widths: [Int]
  /// Of residual generators.
  var blocks: Int?
}

extension ForeignWeights {
  /// Whether these are weights of a U-Net, else of a residual generator.
  var areOfUNet: Bool { keys.contains("model.model.0.weight") }

  /// The residual generator of pytorch-CycleGAN-and-pix2pix, with instance normalisation.
  ///
  ///     model.1                          input
  ///     model.4, model.7                 down.0, down.1
  ///     model.10.conv_block.1, .5 or .6  blocks.0.conv1, blocks.0.conv2; 11 and on the others
  ///     model.10+n, model.13+n           up.0, up.1
  ///     model.17+n                       output
  mutating func takeResidualTranslator() throws -> TranslatorFacts {
    let first = try value("model.1.weight", rank: 4)
    let blocks = (10..<1000).prefix { keys.contains("model.\($0).conv_block.1.weight") }.count
    try takeNormalized("model.1", as: "input", norm: "model.2")
    try takeNormalized("model.4", as: "down.0", norm: "model.5")
    try takeNormalized("model.7", as: "down.1", norm: "model.8")
    for index in 0..<blocks {
      let block = "model.\(10 + index).conv_block"
      // With dropout between them, which has no weights, the second has another number.
      let second = keys.contains("\(block).5.weight") ? 5 : 6
      try takeNormalized("\(block).1", as: "blocks.\(index).conv1", norm: "\(block).2")
      try takeNormalized(
        "\(block).\(second)", as: "blocks.\(index).conv2", norm: "\(block).\(second + 1)")
    }
    let up = 10 + blocks
    try takeNormalized("model.\(up)", as: "up.0", norm: "model.\(up + 1)")
    try takeNormalized("model.\(up + 3)", as: "up.1", norm: "model.\(up + 4)")
    let last = "model.\(up + 7)"
    let outputs = try value("\(last).weight", rank: 4).size(0)
    try take("\(last).weight", as: "output.weight")
    take("\(last).bias", as: "output.bias", else: .zeros([outputs]))
    try checkAllTaken()
    return TranslatorFacts(
      inputs: first.size(1), outputs: outputs, widths: [first.size(0)], blocks: blocks)
  }

  private mutating func takeNormalized(_ key: String, as own: String, norm: String) throws {
    try take("\(key).weight", as: "\(own).weight")
    dropInstanceNorm(norm, behind: key)
  }

  /// The U-Net of pytorch-CycleGAN-and-pix2pix: each level's layers hold those of the next as one of them.
  ///
  ///     model.model.0, .1.model, .3                outermost: down.0.conv, the next level, up.last.conv
  ///     ….1, .2, .3.model, .5, .6                  down.n.conv, its norm, the next level, up.m.conv, its norm
  ///     ….1, .3, .4                                innermost: down.n.conv, up.0.conv, its norm
  mutating func takeUNet() throws -> TranslatorFacts {
    let levels = unetLevels()
    let depth = levels.count
    guard depth > 1 else { throw problem("tensor 'model.model.1.model.1.weight' is missing") }
    let hasGains = keys.contains("\(levels[depth - 1]).4.weight")
    let inputs = try value("\(levels[0]).0.weight", rank: 4).size(1)
    let outputs = try value("\(levels[0]).3.weight", rank: 4).size(1)
    var widths: [Int] = []
    for (level, path) in levels.enumerated() {
      let (isFirst, isLast) = (level == 0, level == depth - 1)
      let down = isFirst ? "\(path).0" : "\(path).1"
      let up = isFirst || isLast ? "\(path).3" : "\(path).5"
      let (ownDown, ownUp) = ("down.\(level)", "up.\(depth - 1 - level)")
      widths.append(try value("\(down).weight", rank: 4).size(0))
      try take("\(down).weight", as: "\(ownDown).conv.weight")
      try take("\(up).weight", as: "\(ownUp).conv.weight")
      if isFirst { take("\(up).bias", as: "\(ownUp).conv.bias", else: .zeros([outputs])) }
      if isFirst || isLast {
        take("\(down).bias", as: "\(ownDown).conv.bias", else: .zeros([widths[level]]))
      } else {
        try takeNorm("\(path).2", behind: down, as: "\(ownDown).norm", hasGains)
      }
      if !isFirst {
        let norm = isLast ? "\(path).4" : "\(path).6"
        try takeNorm(norm, behind: up, as: "\(ownUp).norm", hasGains)
      }
    }
    try checkAllTaken()
    return TranslatorFacts(inputs: inputs, outputs: outputs, widths: widths, blocks: nil)
  }

  /// Whether the U-Net's normalisations have gains: batch normalisation.
  var unetHasGains: Bool {
    guard let innermost = unetLevels().last else { return false }
    return keys.contains("\(innermost).4.weight")
  }

  /// The paths of the levels, from the outermost in.
  private func unetLevels() -> [String] {
    var levels = ["model.model"]
    var next = "model.model.1.model"
    while keys.contains("\(next).1.weight") {
      levels.append(next)
      next += ".3.model"
    }
    return levels
  }

  private mutating func takeNorm(
    _ key: String, behind layer: String, as own: String, _ hasGains: Bool
  ) throws {
    if hasGains { try takeNorm(key, as: own) } else { dropInstanceNorm(key, behind: layer) }
  }
}
