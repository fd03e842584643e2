import Foundation
import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("Every configuration", .reproducible)
struct ConfigurationTests {
  /// Every choice of every system: its defaults, and the tiny ones.
  static let all =
    TinySystem.all
    + TinySystem.all.map { system in
      var defaults = system
      defaults.name += ", defaults"
      defaults.settings = system.settings.filter {
        [
          "architecture", "normalization", "perturbation", "pixels", "prior", "target",
          "upsampling", "variant",
        ].contains($0.field)
      }
      return defaults
    }

  /// Numbers that may be 0; all others must not be.
  static let mayBeZero: Set = [
    "beta1", "beta2", "ema", "discriminatorEma", "penaltyWeight", "decayStart", "dropout",
    "l1Weight", "adversarialWeight", "cycleWeight", "identityWeight", "poolSize", "blocks",
    "domainWeight", "taskWeight", "styleWeight", "generatorTaskWeight", "maxGradientNorm",
    "continuous", "categoricalWeight", "continuousWeight", "driftWeight", "fadeImages",
    "inputNoise", "inputDropout", "hiddenNoise", "unlabeledWeight", "longStart", "longInterval",
    "noiseVariance", "activationNoise", "attention", "similarityWeight", "reconstructionWeight",
    "equilibrium", "margin", "decay", "startingRate", "reconstructionRate", "curriculumSteps",
    "featureWeight", "weightDecay", "cycleWeightA", "cycleWeightB", "attentionBlocks",
    "sparsityWeight", "consistencyWeight", "maskWeight", "classWeight", "recycleWeight",
    "recurrentWeight", "pretraining", "symmetryWeight", "variationWeight", "localWeight",
    "divergenceWeight", "cycleDivergenceWeight", "contentWeight",
  ]

  /// Lists that may be empty.
  static let mayBeEmpty: Set = ["categorical"]

