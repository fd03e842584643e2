import Foundation
import GANTraining
import SwiftGAN

/// A run at a glance.
struct RunSummary: Codable, Sendable, Equatable {
  /// Where a run stands.
  enum State: String, Codable, Sendable, CaseIterable {
    /// A process trains it.
    case training
    /// It is as long as it was to be.
    case finished
    /// It could be resumed.
    case stopped
    /// Its configuration cannot be read.
    case broken
  }

  let name: String
  let state: State
  /// What is wrong with a broken one.
  var problem: String?
  var system: String?
  var data: String?
  /// Steps made.
  var step = 0
  /// Steps in all, or `nil` where minutes decide.
  var steps: Int?
  var seconds = 0.0
  /// How far it is, 0 to 1.
  var progress = 0.0
  /// Until its end at its speed so far; `nil` unless it is in training.
  var secondsLeft: Double?
  var imagesPerSecond = 0.0
  /// The last losses by name.
  var losses: [String: Double] = [:]
  /// The newest figure of each metric by its name and convention.
  var figures: [String: Double] = [:]
  /// The best of the kept checkpoints, where training evaluated.
  var best: Best?
  /// The checkpoints that are kept, oldest first.
  var checkpoints: [Int] = []
  /// The sample sheets, oldest first.
  var sheets: [Int] = []

  /// A best checkpoint.
  struct Best: Codable, Sendable, Equatable {
    let step: Int
    let metric: String
    let value: Double
  }

  init(_ run: NamedRun) {
    name = run.name
    let directory = run.directory
    do {
      let configuration = try directory.configuration()
      let figures = try RunFigures(directory, of: configuration)
      state = Self.state(of: directory, configuration, figures)
      (system, data) = (configuration.recipe, configuration.data.source)
      steps = configuration.length.seconds == nil ? configuration.steps : nil
      (step, seconds, losses) = (figures.steps, figures.seconds, figures.losses)
      (imagesPerSecond, self.figures) = (figures.imagesPerSecond, figures.metrics)
      progress = Self.progress(of: configuration, figures)
      secondsLeft = state == .training ? figures.secondsLeft(of: configuration) : nil
      best = directory.bestCheckpoint.map {
        Best(step: $0.step, metric: $0.figure.name, value: $0.figure.value)
      }
      (checkpoints, sheets) = (directory.checkpointSteps, directory.sampleSteps)
    } catch {
      (state, problem) = (.broken, "\(error)")
    }
  }

  private static func state(
    of directory: RunDirectory, _ configuration: RunConfiguration, _ figures: RunFigures
  ) -> State {
    if directory.isInTraining { return .training }
    let isOver = configuration.length.seconds.map { figures.seconds >= $0 * 0.999 }
    return isOver ?? (figures.steps >= configuration.steps) ? .finished : .stopped
  }

  private static func progress(
    of configuration: RunConfiguration, _ figures: RunFigures
  ) -> Double {
    if let all = configuration.length.seconds { return min(figures.seconds / all, 1) }
    return min(Double(figures.steps) / Double(max(configuration.steps, 1)), 1)
  }
}

/// Summaries of runs, made anew only where a file of the run has changed.
actor RunIndex {
  private struct Entry {
    let stamp: [Date]
    let isInTraining: Bool
    let summary: RunSummary
  }

  private var entries: [String: Entry] = [:]

  /// All runs of a folder.
  func summaries(of folder: RunFolder) -> [RunSummary] {
    let runs = folder.runs()
    let paths = Set(runs.map(\.directory.path))
    entries = entries.filter { paths.contains($0.key) }
    return runs.map(summary)
  }

  /// One run.
  func summary(_ run: NamedRun) -> RunSummary {
    let path = run.directory.path
    let stamp = ["config.json", "metrics.jsonl", "evaluation.jsonl", "samples", "checkpoints"]
      .map { written("\(path)/\($0)") }
    let isInTraining = run.directory.isInTraining
    if let known = entries[path], known.stamp == stamp, known.isInTraining == isInTraining {
      return known.summary
    }
    let summary = RunSummary(run)
    entries[path] = Entry(stamp: stamp, isInTraining: isInTraining, summary: summary)
    return summary
  }
}
