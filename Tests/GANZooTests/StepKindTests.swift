import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What a GPU repeats must be the same every time. Nothing here needs one.
@Suite("Steps of a kind", .reproducible, .serialized)
struct StepKindTests {
  init() { LibTorch.threads = 1 }

  /// Their layers fade in by numbers of the host.
  private static let withoutKinds = [
    "pggan-fade", "pggan-stable", "twin-gan-fade", "twin-gan-stable",
  ]

  /// In place of a GPU: work is done at once, and not again.
  private final class Immediate: WorkRecorder {
    final class Nothing: RepeatableWork { func `repeat`() {} }
    func begin() {}
    func end() -> (any RepeatableWork)? { Nothing() }
  }

  @Test("are the same operations with the same numbers of the host", arguments: TinySystem.all)
  func operations(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      var recipe = try newRecipe(type, system, Self.shortCourse(of: type))
      #expect((recipe.stepKind == nil) == Self.withoutKinds.contains(system.name))
      var known: [Int: [String]] = [:]
      for step in 0..<12 {
        let batch = R.Batch(parts: randomParts(4, system.layout, system.shape))
        let kind = recipe.stepKind
        var recorded: RecordedStep?
        let log = OperationLog.record {
          recorded = StepRecorder.record(with: Immediate()) { _ = recipe.step(batch) }
        }
        try #require(recorded).finish()
        guard let kind else { continue }
        let operations = log.filter { !Self.isOfProcessor($0) }
        let expected = known[kind, default: operations]
        known[kind] = expected
        let difference = zip(operations, expected).first { $0 != $1 }
        #expect(
          operations == expected,
          "step \(step), kind \(kind): \(operations.count) and \(expected.count) operations, \(String(describing: difference))"
        )
      }
    }
    try check(system.recipe)
  }

  /// Kernels of the processor fill a single number that they have computed into their result.
  private static func isOfProcessor(_ operation: String) -> Bool {
    operation.hasPrefix("aten::fill_ Float[] ") || operation.hasPrefix("aten::fill_ Long[] ")
  }

  /// Pools that are full, and phases that end, within a few steps.
  private static func shortCourse(of type: (some Recipe).Type) -> [(field: String, value: String)] {
    let names = configuration(of: type)
    return [("poolSize", "2"), ("generatorSteps", "5")].filter { names.contains($0.0) }
  }

  private static func configuration<R: Recipe>(of type: R.Type) -> [String] {
    R.Config.fields.map(\.name)
  }

  @Test("of critics and generators take turns")
  func turns() throws {
    func kinds<R: Recipe>(_ type: R.Type, _ system: TinySystem) throws -> [Int?] {
      var recipe = try newRecipe(type, system, [("criticSteps", "3")])
      return (0..<7).map { _ in
        defer { _ = recipe.step(R.Batch(parts: randomParts(4, system.layout, system.shape))) }
        return recipe.stepKind
      }
    }
    for name in ["wgan-gp-mlp", "sn-gan-cnn", "dualgan"] {
      let system = try #require(TinySystem.all.first { $0.name == name })
      #expect(try kinds(system.recipe, system) == [0, 0, 1, 0, 0, 1, 0], "\(name)")
    }
  }
}
