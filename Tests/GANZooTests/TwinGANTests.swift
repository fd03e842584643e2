import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What is particular of two domains that share all weights but those of normalisations.
@Suite("TwinGAN", .reproducible)
struct TwinGANTests {
  init() { LibTorch.threads = 1 }

  private let data = DataShape(channels: 3, height: 16, width: 16, inputChannels: 3)

  /// Stages 4, 8 and 16 of 8 images each, faded in over 16.
  private func recipe() -> TwinGAN {
    let config = TwinGAN.Config.with {
      ($0.channelBase, $0.maxChannels, $0.renormInterval) = (32, 6, 3)
      ($0.stableImages, $0.fadeImages) = (8, 16)
    }
    return TwinGAN(config, for: RunShape(data: data, batchSize: 4), on: .cpu)
  }

  private func batch() -> UnpairedBatch { randomBatch(4, for: TwinGAN.self, .union, data) }

  private func images(_ count: Int = 4) -> Tensor {
    Tensor.uniform([count, 3, 16, 16], -1, 1).contiguous(.channelsLast)
  }

  /// Steps, after which the statistics of the domains differ.
  private func trained(_ steps: Int) -> TwinGAN {
    var recipe = recipe()
    for _ in 0..<steps { _ = recipe.step(batch()) }
    return recipe
  }

  private func snapshot(_ recipe: TwinGAN) -> [String: Tensor] {
    recipe.stateDictionary.mapValues { $0.cloned() }
  }

  @Test("domains differ by their normalisations alone")
  func domains() throws {
    let recipe = trained(8)
    let images = images()
    func outputs() -> [Tensor] {
      evaluating {
        [Direction.ab, .ba].flatMap { [recipe.translate(images, $0), recipe.embed(images, $0)] }
      }
    }
    let before = outputs()
    #expect(before[0].floats != before[2].floats && before[1].floats != before[3].floats)
    var state = snapshot(recipe)
    for (key, value) in state where key.contains(".norm") && key.contains(".a.") {
      let other = key.replacing(".a.", with: ".b.")
      (state[key], state[other]) = (state[other], value)
    }
    try recipe.load(state)
    let after = outputs()
    for (index, other) in [2, 3, 0, 1].enumerated() { expectEqual(after[index], before[other]) }
  }

  @Test("a fade begins with the pictures and contents of the stage before")
  func continuity() {
    let recipe = trained(3)
    let images = images()
    evaluating {
      for index in 1...2 {
        let (old, new) = (
          Growth.Stage(index: index - 1, alpha: 1), Growth.Stage(index: index, alpha: 0)
        )
        let before = recipe.encoder(recipe.growth.shown(images, in: old), .a, old)
        let after = recipe.encoder(recipe.growth.shown(images, in: new), .a, new)
        expectClose(after.content, before.content, relative: 1e-4, absolute: 1e-5)
        #expect(after.skips.map { $0.size(2) } == (1...index).map { 4 << $0 })
        expectClose(
          recipe.generator(after, .b, new), enlarged(recipe.generator(before, .b, old), 2),
          relative: 1e-4, absolute: 1e-5)
      }
    }
  }

  @Test("translations have the data's size at every stage, by the content that is embedded")
  func use() {
    var recipe = recipe()
    for size in [4, 4, 8, 8, 8, 8, 8, 8, 16] {
      #expect(recipe.stage.size == size)
      evaluating {
        let images = images(3)
        #expect(recipe.translate(images, .ab).shape == [3, 3, 16, 16])
        let rows = recipe.embed(images, .ba)
        #expect(rows.shape == [3, 6 * 16])
        expectClose(
          recipe.embed(images[1..<2], .ba), rows[1..<2], relative: 1e-4, absolute: 1e-5)
      }
      _ = recipe.step(batch())
    }
  }

