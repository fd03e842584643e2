import ArgumentParser

/// How much a training command says.
struct ReportOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  @Flag(help: "Print one JSON object a line and nothing else.")
  var json = false

  func validate() throws {
    if quiet && json { throw ValidationError("--quiet and --json exclude each other") }
  }
}

/// For how long to train, beside the number of steps.
struct TimeOptions: ParsableArguments {
  @Option(help: "End after this many minutes of training, as at the last step.")
  var minutes: Double?

  func validate() throws { try Self.check(minutes) }

  /// Stops where a number of minutes makes no sense.
  static func check(_ minutes: Double?) throws {
    if let minutes, !(minutes > 0 && minutes <= 525_600) {
      throw ValidationError("--minutes: expected a number above 0, at most 525600 (a year)")
    }
  }
}
