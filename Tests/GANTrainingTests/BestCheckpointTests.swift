import Foundation
import Testing

@testable import GANTraining

@Suite("The best checkpoint")
struct BestCheckpointTests {
  private func figure(
    _ value: Double, _ better: CheckpointFigure.Better = .smaller, _ convention: String = "a"
  ) -> CheckpointFigure {
    CheckpointFigure("fid[x]", value, convention: convention, better: better)
  }

  @Test("Smaller or larger is better as the figure says; no number beats nothing")
  func order() {
    #expect(figure(1).beats(figure(2)) && !figure(2).beats(figure(1)))
    #expect(figure(2, .larger).beats(figure(1, .larger)))
    #expect(!figure(1, .larger).beats(figure(2, .larger)))
    #expect(!figure(1).beats(figure(1)), "the earlier of equals stays")
    #expect(figure(-0.01).beats(figure(0)))
    #expect(figure(5).beats(nil) && figure(5).beats(figure(.nan)))
    #expect(!figure(.nan).beats(nil) && !figure(-.infinity).beats(figure(3)))
  }

  /// A run directory with checkpoints that hold nothing but their description.
  private func directory(_ figures: [Int: CheckpointFigure?]) throws -> RunDirectory {
    let directory = RunDirectory(try temporaryFolder().path)
    for (step, figure) in figures {
      let folder = directory.checkpointURL(step)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let state = Checkpoint.State(
        step: step, seconds: 1, recipe: "gan", config: [:], files: [:], figure: figure)
      try JSONEncoder().encode(state).write(to: folder.appendingPathComponent("state.json"))
    }
    return directory
  }

  @Test("It is found among those of the kind that was measured last")
  func found() throws {
    let directory = try directory([
      10: figure(1, .smaller, "other"), 20: figure(7), 30: figure(3), 40: figure(3), 50: nil,
      60: figure(4),
    ])
    defer { try? FileManager.default.removeItem(atPath: directory.path) }
    #expect(directory.bestCheckpoint == RankedCheckpoint(step: 30, figure: figure(3)))
    #expect(try directory.step(of: .best) == 30)
    #expect(try directory.step(of: .newest) == 60)
    #expect(try directory.step(of: .at(50)) == 50)
    #expect(throws: RunError.self) { try directory.step(of: .at(55)) }
    let new = RankedCheckpoint(step: 70, figure: figure(2))
    #expect(directory.best(after: new) == new)
    let worse = RankedCheckpoint(step: 70, figure: figure(5))
    #expect(directory.best(after: worse)?.step == 30)
    let changed = RankedCheckpoint(step: 70, figure: figure(99, .larger))
    #expect(directory.best(after: changed) == changed, "figures of another kind do not count")
  }

  @Test("Without an evaluation there is none, in one line")
  func none() throws {
    let directory = try directory([10: nil])
    defer { try? FileManager.default.removeItem(atPath: directory.path) }
    #expect(directory.bestCheckpoint == nil)
    let error = #expect(throws: RunError.self) { try directory.step(of: .best) }
    #expect(error?.description.contains("no kept checkpoint was evaluated") == true)
  }

  @Test("The link names it")
  func link() throws {
    let directory = try directory([10: figure(2), 20: figure(3)])
    defer { try? FileManager.default.removeItem(atPath: directory.path) }
    directory.linkBest()
    let link = directory.checkpointsURL.appendingPathComponent("best").path
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "000010")
    #expect(directory.checkpointSteps == [10, 20])
    try FileManager.default.removeItem(at: directory.checkpointURL(10))
    directory.linkBest()
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "000020")
  }

  @Test("Lines of training after a step are removed, those of evaluations by hand stay")
  func lines() throws {
    struct Line: Codable, Equatable {
      var step: Int
      var training: Bool?
    }
    let directory = RunDirectory(try temporaryFolder().path)
    defer { try? FileManager.default.removeItem(atPath: directory.path) }
    let lines = [Line(step: 5, training: true), Line(step: 10), Line(step: 10, training: true)]
    for line in lines { try directory.appendEvaluation(line) }
    try directory.keepEvaluations(through: 10)
    #expect(try directory.evaluations(Line.self) == lines)
    try directory.keepEvaluations(through: 5)
    #expect(try directory.evaluations(Line.self) == Array(lines.prefix(2)))
  }

  @Test("A configuration goes through JSON, with and without evaluations")
  func json() throws {
    let configuration = RunConfiguration(
      recipe: "gan", config: [:], data: DataConfiguration(source: "mnist"), batchSize: 8,
      length: .minutes(0.5), steps: 3, seed: 1, device: "cpu", precision: .float32, threads: 1,
      intervals: Intervals(steps: 3), evaluation: EvaluationSettings(every: 7))
    let data = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(RunConfiguration.self, from: data) == configuration)
    var fields = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(fields.removeValue(forKey: "evaluation") != nil)
    let without = try JSONDecoder().decode(
      RunConfiguration.self, from: JSONSerialization.data(withJSONObject: fields))
    #expect(without.evaluation == nil)
  }

  @Test("A run of another format is refused in one line")
  func format() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(#"{"recipe": "gan", "steps": 5}"#.utf8)
      .write(to: folder.appendingPathComponent("config.json"))
    let error = #expect(throws: RunError.self) { try RunDirectory(folder.path).configuration() }
    #expect(error?.description.contains("the run has format 1") == true)
  }
}
