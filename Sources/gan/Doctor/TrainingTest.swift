import Foundation
import GANKit
import GANTraining
import GANZoo
import SwiftGAN

/// DCGAN on the built-in digits for some seconds, as the demonstration trains it.
struct TrainingTest {
  /// What Scripts/demo asks for.
  static let demoSteps = 5000
  static let demoMinutes = 3.0
  /// Seconds of training.
  private static let limit = 4.0

  /// Steps made, and how many of them in a second after the first ones, which also prepare things.
  let steps: Int
  let stepsPerSecond: Double

  /// Trains in a temporary folder, which is removed.
  init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("gan-doctor-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var plan = TrainingPlan<DCGAN>(
      try DCGAN.preset(named: "small"), on: DataConfiguration(source: "mnist"))
    plan.length = .steps(Self.demoSteps)
    let session = try plan.session(in: .at(folder.path), evaluator: NoEvaluator())
    var times: [ContinuousClock.Instant] = []
    let deadline = ContinuousClock.now + .seconds(Self.limit)
    _ = try session.run(
      until: deadline, report: { _ in },
      shouldStop: {
        times.append(.now)
        return false
      })
    steps = session.step
    let start = min(5, times.count / 2)
    let seconds = times.last.map { ($0 - times[start]) / .seconds(1) } ?? 0
    stepsPerSecond = seconds > 0 ? Double(times.count - 1 - start) / seconds : 0
  }

  /// What the speed means for the demonstration.
  var text: String {
    let rate = "\(decimal(stepsPerSecond, 1)) steps/s of DCGAN on digits"
    let room = Int(stepsPerSecond * Self.demoMinutes * 60)
    guard room < Self.demoSteps else {
      return "\(rate): make demo takes \(duration(Double(Self.demoSteps) / stepsPerSecond))"
    }
    return "\(rate): make demo makes about \(room) of its \(Self.demoSteps) steps in "
      + duration(Self.demoMinutes * 60)
  }
}

/// Measures nothing.
private struct NoEvaluator: MakeEvaluator {
  func callAsFunction(
    _ run: RunConfiguration, _ recipe: any Recipe
  ) throws -> (any TrainingEvaluator)? { nil }
}