  @Test("skips reach the picture, and the content, too")
  func skips() {
    let recipe = trained(20)
    let stage = Growth.Stage(index: 2, alpha: 1)
    evaluating {
      let code = recipe.encoder(images(), .a, stage)
      let plain = recipe.generator(code, .b, stage)
      for index in 0..<2 {
        var skips = code.skips
        skips[index] = skips[index].zerosAlike()
        let other = recipe.generator(TwinCode(content: code.content, skips: skips), .b, stage)
        #expect(other.floats != plain.floats)
      }
      let other = TwinCode(content: code.content.zerosAlike(), skips: code.skips)
      #expect(recipe.generator(other, .b, stage).floats != plain.floats)
    }
  }

  /// Which layers a step changes, by the part of their key that names a stage.
  private func changed(_ recipe: inout TwinGAN) -> Set<String> {
    let before = recipe.namedParameters.map { ($0.key, $0.parameter.value.detached().cloned()) }
    _ = recipe.step(batch())
    let keys = zip(before, recipe.parameters).filter { old, parameter in
      old.1.rawBytes != parameter.value.detached().rawBytes
    }.map(\.0.0)
    return Set(keys.map { $0.split(separator: ".").prefix(3).joined(separator: ".") })
      .filter { !$0.contains(".first.") && !$0.contains(".last.") }
  }

  private func layers(colours: [Int], blocks: [Int]) -> Set<String> {
    let networks = [
      ("encoder", "from_rgb"), ("generator", "to_rgb"), ("discriminator_a", "from_rgb"),
      ("discriminator_b", "from_rgb"),
    ]
    return Set(
      networks.flatMap { network, colour in
        colours.map { "\(network).\(colour).\($0)" } + blocks.map { "\(network).blocks.\($0)" }
      })
  }

  @Test("only layers in use are updated; moments start anew where a fade begins and where it ends")
  func layersInUse() {
    var recipe = recipe()
    func moments() -> Double {
      [recipe.generatorOptimizer, recipe.discriminatorAOptimizer, recipe.discriminatorBOptimizer]
        .flatMap { $0.stateDictionary.filter { $0.key.hasPrefix("second") }.values }
        .map { $0.sum().item() }.reduce(0, +)
    }
    #expect(changed(&recipe) == layers(colours: [0], blocks: []))
    #expect(moments() > 0)
    _ = recipe.step(batch())  // The 8th image of each domain: the next step begins to fade.
    #expect(recipe.stage == .init(index: 1, alpha: 0) && moments() == 0)
    _ = recipe.step(batch())  // alpha 0 gives the new layers no gradient yet.
    #expect(changed(&recipe) == layers(colours: [0, 1], blocks: [0]))
    #expect(moments() > 0)
    for _ in 0..<2 { _ = recipe.step(batch()) }
    #expect(recipe.stage == .init(index: 1, alpha: 1) && moments() == 0)
    #expect(changed(&recipe) == layers(colours: [1], blocks: [0]))
  }

  @Test("what is restored goes on bit for bit, also into the next stage", arguments: [1, 4, 6])
  func resumes(_ stop: Int) throws {
    let rest = try expectResumes(after: stop, of: (0..<10).map { _ in batch() }) { recipe() }
    #expect(rest.stage.index == 2)
  }

  @Test("says where it stands, and what a short run will not reach")
  func phases() {
    let recipe = trained(4)
    #expect(recipe.phase == TrainingPhase("8x8 fading in", progress: 0.5))
    let config = TwinGAN.Config()
    let run = RunShape(data: data, batchSize: 8, steps: 100_000)
    #expect(
      TwinGAN.shortfall(of: config, in: run)
        == "ends at 8x8 of 16x16; needs 1200000 images or shorter stages (stableImages, fadeImages), "
        + "this run has 800000")
  }

  @Test("images that the networks cannot take are refused in a line")
  func refusals() {
    func refusal(_ shape: DataShape) -> String? {
      do {
        try TwinGAN.validate(TwinGAN.Config(), for: shape)
        return nil
      } catch { return "\(error)" }
    }
    #expect(refusal(data) == nil)
    let wide = DataShape(channels: 3, height: 16, width: 32, inputChannels: 3)
    #expect(refusal(wide)?.contains("square") == true)
    let mixed = DataShape(channels: 3, height: 16, width: 16, inputChannels: 1)
    #expect(refusal(mixed)?.contains("equal channels, found 1 and 3") == true)
  }
}
