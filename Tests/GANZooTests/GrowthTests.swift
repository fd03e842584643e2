import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("Progressive growing", .reproducible)
struct GrowthTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 3, height: 16, width: 16)

  /// Stages 4, 8 and 16 of 16 images each, faded in over 32.
  private func tiny(_ extra: (field: String, value: String)...) throws -> PGGAN {
    let settings = [
      ("latentSize", "8"), ("channelBase", "32"), ("maxChannels", "6"), ("stableImages", "16"),
      ("fadeImages", "32"), ("ema", "0"),
    ]
    let config = try PGGAN.Config().setting(settings + extra)
    return PGGAN(config, for: RunShape(data: shape), on: .cpu)
  }

  private func batch(_ count: Int = 8) -> ImageBatch {
    ImageBatch(images: Tensor.uniform([count, 3, 16, 16], -1, 1).contiguous(.channelsLast))
  }

  private func drawn(_ recipe: PGGAN, _ latent: Tensor) -> Tensor {
    withMode(.evaluation) { withoutGradients { recipe.generate(latent, labels: nil) } }
  }

  @Test("stages follow each other by the number of images")
  func schedule() {
    let growth = Growth(stages: 3, stableImages: 10, fadeImages: 4)
    let expected: [(Int, Int, Double)] = [
      (0, 0, 1), (9, 0, 1), (10, 1, 0), (11, 1, 0.25), (13, 1, 0.75), (14, 1, 1), (23, 1, 1),
      (24, 2, 0), (26, 2, 0.5), (28, 2, 1), (1_000_000, 2, 1),
    ]
    for (images, stage, alpha) in expected {
      #expect(growth.stage(after: images) == .init(index: stage, alpha: alpha), "\(images)")
    }
    let sudden = Growth(stages: 2, stableImages: 10, fadeImages: 0)
    #expect(sudden.stage(after: 9) == .init(index: 0, alpha: 1))
    #expect(sudden.stage(after: 10) == .init(index: 1, alpha: 1))
    #expect(Growth(stages: 1, stableImages: 1, fadeImages: 1).stage(after: 99).index == 0)
  }

  @Test("channels halve with every doubling, up to a limit")
  func widths() throws {
    let recipe = PGGAN(
      try PGGAN.Config().setting([
        ("channelBase", "128"), ("maxChannels", "24"), ("latentSize", "4"),
      ]), for: RunShape(data: DataShape(channels: 1, height: 128, width: 128)), on: .cpu)
    #expect(recipe.growth.stages == 6)
    #expect(
      recipe.generator.trained.toRgb.map { $0.stateDictionary["weight"]?.size(1) } == [
        24, 24, 16, 8, 4, 2,
      ])
    let phase = Growth.Stage(index: 5, alpha: 1)
    let image = recipe.generator.trained(.randn([1, 4]), phase)
    #expect(image.shape == [1, 1, 128, 128])
    #expect(recipe.discriminator(image, phase).shape == [1])
  }

  @Test("a fade begins with the pictures of the stage before, enlarged")
  func continuity() throws {
    let recipe = try tiny()
    let latent = Tensor.randn([5, 8])
    for stage in 1...2 {
      let before = recipe.generator.trained(latent, .init(index: stage - 1, alpha: 1))
      let after = recipe.generator.trained(latent, .init(index: stage, alpha: 0))
      expectClose(after, enlarged(before, 2), relative: 0, absolute: 1e-6)
      // The critic sees the averaged picture only, and judges as before.
      expectClose(
        recipe.discriminator(after, .init(index: stage, alpha: 0)),
        recipe.discriminator(before, .init(index: stage - 1, alpha: 1)), relative: 1e-5,
        absolute: 1e-5)
    }
  }

  @Test("pictures always have the data's size, and do not jump where a fade begins")
  func sampling() throws {
    var recipe = try tiny()
    let latent = Tensor.randn([4, 8])
    #expect(drawn(recipe, latent).shape == [4, 3, 16, 16])
    for _ in 0..<2 { _ = recipe.step(batch()) }
    #expect(recipe.stage == .init(index: 1, alpha: 0))
    let pictures = drawn(recipe, latent)
    let small = recipe.generator.trained(latent, .init(index: 0, alpha: 1)).clamped(to: -1...1)
    expectClose(pictures, enlarged(small, 4), relative: 0, absolute: 1e-6)
  }

  @Test("real images are averaged, and faded like generated ones")
  func real() throws {
    let recipe = try tiny()
    let images = batch().images
    expectClose(
      recipe.growth.shown(images, in: .init(index: 0, alpha: 1)), images.averagePooled(4),
      relative: 0,
      absolute: 1e-6)
    expectEqual(recipe.growth.shown(images, in: .init(index: 2, alpha: 1)), images, "last")
    let half = recipe.growth.shown(images, in: .init(index: 2, alpha: 0.25))
    let expected = 0.75 * enlarged(images.averagePooled(2), 2) + 0.25 * images
    expectClose(half, expected, relative: 0, absolute: 1e-6)
  }

  /// Which parameters a phase changes, by the part of their key that names a stage.
  private func changed(_ recipe: inout PGGAN) -> Set<String> {
    let before = recipe.namedParameters.map { ($0.key, $0.parameter.value.detached().cloned()) }
    _ = recipe.step(batch())
    let keys = zip(before, recipe.parameters).filter { old, parameter in
      old.1.rawBytes != parameter.value.detached().rawBytes
    }.map(\.0.0)
    return Set(
      keys.map { key in key.split(separator: ".").dropFirst().prefix(2).joined(separator: ".") }
        .filter { !$0.hasPrefix("first") && !$0.hasPrefix("last") })
  }

  @Test("only layers in use are updated; moments start anew where a fade begins and where it ends")
  func use() throws {
    var recipe = try tiny()
    func moments() -> Double {
      let state = recipe.discriminatorOptimizer.stateDictionary
      return state.filter { $0.key.hasPrefix("second") }.map { $0.value.sum().item() }
        .reduce(0, +)
    }
    #expect(changed(&recipe) == ["to_rgb.0", "from_rgb.0"])
    #expect(moments() > 0 && recipe.discriminatorOptimizer.updates.value == 1)
    _ = recipe.step(batch())  // The 16th image: the next step begins to fade.
    // The number of updates, by which a rate would fall, goes on.
    #expect(moments() == 0 && recipe.discriminatorOptimizer.updates.value == 2)
    _ = recipe.step(batch())  // alpha 0 gives the new layers no gradient yet.
    #expect(
      changed(&recipe) == ["to_rgb.0", "to_rgb.1", "from_rgb.0", "from_rgb.1", "blocks.0"])
    _ = recipe.step(batch())
    #expect(moments() > 0)
    _ = recipe.step(batch())  // The fade ends.
    #expect(recipe.stage == .init(index: 1, alpha: 1) && moments() == 0)
    #expect(changed(&recipe) == ["to_rgb.1", "from_rgb.1", "blocks.0"])
  }

  @Test("says where it stands")
  func phases() throws {
    var recipe = try tiny()
    #expect(recipe.phase == TrainingPhase("4x4"))
    for _ in 0..<4 { _ = recipe.step(batch()) }
    #expect(recipe.phase == TrainingPhase("8x8 fading in", progress: 0.5))
  }

  @Test("what is restored within a fade goes on bit for bit, also into the next stage")
  func resumes() throws {
    var recipe = try tiny(("ema", "0.9"))
    for _ in 0..<4 { _ = recipe.step(batch()) }
    #expect(recipe.stage == .init(index: 1, alpha: 0.5))
    let saved = recipe.stateDictionary.mapValues { $0.cloned() }
    let generator = Randomness.state(of: .cpu)
    for _ in 0..<7 { _ = recipe.step(batch()) }
    #expect(recipe.stage.index == 2)
    var other = try tiny(("ema", "0.9"))
    try other.load(saved)
    try Randomness.restore(generator, of: .cpu)
    for _ in 0..<7 { _ = other.step(batch()) }
    expectSameState(other.stateDictionary, recipe.stateDictionary)
  }

  @Test("weights start normal, their scale is in the layer; the first layer gives pixels of norm 1")
  func start() throws {
    let recipe = try tiny()
    for (key, parameter) in recipe.namedParameters where parameter.value.rank > 1 {
      guard parameter.value.count > 200 else { continue }
      let deviation = parameter.value.detached().squared().mean().item().squareRoot()
      #expect(abs(deviation - 1) < 0.15, "\(key): \(deviation)")
    }
    let maps = recipe.generator.trained.first(.randn([3, 8]) * 5)
    expectClose(maps.squared().mean(axes: [1]), .ones([3, 4, 4]), relative: 1e-4)
  }
}
