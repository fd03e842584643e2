import GANData
import GANKit
import Torch
import TorchNN

extension PreviewMaterial {
  /// How many images of each part are shown.
  private static let columns = 8

  /// The material of a run: for a system that starts from images held-out ones where the data has a
  /// test split, else the first of the training images.
  ///
  /// - Throws: `DataError` or ``RunError`` for images that cannot be read.
  init(
    _ run: RunConfiguration, for recipe: some Recipe, _ layout: DataLayout, on device: Device
  ) throws {
    let shape = try run.shape().data
    let startsFromImages =
      recipe is any EncodingRecipe || recipe is any CompletingRecipe
      || recipe is any EnlargingRecipe || layout.hasTwoKinds
    var sources = startsFromImages && !shape.arePoints ? try Self.examples(run, layout) : []
    // Each part leaves out its own broken images, which must not part those that belong together.
    if layout.relation == .aligned, run.data.skipBroken {
      sources = try SubsetSource.readable(sources, atMost: Self.columns)
    }
    var landmarks: Tensor?
    let parts = try zip(sources.suffix(shape.parts.count), shape.parts).map { source, shape in
      let images = try Self.first(min(source.count, Self.columns), of: source, run.data, shape)
      let all = try images.batch(Array(0..<images.count))
      if landmarks == nil, layout.needs(.landmarks) {
        let some = SubsetSource(source, Array(0..<images.count))
        landmarks = try some.landmarkTensor(images.preparation).moved(to: device)
      }
      return Tensor(imageBytes: all.pixels, shape: [images.count] + shape.dimensions, on: device)
    }
    self.init(shape: shape, parts: parts, landmarks: landmarks, seed: run.seed, on: device)
  }

  /// Prepared as in training; where parts are cut out, those in the middle.
  private static func first(
    _ count: Int, of source: any ImageSource, _ data: DataConfiguration, _ shape: ImageShape
  ) throws -> any LoadedImages {
    let (some, policy) = (
      SubsetSource(source, Array(0..<count)), data.skipBroken ? SkipPolicy.skipBroken : .fail
    )
    guard data.size == nil, data.crop != nil else {
      return try PackedImages(
        some, size: shape.size, channels: shape.channels, fit: data.fit ?? source.preferredFit,
        policy: policy)
    }
    return try UnresizedImages(some, cutAs: data, channels: shape.channels, policy: policy)
  }

  private static func examples(
    _ run: RunConfiguration, _ layout: DataLayout
  ) throws -> [any ImageSource] {
    let hasTest = try ImageSets.holdOut(run.data, layout, seed: run.seed)
    return try ImageSets.open(
      run.data, layout, split: hasTest ? .test : .train, seed: run.seed)
  }
}

/// A recipe's preview as one picture.
enum PreviewSheet {
  /// What the sheet shows; `nil` for a recipe that makes no pictures. Nothing that training depends on changes.
  static func preview(
    of recipe: some Recipe, with material: PreviewMaterial, seed: UInt64, on device: Device
  ) -> Preview? {
    Randomness.isolated(seed: seed, on: device) {
      evaluating { recipe.preview(of: material) }
    }
  }

  /// The sheet.
  ///
  /// - Parameter points: of what the recipe learns points, if it does.
  static func picture(of preview: Preview, _ points: PointDistribution?) -> DecodedImage {
    points.map { SampleSheet.points(preview.rows[0], of: $0) } ?? tiled(preview.rows)
  }

  private static func tiled(_ rows: [Tensor]) -> DecodedImage {
    let channels = rows.map { $0.size(1) }.max() ?? 1
    let columns = rows.map { $0.size(0) }.max() ?? 1
    let (height, width) = (rows[0].size(2), rows[0].size(3))
    let pixels = rows.flatMap { row in
      let colour = row.size(1) == channels ? row : .concatenated([row, row, row], axis: 1)
      let missing = columns - row.size(0)
      let blank = [UInt8](repeating: 0, count: missing * channels * height * width)
      return colour.imageBytes + blank
    }
    return ImageGrid.tiled(
      planar: pixels, channels: channels, height: height, width: width, columns: columns)
  }
}
