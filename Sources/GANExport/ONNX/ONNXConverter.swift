import Foundation
import Torch

/// Turns the recorded operations of a network into those of ONNX.
struct ONNXConverter {
  /// The version of the operators: the first that enlarges images without aliasing.
  static let operatorSet = 18

  let inputs: [Operations.Value]
  let outputs: [Operations.Value]
  private(set) var graph = ONNXGraph()
  private let network: TracedNetwork
  private var constants: [String: Constant] = [:]
  private var lists: [String: [Operations.Value]] = [:]
  private var initializers: [String: String] = [:]
  private var made = 0

  init(_ network: TracedNetwork) throws {
    self.network = network
    let operations = try JSONDecoder().decode(Operations.self, from: network.operations())
    (inputs, outputs) = (operations.inputs, operations.outputs)
    for node in operations.nodes { try add(node) }
    for output in outputs { add("Identity", [try tensor(output)], to: ["output"]) }
  }

  private mutating func add(_ node: Operations.Node) throws {
    if let value = node.value {
      constants[node.outputs[0].name] = value
    } else if node.kind == "prim::ListConstruct" {
      if let known = known(node.inputs) {
        constants[node.outputs[0].name] = .list(known)
      } else {
        lists[node.outputs[0].name] = node.inputs
      }
    } else {
      guard let convert = Self.conversions[node.kind] else {
        throw ExportError.unknownOperation(node.kind)
      }
      try convert(&self, Call(node))
    }
  }

  private func known(_ values: [Operations.Value]) -> [Constant]? {
    let found = values.compactMap { constants[$0.name] }
    return found.count == values.count ? found : nil
  }
}

// MARK: - What conversions are told

extension ONNXConverter {
  /// An operation with its arguments.
  struct Call {
    let node: Operations.Node

    init(_ node: Operations.Node) { self.node = node }

    var output: String { node.outputs[0].name }
    var outputShape: [Int] { node.outputs[0].shape ?? [] }
    var count: Int { node.inputs.count }

    /// Lengths of an argument; free ones are -1.
    func shape(_ index: Int) -> [Int] { node.inputs[index].shape ?? [] }

    /// An axis of the first argument, counted from its first.
    func axis(_ axis: Int) -> Int { axis < 0 ? axis + shape(0).count : axis }
  }

  func isNone(_ call: Call, _ index: Int) -> Bool {
    index >= call.count || constants[call.node.inputs[index].name] == Constant.none
  }

  private func constant<Value>(
    _ call: Call, _ index: Int, _ value: (Constant) -> Value?
  ) throws -> Value {
    guard let found = constants[call.node.inputs[index].name].flatMap(value) else {
      throw ExportError.dependsOnInput(call.node.kind)
    }
    return found
  }

  func integer(_ call: Call, _ index: Int) throws -> Int {
    try constant(call, index) { $0.integer }
  }

  func number(_ call: Call, _ index: Int) throws -> Double {
    try constant(call, index) { $0.number }
  }

  func integers(_ call: Call, _ index: Int) throws -> [Int] {
    try constant(call, index) { $0.integers }
  }

  func text(_ call: Call, _ index: Int) throws -> String {
    try constant(call, index) { if case .text(let text) = $0 { text } else { nil } }
  }

  /// The tensors of a list.
  mutating func tensors(_ call: Call, _ index: Int) throws -> [String] {
    let name = call.node.inputs[index].name
    if let values = lists[name] { return try values.map { try tensor($0) } }
    guard case .list(let values)? = constants[name] else {
      throw ExportError.dependsOnInput(call.node.kind)
    }
    return try values.map { try self.value($0) }
  }

  /// A tensor's name; what is known becomes an initial value.
  mutating func tensor(_ call: Call, _ index: Int) throws -> String {
    let value = call.node.inputs[index]
    guard let number = constants[value.name]?.number else { return try tensor(value) }
    // A plain number takes the type of the tensors that it meets.
    let type = call.node.inputs.first { $0.type != nil }?.type
    return array(.full([], number, dtype: type == Self.int64 ? .int64 : .float32))
  }

