import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

/// Which maps of a generator draw what stands in boxes, and samples drawn without these maps
/// (Radford et al. 2015, section 6.3.1, "forgetting to draw certain objects").
///
/// Activations at places inside of the boxes are positive examples, as many random places outside of
/// them, of the same samples, negative ones. A logistic regression tells them apart; maps with a
/// weight above 0 are dropped everywhere.
public struct FeatureAblation {
  /// The layer whose maps were looked at, from 1 in the generator's order of activations.
  public let layer: Int
  /// Maps of that layer.
  public let maps: Int
  /// Those with a weight above 0, the largest first.
  public let dropped: [Int]
  /// Examples of each kind.
  public let examples: Int
  /// The share of all examples that the regression tells rightly.
  public let accuracy: Double
  /// The same on every fifth sample, by a regression on the others; `nil` for fewer than five.
  public let heldOutAccuracy: Double?
  private let weights: [Double]

  /// Finds the maps.
  ///
  /// - Parameters:
  ///   - boxes: One or no box for each sample, in pixels of the images.
  ///   - layer: From 1; the last one that has places, or else the last, for `nil`.
  ///   - most: How many maps are dropped at most, those of the largest weights.
  ///   - seed: Decides the places outside.
  /// - Throws: ``GANTraining/RunError``.
  public init(
    of generator: any GenerativeRecipe, latent: Tensor, labels: Tensor?, boxes: [PixelBox?],
    layer asked: Int? = nil, most: Int = .max, seed: UInt64 = 1
  ) throws {
    let (layers, images) = GeneratorMaps(of: generator, latent: latent, labels: labels).all()
    let shape = Array(images.shape.dropFirst())
    let last = layers.lastIndex { $0.rank == 4 } ?? layers.count - 1
    layer = asked ?? last + 1
    guard layers.indices.contains(layer - 1) else {
      throw RunError.field(
        "layer", found: "\(layer)", expected: "a layer from 1 to \(layers.count)")
    }
    guard layers[layer - 1].rank == 4 || layer == layers.count else {
      throw RunError.field(
        "layer", found: "\(layer), whose units have no places",
        expected: "a layer with places, or the last, \(layers.count)")
    }
    let examples = try PlaceExamples(
      layers[layer - 1], generator, shape: shape, boxes: boxes, seed: seed)
    let (rows, positive) = (examples.rows, examples.positive)
    let regression = LogisticRegression(rows, positive: positive)
    let weights = regression.weights.doubles
    (maps, self.weights, self.examples) = (weights.count, weights, positive.count / 2)
    dropped = Array(
      weights.indices.filter { weights[$0] > 0 }.sorted { weights[$0] > weights[$1] }.prefix(most))
    accuracy = regression.accuracy(rows, positive: positive)
    heldOutAccuracy = examples.heldOutAccuracy()
  }

  /// The weights of the dropped maps.
  public var droppedWeights: [Double] { dropped.map { weights[$0] } }

  /// As many maps as are dropped, drawn at random among all: what the choice is compared with.
  public func randomMaps(seed: UInt64) -> [Int] {
    Array(ShuffledOrder(count: maps, seed: seed).permutation(epoch: 0).prefix(dropped.count))
  }

  /// The mean change by magnitude of pixels in [-1, 1] inside and outside of the boxes.
  public static func change(
    from before: Tensor, to after: Tensor, boxes: [PixelBox?]
  ) -> (inside: Double, outside: Double) {
    let change = (after - before).abs().mean(axes: [1]).contiguous()  // [N, H, W]
    let (height, width) = (change.size(1), change.size(2))
    let values = change.doubles
    var sums = (inside: 0.0, outside: 0.0)
    var counts = (inside: 0, outside: 0)
    for (index, box) in boxes.enumerated() {
      guard let box else { continue }
      for y in 0..<height {
        for x in 0..<width {
          let value = values[(index * height + y) * width + x]
          if box.columns.contains(x) && box.rows.contains(y) {
            (sums.inside, counts.inside) = (sums.inside + value, counts.inside + 1)
          } else {
            (sums.outside, counts.outside) = (sums.outside + value, counts.outside + 1)
          }
        }
      }
    }
    return (
      sums.inside / Double(max(counts.inside, 1)), sums.outside / Double(max(counts.outside, 1))
    )
  }
}

/// Activations at places inside and outside of boxes.
private struct PlaceExamples {
  /// `[examples, maps]`.
  let rows: Tensor
  let positive: [Bool]
  /// The sample of each row.
  private let samples: [Int]

  init(
    _ layer: Tensor, _ generator: any GenerativeRecipe, shape: [Int], boxes: [PixelBox?],
    seed: UInt64
  ) throws {
    // A fully connected layer has the pixels for its places.
    let hasPlaces = layer.rank == 4
    let (height, width) = hasPlaces ? (layer.size(2), layer.size(3)) : (shape[1], shape[2])
    let scale = (x: Double(shape[2]) / Double(width), y: Double(shape[1]) / Double(height))
    var random = SplitMix64(seed: seed)
    var (places, kinds, samples) = ([Int](), [Bool](), [Int]())
    for (sample, box) in boxes.enumerated() {
      guard let box else { continue }
      var (inside, outside) = ([Int](), [Int]())
      for place in 0..<height * width {
        let (x, y) = (Double(place % width) + 0.5, Double(place / width) + 0.5)
        if box.contains(x: x * scale.x, y: y * scale.y) {
          inside.append(place)
        } else {
          outside.append(place)
        }
      }
      let count = min(inside.count, outside.count)
      inside.shuffle(using: &random)
      outside.shuffle(using: &random)
      places += inside.prefix(count) + outside.prefix(count)
      kinds += [Bool](repeating: true, count: count) + [Bool](repeating: false, count: count)
      samples += [Int](repeating: sample, count: 2 * count)
    }
    guard !places.isEmpty else {
      throw RunError.unsupported(
        "no box holds a place of the layer's \(height)x\(width) maps and leaves one out; "
          + "draw larger boxes or choose a later layer")
    }
    (positive, self.samples) = (kinds, samples)
    if hasPlaces {
      let flat = layer.permuted(0, 2, 3, 1).contiguous().reshaped(to: [-1, layer.size(1)])
      let indices = zip(samples, places).map { $0 * height * width + $1 }
      rows = flat.gathered(Tensor(indices).moved(to: layer.device)).moved(to: .cpu)
    } else {
      let prints = try GeneratorMaps.footprints(
        of: generator, units: layer.size(1), shape: shape
      ).flattened(from: 1).transposed().contiguous()  // [pixels, units]
      rows =
        (layer.gathered(Tensor(samples).moved(to: layer.device))
        * prints.gathered(Tensor(places).moved(to: layer.device))).moved(to: .cpu)
    }
  }

  func heldOutAccuracy() -> Double? {
    let marked = samples.reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
    guard marked.count >= 5 else { return nil }
    let held = Set(stride(from: 4, to: marked.count, by: 5).map { marked[$0] })
    func part(_ isHeld: Bool) -> (Tensor, [Bool]) {
      let indices = samples.indices.filter { held.contains(samples[$0]) == isHeld }
      return (rows.gathered(Tensor(indices)), indices.map { positive[$0] })
    }
    let (fitted, judged) = (part(false), part(true))
    return LogisticRegression(fitted.0, positive: fitted.1)
      .accuracy(judged.0, positive: judged.1)
  }
}
