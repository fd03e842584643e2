import Torch

/// A recipe whose generator turns noise, and a class where it is conditional, into images.
public protocol GenerativeRecipe: Recipe {
  /// The distribution of the noise.
  var prior: LatentPrior { get }

  /// How many classes the generator is told of; 0 for an unconditional one.
  var classCount: Int { get }

  /// How many evenly spaced grey levels the images have; `nil` for all values. Images that they are measured
  /// against are moved to the same levels.
  var greyLevels: Int? { get }

  /// Images `[N, C, H, W]` in [-1, 1] for noise `latent` `[N, prior.dimension]` and class indices
  /// `labels` `[N]` (`nil` for an unconditional generator), by the averaged weights where the
  /// recipe keeps them.
  func generate(_ latent: Tensor, labels: Tensor?) -> Tensor
}

extension GenerativeRecipe {
  /// 0: unconditional.
  public var classCount: Int { 0 }
  /// All values.
  public var greyLevels: Int? { nil }
}

/// A generative recipe that draws pairs: of each noise an image of either of two kinds, which are to show the same.
public protocol CoupledRecipe: GenerativeRecipe {
  /// Images of the layout's first part, `[N, C, H, W]`, and of its second, `[N, C', H, W]`, in [-1, 1] for noise
  /// `latent` `[N, prior.dimension]`, by the averaged weights where the recipe keeps them.
  func generatePairs(_ latent: Tensor) -> (a: Tensor, b: Tensor)
}

extension CoupledRecipe {
  /// The second images of the pairs.
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generatePairs(latent).b }
}

/// A recipe that turns images into other images.
public protocol TranslatingRecipe: Recipe {
  /// The ways it can translate, the usual one first. From A to B is from the first part of a batch
  /// to the second.
  var directions: [Direction] { get }

  /// By what a side of the images must be divisible, and how long it must be at least.
  var sideMultiple: Int { get }

  /// Images `[N, C', H, W]` in [-1, 1] for images `[N, C, H, W]`.
  ///
  /// - Precondition: `direction` is one of ``directions``, H and W multiples of ``sideMultiple``.
  func translate(_ images: Tensor, _ direction: Direction) -> Tensor

  /// The same without noise, each image treated alike whatever others there are: what can be written down as
  /// a network for other programs.
  ///
  /// - Precondition: as for ``translate(_:_:)``.
  func translateAlike(_ images: Tensor, _ direction: Direction) -> Tensor
}

extension TranslatingRecipe {
  /// ``translate(_:_:)``, which in most systems has no noise.
  public func translateAlike(_ images: Tensor, _ direction: Direction) -> Tensor {
    translate(images, direction)
  }
}

/// A recipe that translates images with the help of points in them, such as eyes and mouth.
public protocol LandmarkedRecipe: TranslatingRecipe {
  /// Images `[N, C', H, W]` in [-1, 1] for whole images `[N, C, H, W]` of any size.
  ///
  /// - Parameter landmarks: `[N, K, 2]`, x and y as shares of width and height; `nil` takes the same
  ///   in all images.
  func translate(_ images: Tensor, _ direction: Direction, landmarks: Tensor?) -> Tensor
}

extension LandmarkedRecipe {
  /// With the same points in all images.
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    translate(images, direction, landmarks: nil)
  }
}

/// A translator that says where it changes an image.
public protocol AttendingRecipe: TranslatingRecipe {
  /// Maps `[N, 1, H, W]` in [0, 1] for images `[N, C, H, W]`: 0 where their translation keeps what they are.
  ///
  /// - Precondition: as for ``TranslatingRecipe/translate(_:_:)``.
  func attention(_ images: Tensor, _ direction: Direction) -> Tensor
}

/// A translator that leaves a choice: one image has a translation in each of many styles.
public protocol StyledRecipe: TranslatingRecipe {
  /// The distribution of styles.
  var stylePrior: LatentPrior { get }

  /// The styles `[N, stylePrior.dimension]` of images `[N, C', H, W]` of the kind that a direction leads to.
  ///
  /// - Precondition: as for ``TranslatingRecipe/translate(_:_:)``.
  func style(of images: Tensor, _ direction: Direction) -> Tensor

  /// Images `[N, C', H, W]` in [-1, 1] for images `[N, C, H, W]` and as many styles
  /// `[N, stylePrior.dimension]`.
  ///
  /// - Precondition: as for ``TranslatingRecipe/translate(_:_:)``.
  func translate(_ images: Tensor, _ direction: Direction, style: Tensor) -> Tensor
}

extension StyledRecipe {
  /// In styles of the prior, another for each image.
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    translate(images, direction, style: stylePrior.sample(like: images))
  }
}

/// A translator that finds what images of both domains have in common.
public protocol EmbeddingRecipe: TranslatingRecipe {
  /// Rows `[N, D]` for images `[N, C, H, W]` in [-1, 1] of the domain that a direction starts from:
  /// `.ab` for images of A. Those of both domains lie in one space.
  ///
  /// - Precondition: as for ``TranslatingRecipe/translate(_:_:)``.
  func embed(_ images: Tensor, _ direction: Direction) -> Tensor
}

/// A recipe that makes images larger. It learns from images that it makes smaller itself.
public protocol EnlargingRecipe: Recipe {
  /// How many times as high and as wide images become.
  var scale: Int { get }

  /// How many pixels of the image around a place decide what becomes of it, in each direction: by so much
  /// parts must overlap whose enlargements are to make up that of the whole.
  var reach: Int { get }

  /// By what images were compared in training that ended at a step, in words such as `features of vgg54`: a
  /// network is no judge of what learned from it.
  func comparedBy(at step: Int) -> String

  /// Images `[N, C, scale·H, scale·W]` in [-1, 1] for images `[N, C, H, W]`, of any size.
  func enlarge(_ images: Tensor) -> Tensor
}

/// A recipe that fills holes of images.
public protocol CompletingRecipe: Recipe {
  /// By what a side of the images must be divisible.
  var sideMultiple: Int { get }

  /// Holes such as the system is trained with, drawn anew at every call: `[N, 1, H, W]`, `bool`, true
  /// where images `[N, C, H, W]` miss a pixel.
  func holes(like images: Tensor) -> Tensor

  /// Images `[N, C, H, W]` in [-1, 1] with their holes filled, and unchanged outside of them.
  ///
  /// - Parameter mask: which pixels are missing, as ``holes(like:)`` says it.
  /// - Precondition: H and W are multiples of ``sideMultiple``.
  func complete(_ images: Tensor, mask: Tensor) -> Tensor
}

/// A recipe with a network that tells the classes of images apart.
public protocol ClassifyingRecipe: Recipe {
  /// Logits `[N, classes]` of images `[N, C, H, W]` in [-1, 1].
  func classify(_ images: Tensor) -> Tensor
}

/// A generative recipe with an encoder, the way back from images to the generator's input.
public protocol EncodingRecipe: GenerativeRecipe {
  /// Codes `[N, prior.dimension]` of images `[N, C, H, W]` in [-1, 1]; the mean where codes are
  /// distributions.
  func encode(_ images: Tensor) -> Tensor

  /// What the generator makes of the images' codes, `[N, C, H, W]`; by default
  /// `generate(encode(images), labels: nil)`.
  func reconstruct(_ images: Tensor) -> Tensor
}

extension EncodingRecipe {
  /// What the generator makes of the images' codes.
  public func reconstruct(_ images: Tensor) -> Tensor { generate(encode(images), labels: nil) }
}
