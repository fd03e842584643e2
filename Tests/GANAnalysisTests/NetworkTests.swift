import GANData
import GANKit
import GANTraining
import GANZoo
import Testing
import Torch
import TorchNN

@testable import GANAnalysis

private let small = DataShape(channels: 1, height: 16, width: 16, classes: 3)

@Suite("Discriminators")
struct DiscriminatorTests {
  private static func dcgan() -> DCGAN {
    var config = DCGAN.Config()
    (config.generatorWidth, config.discriminatorWidth, config.latentSize) = (4, 4, 8)
    Randomness.seed(5)
    return DCGAN(config, for: RunShape(data: small), on: .cpu)
  }

  private static func resnet() -> WGANGP {
    var config = WGANGP.Config.with { $0.architecture = .resnet }
    config.width = 4
    return WGANGP(config, for: RunShape(data: small), on: .cpu)
  }

  private static func features(of recipe: some Recipe) throws -> [Int] {
    let discriminator = try LayeredDiscriminator(of: recipe, shape: small)
    return discriminator.features(of: .zeros([3, 1, 16, 16])).shape
  }

  @Test("Features are the maps of all activations, 4x4 where they have places")
  func features() throws {
    #expect(try Self.features(of: Self.dcgan()) == [3, (4 + 8) * 16])
    let gan = GAN(GAN.Config(), for: RunShape(data: small), on: .cpu)
    #expect(try Self.features(of: gan) == [3, 512 + 256])
    let maxout = GAN(
      GAN.Config.with { $0.architecture = .maxout }, for: RunShape(data: small), on: .cpu)
    #expect(try Self.features(of: maxout) == [3, 240 + 240])
    // One rectifier in the first block, two in each of three others, one before the mean.
    #expect(try Self.features(of: Self.resnet()) == [3, 8 * 4 * 16])
    let classifier = Classifier(Classifier.Config(), for: RunShape(data: small), on: .cpu)
    #expect(throws: RunError.self) { try LayeredDiscriminator(of: classifier, shape: small) }
  }

  @Test("A conditional discriminator's features are means over the classes")
  func conditional() throws {
    let cgan = CGAN(CGAN.Config(), for: RunShape(data: small), on: .cpu)
    let discriminator = try LayeredDiscriminator(of: cgan, shape: small)
    let images = Tensor.randn([2, 1, 16, 16])
    let each = withoutGradients {
      (0..<3).map { discriminator.maps(of: images, labels: Tensor([$0, $0])).first ?? images }
    }
    #expect((each[0] - each[1]).abs().maximum().item() > 1e-3)
    let mean = (each[0] + each[1] + each[2]) / 3
    let found = discriminator.features(of: images).narrowed(1, from: 0, length: 512)
    #expect((found - mean).abs().maximum().item() < 1e-6)
  }

  @Test("First filters are kernels, or rows as large as the images")
  func filters() throws {
    func shape(_ recipe: some Recipe) throws -> [Int]? {
      try LayeredDiscriminator(of: recipe, shape: small).firstFilters?.shape
    }
    #expect(try shape(Self.dcgan()) == [4, 1, 5, 5])
    #expect(try shape(Self.resnet()) == [4, 1, 3, 3])
    #expect(try shape(GAN(GAN.Config(), for: RunShape(data: small), on: .cpu)) == [512, 1, 16, 16])
    #expect(
      try shape(CGAN(CGAN.Config(), for: RunShape(data: small), on: .cpu)) == [512, 1, 16, 16])
    #expect(
      try shape(
        CGAN(CGAN.Config.with { $0.architecture = .maxout }, for: RunShape(data: small), on: .cpu))
        == [1200, 1, 16, 16])
  }

  @Test("Noise is rough, a slope is smooth")
  func roughness() {
    Randomness.seed(2)
    let noise = FilterNumbers(name: "", filters: .randn([200, 1, 12, 12]))
    #expect(abs(noise.roughness - 2) < 0.1 && abs(noise.meanNorm - 12) < 0.2)
    // Values 0...3 along each row: steps of 1, or 0 down the columns; their variance is 1.25.
    let ramp = Tensor([0, 1, 2, 3] as [Float]).expanded(to: [1, 1, 4, 4])
    #expect(abs(FilterNumbers(name: "", filters: ramp).roughness - 0.5 / 1.25) < 1e-6)
  }
}

@Suite("Guided backpropagation")
struct GuidedTests {
  /// A network of one row of pixels.
  private static func guided(
    _ pixels: [Float], _ network: @escaping (Tensor) -> Tensor
  ) -> [Float] {
    let images = Tensor(pixels, shape: [1, 1, 1, pixels.count])
    let layer = Lambda { network($0.flattened(from: 1)) }
    let shape = DataShape(channels: 1, height: 1, width: pixels.count)
    return GuidedBackpropagation(LayeredDiscriminator(layer, shape: shape))
      .gradients(of: 0, at: images).floats
  }

  @Test("Nothing negative passes a rectifier backwards")
  func chain() {
    let first = Tensor([1, -1, -1, 2] as [Float], shape: [2, 2])
    let second = Tensor([3, -1] as [Float], shape: [1, 2])
    let found = Self.guided([2, 1.5]) {
      $0.linear(first, bias: nil).relu().linear(second, bias: nil).relu()
    }
    // The plain gradient is [4, -5]: the second hidden unit has weight -1, which is held back.
    #expect(found == [3, -3])
  }

  @Test("Of two paths only the one against the gradient is held back")
  func paths() {
    let found = Self.guided([2]) { input in
      let direct = input.relu()
      return (direct - (3 - direct).relu()).relu()
    }
    #expect(found == [1])  // plain: 1 + 1
  }

  @Test("A map without response passes nothing; leaky rectifiers count as rectifiers")
  func still() {
    #expect(Self.guided([-1, -2]) { $0.relu() } == [0, 0])
    #expect(Self.guided([-1, 2]) { $0.leakyReLU(0.2) } == [0, 0])
    #expect(Self.guided([1, 2]) { $0.leakyReLU(0.2) } == [1, 0])
  }

  @Test("The strongest responses have gradients of the images' shape in every system")
  func shapes() throws {
    var resnet = WGANGP.Config.with { $0.architecture = .resnet }
    resnet.width = 4
    let recipes: [any Recipe] = [
      WGANGP(resnet, for: RunShape(data: small), on: .cpu),
      CGAN(CGAN.Config(), for: RunShape(data: small), on: .cpu),
      GAN(GAN.Config.with { $0.architecture = .maxout }, for: RunShape(data: small), on: .cpu),
    ]
    Randomness.seed(4)
    let images = Tensor.randn([4, 1, 16, 16])
    for recipe in recipes {
      let guided = GuidedBackpropagation(try LayeredDiscriminator(of: recipe, shape: small))
      let found = guided.strongest(in: images, labels: Tensor([0, 1, 2, 0]), maps: 2, each: 3)
      #expect(found.count == 2 && found.allSatisfy { $0.gradients.shape == [3, 1, 16, 16] })
      #expect(found.contains { $0.gradients.abs().sum().item() > 0 })
    }
  }
}
