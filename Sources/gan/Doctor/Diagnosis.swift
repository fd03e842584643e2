import SwiftGAN

/// What `gan doctor` finds, in the order in which it tells it.
struct Diagnosis: Encodable {
  /// Something that keeps a part of the program from working, and what to do about it.
  struct Problem: Encodable {
    let problem: String
    let advice: String
  }

  /// A fact in a line.
  struct Line: Encodable {
    let name: String
    let text: String
  }

  /// Facts by name, as numbers and words for programs.
  var facts: [String: Fact] = [:]
  /// The same for people.
  private(set) var lines: [Line] = []
  /// Everything that is to be repaired.
  private(set) var problems: [Problem] = []

  private enum CodingKeys: CodingKey {
    case facts, problems
  }

  /// Adds a line.
  mutating func add(_ name: String, _ text: String, _ facts: [String: Fact]) {
    lines.append(Line(name: name, text: text))
    self.facts.merge(facts) { $1 }
  }

  /// Adds a problem.
  mutating func add(problem: String, advice: String) {
    problems.append(Problem(problem: problem, advice: advice))
  }

  /// A value of whichever kind.
  enum Fact: Encodable {
    case text(String)
    case texts([String])
    case number(Double)
    case whole(Int)
    case flag(Bool)
    case nothing

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let value): try container.encode(value)
      case .texts(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .whole(let value): try container.encode(value)
      case .flag(let value): try container.encode(value)
      case .nothing: try container.encodeNil()
      }
    }
  }
}

/// Bytes as `1.5 GB`.
func gigabytes(_ bytes: Int) -> String { "\(decimal(Double(bytes) / 1e9, 1)) GB" }
