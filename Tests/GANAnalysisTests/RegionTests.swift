import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Testing
import Torch
import TorchNN

@testable import GANAnalysis

@Suite("Logistic regression")
struct LogisticRegressionTests {
  @Test("Two groups give the logits of their shares")
  func groups() {
    // 8 of 10 positive at x = 5, 3 of 10 at x = 1.
    let rows = (0..<20).map { Float($0 < 10 ? 5 : 1) }
    let positive = (0..<20).map { $0 < 8 || (10..<13).contains($0) }
    let found = LogisticRegression(
      Tensor(rows, shape: [20, 1]), positive: positive, ridge: 1e-12)
    let (high, low) = (log(0.8 / 0.2), log(0.3 / 0.7))
    #expect(abs(found.weights.doubles[0] - (high - low) / 4) < 1e-6)
    #expect(abs(found.offset - (low - (high - low) / 4)) < 1e-6)
    #expect(found.accuracy(Tensor(rows, shape: [20, 1]), positive: positive) == 15.0 / 20)
    #expect(found.steps < 15)
  }

  @Test("The gradient is 0 at the solution of separable rows, constant columns weigh nothing")
  func separable() {
    Randomness.seed(9)
    let columns = Tensor.randn([60, 3])
    let rows = Tensor.concatenated([columns, .ones([60, 1])], axis: 1)
    let positive = columns.selected(1, 0).doubles.map { $0 > 0 }
    let found = LogisticRegression(rows, positive: positive, ridge: 0.01)
    #expect(found.accuracy(rows, positive: positive) > 0.95)
    #expect(found.weights.doubles[0] > 0 && found.weights.doubles[3] == 0)
    let scaled = LogisticRegression(rows * 50 + 3, positive: positive, ridge: 0.01)
    #expect((scaled.weights * 50 - found.weights).abs().maximum().item() < 1e-4)
    let targets = Tensor(doubles: positive.map { $0 ? 1 : 0 })
    let residual = found.logits(rows).sigmoid() - targets
    // The offset has no penalty.
    #expect(abs(residual.sum().item()) < 1e-6)
    let values = columns.cast(to: .float64)
    let variance = values.variance(axes: [0], unbiased: false)
    let slope = values.transposed().matmul(residual.unsqueezed(1)).squeezed(1) / 60
    let penalty = found.weights[0..<3] * variance * 0.01
    #expect((slope + penalty).abs().maximum().item() < 1e-6)
  }
}

/// Draws z0 in the left half and z1 in the right half of 8x8 pictures, by two maps.
private struct Halves: GenerativeRecipe {
  static let card = RecipeCard(
    name: "halves", title: "", summary: "", paper: "")
  let prior = LatentPrior.normal(2)

  init(_ config: DCGAN.Config, for run: RunShape, on device: Device) {}
  mutating func step(_ batch: ImageBatch) -> StepReport { [:] }

  func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    let left = Tensor((0..<64).map { $0 % 8 < 4 ? 1 : 0 } as [Float], shape: [1, 1, 8, 8])
    let masks = Tensor.concatenated([left, 1 - left], axis: 1)
    let maps = (latent.reshaped(to: [-1, 2, 1, 1]) * masks).relu()
    return maps.sum(axes: [1], keepingDimensions: true)
  }
}

@Suite("Ablation")
struct AblationTests {
  private let generator = Halves(
    DCGAN.Config(), for: RunShape(data: DataShape(channels: 1, height: 8, width: 8)), on: .cpu)
  private let latent = Tensor([1, 1, 2, 1, 0.5, 2, 1, 3, 2, 2] as [Float], shape: [5, 2])

  @Test("The map that draws the boxes is found and only it is dropped")
  func halves() throws {
    let boxes = [PixelBox?](repeating: PixelBox(x: 0, y: 0, width: 4, height: 8), count: 5)
    let found = try FeatureAblation(of: generator, latent: latent, labels: nil, boxes: boxes)
    #expect(found.layer == 1 && found.maps == 2 && found.examples == 5 * 32)
    #expect(found.dropped == [0] && found.droppedWeights[0] > 0)
    #expect(found.accuracy == 1 && found.heldOutAccuracy == 1)
    let maps = GeneratorMaps(of: generator, latent: latent, labels: nil)
    let before = maps.images(without: [], ofLayer: 0)
    let after = maps.images(without: [0], ofLayer: 0)
    // The mean of z0 is 1.3; of this box half the columns and half of what is outside lie left.
    let middle = [PixelBox?](repeating: PixelBox(x: 2, y: 0, width: 4, height: 8), count: 5)
    for (boxes, inside, outside) in [(boxes, 1.3, 0.0), (middle, 0.65, 0.65)] {
      let change = FeatureAblation.change(from: before, to: after, boxes: boxes)
      #expect(abs(change.inside - inside) < 1e-6 && abs(change.outside - outside) < 1e-6)
    }
    #expect(after.sum().item() == before.sum().item() - 6.5 * 32)
  }

