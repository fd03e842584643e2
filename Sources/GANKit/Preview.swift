import Torch

/// What a recipe can show itself with: the same noise and the same images every time.
public struct PreviewMaterial {
  /// What the run's images look like.
  public let shape: DataShape
  /// A few images `[N, C, H, W]`, held out where the data has such, of each kind of images that the layout has, for
  /// systems that start from images; else none.
  public let parts: [Tensor]
  /// Points `[N, K, 2]` of the images of the first part, where the layout asks for them.
  public let landmarks: Tensor?
  private let seed: UInt64
  private let device: Device

  /// Material that a seed decides.
  public init(
    shape: DataShape, parts: [Tensor], landmarks: Tensor? = nil, seed: UInt64, on device: Device
  ) {
    (self.shape, self.parts, self.landmarks) = (shape, parts, landmarks)
    (self.seed, self.device) = (seed, device)
  }

  /// Noise `[count, prior.dimension]`, the same at every call.
  public func noise(_ prior: LatentPrior, _ count: Int) -> Tensor {
    Randomness.isolated(seed: seed, on: device) { prior.sample(count, on: device) }
  }

  /// Class indices in turn, as many of each: `[count]`.
  public func labels(_ count: Int, classes: Int) -> Tensor {
    Tensor((0..<count).map { $0 % classes }).moved(to: device)
  }
}

/// Pictures that show what a system can do at its present state.
public struct Preview {
  /// Rows of images `[N, C, H, W]` in [-1, 1], or one of points `[N, D, 1, 1]`; rows of one channel
  /// and of three may be mixed.
  public let rows: [Tensor]
  /// Which rows are samples of independent noise, by number; of a system with classes each column has one.
  public let samples: [Int]
  /// Which rows are images of a domain and their translations, of systems that learn from two domains.
  public let translations: [Translation]

  /// A row of inputs and one of what became of them.
  public struct Translation {
    /// The number of the row of inputs.
    public let input: Int
    /// The number of the row of outputs.
    public let output: Int
    /// Which way it leads.
    public let direction: Direction

    /// Two rows by their numbers.
    public init(_ input: Int, _ output: Int, _ direction: Direction) {
      (self.input, self.output, self.direction) = (input, output, direction)
    }
  }

  /// Rows from top to bottom.
  ///
  /// - Parameters:
  ///   - samples: which of them are samples.
  ///   - translations: which of them are translations of which.
  public init(rows: [Tensor], samples: [Int] = [], translations: [Translation] = []) {
    (self.rows, self.samples, self.translations) = (rows, samples, translations)
  }

  /// Rows all of which are samples.
  fileprivate init(samples rows: [Tensor]) {
    self.init(rows: rows, samples: Array(rows.indices))
  }

  /// Blocks of rows, each of which begins with inputs and their translations, of systems that translate both ways.
  fileprivate init(blocks: [(direction: Direction, rows: [Tensor])]) {
    var (rows, translations) = ([Tensor](), [Translation]())
    for block in blocks {
      translations.append(Translation(rows.count, rows.count + 1, block.direction))
      rows += block.rows
    }
    self.init(rows: rows, translations: blocks.count > 1 ? translations : [])
  }
}

extension GenerativeRecipe {
  /// Eight rows of images, of one class in each column where there are classes (at most 16); many
  /// points.
  public func preview(of material: PreviewMaterial) -> Preview? {
    Preview(samples: rows(8, of: material))
  }

  /// Rows of samples; of points one row of many.
  fileprivate func rows(_ rows: Int, of material: PreviewMaterial) -> [Tensor] {
    let classes = min(classCount, 16)
    let columns = classes > 0 ? classes : 8
    let count = material.shape.arePoints ? 4096 : columns * rows
    let images = generate(
      material.noise(prior, count),
      labels: classes > 0 ? material.labels(count, classes: classes) : nil)
    guard !material.shape.arePoints else { return [images] }
    return (0..<rows).map { images[$0 * columns..<($0 + 1) * columns] }
  }
}

