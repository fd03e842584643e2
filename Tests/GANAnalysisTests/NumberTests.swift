import GANData
import GANKit
import GANTraining
import GANZoo
import Testing
import Torch
import TorchNN

@testable import GANAnalysis

@Suite("Modes")
struct ModeTests {
  @Test("The distribution's own points cover everything", arguments: [ToyDistribution.ring, .grid])
  func own(toy: ToyDistribution) throws {
    let coverage = try ModeCoverage(of: toy.points(count: 5000, seed: 1), from: toy)
    #expect(coverage.covered == toy.modes.count && coverage.samples == 5000)
    // Three deviations in two dimensions: 1 - exp(-9/2) = 98.9%.
    #expect(abs(coverage.highQuality - 0.989) < 0.006)
    #expect((coverage.divergence ?? 1) < 0.01)
  }

  @Test("Points between the modes count for none of them")
  func between() throws {
    let first = ToyDistribution.ring.modes[0]
    let far = ToyDistribution.ring.standardDeviation * 3.01
    let coverage = try ModeCoverage(
      of: [first.x, first.y, first.x + far, first.y, 0, 0, .nan, 0], from: .ring)
    #expect(coverage.counts == [1, 0, 0, 0, 0, 0, 0, 0] && coverage.highQuality == 0.25)
    #expect(throws: RunError.self) { try ModeCoverage(of: [0, 0], from: .swissRoll) }
  }
}

@Suite("Linear classifier")
struct LinearSVMTests {
  @Test("L-BFGS finds the minimum of an ill-conditioned quadratic")
  func quadratic() {
    let scales = Tensor([1, 10, 100, 1000] as [Float])
    let goal = Tensor([3, -2, 1, 0.5] as [Float])
    let found = minimized(.zeros([4]), steps: 100, tolerance: 1e-12) { point in
      let away = point - goal
      return ((away.squared() * scales).sum().item() / 2, away * scales)
    }
    #expect((found - goal).abs().maximum().item() < 1e-3)
  }

  @Test("Three separated clouds are told apart, and shifted features change nothing")
  func clouds() {
    Randomness.seed(3)
    let labels = (0..<300).map { $0 % 3 }
    let centers = Tensor([0, 0, 4, 0, 0, 4] as [Float], shape: [3, 2])
    let rows = centers.gathered(Tensor(labels)) + Tensor.randn([300, 2]) * 0.5
    for features in [rows, rows * 100 + 7] {
      let machine = LinearSVM(features, labels, classes: 3, penalty: 100)
      #expect(machine.accuracy(features, labels) > 0.98)
    }
  }
}

@Suite("Images and generators")
struct GeneratorTests {
  private static func dcgan() -> DCGAN {
    var config = DCGAN.Config()
    (config.generatorWidth, config.discriminatorWidth, config.latentSize) = (4, 4, 8)
    Randomness.seed(5)
    return DCGAN(
      config, for: RunShape(data: DataShape(channels: 1, height: 16, width: 16)), on: .cpu)
  }

  @Test("A reconstruction has a picture, a latent and an error for each image")
  func reconstruction() {
    let generator = Self.dcgan()
    let originals = withMode(.evaluation) {
      withoutGradients { generator.generate(generator.prior.sample(6, on: .cpu), labels: nil) }
    }
    let found = Reconstruction(of: originals, labels: nil, by: generator, steps: 3, block: 4)
    #expect(found.pictures.shape == originals.shape && found.errors.count == 6)
    #expect(found.latents.shape == [6, 8])
  }

  @Test("What the generator drew itself is found again, each image by itself")
  func convergence() {
    var config = GAN.Config()
    (config.generatorWidths, config.latentSize) = ([64], 8)
    Randomness.seed(6)
    let generator = GAN(
      config, for: RunShape(data: DataShape(channels: 1, height: 12, width: 12)), on: .cpu)
    let latents = generator.prior.sample(5, on: .cpu)
    let originals = withMode(.evaluation) {
      withoutGradients { generator.generate(latents, labels: nil) }
    }
    let found = Reconstruction(of: originals, labels: nil, by: generator, block: 3)
    for (error, start) in zip(found.errors, found.startErrors) { #expect(error < start / 1000) }
    let start = withMode(.evaluation) {
      withoutGradients { generator.generate(.zeros([1, 8]), labels: nil) }
    }
    let expected = (originals - start).squared().mean(axes: [1, 2, 3]).doubles
    #expect(zip(found.startErrors, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("Arithmetic adds means of seeded latents, each what one sample of the seed is")
  func arithmetic() {
    let generator = Self.dcgan()
    let latents = SeededLatents(of: generator, on: .cpu)
    let one = generator.prior.rows(1, seed: 4)
    #expect(latents([9, 4])[1].floats == one[0].floats)
    let three = Concept("a", seeds: [1, 2, 3], latents)
    let sum = LatentArithmetic(
      latents, a: three, b: three, c: Concept("c", seeds: [4, 4, 4], latents))
    #expect((sum.result() - one).abs().maximum().item() < 1e-6)
    let near = sum.neighborhood(noise: 0.25, seed: 1) - one
    #expect(near.shape == [9, 8] && near.abs().maximum().item() <= 0.2501)
    #expect(near[1].abs().maximum().item() > 0.01)
  }

  @Test("A concept of images is the mean of the latents found for them")
  func imageConcept() throws {
    let generator = Self.dcgan()
    let images = Tensor.zeros([3, 1, 16, 16])
    let found = Reconstruction(of: images, labels: nil, by: generator, steps: 5)
    let concept = Concept("a", of: found, members: ["x", "y", "z"])
    let mean = found.latents.mean(axes: [0], keepingDimensions: true)
    #expect((concept.mean - mean).abs().maximum().item() == 0)
    #expect(concept.originals.count == 3 && concept.originals[0].pixels.allSatisfy { $0 == 128 })
  }

  @Test("Training images are their own neighbours, at distance 0, in whatever block they lie")
  func neighbors() throws {
    var data = DataConfiguration(source: "mnist", size: 16)
    data.shape = DataShape(channels: 1, height: 16, width: 16, classes: 10)
    let testing = try PreparedImages(data, split: .test)
    let images = try testing.tensor([3, 9999])
    let found = try ImageNeighbors(of: images, in: testing, k: 2, block: 3000)
    #expect(found.indices.map { $0[0] } == [3, 9999])
    #expect(found.distances.allSatisfy { $0[0] < 1e-4 && $0[1] > $0[0] })
    let balanced = testing.balanced(50, seed: 1).map { testing.labels[$0] }
    #expect((0..<10).allSatisfy { label in balanced.count { $0 == label } == 5 })
  }
}
