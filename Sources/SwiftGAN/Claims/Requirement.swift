/// One number that a claim asks for. Its words and its check come from the same threshold.
public struct Requirement: Sendable {
  /// How a number is written.
  public enum Unit: Sendable {
    /// As it is.
    case plain
    /// A share as percent.
    case percent
  }

  private enum Bound: Sendable {
    case atLeast(Double)
    case atMost(Double)
    /// Greater than another number of the measurement by at least so much.
    case above(String, by: Double)
    /// Smaller than another number of the measurement.
    case below(String)
  }

  private let quantity: String
  private let bound: Bound
  private let unit: Unit
  private let subject: String

  private init(_ quantity: String, _ bound: Bound, _ unit: Unit, _ subject: String) {
    (self.quantity, self.bound, self.unit, self.subject) = (quantity, bound, unit, subject)
  }

  /// A number of the measurement, at least so large; `subject` follows the number in words.
  public static func atLeast(
    _ value: Double, _ quantity: String, _ subject: String, as unit: Unit = .plain
  ) -> Requirement { Requirement(quantity, .atLeast(value), unit, subject) }

  /// A number of the measurement, at most so large.
  public static func atMost(
    _ value: Double, _ quantity: String, _ subject: String, as unit: Unit = .plain
  ) -> Requirement { Requirement(quantity, .atMost(value), unit, subject) }

  /// A share at least so many points above another one.
  public static func points(
    _ points: Double, above other: String, _ quantity: String, _ subject: String
  ) -> Requirement { Requirement(quantity, .above(other, by: points / 100), .percent, subject) }

  /// A number smaller than another one.
  public static func below(_ other: String, _ quantity: String, _ subject: String) -> Requirement {
    Requirement(quantity, .below(other), .plain, subject)
  }

  /// In words, with its number.
  public var words: String {
    switch bound {
    case .atLeast(let value): "at least \(text(value)) \(subject)"
    case .atMost(let value): "at most \(text(value)) \(subject)"
    case .above(_, let points) where points < 0:
      "at most \(short(-points * 100)) points below \(subject)"
    case .above(_, let points): "at least \(short(points * 100)) points above \(subject)"
    case .below: subject
    }
  }

  private func text(_ value: Double) -> String {
    unit == .percent ? "\(short(value * 100)) %" : short(value)
  }

  private func short(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : "\(value)"
  }

  /// Whether numbers hold; one that is missing does not.
  func holds(_ numbers: [String: Double]) -> Bool {
    guard let value = numbers[quantity] else { return false }
    switch bound {
    case .atLeast(let least): return value >= least
    case .atMost(let most): return value <= most
    case .above(let other, let by): return numbers[other].map { value - $0 >= by } ?? false
    case .below(let other): return numbers[other].map { value < $0 } ?? false
    }
  }
}
