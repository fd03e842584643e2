import Foundation
import GANData
import GANKit
import GANTraining
import GANZoo
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import SwiftGAN

/// What somebody does with any system: own pictures in a folder, a training, more of it, numbers, weights to
/// take away; and what becomes of pictures that a system cannot take.
@Suite("Every system, on pictures of one's own")
struct ZooWalkTests {
  /// One size of each system, at which a step takes milliseconds.
  private static let systems = Zoo.recipes.map { recipe in
    TinySystem.all.first { $0.recipe == recipe } ?? TinySystem.all[0]
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "swiftgan-walk-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func plan<R: Recipe>(
    _: R.Type, _ system: TinySystem, on data: DataConfiguration, steps: Int
  ) throws -> TrainingPlan<R> {
    var plan = TrainingPlan<R>(try system.config(of: R.self), on: data)
    (plan.batchSize, plan.length, plan.threads) = (system.batch, .steps(steps), 1)
    return plan
  }

  @Test(
    "trains at a size of its own, resumes bit for bit, is measured, leaves its weights",
    arguments: systems)
  func walk(_ system: TinySystem) throws {
    func walk<R: Recipe>(_: R.Type) throws {
      #expect(R.card.name == Zoo.recipes.first { $0 == system.recipe }?.card.name)
      try withFolder { folder in
        let size = (3 * system.shape.width / 2 + 1, system.shape.height + 5)
        let pictures = try OwnPictures(
          for: system.layout, system.shape, size: size, in: folder.appendingPathComponent("data"))
        var data = pictures.data
        data.size = system.shape.size
        let paths = ["whole", "parted"].map { folder.appendingPathComponent($0).path }
        let plan = try plan(R.self, system, on: data, steps: 3)
        let whole = try plan.train(in: .at(paths[0]))
        _ = try plan.train(in: .at(paths[1])) { session in
          try session.run(shouldStop: { session.step == 2 })
        }
        let run = try R.resume(paths[1])
        #expect(run.step == 3 && run.shape.size == system.shape.size)

        let networks = try weights(whole)
        #expect(networks == (try weights(run)))
        try expectNetworks(of: R.self, system, in: whole, files: networks.keys.sorted())
        let found = try run.evaluate(count: 20).results
        #expect(!found.isEmpty && found.allSatisfy { $0.value.isFinite }, "\(found)")
      }
    }
    try walk(system.recipe)
  }

  /// The files of a run's newest checkpoint that hold tensors.
  private func weights(_ run: Run) throws -> [String: Data] {
    let folder = URL(fileURLWithPath: run.path)
      .appendingPathComponent("checkpoints/\(String(format: "%06d", run.step))")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".safetensors") }
    return try names.reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: folder.appendingPathComponent($1))
    }
  }

  /// Every network is a file of its name, which others read: all of its tensors, none of them empty.
  private func expectNetworks<R: Recipe>(
    of _: R.Type, _ system: TinySystem, in run: Run, files: [String]
  ) throws {
    let recipe = try R(system.config(of: R.self), for: run.configuration.shape(), on: .cpu)
    #expect(!recipe.networks.isEmpty)
    for (name, module) in recipe.networks {
      #expect(files.contains("\(name).safetensors"))
      let path = "\(run.path)/checkpoints/000003/\(name).safetensors"
      let tensors = try SafetensorsFile(readingFrom: URL(fileURLWithPath: path)).tensors
      for (key, tensor) in module.stateDictionary {
        #expect(tensors[key]?.shape == tensor.shape, "\(name): \(key)")
      }
    }
  }

  @Test(
    "takes tiny pictures of odd sizes as they are, or refuses them in one line", arguments: systems)
  func tooSmall(_ system: TinySystem) throws {
    func walk<R: Recipe>(_: R.Type) throws {
      try withFolder { folder in
        let pictures = try OwnPictures(
          for: system.layout, system.shape, size: (5, 3), in: folder.appendingPathComponent("data"))
        let path = folder.appendingPathComponent("run").path
        var plan = try plan(R.self, system, on: pictures.data, steps: 1)
        plan.data.size = ImageSize(height: 3, width: 5)
        try expectOneLine(path) { try plan.train(in: .at(path)).shape.size.height == 3 }
      }
    }
    try walk(system.recipe)
  }

  @Test("refuses a folder without pictures in one line", arguments: systems)
  func empty(_ system: TinySystem) throws {
    func walk<R: Recipe>(_: R.Type) throws {
      try withFolder { folder in
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("run").path
        var data = DataConfiguration(source: folder.path, size: system.shape.size)
        if system.layout == .adaptation { data.other = folder.path }
        let plan = try plan(R.self, system, on: data, steps: 1)
        try expectOneLine(path) {
          _ = try plan.train(in: .at(path))
          return false
        }
      }
    }
    try walk(system.recipe)
  }

  /// Success, or one line that says what is wrong, and no run left behind.
  private func expectOneLine(_ path: String, _ body: () throws -> Bool) throws {
    do {
      #expect(try body())
    } catch {
      let words = "\(error)"
      #expect(words.count > 10 && !words.contains("\n"), "\(words)")
      #expect(!FileManager.default.fileExists(atPath: path), "\(words)")
    }
  }
}
