/// A field of a configuration: its name, what it means, and which values it takes.
public struct ConfigField<Config>: Sendable {
  /// Where the value is.
  public typealias Path<Value> = any KeyPath<Config, Value> & Sendable

  /// The name on the command line and in `config.json`.
  public let name: String
  /// One line, with the unit.
  public let meaning: String
  /// Throws ``ConfigError`` where the field's value makes no sense.
  let check: @Sendable (Config) throws -> Void

  /// A field with a check of its own, which throws ``ConfigError``; without one, every value that
  /// can be read is taken.
  public init(
    _ name: String, _ meaning: String,
    check: @escaping @Sendable (Config) throws -> Void = { _ in }
  ) {
    (self.name, self.meaning, self.check) = (name, meaning, check)
  }

  /// A field whose values satisfy a condition.
  ///
  /// - Parameter expected: the condition in words, for the error.
  public init<Value: Sendable>(
    _ path: Path<Value>, _ name: String, _ meaning: String, expected: String,
    where isValid: @escaping @Sendable (Value) -> Bool
  ) {
    self.init(name, meaning) { config in
      let value = config[keyPath: path]
      try ConfigError.check(isValid(value), name, value, expected)
    }
  }
}

// MARK: - Kinds of fields

extension ConfigField {
  /// A whole number; unless a range is given, at least 1 and small enough to be meant.
  public static func count(
    _ path: Path<Int>, _ name: String, _ meaning: String, in range: ClosedRange<Int> = 1...65_536
  ) -> Self {
    Self(path, name, meaning, expected: range.expectation) { range.contains($0) }
  }

  /// Updates or images, from `least` up to a billion.
  public static func duration(
    _ path: Path<Int>, _ name: String, _ meaning: String, from least: Int = 0
  ) -> Self {
    count(path, name, meaning, in: least...1_000_000_000)
  }

  /// A learning rate: in (0, 10].
  public static func rate(_ path: Path<Double>, _ name: String, _ meaning: String) -> Self {
    Self(path, name, meaning, expected: "a number above 0 and at most 10") { $0 > 0 && $0 <= 10 }
  }

  /// A share or a decay: in [0, 1).
  public static func fraction(_ path: Path<Double>, _ name: String, _ meaning: String) -> Self {
    let expected = "a number from 0 up to, not including, 1"
    return Self(path, name, meaning, expected: expected) { $0 >= 0 && $0 < 1 }
  }

  /// A factor: not negative and finite.
  public static func weight(_ path: Path<Double>, _ name: String, _ meaning: String) -> Self {
    Self(path, name, meaning, expected: "a finite number, at least 0") { $0 >= 0 && $0.isFinite }
  }

  /// The widths of some layers: 1 to 64 counts.
  public static func widths(_ path: Path<[Int]>, _ name: String, _ meaning: String) -> Self {
    Self(name, meaning) { config in
      let (widths, range) = (config[keyPath: path], 1...65_536)
      try ConfigError.check(
        (1...64).contains(widths.count), name, widths.count, "from 1 to 64 widths")
      for width in widths {
        try ConfigError.check(range.contains(width), name, width, range.expectation)
      }
    }
  }

  /// One of a few words; another one cannot be read.
  public static func choice(
    _: Path<some ConfigChoice>, _ name: String, _ meaning: String
  ) -> Self {
    Self(name, meaning)
  }

  /// True or false.
  public static func flag(_: Path<Bool>, _ name: String, _ meaning: String) -> Self {
    Self(name, meaning)
  }
}

extension ClosedRange<Int> {
  fileprivate var expectation: String { "a whole number from \(lowerBound) to \(upperBound)" }
}

// MARK: - Fields that most systems have

extension ConfigField {
  /// `latentSize` of a prior, whose distribution may be named.
  public static func latentSize(_ path: Path<Int>, _ distribution: String? = nil) -> Self {
    let suffix = distribution.map { ", \($0)" } ?? ""
    return count(path, "latentSize", "length of the noise vector\(suffix)")
  }

  /// `learningRate` of Adam, the same for both players.
  public static func learningRate(_ path: Path<Double>) -> Self {
    rate(path, "learningRate", "Adam's rate for both players")
  }

  /// `beta1` of Adam.
  public static func beta1(_ path: Path<Double>) -> Self {
    fraction(path, "beta1", "Adam's decay of the first moment")
  }

  /// `beta2` of Adam.
  public static func beta2(_ path: Path<Double>) -> Self {
    fraction(path, "beta2", "Adam's decay of the second moment")
  }

  /// `averageDecay` of a ``MovingAverage``.
  public static func averageDecay(_ path: Path<Double>) -> Self {
    let meaning =
      "how much of the averaged generator an update keeps; 0 samples the last weights"
    return fraction(path, "averageDecay", meaning)
  }
}
