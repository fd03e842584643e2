/// For how long a run trains, as it is asked for.
public enum RunLength: Sendable, Equatable {
  /// Minibatches.
  case steps(Int)
  /// Passes over the data.
  case epochs(Int)
  /// Minutes of training, evaluations included, over all resumptions.
  case minutes(Double)

  /// Minibatches in all; `nil` where time decides.
  func steps(perEpoch count: Int) throws -> Int? {
    switch self {
    case .steps(let steps): return steps
    case .epochs(let epochs):
      try checkField("epochs", epochs, 1...(RunConfiguration.mostSteps / count))
      return epochs * count
    case .minutes: return nil
    }
  }

  /// Seconds in all; `nil` where steps decide.
  public var seconds: Double? { if case .minutes(let minutes) = self { minutes * 60 } else { nil } }

  func validate() throws {
    switch self {
    case .steps(let steps): try checkField("steps", steps, 1...RunConfiguration.mostSteps)
    case .epochs(let epochs): try checkField("epochs", epochs, 1...RunConfiguration.mostSteps)
    case .minutes(let minutes):
      guard minutes > 0, minutes <= 1_000_000 else {
        throw RunError.field(
          "minutes", found: "\(minutes)", expected: "a number above 0, at most 1000000")
      }
    }
  }
}

extension RunLength: Codable {
  private enum CodingKeys: CodingKey { case steps, epochs, minutes }

  /// Reads `{"steps": 5000}`, `{"epochs": 10}` or `{"minutes": 3}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let steps = try container.decodeIfPresent(Int.self, forKey: .steps) {
      self = .steps(steps)
    } else if let epochs = try container.decodeIfPresent(Int.self, forKey: .epochs) {
      self = .epochs(epochs)
    } else {
      self = .minutes(try container.decode(Double.self, forKey: .minutes))
    }
  }

  /// Writes the number under its unit.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .steps(let steps): try container.encode(steps, forKey: .steps)
    case .epochs(let epochs): try container.encode(epochs, forKey: .epochs)
    case .minutes(let minutes): try container.encode(minutes, forKey: .minutes)
    }
  }
}
