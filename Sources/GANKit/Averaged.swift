import Torch
import TorchNN

/// A network and the exponential moving average of its weights, which usually draws better pictures
/// (Karras et al. 2018, section 5).
///
/// The average warms up: update t keeps at most (1 + t) / (10 + t) of it, so that a short run does not
/// show what the weights were at its beginning.
///
/// As a recipe's property `generator` it is two parts of the recipe: `generator`, and where there is
/// an average `generator_ema` and the number of its updates.
public struct Averaged<Network: Module>: ModuleGroup {
  /// The network that a step trains.
  public let trained: Network
  private let average: Average?

  private struct Average {
    let network: Network
    let decay: Double
    let updates = Counter()
    // Found once: a step must not search the network for its leaves.
    let (parameters, sources): ([Parameter], [Parameter])
    let (buffers, sourceBuffers): ([Buffer], [Buffer])

    func update() {
      updates.advance()
      let count = Double(updates.value)
      let decay = min(decay, (1 + count) / (10 + count))
      InPlace.interpolate(
        parameters.map { $0.value.detached() }, to: sources.map { $0.value.detached() },
        by: 1 - decay)
      InPlace.copy(sourceBuffers.map(\.value), into: buffers.map(\.value))
    }
  }

  /// A network and, unless `decay` is 0, its average, which starts equal to it. The average leaves
  /// the generators of random numbers as they were: training is the same bits with and without it.
  ///
  /// - Parameters:
  ///   - decay: how much of the old average one update keeps at most, in `0..<1`; 0 keeps none.
  ///   - makeNetwork: makes the network, placed on its device.
  public init(decay: Double, _ makeNetwork: () -> Network) {
    trained = makeNetwork()
    guard decay > 0 else {
      average = nil
      return
    }
    let copy = Randomness.isolated(seed: 0, on: .cpu, makeNetwork)
    copy.copyValues(from: trained)
    average = Average(
      network: copy, decay: decay, parameters: copy.parameters, sources: trained.parameters,
      buffers: copy.namedBuffers.map(\.buffer), sourceBuffers: trained.namedBuffers.map(\.buffer))
  }

  /// The network for everything but training: the average where there is one.
  public var inUse: Network { average?.network ?? trained }

  /// The network under the group's own name, its average under that name and `_ema`.
  public var members: [(suffix: String, module: (any Module)?)] {
    [("", trained), ("_ema", average?.network), ("_ema_updates", average?.updates)]
  }

  /// Sets the average to the trained weights, whose values somebody has just chosen.
  public func restart() { average?.network.copyValues(from: trained) }

  /// Moves the average towards the trained weights, after an optimizer's step. Its buffers, such as
  /// running statistics, follow the trained network's.
  public func update() {
    guard let average else { return }
    StepRecorder.update { average.update() }
  }
}

/// A network that a recipe uses and nobody trains, such as one that computes features. It leaves no
/// trace in a checkpoint: who makes the recipe anew makes it from the same file.
public struct Frozen<Network: Module>: Module {
  /// The network.
  public let network: Network

  /// - Parameter network: with its final weights.
  public init(_ network: Network) { self.network = network }

  /// Nothing to save.
  public var children: [(name: String, node: ModuleNode)] { [] }
}
