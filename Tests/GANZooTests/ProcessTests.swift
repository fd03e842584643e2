import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What several processes make of one minibatch.
@Suite("Two processes with half a minibatch each", .reproducible, .serialized)
struct ProcessTests {
  init() { LibTorch.threads = 1 }

  /// Those whose losses look at the images of a minibatch together by more than the statistics of batch
  /// normalisation, so that two halves are not the whole: deviations over the minibatch, means of features,
  /// corrections of renormalisation, a mean over all holes.
  private static let coupled = [
    "ccgan-l1", "dragan-one-sided", "dragan-toy", "improved-gan", "pggan-fade", "pggan-stable",
    "twin-gan-fade", "twin-gan-stable",
  ]

  /// Of what is drawn where the usual seed lets a rectifier stand within rounding of 0, as goldens have theirs.
  private static let seeds: [String: UInt64] = [
    "attention-gan": 2, "attention-gan-supervised": 2, "recycle-gan": 2, "srgan": 2,
    "tp-gan-colour": 2,
  ]

  @Test("give the gradients of one process with all of it", arguments: TinySystem.all)
  func gradients(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      let count = 8
      if let seed = Self.seeds[system.name] { Randomness.seed(seed) }
      // Each process has a pool of its own.
      let extra = R.Config.fields.contains { $0.name == "poolSize" } ? [("poolSize", "0")] : []
      let whole = try newRecipe(type, system, extra)
      let weights = whole.stateDictionary.mapValues { $0.cloned() }
      let parts = randomParts(count, system.layout, system.shape)
      var expected: [[Tensor]] = []
      let draws = RandomTape.record { expected = updates(of: whole, R.Batch(parts: parts)) }
      nonisolated(unsafe) let halves = (0..<2).map { half in
        (
          parts: parts.map { $0.half(half, of: count) }, weights: weights.mapValues { $0.cloned() },
          draws: draws.map { $0.half(half, ofBatches: count) }
        )
      }
      let found = try inTwoProcesses(synchronizingStatistics: true) { group in
        let own = halves[group.rank]
        return try RandomGenerator(seed: 1).run {
          let recipe = try newRecipe(type, system, extra)
          try recipe.load(own.weights)
          return RandomTape.replay(own.draws) { updates(of: recipe, R.Batch(parts: own.parts)) }
        }
      }
      #expect(found[0].map { $0.map(\.rawBytes) } == found[1].map { $0.map(\.rawBytes) })
      #expect(found[0].map(\.count) == expected.map(\.count))
      let error = zip(found[0], expected).map(largestDifference).max() ?? 1
      // Sums of float32 in another order, which a second update of the step may magnify.
      #expect((error > 1e-4) == Self.coupled.contains(system.name), "differs by \(error)")
    }
    try check(system.recipe)
  }

  /// Of an update's gradients, relative to the largest element of all.
  private func largestDifference(_ found: [Tensor], _ expected: [Tensor]) -> Double {
    let largest = expected.flatMap(\.doubles).reduce(0) { max($0, abs($1)) }
    let differences = zip(found, expected).map { found, expected in
      zip(found.doubles, expected.doubles).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    return (differences.max() ?? 0) / largest
  }

  /// The gradients of all updates of a step.
  private func updates<R: Recipe>(of recipe: R, _ batch: R.Batch) -> [[Tensor]] {
    var recipe = recipe
    return GradientProbe.record(descendingAt: 0.01) { _ = recipe.step(batch) }
  }
}

extension Tensor {
  /// One half of each of the batches of `count` that lie one after another in this tensor, along its
  /// first axis or the second; all of it where there are none.
  fileprivate func half(_ half: Int, ofBatches count: Int) -> Tensor {
    let axes = (0..<min(rank, 2)).filter { size($0) > 0 && size($0).isMultiple(of: count) }
    guard let axis = axes.first else { return self }
    let length = count / 2
    return .concatenated(
      stride(from: half * length, to: size(axis), by: count).map {
        narrowed(axis, from: $0, length: length)
      }, axis: axis)
  }
}

extension BatchPart {
  /// One half of it, where it belongs to a minibatch of `count`.
  fileprivate func half(_ half: Int, of count: Int) -> BatchPart {
    BatchPart(
      images: images.half(half, ofBatches: count).contiguous(.channelsLast),
      labels: labels?.half(half, ofBatches: count),
      attached: attached.map { $0.half(half, ofBatches: count) })
  }
}
