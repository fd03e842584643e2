import GANData
import GANKit
import GANTraining
import GANZoo
import SwiftGAN
import Testing

@Suite("Presets")
struct PresetTests {
  private func names<R: Recipe>(_: R.Type) -> [String] { R.presets.map(\.name) }

  @Test("every system has small first, and paper; their numbers are valid", arguments: Zoo.recipes)
  func all(recipe: any Recipe.Type) throws {
    func check<R: Recipe>(_: R.Type) throws {
      let names = R.presets.map(\.name)
      #expect(names.first == "small" && names.contains("paper"))
      #expect(Set(names).count == names.count)
      for preset in R.presets { try preset.config.validate() }
      let paper = try R.preset(named: "paper")
      #expect(paper.run == R.defaults(for: paper.config))
      #expect(try R.preset(named: nil).name == "small")
    }
    try check(recipe)
  }

  @Test("an unknown preset is refused with those that there are")
  func unknown() {
    #expect {
      try WGANGP.preset(named: "tiny")
    } throws: {
      "\($0)".contains("one of wgan-gp's: small, toy, paper") && "\($0)".contains("'tiny'")
    }
  }

  @Test("a system without presets has one of its default numbers")
  func helper() throws {
    #expect(Classifier.presets.map(\.name) == ["default"])
    #expect(Classifier.presets[0].config == Classifier.Config())
  }

  @Test("a plan takes configuration, batch and length from its preset and writes its name down")
  func plan() throws {
    var plan = TrainingPlan(try InfoGAN.preset(named: "small"), on: .mnist)
    var data = DataConfiguration.mnist
    data.count = 60_000
    let made = try plan.configuration(on: data)
    #expect(made.preset == "small" && made.batchSize == 128 && made.steps == 10_000)
    #expect(made.config["width"] == .integer(32))
    plan.batchSize = 32
    plan.length = .steps(7)
    let asked = try plan.configuration(on: data)
    #expect(asked.batchSize == 32 && asked.steps == 7)
  }

  @Test("a run that ends before its networks have grown says so")
  func shortfall() throws {
    let preset = try PGGAN.preset(named: "small")
    func line(steps: Int?) -> String? {
      PGGAN.shortfall(
        of: preset.config,
        in: RunShape(
          data: DataShape(channels: 1, height: 32, width: 32), batchSize: 16, steps: steps))
    }
    #expect(line(steps: preset.run.steps) == nil && line(steps: nil) == nil)
    #expect(
      line(steps: 20)
        == "ends at 4x4 of 32x32; needs 60000 images or shorter stages (stableImages, fadeImages), "
        + "this run has 320")
    #expect(line(steps: 3200)?.hasPrefix("ends at 32x32, fading in, of 32x32; needs 60000") == true)
  }
}
