import ArgumentParser
import SwiftGAN

/// `gan doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Say what this machine has and whether all works.",
    discussion: """
      Looks at LibTorch, devices, the processor, memory, disk and what is installed, and trains DCGAN \
      on the built-in digits for four seconds in a temporary folder. What is to be repaired follows \
      in a line each with what to do, and the exit status is then 1. What is missing and only some \
      commands need is no problem.

      EXAMPLES:
        gan doctor
        gan doctor --json
        gan doctor --skip-speed
      """)

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Leave out the training.")
  var skipSpeed = false

  func run() throws {
    var diagnosis = Diagnosis()
    diagnosis.examineSystem()
    if let problem = LoadedLibrary.libTorchProblem {
      diagnosis.add(problem: "LibTorch cannot be loaded: \(problem)", advice: "make setup")
    } else {
      diagnosis.examineLibTorch()
    }
    if !json { diagnosis.lines.forEach { Console.print($0.text(padded: Self.width)) } }
    if diagnosis.facts["libtorch"] != nil && !skipSpeed { examineSpeed(&diagnosis) }
    try report(diagnosis)
    if !diagnosis.problems.isEmpty { throw ExitCode.failure }
  }

  private static let width = 20

  private func examineSpeed(_ diagnosis: inout Diagnosis) {
    do {
      let test = try TrainingTest()
      diagnosis.add(
        "speed", test.text,
        [
          "stepsPerSecond": .number(test.stepsPerSecond), "testSteps": .whole(test.steps),
          "demoSteps": .whole(TrainingTest.demoSteps),
          "demoMinutes": .number(TrainingTest.demoMinutes),
        ])
      if !json, let line = diagnosis.lines.last { Console.print(line.text(padded: Self.width)) }
    } catch {
      diagnosis.add(
        problem: "DCGAN does not train: \(OptionNames.words(of: error))",
        advice: "see what it says; make setup installs everything anew")
    }
  }

  private func report(_ diagnosis: Diagnosis) throws {
    if json { return try Console.print(prettyJSON: diagnosis) }
    let problems = diagnosis.problems
    guard !problems.isEmpty else { return Console.print("all is well") }
    for problem in problems {
      Console.print(Console.oneLine("problem: \(problem.problem): \(problem.advice)"))
    }
  }
}

extension Diagnosis.Line {
  fileprivate func text(padded width: Int) -> String {
    name + String(repeating: " ", count: max(1, width - name.count)) + text
  }
}