extension CoupledRecipe {
  /// Four times eight pairs: the first images in one row, below them the second ones of the same noise.
  public func preview(of material: PreviewMaterial) -> Preview? {
    let (columns, count) = (8, 32)
    let pairs = generatePairs(material.noise(prior, count))
    return Preview(
      rows: stride(from: 0, to: count, by: columns).flatMap { start in
        [pairs.a, pairs.b].map { $0[start..<start + columns] }
      }, samples: Array(stride(from: 0, to: 2 * count / columns, by: 2)))
  }
}

extension EncodingRecipe {
  /// Images, what becomes of their codes, and six rows of samples; many points.
  public func preview(of material: PreviewMaterial) -> Preview? {
    guard let images = material.parts.last, !material.shape.arePoints else {
      return Preview(samples: rows(8, of: material))
    }
    return Preview(
      rows: [images, reconstruct(images)] + rows(6, of: material), samples: Array(2..<8))
  }
}

extension LandmarkedRecipe {
  /// Inputs, outputs, and what the outputs should be.
  public func preview(of material: PreviewMaterial) -> Preview? {
    let input = material.parts[0]
    let output = translate(input, directions[0], landmarks: material.landmarks)
    return Preview(rows: [input, output, material.parts[1]])
  }
}

extension AttendingRecipe {
  /// For each direction inputs, outputs, the maps and, where there is one, the way back.
  public func preview(of material: PreviewMaterial) -> Preview? {
    let blocks = directions.map { direction -> (Direction, [Tensor]) in
      let images = material.parts[direction == .ab ? 0 : 1]
      let output = translate(images, direction)
      let hasWayBack = directions.contains(direction.reversed)
      return (
        direction,
        [images, output, attention(images, direction) * 2 - 1]
          + (hasWayBack ? [translate(output, direction.reversed)] : [])
      )
    }
    return Preview(blocks: blocks)
  }
}

extension StyledRecipe {
  /// For each direction inputs, then each input in three styles, a style in each row.
  public func preview(of material: PreviewMaterial) -> Preview? {
    let styles = material.noise(stylePrior, 3)
    let blocks = directions.map { direction -> (Direction, [Tensor]) in
      let images = material.parts[direction == .ab ? 0 : 1]
      let count = images.size(0)
      return (
        direction,
        [images]
          + (0..<styles.size(0)).map { row in
            translate(images, direction, style: styles[row..<row + 1].repeated([count, 1]))
          }
      )
    }
    return Preview(blocks: blocks)
  }
}

extension CompletingRecipe {
  /// Whole images, the same with holes, and completed.
  public func preview(of material: PreviewMaterial) -> Preview? {
    guard let images = material.parts.last else { return nil }
    let mask = holes(like: images)
    return Preview(
      rows: [images, images.filled(where: mask, with: 0), complete(images, mask: mask)])
  }
}

extension TranslatingRecipe {
  /// Inputs, outputs, and images of the other part, of pairs what the outputs should be; for systems
  /// that translate both ways inputs, outputs and the way back, then the same from the other domain.
  public func preview(of material: PreviewMaterial) -> Preview? {
    let (a, b) = (material.parts[0], material.parts[1])
    let output = translate(a, .ab)
    guard directions.contains(.ba) else { return Preview(rows: [a, output, b]) }
    let back = translate(b, .ba)
    return Preview(blocks: [
      (.ab, [a, output, translate(output, .ba)]), (.ba, [b, back, translate(back, .ab)]),
    ])
  }
}

extension EnlargingRecipe {
  /// Images made smaller and enlarged again: their pixels as they are, by a cubic filter, by the system; and
  /// the originals.
  public func preview(of material: PreviewMaterial) -> Preview? {
    guard let images = material.parts.last else { return nil }
    let low = images.reducedCubically(by: scale).clamped(to: -1...1)
    let pixels = low.resized(height: images.size(2), width: images.size(3), by: .nearest)
    return Preview(rows: [pixels, low.enlargedCubically(by: scale), enlarge(low), images])
  }
}
