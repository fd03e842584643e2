import Testing
import Torch

/// Runs the tests of a suite one at a time, each with freshly seeded generators.
///
/// LibTorch's generators belong to the process, and tests of all targets run side by side in one:
/// without this, what a test draws would depend on its neighbours.
package struct Reproducible: TestTrait, SuiteTrait, TestScoping {
  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    await Turn.shared.take()
    Randomness.seed(1)
    do {
      try await body()
    } catch {
      await Turn.shared.pass()
      throw error
    }
    await Turn.shared.pass()
  }
}

extension Trait where Self == Reproducible {
  /// One test at a time, each with freshly seeded generators.
  package static var reproducible: Reproducible { Reproducible() }
}

/// Who may use the generators.
private actor Turn {
  static let shared = Turn()
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func take() async {
    if isTaken { await withCheckedContinuation { waiting.append($0) } } else { isTaken = true }
  }

  func pass() {
    if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
  }
}