  @Test("Samples without a box are no examples; layers are checked")
  func boxes() throws {
    var boxes: [PixelBox?] = [nil, PixelBox(x: 5, y: 0, width: 3, height: 8), nil, nil, nil]
    let found = try FeatureAblation(of: generator, latent: latent, labels: nil, boxes: boxes)
    #expect(found.examples == 24 && found.dropped == [1] && found.heldOutAccuracy == nil)
    #expect(throws: RunError.self) {
      try FeatureAblation(of: generator, latent: latent, labels: nil, boxes: boxes, layer: 2)
    }
    boxes = [nil, nil, nil, nil, nil]
    #expect(throws: RunError.self) {
      try FeatureAblation(of: generator, latent: latent, labels: nil, boxes: boxes)
    }
  }

  @Test("Units of a fully connected layer have the pixels they lead to for places")
  func units() throws {
    var config = GAN.Config()
    (config.generatorWidths, config.latentSize) = ([6], 4)
    let shape = DataShape(channels: 1, height: 4, width: 4)
    let gan = GAN(config, for: RunShape(data: shape), on: .cpu)
    let prints = try GeneratorMaps.footprints(of: gan, units: 6, shape: [1, 4, 4])
    var weight: Tensor?
    gan.forEachModule {
      if let layer = $0 as? Linear, layer.weight.value.size(0) == 16 { weight = layer.weight.value }
    }
    let expected = try #require(weight).detached().abs()
    #expect(prints.shape == [6, 4, 4])
    #expect(prints[2].flattened().floats == expected.selected(1, 2).contiguous().floats)
    #expect(throws: RunError.self) {
      try GeneratorMaps.footprints(of: gan, units: 5, shape: [1, 4, 4])
    }
  }
}

/// Sees class 0 in the upper left quarter and class 1 everywhere.
private struct Corner: PlaceClassifier {
  let info = FeatureNetworkInfo(name: "corner", checksum: "", dimension: 1, preparation: "")

  func outputs(of images: Tensor) throws -> FeatureBatch {
    FeatureBatch(features: .zeros([images.size(0), 1]), logits: nil)
  }

  func contributions(in images: Tensor) throws -> ClassContributions {
    let maps = Tensor([2, 0, 0, 0, 0.125, 0.125, 0.125, 0.125] as [Float], shape: [1, 2, 2, 2])
    return ClassContributions(maps: maps, logits: Tensor([2, 0.5] as [Float], shape: [1, 2]))
  }
}

@Suite("Class activation maps")
struct ClassActivationTests {
  private let image = DecodedImage(width: 8, height: 8, channels: 3, filledWith: 90)

  @Test("The box surrounds what lies above a share of the maximum")
  func box() throws {
    let found = try ClassActivation(of: image, by: Corner())
    #expect(found.classIndex == 0 && found.predicted == 0)
    #expect(found.contributions == [[2, 0], [0, 0]])
    #expect(abs(found.probability - 1 / (1 + exp(-1.5))) < 1e-9)
    // Bilinear between the centres 2 and 6: 2, 2, 1.75, 1.25, 0.75, 0.25, 0, 0.
    #expect(found.map[0].map { ($0 * 4).rounded() / 4 } == [2, 2, 1.75, 1.25, 0.75, 0.25, 0, 0])
    #expect(found.box(share: 0.5) == PixelBox(x: 0, y: 0, width: 4, height: 4))
    #expect(found.box(share: 0.95) == PixelBox(x: 0, y: 0, width: 2, height: 2))
    let all = try ClassActivation(of: image, class: 1, by: Corner())
    #expect(all.box() == PixelBox(x: 0, y: 0, width: 8, height: 8) && all.predicted == 0)
  }

  @Test("The picture is warm where the class is seen, and as large as the original's")
  func picture() throws {
    let found = try ClassActivation(of: image, by: Corner())
    let (picture, original) = (found.picture(), found.original)
    #expect(picture.width == 64 && original.width == 64 && original.pixels.allSatisfy { $0 == 90 })
    func warmth(_ x: Int, _ y: Int) -> Int {
      Int(picture.pixels[(y * 64 + x) * 3]) - Int(picture.pixels[(y * 64 + x) * 3 + 2])
    }
    #expect(warmth(8, 8) > 120 && warmth(60, 60) == 0)
  }

  @Test("Regions are joined by sides, the largest wins")
  func regions() {
    let mask = ["#.##", ".#.#", "...."].map { $0.map { $0 == "#" } }
    let found = largestRegion(of: mask) ?? []
    #expect(found.count == 3 && found.allSatisfy { $0.x >= 2 })
    #expect(largestRegion(of: [[false, false]]) == nil)
  }
}

@Suite("Attribute vectors")
struct AttributeVectorTests {
  private let latents = Tensor([0, 0, 2, 0, 4, 6, 6, 6] as [Float], shape: [4, 2])

  @Test("The vector is the difference of means, and positions are along it")
  func vector() throws {
    let found = try #require(
      AttributeVector("tall", latents: latents, has: [false, false, true, true]))
    #expect(found.vector.floats == [4, 6] && found.counts == (2, 2))
    #expect(abs(found.norm - 52.0.squareRoot()) < 1e-6)
    #expect(abs(found.positions(of: found.vector)[0] - 1) < 1e-6)
    #expect(found.separation(of: latents, has: [false, false, true, true]) == 1)
    #expect(AttributeVector("tall", latents: latents, has: [true, true, true, true]) == nil)
  }

  @Test("The area under the curve counts pairs, ties as halves")
  func area() {
    #expect(areaUnderCurve([1, 2, 3, 4], [false, true, false, true]) == 0.75)
    #expect(areaUnderCurve([1, 1, 1], [false, true, false]) == 0.5)
    #expect(areaUnderCurve([3, 1, 1, 0], [true, true, false, false]) == 3.5 / 4)
    #expect(areaUnderCurve([1, 2], [true, true]) == nil)
  }
}