  @Test("is valid, and the same after JSON", arguments: all)
  func roundTrip(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      let config = try system.config(of: type)
      try config.validate()
      let data = try JSONEncoder().encode(config)
      #expect(try JSONDecoder().decode(R.Config.self, from: data) == config)
      #expect(try R.Config.decoded(from: config.jsonObject()) == config)
      // Setting every field to its own value as text changes nothing.
      let texts = try config.jsonObject().map { (field: $0.key, value: $0.value.description) }
      #expect(try R.Config().setting(texts) == config)
    }
    try check(system.recipe)
  }

  @Test("names all its fields in the order of their declaration", arguments: all)
  func fields(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      let config = try system.config(of: type)
      let names = R.Config.fields.map(\.name)
      // A setting's storage has an underscore in front of its name.
      #expect(names.map { "_\($0)" } == Mirror(reflecting: config).children.compactMap(\.label))
      #expect(names.sorted() == (try config.jsonObject()).keys.sorted())
      for field in R.Config.fields { #expect(field.meaning.count >= 10, "\(field.name)") }
    }
    try check(system.recipe)
  }

  @Test("defaults go with the choices", arguments: all)
  func defaults(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      #expect(R.Config().defaults == R.Config())
      let defaults = try system.config(of: type).defaults
      #expect(defaults.defaults == defaults)
      try defaults.validate()
      let choices = system.settings.filter {
        ["architecture", "pixels", "prior", "target", "variant"].contains($0.field)
      }
      #expect(try R.Config().setting(choices) == defaults.setting(choices))
    }
    try check(system.recipe)
  }

  @Test("refuses numbers without sense, and names the field", arguments: all)
  func ranges(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      let config = try system.config(of: type)
      for child in Mirror(reflecting: config).children {
        let field = String(try #require(child.label).dropFirst())
        let value = try #require(Mirror(reflecting: child.value).descendant("wrappedValue"))
        for bad in Self.senseless(for: field, value) {
          let broken = try Self.replacing(field, by: bad, in: config)
          let error = #expect(throws: ConfigError.self, "\(field) = \(bad)") {
            try broken.validate()
          }
          guard case .invalid(let name, _, _)? = error else { continue }
          #expect(name == field, "\(field) = \(bad)")
        }
        if Self.mayBeZero.contains(field) {
          try Self.replacing(field, by: "0", in: config).validate()
        }
      }
    }
    try check(system.recipe)
  }

  /// JSON for values that the field must refuse.
  private static func senseless(for field: String, _ value: Any) -> [String] {
    let zero = mayBeZero.contains(field) ? [] : ["0"]
    return switch value {
    case is Int: zero + ["-1", "\(Int64.min)", "\(Int32.max)"]
    case is Double: zero + ["-1", "-1e-9", "\"nan\"", "\"inf\"", "\"-inf\""]
    case is [Int]: (mayBeEmpty.contains(field) ? [] : ["[]"]) + ["[0]", "[4,-1]", "[\(Int32.max)]"]
    default: []
    }
  }

  /// The configuration with a field replaced by JSON, in which "nan" and "inf" are numbers.
  private static func replacing<C: RecipeConfig>(
    _ field: String, by json: String, in config: C
  ) throws -> C {
    let data = try JSONEncoder().encode(config)
    var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    object[field] = try JSONSerialization.jsonObject(
      with: Data(json.utf8), options: .fragmentsAllowed)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(C.self, from: JSONSerialization.data(withJSONObject: object))
  }

  @Test("the defaults of 2014 and of the authors' script")
  func papers() throws {
    let gan = GAN.Config.with { $0.architecture = .maxout }
    #expect(gan.generatorWidths == [1200, 1200] && gan.discriminatorWidths == [240, 240])
    #expect(gan.learningRate == 0.1 && gan.latentSize == 100)
    let cgan = CGAN.Config.with { $0.architecture = .maxout }
    #expect(
      cgan.generatorWidths == [200, 1000, 1200] && cgan.discriminatorWidths == [240, 50, 240])
    let resnet = WGANGP.Config.with { $0.architecture = .resnet }
    #expect(resnet.latentSize == 128 && resnet.learningRate == 2e-4 && resnet.width == 128)
    #expect(resnet.decayStart == 0 && resnet.criticSteps == 5 && resnet.penaltyWeight == 10)
    #expect(resnet.beta1 == 0 && resnet.beta2 == 0.9)
    let toy = WGANGP.Config.with { $0.architecture = .toy }
    #expect(toy.generatorWidths == [512, 512, 512] && toy.criticWidths == [512, 512, 512])
    #expect(toy.latentSize == 2 && toy.learningRate == 1e-4 && toy.decayStart == 1)
    #expect(toy.penaltyWeight == 0.1 && toy.beta1 == 0.5 && toy.beta2 == 0.9)
    let dragan = DRAGAN.Config()
    #expect(dragan.perturbation == .gaussian && dragan.noiseVariance == 10)
    #expect(dragan.penaltyWeight == 10 && dragan.learningRate == 1e-4)
    #expect(dragan.beta1 == 0.5 && dragan.beta2 == 0.9 && dragan.latentSize == 100)
    let wgan = WGAN.Config()
    #expect(wgan.learningRate == 5e-5 && wgan.clip == 0.01 && wgan.criticSteps == 5)
    #expect(wgan.architecture == .dcgan && wgan.width == 64 && wgan.latentSize == 100)
    let (cnn, residual) = (
      SNGAN.Config.with { $0.architecture = .cnn }, SNGAN.Config.with { $0.architecture = .resnet }
    )
    for config in [cnn, residual] {
      #expect(config.learningRate == 2e-4 && config.beta1 == 0 && config.beta2 == 0.9)
      #expect(config.criticSteps == 5 && config.latentSize == 128 && !config.conditional)
    }
    #expect(cnn.generatorWidth == 64 && cnn.discriminatorWidth == 64 && cnn.decayStart == 1)
    #expect(residual.generatorWidth == 256 && residual.discriminatorWidth == 128)
    #expect(residual.decayStart == 0)
    let dcgan = DCGAN.Config()
    #expect(dcgan.kernelSize == 5 && dcgan.generatorWidth == 128 && dcgan.beta1 == 0.5)
    #expect(dcgan.upsampling == .transposed && dcgan.learningRate == 2e-4)
    let infogan = InfoGAN.Config()
    #expect(infogan.categorical == [10] && infogan.continuous == 2 && infogan.noiseSize == 62)
    #expect(infogan.generatorRate == 1e-3 && infogan.discriminatorRate == 2e-4)
    let pggan = PGGAN.Config()
    #expect(pggan.stableImages == 800_000 && pggan.fadeImages == 800_000)
    #expect(pggan.beta1 == 0 && pggan.beta2 == 0.99 && pggan.ema == 0.999)
    #expect(pggan.penaltyWeight == 10 && pggan.driftWeight == 0.001)
    let cyclegan = CycleGAN.Config()
    #expect(cyclegan.decayStart == 0.5 && cyclegan.poolSize == 50 && cyclegan.cycleWeight == 10)
    let discogan = DiscoGAN.Config()
    #expect(discogan.startingRate == 0.01 && discogan.curriculumSteps == 10_000)
    #expect(discogan.reconstructionRate == 0.5 && discogan.featureWeight == 0.9)
    #expect(discogan.learningRate == 2e-4 && discogan.beta1 == 0.5)
    #expect(discogan.weightDecay == 1e-5 && discogan.discriminatorInterval == 3)
    let dualgan = DualGAN.Config()
    #expect((100...1000).contains(dualgan.cycleWeightA) && dualgan.cycleWeightB == 200)
    #expect(dualgan.clip == 0.01 && dualgan.criticSteps == 3 && dualgan.learningRate == 5e-5)
    #expect(dualgan.dropout == 0.5 && dualgan.discriminatorLayers == 3)
    let attention = AttentionGAN.Config()
    #expect(attention.blocks == 9 && attention.attentionBlocks == 6 && attention.poolSize == 50)
    #expect(attention.cycleWeight == 10 && attention.attentionWidth == 64)
    #expect(attention.sparsityWeight == 1 && attention.consistencyWeight == 1)
    #expect(attention.learningRate == 2e-4 && attention.beta1 == 0.5)
    #expect(AttentionGAN.defaults(for: attention).batchSize == 4)
    let domains = UnsupIm2Im.Config()
    #expect(domains.latentSize == 100 && domains.embeddingSize == 5 && domains.kernelSize == 5)
    #expect(domains.generatorWidth == 128 && domains.discriminatorWidth == 64)
    #expect(domains.learningRate == 2e-4 && domains.encoderRate == 1e-4 && domains.beta1 == 0.5)
    #expect(
      UnsupIm2Im.defaults(for: domains) == RunDefaults(size: 64, batchSize: 32, steps: 399_000))
    let unit = UNIT.Config()
    #expect(unit.blocks == 3 && unit.sharedBlocks == 1 && unit.generatorWidth == 64)
    #expect(unit.adversarialWeight == 10 && unit.reconstructionWeight == 100)
    #expect(unit.divergenceWeight == 0.1 && unit.cycleDivergenceWeight == 0.1)
    #expect(unit.cycleWeight == 100 && unit.learningRate == 1e-4 && unit.beta1 == 0.5)
    #expect(UNIT.defaults(for: unit).batchSize == 1)
    let munit = MUNIT.Config()
    #expect(munit.contentHalvings == 2 && munit.styleHalvings == 4 && munit.residualBlocks == 4)
    #expect(munit.styleSize == 8 && munit.mlpWidth == 256 && munit.scales == 3)
    #expect(munit.generatorWidth == 64 && munit.discriminatorWidth == 64)
    #expect(munit.adversarialWeight == 1 && munit.reconstructionWeight == 10)
    #expect(munit.styleWeight == 1 && munit.contentWeight == 1 && munit.cycleWeight == 0)
    #expect(munit.learningRate == 1e-4 && munit.beta1 == 0.5 && munit.weightDecay == 1e-4)
    #expect(munit.halvingInterval == 100_000 && MUNIT.defaults(for: munit).steps == 1_000_000)
    #expect(PixelDA.Config().decayInterval == 10_000)
    let (coupled, adapting) = (CoGAN.Config(), AdaptingCoGAN.Config())
    #expect(coupled.generatorWidth == 128 && coupled.discriminatorWidths == [20, 50, 500])
    #expect(coupled.learningRate == 2e-4 && coupled.beta1 == 0.5 && coupled.weightDecay == 5e-4)
    #expect(adapting.weightDecay == 5e-4 && adapting.classWeight == 10)
    #expect(adapting.featureWeight == 0.01 && adapting.latentSize == 100)
    #expect(CoGAN.defaults(for: coupled) == RunDefaults(size: 28, batchSize: 128, steps: 25_000))
    let acgan = ACGAN.Config()
    #expect(acgan.generatorWidths == [384, 192, 96] && acgan.discriminatorWidth == 16)
    #expect(acgan.latentSize == 100 && acgan.dropout == 0.5 && acgan.activationNoise == 0)
    #expect(acgan.learningRate == 2e-4 && acgan.beta1 == 0.5)
    #expect(
      ACGAN.defaults(for: acgan) == RunDefaults(size: 32, batchSize: 100, steps: 50_000))
    let sagan = SAGAN.Config()
    #expect(sagan.generatorRate == 1e-4 && sagan.discriminatorRate == 4e-4)
    #expect(sagan.beta1 == 0 && sagan.beta2 == 0.9 && sagan.attention == 32)
    #expect(sagan.generatorWidth == 64 && sagan.discriminatorWidth == 64)
    let ccgan = CCGAN.Config()
    #expect(ccgan.learningRate == 2e-4 && ccgan.beta1 == 0.5 && ccgan.classWeight == 1)
    #expect(ccgan.discriminatorWidths == [64, 128, 256, 512, 512])
    let matching = ImprovedGAN.Config()
    #expect(matching.discriminatorWidths == [1000, 500, 250, 250, 250])
    #expect(matching.learningRate == 3e-3 && matching.generatorWidth == 500)
    #expect(matching.epsilon == 1e-4 && matching.discriminatorEma == 0.9999)
  }
}
