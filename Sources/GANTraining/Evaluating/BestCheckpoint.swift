import Foundation
import GANData

/// A checkpoint of a run, by what a user knows about it.
public enum CheckpointChoice: Sendable, Equatable {
  /// The one with the most steps.
  case newest
  /// The one with the best figure of evaluations during training.
  case best
  /// That of a step.
  case at(Int)
}

extension CheckpointChoice: CustomStringConvertible {
  /// As it is written on the command line.
  public var description: String {
    switch self {
    case .newest: "newest"
    case .best: "best"
    case .at(let step): "\(step)"
    }
  }
}

/// A kept checkpoint whose generator was evaluated.
public struct RankedCheckpoint: Sendable, Equatable {
  /// Its step.
  public let step: Int
  /// What was measured.
  public let figure: CheckpointFigure
}

// Which checkpoint is the best is stored nowhere: it follows from the figures in the checkpoints
// themselves. So nothing can contradict them, whenever a process is killed or a folder removed.
extension RunDirectory {
  /// The best of the kept checkpoints by the kind of figure that was measured last; the earlier one
  /// of equals. `nil` where none was evaluated.
  public var bestCheckpoint: RankedCheckpoint? {
    let ranked = rankedCheckpoints
    guard let newest = ranked.last else { return nil }
    return best(like: newest.figure, among: ranked)
  }

  /// The best of the kept checkpoints and of one that is about to be written.
  func best(after new: RankedCheckpoint) -> RankedCheckpoint? {
    best(like: new.figure, among: rankedCheckpoints.filter { $0.step != new.step } + [new])
  }

  private func best(
    like figure: CheckpointFigure, among ranked: [RankedCheckpoint]
  ) -> RankedCheckpoint? {
    ranked.filter { $0.figure.isComparable(to: figure) }
      .reduce(nil) { $1.figure.beats($0?.figure) ? $1 : $0 }
  }

  /// Those of the kept checkpoints that were evaluated, oldest first.
  private var rankedCheckpoints: [RankedCheckpoint] {
    checkpointSteps.compactMap { step in
      let url = checkpointURL(step).appendingPathComponent("state.json")
      let state = (try? Data(contentsOf: url)).flatMap {
        try? JSONDecoder().decode(Checkpoint.State.self, from: $0)
      }
      return state?.figure.map { RankedCheckpoint(step: step, figure: $0) }
    }
  }

  /// The step of a choice.
  ///
  /// - Throws: ``RunError`` where there is no such checkpoint.
  public func step(of choice: CheckpointChoice) throws -> Int {
    let steps = checkpointSteps
    switch choice {
    case .newest:
      guard let newest = steps.last else { throw RunError.noCheckpoint(path) }
      return newest
    case .best:
      guard let best = bestCheckpoint else {
        throw RunError.field(
          "step", found: "best",
          expected: "a step, for no kept checkpoint was evaluated in training")
      }
      return best.step
    case .at(let step):
      if steps.isEmpty { throw RunError.noCheckpoint(path) }
      guard steps.contains(step) else {
        throw RunError.field(
          "step", found: "\(step)",
          expected: "one of the kept checkpoints \(steps.map(String.init).joined(separator: ", "))")
      }
      return step
    }
  }

  /// Points `checkpoints/best` at the best checkpoint, for people and other programs. Nothing here
  /// reads it, and some file systems have no links, so that a failure does no harm.
  func linkBest() {
    let link = checkpointsURL.appendingPathComponent("best").path
    guard let best = bestCheckpoint else { return }
    let temporary = checkpointsURL.appendingPathComponent(".writing-best").path
    unlink(temporary)
    if symlink(stepName(best.step), temporary) == 0, rename(temporary, link) != 0 {
      unlink(temporary)
    }
  }
}
