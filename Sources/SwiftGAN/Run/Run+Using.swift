import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

/// What a run has drawn.
public struct DrawnSamples {
  /// `[N, C, H, W]` in [-1, 1].
  public let images: Tensor
  /// The class asked for of each; empty for an unconditional system.
  public let classes: [Int]

  /// Each as a picture.
  public var pictures: [DecodedImage] {
    let (pixels, shape) = (images.imageBytes, images.shape)
    let each = shape.dropFirst().reduce(1, *)
    return (0..<shape[0]).map { index in
      DecodedImage(
        planar: pixels[index * each..<(index + 1) * each], width: shape[3], height: shape[2],
        channels: shape[1])
    }
  }

  /// One picture of all, a column for each class or about square.
  public var sheet: DecodedImage {
    SampleSheet.grid(
      pixels: images.imageBytes, shape: images.shape,
      columns: pictureColumns(count: images.size(0), classes: Set(classes).count))
  }
}

/// One column for each class, or a square.
package func pictureColumns(count: Int, classes: Int) -> Int {
  classes > 0 ? min(classes, 32) : max(1, Int(Double(count).squareRoot().rounded(.up)))
}

extension Run {
  /// Draws from noise, classes in turn.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - seed: decides the noise.
  ///   - classes: which classes in turn; `nil` is all of a conditional system.
  /// - Throws: `RunError` for a system that does not draw, or a class that it does not have.
  public func sample(_ count: Int, seed: UInt64 = 1, classes: [Int]? = nil) throws -> DrawnSamples {
    let run = try GeneratingRun(self)
    let samples = try Samples(of: run, count: count, seed: seed, latent: nil, classes: classes)
    let images = inUse(seed: seed) {
      run.generator.generate(samples.latent, labels: samples.labels(on: device))
    }
    return DrawnSamples(images: images, classes: samples.classes)
  }

  /// Draws pairs: of each noise an image of either of two kinds.
  ///
  /// - Parameters:
  ///   - count: how many pairs.
  ///   - seed: decides the noise.
  /// - Throws: `RunError` for a system that does not draw pairs.
  public func samplePairs(
    _ count: Int, seed: UInt64 = 1
  ) throws -> (a: DrawnSamples, b: DrawnSamples) {
    let recipe = try role((any CoupledRecipe).self, "draw pairs")
    let samples = try Samples(
      of: GeneratingRun(self), count: count, seed: seed, latent: nil, classes: nil)
    let pairs = inUse(seed: seed) { recipe.generatePairs(samples.latent) }
    return (DrawnSamples(images: pairs.a, classes: []), DrawnSamples(images: pairs.b, classes: []))
  }

  /// Translates an image of any size.
  ///
  /// - Parameters:
  ///   - image: what is translated.
  ///   - direction: one of the system's; `nil` takes its usual one.
  ///   - tile: the longest side that is translated at once.
  ///   - seed: decides the noise of systems that have some, and the style where none is given.
  ///   - landmarks: points of the image, for a run that was trained with those of each image.
  ///   - style: `[1, D]`, of a system that has styles, see ``styles(_:seed:)`` and ``style(of:_:)``.
  /// - Throws: `RunError`, also where such a run is not told them.
  public func translate(
    _ image: DecodedImage, _ direction: Direction? = nil, tile: Int = 1024, seed: UInt64 = 1,
    landmarks: [Landmark]? = nil, style: Tensor? = nil
  ) throws -> DecodedImage {
    let translation = try translation(direction, tile: tile, seed: seed, style: style)
    guard landmarks != nil || !needsLandmarks else { throw noLandmarks(of: "the image") }
    return inUse(seed: seed) { translation(image, landmarks: landmarks) }
  }

  /// Whether the run was trained with landmarks of each image, and so asks for those of others.
  package var needsLandmarks: Bool { layout.needs(.landmarks) }

  /// What to say of an image without landmarks.
  package func noLandmarks(of image: String) -> RunError {
    .unsupported(
      "\(path) was trained with the landmarks of each image, and landmarks.csv of the folder or "
        + "archive does not tell those of \(image)")
  }

  /// Where a translation changes an image: black where it keeps what it is.
  ///
  /// - Parameters: as for ``translate(_:_:tile:seed:)``.
  /// - Throws: `RunError` for a system that does not say it.
  public func attention(
    _ image: DecodedImage, _ direction: Direction? = nil, tile: Int = 1024
  ) throws -> DecodedImage {
    let maps = try attention(direction, tile: tile)
    return inUse(seed: 1) { maps(image) }
  }

  private func attention(_ direction: Direction?, tile: Int) throws -> ImageTranslation {
    let recipe = try role((any AttendingRecipe).self, "say where it changes images")
    return try ImageTranslation(
      attentionOf: recipe, direction, shape: shape, tile: tile, on: device)
  }

