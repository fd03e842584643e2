import ArgumentParser
import Foundation
import Torch

/// A command that several processes do together. Of others a launcher's first process does all.
protocol SharedCommand: ParsableCommand {}

/// The processes that a launcher such as torchrun has started, of which this may be one.
enum LaunchedProcesses {
  /// Runs `body` among them, alone where there is no launcher.
  ///
  /// - Parameters:
  ///   - device: where each of them computes, by name.
  ///   - synchronizing: whether batch normalisation is to look at the minibatches of all.
  /// - Throws: `ProcessGroupError` where they do not find each other.
  static func run<Result>(
    on device: String, synchronizing: Bool, _ body: () throws -> Result
  ) throws -> Result {
    guard let place = try ProcessPlace(ProcessInfo.processInfo.environment) else {
      return try body()
    }
    let name = device == "cuda" ? "cuda:\(place.localRank)" : device
    let group = try ProcessGroup(
      place, device: Device(named: name), synchronizesStatistics: synchronizing)
    return try group.run(body)
  }

  /// Whether a launcher has started another one that does what is done once.
  static var isSurplus: Bool {
    let place = try? ProcessPlace(ProcessInfo.processInfo.environment)
    return (place?.rank ?? 0) > 0
  }

  /// Whether this process speaks for all of them.
  static var isFirst: Bool { ProcessGroup.current.map { $0.rank == 0 } ?? true }
}
