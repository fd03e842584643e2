/// For how long a value of a setting holds.
public enum SettingScope: Sendable, Equatable {
  /// For the whole run: networks or their state follow from it.
  case run
  /// For a step: a run may go on with another value.
  case step
}

/// What a field of a configuration means and which values it takes.
public struct SettingRule<Value>: Sendable {
  let meaning: String
  let choices: [String]?
  let scope: SettingScope
  /// Throws ``ConfigError`` where a value of the field so named makes no sense.
  let check: @Sendable (Value, _ name: String) throws -> Void

  /// A rule with a check of its own, which throws ``ConfigError``; without one, every value that can
  /// be read is taken.
  public init(
    _ meaning: String, choices: [String]? = nil, scope: SettingScope = .run,
    check: @escaping @Sendable (Value, _ name: String) throws -> Void = { _, _ in }
  ) {
    (self.meaning, self.choices, self.scope, self.check) = (meaning, choices, scope, check)
  }

  /// Values that satisfy a condition.
  ///
  /// - Parameter expected: the condition in words, for the error.
  public init(
    _ meaning: String, expected: String, scope: SettingScope = .run,
    where isValid: @escaping @Sendable (Value) -> Bool
  ) {
    self.init(meaning, scope: scope) { value, name in
      try ConfigError.check(isValid(value), name, value, expected)
    }
  }
}

// MARK: - Whole numbers

extension SettingRule<Int> {
  /// A whole number; unless a range is given, at least 1 and small enough to be meant.
  public static func count(_ meaning: String, in range: ClosedRange<Int> = 1...65_536) -> Self {
    Self(meaning, expected: range.expectation) { range.contains($0) }
  }

  /// Updates or images, from `least` up to a billion.
  public static func duration(_ meaning: String, from least: Int = 0) -> Self {
    count(meaning, in: least...1_000_000_000)
  }

  /// One of a few numbers.
  public static func oneOf(_ values: [Int], _ meaning: String) -> Self {
    let words = values.map(String.init).joined(separator: " or ")
    return Self("\(meaning): \(words)", expected: words) { values.contains($0) }
  }

  /// The length of a noise vector, whose distribution may be named.
  public static func latentSize(_ distribution: String? = nil) -> Self {
    count("length of the noise vector" + (distribution.map { ", \($0)" } ?? ""))
  }

  /// Updates of the critic, one minibatch each, for each of the generator's.
  public static var criticSteps: Self {
    count("critic updates (minibatches) for each generator update")
  }
}

extension SettingRule<[Int]> {
  /// The widths of some layers: 1 to 64 counts, or exactly `count` of them.
  public static func widths(_ meaning: String, count: Int? = nil) -> Self {
    Self(meaning) { widths, name in
      let (range, numbers) = (1...65_536, count.map { $0...$0 } ?? 1...64)
      let expected = count.map { "\($0) widths" } ?? "from 1 to 64 widths"
      try ConfigError.check(numbers.contains(widths.count), name, widths.count, expected)
      for width in widths {
        try ConfigError.check(range.contains(width), name, width, range.expectation)
      }
    }
  }

  /// At most 64 numbers of a range, or none.
  public static func counts(_ meaning: String, in range: ClosedRange<Int>) -> Self {
    Self(meaning) { counts, name in
      try ConfigError.check(counts.count <= 64, name, counts.count, "at most 64 numbers")
      for count in counts {
        try ConfigError.check(range.contains(count), name, count, range.expectation)
      }
    }
  }
}

extension ClosedRange<Int> {
  fileprivate var expectation: String { "a whole number from \(lowerBound) to \(upperBound)" }
}

// MARK: - Other numbers

extension SettingRule<Double> {
  // A step reads these anew, so that a run may go on with others.

  /// A learning rate: in (0, 10].
  public static func rate(_ meaning: String) -> Self {
    Self(meaning, expected: "a number above 0 and at most 10", scope: .step) { $0 > 0 && $0 <= 10 }
  }

  /// A share or a decay: in [0, 1).
  public static func fraction(_ meaning: String) -> Self {
    Self(meaning, expected: "a number from 0 up to, not including, 1", scope: .step) {
      $0 >= 0 && $0 < 1
    }
  }

  /// A share of the run: in [0, 1].
  public static func share(_ meaning: String) -> Self {
    Self(meaning, expected: "a number from 0 to 1", scope: .step) { $0 >= 0 && $0 <= 1 }
  }

  /// A factor: not negative and finite.
  public static func weight(_ meaning: String) -> Self {
    Self(meaning, expected: "a finite number, at least 0", scope: .step) { $0 >= 0 && $0.isFinite }
  }

  /// Adam's rate, the same for both players.
  public static var learningRate: Self { rate("Adam's rate for both players") }
  /// Adam's decay of the first moment.
  public static var beta1: Self { fraction("Adam's decay of the first moment") }
  /// Adam's decay of the second moment.
  public static var beta2: Self { fraction("Adam's decay of the second moment") }
  /// The decay of an ``Averaged`` network.
  public static var ema: Self {
    fraction("how much of the averaged generator an update keeps; 0 samples the last weights")
  }
  /// The share of the run after which a rate falls to 0, see `Schedule.falling`.
  public static var decayStart: Self {
    share("share of the run after which the rate falls to 0 in a straight line; 1: never")
  }
  /// The weight of a critic's gradient penalty.
  public static var penaltyWeight: Self { weight("weight lambda of the gradient penalty") }
}

// MARK: - Words

extension SettingRule where Value: ConfigChoice {
  /// One of a few words; another one cannot be read.
  public static func choice(_ meaning: String) -> Self {
    Self(meaning, choices: Value.allCases.map(\.rawValue))
  }
}

extension SettingRule<Bool> {
  /// True or false.
  public static func flag(_ meaning: String) -> Self { Self(meaning) }
}