  /// Stops where maps could not be made so, before any image is read.
  package func checkAttention(_ direction: Direction?, tile: Int) throws {
    _ = try attention(direction, tile: tile)
  }

  private func translation(
    _ direction: Direction?, tile: Int, seed: UInt64, style: Tensor?
  ) throws -> ImageTranslation {
    if recipe is any StyledRecipe || style != nil {
      return try ImageTranslation(
        by: styled(), direction, style: style ?? styles(1, seed: seed), shape: shape, tile: tile,
        on: device)
    }
    let recipe = try role((any TranslatingRecipe).self, "translate images")
    return try ImageTranslation(by: recipe, direction, shape: shape, tile: tile, on: device)
  }

  /// Stops where images could not be translated so, before any is read.
  package func checkTranslation(_ direction: Direction?, tile: Int) throws {
    _ = try translation(direction, tile: tile, seed: 1, style: nil)
  }

  private func styled() throws -> any StyledRecipe {
    try role((any StyledRecipe).self, "translate in styles")
  }

  /// Styles in which images can be translated, `[count, D]`: row i follows from the seed and i alone.
  ///
  /// - Throws: `RunError` for a system without styles.
  public func styles(_ count: Int, seed: UInt64) throws -> Tensor {
    try styled().stylePrior.rows(count, seed: seed, on: device)
  }

  /// The style `[1, D]` of a picture of any size, of the kind that a direction leads to.
  ///
  /// - Throws: `RunError` for a system without styles, or a direction that it does not have.
  public func style(of picture: DecodedImage, _ direction: Direction? = nil) throws -> Tensor {
    let recipe = try styled()
    return try inUse(seed: 1) {
      try recipe.style(of: picture, direction, shape: shape, on: device)
    }
  }

  /// Fills holes of an image of any size; pixels outside of the mask keep their values.
  ///
  /// - Parameters:
  ///   - image: an image of any size.
  ///   - mask: which pixels are missing.
  /// - Throws: `DataError` for a mask of another size, without a hole or of nothing else; `RunError` for a
  ///   system that does not complete images.
  public func complete(_ image: DecodedImage, _ mask: PixelMask) throws -> DecodedImage {
    let completion = ImageCompletion(by: try completing(), shape: shape, on: device)
    try mask.check("mask", for: image, "the image")
    return inUse(seed: 1) { completion(image, mask) }
  }

  /// The system as one that completes images.
  package func completing() throws -> any CompletingRecipe {
    try role((any CompletingRecipe).self, "complete images")
  }

  /// The names of the classes that the run was trained on, in label order.
  public var classNames: [String] {
    configuration.data.classNames ?? (0..<shape.classes).map(String.init)
  }

  /// How likely an image is of each class, in label order. It is prepared as those that the run was
  /// trained on.
  public func classify(_ image: DecodedImage) throws -> [Double] {
    let recipe = try classifier()
    let pixels = prepared([image])
    return inUse(seed: 1) { recipe.classify(pixels).softmax(axis: 1).doubles }
  }

  /// The system as one that tells classes apart.
  ///
  /// - Throws: `RunError` for a system without a classifier, or one that was shown no labels.
  package func classifier() throws -> any ClassifyingRecipe {
    let recipe = try role((any ClassifyingRecipe).self, "classify images")
    guard shape.classes > 0 else {
      throw RunError.unsupported(
        "\(path): the run was trained without labels and does not classify images")
    }
    return recipe
  }

  /// Images as those that the run was trained on, `[N, C, H, W]` in [-1, 1].
  func prepared(_ images: [DecodedImage]) -> Tensor {
    let isDigit = BuiltInName(configuration.data.source) != nil
    let preparation = ImagePreparation(
      size: shape.size, channels: shape.channels,
      fit: configuration.data.fit ?? (isDigit ? .pad : .crop))
    return Tensor(
      imageBytes: images.flatMap { preparation.prepared($0).planarPixels },
      shape: [images.count] + shape.imageShape, on: device)
  }

  /// Measures the run on its own data, held out where there is such a part, and keeps what is found in it.
  public func evaluate(count: Int? = nil) throws -> Evaluation {
    var request = EvaluationRequest(path)
    (request.count, request.step, request.device) = (count, .at(step), device)
    return try request.evaluation(of: self)
  }
}

extension DataConfiguration {
  /// The handwritten digits that ship with the package.
  public static let mnist = DataConfiguration(source: "mnist")

  /// A built-in set by its name, or what lies at a path: a folder, a tar archive, an IDX file.
  public static func at(_ nameOrPath: String, size: ImageSize? = nil) -> DataConfiguration {
    DataConfiguration(source: nameOrPath, size: size)
  }
}
