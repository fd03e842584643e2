import Foundation
import SwiftGAN

/// Says how training goes.
protocol TrainingReporter {
  /// Called before the first step.
  func begin(_ facts: RunFacts) throws
  /// Called at every log interval.
  func progress(_ state: TrainingState)
  /// Called once, when it is known how long the run will take.
  func forecast(_ forecast: Forecast)
  /// Called when training failed, before the error is printed.
  func breakOff()
  /// Called after the last step.
  func end(_ ending: RunEnding) throws
}

extension TrainingReporter {
  func breakOff() {}
}

/// The reporter that the options and the kind of standard output ask for.
func reporterFor(_ options: ReportOptions) -> any TrainingReporter {
  if options.quiet { return QuietReporter() }
  if options.json { return JSONReporter() }
  return Console.isTerminal ? BarReporter() : LineReporter()
}

/// Says nothing.
struct QuietReporter: TrainingReporter {
  func begin(_ facts: RunFacts) {}
  func progress(_ state: TrainingState) {}
  func forecast(_ forecast: Forecast) {}
  func end(_ ending: RunEnding) {}
}

/// One JSON object a line.
struct JSONReporter: TrainingReporter {
  func begin(_ facts: RunFacts) throws {
    try Console.print(json: facts)
    facts.complaints.forEach(Console.complain)
  }

  // All its numbers are finite, so that encoding cannot fail.
  func progress(_ state: TrainingState) {
    try? Console.print(json: state)
    if let note = state.note { Console.complain(note) }
  }

  func forecast(_ forecast: Forecast) { try? Console.print(json: forecast) }

  func end(_ ending: RunEnding) throws { try Console.print(json: ending) }
}

/// A line now and then: at most 20 in a run and one a minute, for files and pipes.
final class LineReporter: TrainingReporter {
  private var lastPart = 0
  private var lastTime = ContinuousClock.now

  func begin(_ facts: RunFacts) {
    Console.printNow(facts.line + "\n")
    facts.remarks.forEach(Console.print)
    facts.complaints.forEach(Console.complain)
  }

  func progress(_ state: TrainingState) {
    if let note = state.note { Console.complain(note) }
    let part = Int(state.fraction * 20)
    guard part > lastPart || ContinuousClock.now - lastTime >= .seconds(60) else { return }
    (lastPart, lastTime) = (part, .now)
    Console.printNow(
      "\(percent(state))  step \(state.step)\(phase(state))  \(speed(state))  \(state.lossText)\(state.figureText)"
        + "  \(left(state))\n")
  }

  func forecast(_ forecast: Forecast) { Console.printNow(forecast.line + "\n") }

  func end(_ ending: RunEnding) {
    if ending.failure == nil { Console.print(ending.line) }
  }
}

/// A bar that is drawn again and again in the last line of a terminal.
final class BarReporter: TrainingReporter {
  private var last: ContinuousClock.Instant?
  private var isDrawn = false

  func begin(_ facts: RunFacts) {
    Console.printNow(Console.oneLine(facts.line) + "\n")
    facts.remarks.forEach { Console.print(Console.oneLine($0)) }
    facts.complaints.forEach(Console.complain)
  }

  func progress(_ state: TrainingState) {
    if let note = state.note {
      breakOff()
      Console.complain(note)
    }
    if let last, ContinuousClock.now - last < .milliseconds(100), state.fraction < 1 {
      return
    }
    (last, isDrawn) = (.now, true)
    Console.printNow("\r" + BarReporter.line(state, width: Console.width - 1))
  }

  func forecast(_ forecast: Forecast) {
    breakOff()
    Console.printNow(forecast.line + "\n")
  }

  func breakOff() {
    if isDrawn { Console.printNow("\n") }
    isDrawn = false
  }

  func end(_ ending: RunEnding) {
    breakOff()
    if ending.failure == nil { Console.print(Console.oneLine(ending.line)) }
  }

  /// Exactly `width` columns: the bar takes what the words leave.
  static func line(_ state: TrainingState, width: Int) -> String {
    let words =
      " step \(state.step)\(phase(state))  \(speed(state))  \(state.lossText)\(state.figureText)  \(left(state))"
    let head = percent(state)
    let room = width - head.count - words.count - 3
    let bar = room >= 5 ? " [\(filled(state.fraction, room))]" : ""
    let text = String((head + bar + words).prefix(max(width, 0)))
    return text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func filled(_ fraction: Double, _ width: Int) -> String {
    let width = min(width, 40)
    let done = Int(min(max(fraction, 0), 1) * Double(width))
    return String(repeating: "#", count: done) + String(repeating: ".", count: width - done)
  }
}

private func percent(_ state: TrainingState) -> String {
  let number = "\(Int(min(max(state.fraction, 0), 1) * 100))"
  return String(repeating: " ", count: max(0, 3 - number.count)) + number + "%"
}

private func speed(_ state: TrainingState) -> String {
  "\(Int(min(max(state.imagesPerSecond, 0), 1e12).rounded())) images/s"
}

private func phase(_ state: TrainingState) -> String { state.phase.map { " (\($0))" } ?? "" }

private func left(_ state: TrainingState) -> String { "\(duration(state.secondsLeft)) left" }
