import Foundation
import GANData
import Torch

/// The direction in latent space of one attribute of images: the mean latent of images that have it
/// less that of images that do not (Larsen et al. 2016, "Autoencoding beyond pixels using a learned
/// similarity metric", section 4.1). A generator without encoder gets the latents by a search.
public struct AttributeVector {
  /// The attribute.
  public let name: String
  /// `[1, dimension]`.
  public let vector: Tensor
  /// How many latents with and without the attribute the means are of.
  public let counts: (with: Int, without: Int)

  /// The vector from latents `[N, dimension]` and whether each one's image has the attribute; `nil`
  /// where all or none of them have it.
  public init?(_ name: String, latents: Tensor, has: [Bool]) {
    let (yes, no) = (has.indices.filter { has[$0] }, has.indices.filter { !has[$0] })
    guard !yes.isEmpty, !no.isEmpty else { return nil }
    func mean(_ indices: [Int]) -> Tensor {
      latents.gathered(Tensor(indices).moved(to: latents.device))
        .mean(axes: [0], keepingDimensions: true)
    }
    self.name = name
    vector = mean(yes) - mean(no)
    counts = (yes.count, no.count)
  }

  /// The Euclidean length.
  public var norm: Double { vector.norm().item() }

  /// How far each latent lies along the vector, in units of its length.
  public func positions(of latents: Tensor) -> [Double] {
    let squared = max(norm * norm, 1e-30)
    return ((latents * vector).sum(axes: [1]) / squared).doubles
  }

  /// How well positions along the vector tell who has the attribute: the probability that of two
  /// latents, one with and one without it, that with it lies further along (the area under the ROC
  /// curve; ties count half). 0.5 is chance; `nil` where all or none have it.
  public func separation(of latents: Tensor, has: [Bool]) -> Double? {
    areaUnderCurve(positions(of: latents), has)
  }
}

/// The area under the ROC curve by the ranks of scores, equal ones sharing their mean rank.
func areaUnderCurve(_ scores: [Double], _ positive: [Bool]) -> Double? {
  let positives = positive.count { $0 }
  let negatives = positive.count - positives
  guard positives > 0, negatives > 0 else { return nil }
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var (sum, start) = (0.0, 0)
  while start < order.count {
    let end = order[start...].firstIndex { scores[$0] > scores[order[start]] } ?? order.count
    let rank = Double(start + 1 + end) / 2
    sum += rank * Double(order[start..<end].count { positive[$0] })
    start = end
  }
  let least = Double(positives * (positives + 1)) / 2
  return (sum - least) / Double(positives * negatives)
}

/// Attribute vectors at work on the images of a reconstruction.
public struct AttributeStudy {
  /// One attribute's numbers.
  public struct Numbers: Encodable {
    /// The attribute.
    public let attribute: String
    /// Images with and without it that the vector is made of.
    public let with, without: Int
    /// The vector's length.
    public let norm: Double
    /// How well it tells images that it was not made of; 0.5 is chance. Absent where all or none of
    /// them have the attribute.
    public let separation: Double?
    /// The vector.
    public let vector: [Double]
  }

  /// The vectors, made of the first half of the images.
  public let vectors: [AttributeVector]
  private let latents: Tensor
  private let originals: Tensor
  private let attributes: [(name: String, has: [Bool])]
  private let half: Int

  /// Makes a vector of each attribute from the first half of the images and keeps the other half to
  /// judge it; an attribute that all or none of the first half have gets none.
  public init(_ found: Reconstruction, attributes: [(name: String, has: [Bool])]) {
    let count = found.latents.size(0)
    half = max(count - count / 2, 1)
    (latents, originals, self.attributes) = (found.latents, found.originals, attributes)
    let fitted = found.latents[0..<half]
    let half = half
    vectors = attributes.compactMap { attribute in
      AttributeVector(attribute.name, latents: fitted, has: Array(attribute.has[..<half]))
    }
  }

  /// The numbers of each vector.
  public func numbers() -> [Numbers] {
    let count = latents.size(0)
    return vectors.map { vector in
      let has = attributes.first { $0.name == vector.name }?.has ?? []
      return Numbers(
        attribute: vector.name, with: vector.counts.with, without: vector.counts.without,
        norm: vector.norm,
        separation: half < count
          ? vector.separation(of: latents[half..<count], has: Array(has[half...])) : nil,
        vector: vector.vector.doubles)
    }
  }

  /// Images, their reconstructions, and these with each vector added, or taken away where an image
  /// has the attribute: a column for each of the first `columns` images that no vector was made of.
  public func scene(_ source: SeededLatents, columns: Int = 8, strength: Double = 1) -> Scene {
    let count = latents.size(0)
    let start = half < count ? half : 0
    let range = start..<min(start + columns, count)
    let own = latents[range]
    var rows = [
      PictureRows.Row("image", DecodedImage.pictures(originals[range])),
      PictureRows.Row("found", source.pictures(of: own, class: 0)),
    ]
    for vector in vectors {
      let has = attributes.first { $0.name == vector.name }?.has[range] ?? []
      let signs = Tensor(has.map { Float($0 ? -strength : strength) }, shape: [range.count, 1])
      let changed = own + signs.moved(to: own.device) * vector.vector
      rows.append(
        PictureRows.Row(
          vector.name, source.pictures(of: changed, class: 0),
          notes: has.map { $0 ? "taken away" : "added" }))
    }
    return PictureRows(title: "attribute vectors", rows).scene()
  }
}
