import Foundation

/// The recorded operations of a network.
struct Operations: Decodable {
  let inputs: [Value]
  let outputs: [Value]
  let nodes: [Node]

  /// A tensor or number that operations make and take.
  struct Value: Decodable {
    let name: String
    /// As it was when it was recorded.
    let shape: [Int]?
    let type: Int?
  }

  struct Node: Decodable {
    let kind: String
    let inputs: [Value]
    let outputs: [Value]
    /// Of a constant.
    let value: Constant?

    enum CodingKeys: CodingKey { case kind, inputs, outputs, value }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      kind = try container.decode(String.self, forKey: .kind)
      inputs = try container.decode([Value].self, forKey: .inputs)
      outputs = try container.decode([Value].self, forKey: .outputs)
      // What is there and null is a constant, too.
      value = container.contains(.value) ? try container.decode(Constant.self, forKey: .value) : nil
    }
  }
}

/// What is known without the inputs.
enum Constant: Decodable, Equatable {
  case none
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([Constant])
  /// By its index.
  case tensor(Int)

  private struct TensorIndex: Decodable { let tensor: Int }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([Constant].self) {
      self = .list(value)
    } else {
      self = .tensor(try container.decode(TensorIndex.self).tensor)
    }
  }

  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .flag(let value): value ? 1 : 0
    default: nil
    }
  }

  var number: Double? {
    if case .number(let value) = self { return value }
    return integer.map(Double.init)
  }

  var integers: [Int]? {
    guard case .list(let values) = self else { return integer.map { [$0] } }
    let found = values.compactMap(\.integer)
    return found.count == values.count ? found : nil
  }
}
