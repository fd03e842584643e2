import Foundation
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// The first two steps of every system against an independent PyTorch implementation: same weights,
/// batches and draws must give the same losses and the same gradients of every update.
///
/// Updates are plain gradient steps on both sides (see `GradientProbe`), taken when the recipe takes
/// its own, so the order of the players' updates is checked too.
@Suite("Recipes against PyTorch", .reproducible)
struct RecipeGoldenTests {
  @Test("the first two steps", arguments: TinySystem.all)
  func agrees(_ system: TinySystem) throws {
    try replay(system.recipe, system)
  }

  @Test("every file is replayed")
  func coverage() throws {
    #expect(try Fixture.names(of: "recipes") == TinySystem.all.map(\.name).sorted())
  }
}

// MARK: - Replay

/// Loads the fixture's weights into a new recipe, takes its two steps with the recorded draws, and
/// compares losses, gradients, final state and a sample.
private func replay<R: GenerativeRecipe>(_ type: R.Type, _ system: TinySystem) throws {
  let golden = try Fixture("recipes/\(system.name)")
  #expect(try golden("step0/batch/images").shape.dropFirst() == system.shape.imageShape[...])
  var recipe = R(try system.config(of: R.self), data: system.shape, on: .cpu)
  for (name, network) in recipe.networks { try network.load(golden.group("initial/\(name).")) }
  for step in 0..<2 {
    let batch = R.Batch(
      images: try golden("step\(step)/batch/images").contiguous(.channelsLast),
      labels: golden.tensors["step\(step)/batch/labels"])
    var report: StepReport = [:]
    let updates = RandomTape.replay(golden.list("step\(step)/random/")) {
      GradientProbe.record(descendingAt: 0.05) { report = recipe.step(batch) }
    }
    let losses = golden.group("step\(step)/loss/")
    #expect(Set(report.entries.map(\.name)) == Set(losses.keys.map { "loss/\($0)" }))
    for (name, expected) in losses {
      let found = try #require(report["loss/\(name)"])
      expectClose(found, expected, "step \(step) loss \(name)", relative: 1e-5)
    }
    try compare(updates, with: golden, step: step, of: recipe)
  }
  for (network, module) in recipe.networks {
    for (key, value) in module.stateDictionary {
      expectClose(value, try golden("final/\(network).\(key)"), "final \(network).\(key)")
    }
  }
  let input = try golden("sample/input")
  let sample = withMode(.evaluation) {
    withoutGradients {
      recipe.generate(input, labels: golden.tensors["sample/labels"])
    }
  }
  expectClose(sample, try golden("sample/output"), "sample")
}

/// Compares the gradients of every update; each must be one of the network that the golden says.
private func compare(
  _ updates: [[Tensor]], with golden: Fixture, step: Int, of recipe: some Recipe
) throws {
  for (index, gradients) in updates.enumerated() {
    let prefix = "step\(step)/update\(index)/"
    let expected = golden.group(prefix)
    #expect(expected.count == gradients.count)
    let network = try #require(expected.keys.first?.split(separator: ".").first)
    let keys = recipe.networks[String(network)]?.namedParameters.map(\.key) ?? []
    for (key, gradient) in zip(keys, gradients) {
      expectClose(
        gradient, try golden("\(prefix)\(network).\(key)"),
        "step \(step) update \(index) \(network).\(key)")
    }
  }
  #expect(golden.group("step\(step)/update\(updates.count)/").isEmpty)
}

extension Recipe {
  fileprivate var networks: [String: any Module] {
    children.reduce(into: [:]) { result, child in
      if case .module(let module) = child.node, ["generator", "discriminator"].contains(child.name)
      {
        result[child.name] = module
      }
    }
  }
}

/// Compares relative to each element, with a floor relative to the tensor's own scale.
private func expectClose(
  _ found: Tensor, _ expected: Tensor, _ what: String, relative: Double = 1e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  let (a, b) = (found.doubles, expected.doubles)
  let scale = b.map(abs).max() ?? 0
  let floor = max(scale * 1e-5, 1e-6)
  let worst = zip(a, b).map { abs($0 - $1) / (relative * abs($1) + floor) }.max() ?? 0
  #expect(worst <= 1, "\(what): \(worst) times the tolerance", sourceLocation: sourceLocation)
}