  /// LibTorch's number of the type.
  private static let int64 = 4

  private mutating func tensor(_ value: Operations.Value) throws -> String {
    guard let known = constants[value.name] else { return value.name }
    if let name = initializers[value.name] { return name }
    let name = try self.value(known)
    initializers[value.name] = name
    return name
  }

  private mutating func value(_ constant: Constant) throws -> String {
    guard case .tensor(let index) = constant else {
      throw ExportError.unknownOperation("a constant that is no tensor")
    }
    return array(network.constant(index))
  }

  /// A tensor that is known, for what is computed now.
  func knownTensor(_ call: Call, _ index: Int) -> Tensor? {
    guard case .tensor(let number)? = constants[call.node.inputs[index].name] else { return nil }
    return network.constant(number)
  }

  /// A number, as an array of one where it is one of `integers`, which follow from the input's lengths.
  private mutating func length(_ value: Operations.Value) -> String {
    guard let known = constants[value.name]?.integer else { return value.name }
    return array([known])
  }

  /// Lengths as the name of an array of integers.
  ///
  /// - Parameter inferring: whether a single length that follows from the input may be left to the operation.
  mutating func lengths(_ call: Call, _ index: Int, inferring: Bool = false) throws -> String {
    if let known = constants[call.node.inputs[index].name]?.integers { return array(known) }
    guard let values = lists[call.node.inputs[index].name] else {
      throw ExportError.dependsOnInput(call.node.kind)
    }
    let known = values.map { constants[$0.name]?.integer }
    if inferring, known.count(where: { $0 == nil }) == 1, !known.contains(-1) {
      return array(known.map { $0 ?? -1 })
    }
    return add("Concat", values.map { length($0) }, [.init("axis", 0)])
  }

  /// How many lengths there are in a list.
  func lengthCount(_ list: String) throws -> Int {
    if let values = lists[list] { return values.count }
    guard let values = constants[list]?.integers else {
      throw ExportError.dependsOnInput("a shape")
    }
    return values.count
  }

  /// An integer argument as an array of one, which may follow from the input's lengths.
  mutating func length(_ call: Call, _ index: Int) -> String { length(call.node.inputs[index]) }
}

// MARK: - What conversions make

extension ONNXConverter {
  /// The name of numbers that are there from the start.
  mutating func array(_ tensor: Tensor) -> String {
    let name = fresh("constant")
    let single = tensor.dtype == .float64 ? tensor.cast(to: .float32) : tensor
    graph.initializer.append(ONNXArray(single, name))
    return name
  }

  mutating func array(_ integers: [Int]) -> String { array(Tensor(integers)) }

  mutating func array(_ number: Double) -> String { array(Tensor.full([], number)) }

  private mutating func fresh(_ name: String) -> String {
    made += 1
    return "\(name).\(made)"
  }

  /// An operation.
  mutating func add(
    _ type: String, _ inputs: [String], to output: [String], _ attributes: [ONNXAttribute] = []
  ) {
    var operation = ONNXOperation()
    (operation.opType, operation.input, operation.output) = (type, inputs, output)
    (operation.attribute, operation.name) = (attributes, fresh(type))
    graph.node.append(operation)
  }

  /// The operation that makes a call's output.
  mutating func add(
    _ type: String, _ inputs: [String], of call: Call, _ attributes: [ONNXAttribute] = []
  ) {
    add(type, inputs, to: [call.output], attributes)
  }

  /// An operation whose result only others need.
  mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [ONNXAttribute] = []
  ) -> String {
    let name = fresh(type.lowercased())
    add(type, inputs, to: [name], attributes)
    return name
  }
}

/// Why a network cannot be written in a format.
public enum ExportError: Error, Equatable, CustomStringConvertible {
  /// The format has no operation that does the same.
  case unknownOperation(String)
  /// Something other than a tensor follows from the input's values.
  case dependsOnInput(String)

  /// One line.
  public var description: String {
    switch self {
    case .unknownOperation(let kind): "ONNX has no counterpart of \(kind)"
    case .dependsOnInput(let kind): "arguments of \(kind) depend on the input"
    }
  }
}
