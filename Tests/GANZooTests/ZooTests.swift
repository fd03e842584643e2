import Foundation
import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("The zoo", .reproducible)
struct ZooTests {
  private let names = Zoo.recipes.map { $0.card.name }

  @Test("has one file for every system, and one system for every file")
  func files() throws {
    let folder = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/GANZoo")
    let files = ["Unconditional", "Conditional", "Paired", "Unpaired"].flatMap { name in
      let path = folder.appendingPathComponent(name).path
      return (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }
    #expect(
      files.sorted() == Zoo.recipes.map { "\(String(describing: $0)).swift" }.sorted())
    let table = try String(contentsOf: folder.appendingPathComponent("Zoo.swift"), encoding: .utf8)
    for recipe in Zoo.recipes {
      let line = "    \(String(describing: recipe)).self,"
      #expect(table.split(separator: "\n").filter { $0 == line }.count == 1, "\(line)")
    }
  }

  @Test("has a golden for every choice of a system's networks")
  func tiny() throws {
    for recipe in Zoo.recipes {
      let own = TinySystem.all.filter { $0.recipe == recipe }
      #expect(!own.isEmpty, "\(recipe)")
      for system in own { #expect(Self.belongs(system.name, to: recipe.card.name)) }
      for field in Self.fields(of: recipe) where Self.decides(field.name) {
        let tried = Set(
          own.map { system in
            system.settings.last { $0.field == field.name }?.value ?? Self.value(field.name, recipe)
          })
        #expect(tried == Set(field.choices ?? []), "\(recipe): \(field.name)")
      }
    }
  }

  @Test("has a golden for each of the networks that weight-norm-gan compares")
  func normalizations() throws {
    let own = TinySystem.all.filter { $0.recipe == WeightNormGAN.self }
    let tried = try own.map { try $0.config(of: WeightNormGAN.self).normalization }
    #expect(Set(tried) == Set(WeightNormGAN.Normalization.allCases))
  }

  private static func fields(of recipe: any Recipe.Type) -> [ConfigField] {
    func fields<R: Recipe>(_: R.Type) -> [ConfigField] { R.Config.fields }
    return fields(recipe)
  }

  private static func value(_ field: String, _ recipe: any Recipe.Type) -> String {
    func value<R: Recipe>(_: R.Type) -> String {
      (try? R.Config().jsonObject())?[field]?.description ?? ""
    }
    return value(recipe)
  }

  /// Which choices decide on networks or losses.
  private static func decides(_ field: String) -> Bool {
    [
      "architecture", "content", "perturbation", "pixels", "prior", "similarity", "target",
      "upsampling", "variant",
    ]
    .contains(field)
  }

  private static func belongs(_ file: String, to name: String) -> Bool {
    file == name || file.hasPrefix("\(name)-")
  }

  @Test("has complete cards with names of their own")
  func cards() {
    #expect(Set(names).count == names.count)
    for recipe in Zoo.recipes {
      let card = recipe.card
      #expect(
        !card.name.isEmpty && card.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
      #expect(!card.title.isEmpty)
      #expect(card.summary.hasSuffix(".") && card.summary.count <= 80, "\(card.name)")
      #expect(card.paper.contains("arXiv:") && card.paper.contains("20"), "\(card.name)")
      for deviation in card.deviations {
        #expect(deviation.count <= 100 && !deviation.hasSuffix("."))
      }
    }
  }

  @Test("finds a system by its name, or names the nearest")
  func lookup() throws {
    for recipe in Zoo.recipes { #expect(try Zoo.recipe(named: recipe.card.name) == recipe) }
    #expect(throws: ZooError(name: "wgangp", nearest: "wgan-gp")) {
      try Zoo.recipe(named: "wgangp")
    }
    let far = ZooError(name: "x", nearest: nil)
    #expect(far.description == "unknown system 'x'; `gan list` names them all")
  }

  @Test(
    "systems refuse data that their networks cannot take",
    arguments: [
      ("dcgan", "", 28, 28), ("dcgan", "", 8, 8), ("dcgan", "", 18, 16),
      ("dcgan", "generatorWidth=65536", 32, 32),
      ("wgan-gp", "architecture=resnet", 28, 28), ("wgan-gp", "architecture=resnet", 4, 4),
      ("infogan", "", 30, 28), ("infogan", "", 28, 4), ("pggan", "", 28, 28), ("pggan", "", 4, 4),
      ("pggan", "", 32, 16), ("sgan", "", 28, 28),
      ("wgan", "", 28, 28), ("wgan", "", 8, 8), ("wgan", "", 18, 16),
      ("wgan", "width=65536", 32, 32),
      ("dragan", "", 28, 28), ("dragan", "width=65536", 32, 32),
      ("weight-norm-gan", "", 28, 28), ("weight-norm-gan", "", 8, 8),
      ("sn-gan", "", 28, 28), ("sn-gan", "", 8, 8), ("sn-gan", "", 32, 12),
      ("sn-gan", "architecture=resnet", 24, 24), ("sn-gan", "architecture=resnet", 4, 4),
      ("acgan", "", 28, 28), ("acgan", "", 8, 8), ("acgan", "generatorWidths=8,4", 8, 8),
      ("sagan", "", 28, 28), ("sagan", "", 4, 4),
      ("vae-gan", "", 28, 28), ("vae-gan", "", 8, 8), ("vae-gan", "", 20, 16),
      ("vae-gan", "similarity=pixels", 32, 12),
    ])
  func data(name: String, setting: String, width: Int, height: Int) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      let parts = setting.split(separator: "=").map(String.init)
      let config = try R.Config().setting(parts.isEmpty ? [] : [(parts[0], parts[1])])
      let shape = DataShape(channels: 1, height: height, width: width, classes: 10)
      #expect(throws: ConfigError.self) { try R.validate(config, for: shape) }
    }
    try check(Zoo.recipe(named: name))
  }

  @Test("conditional systems need at least two classes")
  func classes() {
    for classes in [0, 1] {
      #expect(throws: ConfigError.self) {
        try CGAN.validate(
          CGAN.Config(), for: DataShape(channels: 1, height: 8, width: 8, classes: classes))
      }
      let plain = DataShape(channels: 1, height: 16, width: 16, classes: classes)
      #expect(throws: ConfigError.self) { try ACGAN.validate(ACGAN.Config(), for: plain) }
      #expect(throws: Never.self) { try SAGAN.validate(SAGAN.Config(), for: plain) }
      #expect(throws: ConfigError.self) {
        try SAGAN.validate(.with { $0.conditional = true }, for: plain)
      }
      var config = SNGAN.Config.with { $0.architecture = .resnet }
      config.conditional = true
      let shape = DataShape(channels: 1, height: 8, width: 8, classes: classes)
      let error = #expect(throws: ConfigError.self) { try SNGAN.validate(config, for: shape) }
      #expect(error?.description.contains("labelled images of at least 2 classes") == true)
      config.conditional = false
      #expect(throws: Never.self) { try SNGAN.validate(config, for: shape) }
    }
  }

  @Test("AC-GAN takes up to a thousand classes")
  func manyClasses() throws {
    func shape(_ classes: Int) -> DataShape {
      DataShape(channels: 1, height: 16, width: 16, classes: classes)
    }
    for classes in [2, 1000] { try ACGAN.validate(ACGAN.Config(), for: shape(classes)) }
    let error = #expect(throws: ConfigError.self) {
      try ACGAN.validate(ACGAN.Config(), for: shape(1001))
    }
    #expect(error?.description == "acgan needs images of at most 1000 classes, found 1001")
    #expect(ACGAN.needs(ACGAN.Config()).words.hasSuffix("at most 1000 classes"))
  }
}
