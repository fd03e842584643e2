import GANKit
import GANTraining
import SwiftGAN
import Torch
import TorchNN

/// A network as it was recorded.
struct Recording {
  let function: NetworkFunction
  let network: TracedNetwork
  /// The parts of the checkpoint that it is made of.
  let parts: [String]
  /// For each axis of each input, and of the output, its length, or its name where it is free.
  let inputAxes: [[String]]
  let outputAxes: [String]

  /// Records a network of a run, for images of any size where it takes them.
  ///
  /// - Throws: ``RunError`` that says why it cannot be.
  init(_ function: NetworkFunction, of run: Run) throws {
    do {
      if let examples = function.freeExamples,
        let free = try? Recording(function, of: run, examples)
      {
        self = free
      } else {
        self = try Recording(function, of: run, function.fixedExamples)
      }
    } catch let error as TracingError {
      throw RunError.unsupported(
        "\(run.path): '\(function.name)' cannot be written down: \(error.reason)")
    }
  }

  private init(
    _ function: NetworkFunction, of run: Run, _ examples: NetworkFunction.Examples
  ) throws {
    let everything = run.recipe.networks.flatMap { name, module in
      module.tensors.map { (key: "\(name).\($0.key)", value: $0.value) }
    }
    let whole = try Self.traced(function, examples, everything)
    let parts = run.recipe.networks.map(\.name).filter { name in
      whole.usedKeys.contains { $0.hasPrefix("\(name).") }
    }
    network = try Self.traced(function, examples, run.recipe.tensors(of: parts))
    (self.function, self.parts) = (function, parts)
    let output = try Self.check(network, function, examples.third)
    let shapes = (Self.shapes(function, examples.first), Self.shapes(function, examples.third))
    inputAxes = zip(function.inputs, zip(shapes.0, shapes.1)).map { input, lengths in
      Self.axes(lengths.0, lengths.1, input.axes)
    }
    let recorded = evaluating { function.compute(function.inputs(examples.first)) }
    let isOfInputSize = output.rank == 4 && Array(shapes.1[0].suffix(2)) == output.shape.suffix(2)
    outputAxes = Self.axes(
      recorded.shape, output.shape, Self.outputNames(output.rank, isOfInputSize: isOfInputSize))
  }

  private static func shapes(_ function: NetworkFunction, _ size: ExampleSize) -> [[Int]] {
    function.inputs(size).map(\.shape)
  }

  private static func outputNames(_ rank: Int, isOfInputSize: Bool) -> [String] {
    guard rank == 4 else { return ["batch"] + (1..<max(rank, 1)).map { "axis\($0)" } }
    let sides = ["height", "width"].map { isOfInputSize ? $0 : "output_\($0)" }
    return ["batch", "channels"] + sides
  }

  private static func traced(
    _ function: NetworkFunction, _ examples: NetworkFunction.Examples,
    _ parameters: [(key: String, value: Tensor)]
  ) throws -> TracedNetwork {
    let (first, second) = Randomness.isolated(seed: 1, on: .cpu) {
      (function.inputs(examples.first), function.inputs(examples.second))
    }
    let inputs = zip(function.inputs, zip(first, second)).map {
      TracedNetwork.Input($0.name, $1)
    }
    return try evaluating {
      try TracedNetwork(inputs, parameters: parameters, function.compute)
    }
  }

  /// Compares the recording with the network on an example that it was not recorded with.
  private static func check(
    _ network: TracedNetwork, _ function: NetworkFunction, _ size: ExampleSize
  ) throws -> Tensor {
    let inputs = Randomness.isolated(seed: 2, on: .cpu) { function.inputs(size) }
    let expected = evaluating { function.compute(inputs) }
    let found = try network(inputs)
    guard found.shape == expected.shape,
      (found - expected).abs().maximum().item() <= 1e-4 * max(expected.abs().maximum().item(), 1)
    else {
      throw TracingError(
        reason: "what becomes of an input depends on its size or on others of the minibatch")
    }
    return expected
  }

  private static func axes(_ first: [Int], _ second: [Int], _ names: [String]) -> [String] {
    zip(zip(first, second), names).map { $0.0 == $0.1 ? String($0.0) : $1 }
  }
}

extension Recipe {
  /// All tensors of some parts by their keys; of a single part as of a network by itself.
  func tensors(of parts: [String]) -> [(key: String, value: Tensor)] {
    networks.filter { parts.contains($0.name) }.flatMap { name, module in
      module.tensors.map { (key: parts.count == 1 ? $0.key : "\(name).\($0.key)", value: $0.value) }
    }
  }
}

extension Module {
  /// The values of all leaves themselves, which are what the network computes with.
  var tensors: [(key: String, value: Tensor)] {
    leaves.compactMap { leaf in
      switch leaf.node {
      case .parameter(let parameter): (leaf.key, parameter.value)
      case .buffer(let buffer): (leaf.key, buffer.value)
      case .module: nil
      }
    }
  }
}
