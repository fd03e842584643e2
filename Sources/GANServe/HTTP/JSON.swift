/// A JSON value written by hand.
indirect enum JSON: Encodable, Sendable, Equatable {
  case text(String)
  case number(Double)
  case integer(Int)
  case flag(Bool)
  case list([JSON])
  case object([String: JSON])

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .integer(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .list(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }

  /// This object with more members.
  func merging(_ other: [String: JSON]) -> JSON {
    guard case .object(let own) = self else { return self }
    return .object(own.merging(other) { $1 })
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral text: String) { self = .text(text) }
  init(integerLiteral number: Int) { self = .integer(number) }
  init(floatLiteral number: Double) { self = .number(number) }
  init(booleanLiteral flag: Bool) { self = .flag(flag) }
  init(arrayLiteral values: JSON...) { self = .list(values) }
  init(dictionaryLiteral values: (String, JSON)...) {
    self = .object(Dictionary(values) { $1 })
  }
}
