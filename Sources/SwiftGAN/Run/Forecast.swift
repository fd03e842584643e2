/// How long a run will take, known when its first seconds have shown how fast it is.
public struct Forecast: Encodable, Equatable, Sendable {
  /// The kind of line this is among those of a training.
  public let event = "forecast"
  /// Seconds from now to the end.
  public let secondsLeft: Double
  /// A preset that takes less, where this one takes long.
  public let smallerPreset: String?

  private enum CodingKeys: CodingKey { case event, secondsLeft, smallerPreset }

  /// One line.
  public var line: String {
    "about \(duration(secondsLeft)) to go"
      + (smallerPreset.map { "; --preset \($0) takes minutes on a processor" } ?? "")
  }
}

/// Makes the forecast of a run.
public struct Forecaster {
  /// Seconds that show the speed: the first steps are slower than the others.
  private static let patience = 5.0
  /// From here on a smaller preset is worth a word.
  private static let long = 3600.0
  /// Shorter runs end before the words are read.
  private static let short = 60.0

  private let smallerPreset: String?
  private var begin: Double?
  private var isDone = false

  /// - Parameters:
  ///   - preset: the run's own.
  ///   - known: those of its system.
  public init(preset: String?, known: [String]) {
    let isFull = preset == nil || preset == "paper"
    smallerPreset = isFull ? known.first { $0 == "small" } : nil
  }

  /// The forecast, once.
  ///
  /// - Parameters:
  ///   - seconds: of training so far, over all resumptions.
  ///   - left: seconds to the end at the speed so far.
  public mutating func forecast(after seconds: Double, left: Double) -> Forecast? {
    guard let start = begin, !isDone else {
      begin = begin ?? seconds
      return nil
    }
    guard seconds - start >= Self.patience else { return nil }
    isDone = true
    guard left >= Self.short else { return nil }
    return Forecast(secondsLeft: left, smallerPreset: left > Self.long ? smallerPreset : nil)
  }
}
