import Foundation
import HTTPTypes

/// A value that a route takes from its path or query.
struct Parameter: Sendable {
  /// What values it takes.
  enum Kind: Sendable {
    case integer(ClosedRange<Int>)
    case seed
    case number(ClosedRange<Double>)
    case choice([String])
    /// Any text, or one of a form, as a regular expression that is the same in JavaScript.
    case text(pattern: String? = nil)
  }

  let name: String
  let kind: Kind
  let meaning: String
  /// What stands for an absent one, for the description.
  var usual: JSON?
  /// Whether it is a part of the path.
  var isInPath = false

  init(_ name: String, _ kind: Kind, usual: JSON? = nil, _ meaning: String) {
    (self.name, self.kind, self.usual, self.meaning) = (name, kind, usual, meaning)
  }

  /// - Throws: ``APIError`` for a text that is no such value.
  func check(_ text: String) throws {
    let isRight =
      switch kind {
      case .integer(let range): strictInteger(text).map(range.contains) ?? false
      case .seed: strictInteger(text).map { $0 >= 0 } ?? false
      case .number(let range): Double(text).map(range.contains) ?? false
      case .choice(let names): names.contains(text)
      case .text(let pattern): pattern.map { matches(text, $0) } ?? true
      }
    guard isRight else {
      throw APIError(
        isInPath ? .notFound : .badRequest, "\(name): expected \(expected), found '\(text)'")
    }
  }

  private var expected: String {
    switch kind {
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .seed: "a whole number from 0 to \(Int.max)"
    case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let names): "one of \(names.joined(separator: ", "))"
    case .text(let pattern): pattern.map { "text of the form \($0)" } ?? "text"
    }
  }
}

/// A number as JSON writes it: no sign +, no zeros before it.
private func strictInteger(_ text: String) -> Int? {
  Int(text).flatMap { "\($0)" == text ? $0 : nil }
}

private func matches(_ text: String, _ pattern: String) -> Bool {
  text.range(of: "^(?:\(pattern))$", options: .regularExpression) != nil
}

/// The values of a request, each checked against its parameter.
struct Values: Sendable {
  private var texts: [String: String] = [:]

  /// - Throws: ``APIError`` for values that are none, unknown or given twice.
  init(path: [String: String], query: String?, of parameters: [Parameter]) throws {
    texts = path
    for part in (query ?? "").split(separator: "&") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(sides[0]), let value = decoded(sides.count > 1 ? sides[1] : "")
      else {
        throw APIError(.badRequest, "the query holds what is no percent-encoded UTF-8")
      }
      guard parameters.contains(where: { $0.name == name && !$0.isInPath }) else {
        throw APIError(.badRequest, "unknown parameter '\(name)'")
      }
      guard texts.updateValue(value, forKey: name) == nil else {
        throw APIError(.badRequest, "\(name): given twice")
      }
    }
    for parameter in parameters { try texts[parameter.name].map(parameter.check) }
  }

  /// The text of a value, if it was given.
  subscript(_ name: String) -> String? { texts[name] }

  func integer(_ name: String) -> Int? { texts[name].flatMap { Int($0) } }

  func number(_ name: String) -> Double? { texts[name].flatMap { Double($0) } }

  func seed(_ name: String) -> UInt64? { texts[name].flatMap { UInt64($0) } }
}

/// A part of a query as text; a + is a space, as forms write it.
private func decoded(_ text: Substring) -> String? {
  text.replacing("+", with: " ").removingPercentEncoding
}
