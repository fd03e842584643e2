import GANData
import GANKit
import GANTraining
import Torch

/// What several latents show in common: their mean (Radford et al. 2015, section 6.3.2).
public struct Concept {
  /// Its name in the picture.
  public let name: String
  /// Latents `[N, dimension]`.
  public let latents: Tensor
  /// What each latent is called: the number of a seed, the name of an image.
  public let members: [String]
  /// The images that the latents were found for, of a concept given by images.
  public let originals: [DecodedImage]

  /// A concept of numbered latents.
  public init(_ name: String, seeds: [UInt64], _ source: SeededLatents) {
    (self.name, latents) = (name, source(seeds))
    (members, originals) = (seeds.map(String.init), [])
  }

  /// A concept of given images, by the latents whose pictures are nearest to them.
  public init(_ name: String, of images: Reconstruction, members: [String]) {
    (self.name, latents, self.members) = (name, images.latents, members)
    originals = DecodedImage.pictures(images.originals)
  }

  /// `[1, dimension]`.
  public var mean: Tensor { latents.mean(axes: [0], keepingDimensions: true) }
}

/// Arithmetic on concepts: a - b + c.
public struct LatentArithmetic {
  private let latents: SeededLatents
  private let concepts: [Concept]
  private let classIndex: Int
  private static let shown = 8

  /// The concepts of a - b + c.
  ///
  /// - Parameters:
  ///   - latents: Draws the pictures.
  ///   - index: The class of all pictures, in a conditional system.
  public init(
    _ latents: SeededLatents, a: Concept, b: Concept, c: Concept, class index: Int = 0
  ) {
    (self.latents, concepts, classIndex) = (latents, [a, b, c], index)
  }

  /// The mean of a's latents less that of b's plus that of c's, `[1, dimension]`.
  public func result() -> Tensor { concepts[0].mean - concepts[1].mean + concepts[2].mean }

  /// The result and `count` neighbours of it, to whose latents uniform noise on [-scale, scale) is
  /// added: `[count + 1, dimension]`. The paper's scale is 0.25.
  public func neighborhood(_ count: Int = 8, noise scale: Double, seed: UInt64) -> Tensor {
    let center = result()
    let noise = Randomness.isolated(seed: seed, on: center.device) {
      Tensor.uniform([count, center.size(1)], -scale, scale, on: center.device)
    }
    return .concatenated([center, center + noise])
  }

  /// A row for each concept, its mean first; one of the sum, a - b + c as pictures of the means; and
  /// one of the result with its neighbours.
  public func scene(noise scale: Double = 0.25, seed: UInt64 = 1) -> Scene {
    let signs = ["", "- ", "+ "]
    let means = concepts.map(\.mean)
    var rows = zip(concepts, signs).flatMap { self.rows(of: $0, sign: $1) }
    let sum = pictures(.concatenated(means + [result()]))
    rows.append(
      PictureRows.Row("means", sum, notes: ["a", "- b", "+ c", "= result"]))
    let near = pictures(neighborhood(noise: scale, seed: seed))
    rows.append(
      PictureRows.Row("result", near, notes: ["a - b + c"] + (1...8).map { "near \($0)" }))
    return PictureRows(title: "a - b + c", rows).scene()
  }

  private func pictures(_ latents: Tensor) -> [DecodedImage] {
    self.latents.pictures(of: latents, class: classIndex)
  }

  /// The mean and the first members; images given stand above what the generator draws for them.
  private func rows(of concept: Concept, sign: String) -> [PictureRows.Row] {
    let count = min(concept.members.count, Self.shown)
    let name = "\(sign)\(concept.name)"
    let drawn = pictures(.concatenated([concept.mean, concept.latents[0..<count]]))
    let notes = ["mean of \(concept.members.count)"] + concept.members.prefix(count)
    guard let first = concept.originals.first else {
      return [PictureRows.Row(name, drawn, notes: notes)]
    }
    let blank = DecodedImage(
      width: first.width, height: first.height, channels: first.channels, filledWith: 255)
    return [
      PictureRows.Row("", [blank] + concept.originals.prefix(count)),
      PictureRows.Row(name, drawn, notes: notes),
    ]
  }

  /// The numbers behind the picture.
  public func numbers() -> ArithmeticNumbers {
    ArithmeticNumbers(
      concepts: concepts.map {
        ArithmeticNumbers.Part(name: $0.name, members: $0.members, mean: $0.mean.doubles)
      }, result: result().doubles)
  }
}

/// What `gan analyze arithmetic` prints.
public struct ArithmeticNumbers: Encodable {
  /// One concept.
  public struct Part: Encodable {
    /// `a`, `b` or `c`.
    public let name: String
    /// Seeds or images.
    public let members: [String]
    /// The mean latent.
    public let mean: [Double]
  }

  /// The three concepts.
  public let concepts: [Part]
  /// The latent a - b + c.
  public let result: [Double]
}
