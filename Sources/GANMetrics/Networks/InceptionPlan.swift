import TorchNN

/// A chain of convolutions, each reading as many channels as the one before gives.
private struct Branch {
  private(set) var steps: [InceptionStep] = []
  private var channels: Int

  init(_ inputs: Int) { channels = inputs }

  func unit(_ name: String, _ outputs: Int, _ shape: ConvShape) -> Branch {
    adding(.unit(name, ConvUnit(channels, outputs, shape)), outputs)
  }

  func pool(_ pooling: InceptionPooling) -> Branch { adding(.pool(pooling), channels) }

  /// A row and a column side by side, both of 384 channels.
  func cross(_ row: String, _ column: String) -> Branch {
    let units = [
      (name: row, unit: ConvUnit(channels, 384, .row(3))),
      (name: column, unit: ConvUnit(channels, 384, .column(3))),
    ]
    return adding(.fork(units), 768)
  }

  private func adding(_ step: InceptionStep, _ outputs: Int) -> Branch {
    var result = self
    result.steps.append(step)
    result.channels = outputs
    return result
  }
}

private let point = ConvShape.square(1)
private let reducing = ConvShape.square(3, stride: 2)

private func around(_ side: Int) -> ConvShape { .square(side, padding: side / 2) }

// The blocks of torchvision's `inception.py`, by their names there.
extension InceptionBlock {
  static func a(_ inputs: Int, poolChannels: Int, _ pooling: InceptionPooling) -> InceptionBlock {
    let input = Branch(inputs)
    return InceptionBlock([
      input.unit("branch1x1", 64, point).steps,
      input.unit("branch5x5_1", 48, point).unit("branch5x5_2", 64, around(5)).steps,
      input.unit("branch3x3dbl_1", 64, point).unit("branch3x3dbl_2", 96, around(3))
        .unit("branch3x3dbl_3", 96, around(3)).steps,
      input.pool(pooling).unit("branch_pool", poolChannels, point).steps,
    ])
  }

  static func b(_ inputs: Int) -> InceptionBlock {
    let input = Branch(inputs)
    return InceptionBlock([
      input.unit("branch3x3", 384, reducing).steps,
      input.unit("branch3x3dbl_1", 64, point).unit("branch3x3dbl_2", 96, around(3))
        .unit("branch3x3dbl_3", 96, reducing).steps,
      [.reduce],
    ])
  }

  static func c(_ inputs: Int, inner: Int, _ pooling: InceptionPooling) -> InceptionBlock {
    let input = Branch(inputs)
    return InceptionBlock([
      input.unit("branch1x1", 192, point).steps,
      input.unit("branch7x7_1", inner, point).unit("branch7x7_2", inner, .row(7))
        .unit("branch7x7_3", 192, .column(7)).steps,
      input.unit("branch7x7dbl_1", inner, point).unit("branch7x7dbl_2", inner, .column(7))
        .unit("branch7x7dbl_3", inner, .row(7)).unit("branch7x7dbl_4", inner, .column(7))
        .unit("branch7x7dbl_5", 192, .row(7)).steps,
      input.pool(pooling).unit("branch_pool", 192, point).steps,
    ])
  }

  static func d(_ inputs: Int) -> InceptionBlock {
    let input = Branch(inputs)
    return InceptionBlock([
      input.unit("branch3x3_1", 192, point).unit("branch3x3_2", 320, reducing).steps,
      input.unit("branch7x7x3_1", 192, point).unit("branch7x7x3_2", 192, .row(7))
        .unit("branch7x7x3_3", 192, .column(7)).unit("branch7x7x3_4", 192, reducing).steps,
      [.reduce],
    ])
  }

  static func e(_ inputs: Int, _ pooling: InceptionPooling) -> InceptionBlock {
    let input = Branch(inputs)
    return InceptionBlock([
      input.unit("branch1x1", 320, point).steps,
      input.unit("branch3x3_1", 384, point).cross("branch3x3_2a", "branch3x3_2b").steps,
      input.unit("branch3x3dbl_1", 448, point).unit("branch3x3dbl_2", 384, around(3))
        .cross("branch3x3dbl_3a", "branch3x3dbl_3b").steps,
      input.pool(pooling).unit("branch_pool", 192, point).steps,
    ])
  }
}
