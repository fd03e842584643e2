import Foundation
import GANTraining
import SwiftGAN
import Synchronization
import Torch

/// Trained networks in use: the last few runs that were asked for stay open.
actor Networks {
  /// What tells one opened checkpoint from another, also where a run was replaced by a new one.
  private struct Key: Equatable {
    let path: String
    let step: Int
    let written: Date?
  }

  /// Why nothing was computed.
  enum Refusal: Error {
    /// Too many requests wait.
    case busy
  }

  private static let mostOpened = 4
  private var opened: [(key: Key, run: OpenedRun)] = []
  private let waiting = Atomic<Int>(0)
  private let mostWaiting: Int
  private let threads: Int

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    ThreadExecutor.networks.asUnownedSerialExecutor()
  }

  /// - Parameters:
  ///   - threads: of one operation.
  ///   - mostWaiting: so many requests may wait for the networks; more are refused.
  init(threads: Int = 1, mostWaiting: Int = 64) {
    (self.threads, self.mostWaiting) = (threads, mostWaiting)
  }

  /// Does something with a run at a checkpoint.
  ///
  /// - Throws: ``Refusal``, `RunError` for a run that cannot be opened, and what `body` throws.
  nonisolated func use<Result: Sendable>(
    _ directory: RunDirectory, _ choice: CheckpointChoice,
    _ body: @Sendable (OpenedRun) throws -> Result
  ) async throws -> Result {
    let before = waiting.add(1, ordering: .relaxed).oldValue
    defer { waiting.subtract(1, ordering: .relaxed) }
    guard before < mostWaiting else { throw Refusal.busy }
    return try await useNow(directory, choice, body)
  }

  private func useNow<Result: Sendable>(
    _ directory: RunDirectory, _ choice: CheckpointChoice,
    _ body: @Sendable (OpenedRun) throws -> Result
  ) throws -> Result {
    // Who asked may have gone while the request waited.
    try Task.checkCancellation()
    return try LibTorch.with(threads: threads, products: LibTorch.linearBackend) {
      try body(run(directory, choice))
    }
  }

  private func run(_ directory: RunDirectory, _ choice: CheckpointChoice) throws -> OpenedRun {
    let step = try directory.step(of: choice)
    let state = "\(directory.checkpointPath(step))/state.json"
    let facts = try? FileManager.default.attributesOfItem(atPath: state)
    let key = Key(path: directory.path, step: step, written: facts?[.modificationDate] as? Date)
    if let index = opened.firstIndex(where: { $0.key == key }) {
      let found = opened.remove(at: index)
      opened.append(found)
      return found.run
    }
    let run = OpenedRun(try Run.open(directory.path, step: .at(step)))
    opened.append((key, run))
    if opened.count > Self.mostOpened { opened.removeFirst() }
    return run
  }
}
