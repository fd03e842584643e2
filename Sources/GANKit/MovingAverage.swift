import Foundation
import Torch
import TorchNN

/// An exponential moving average of a network's weights, itself a network of the same structure,
/// which usually draws better pictures than the last weights (Karras et al. 2018, section 5).
public struct MovingAverage<Network: Module>: Module {
  /// The network with the averaged weights. Its buffers follow the trained network's.
  public let network: Network
  private let decay: Double

  /// An average that starts at the values of `source`.
  ///
  /// - Parameters:
  ///   - network: a second network of the same structure, overwritten.
  ///   - source: the trained network.
  ///   - decay: how much of the old average one update keeps, in `0..<1`.
  public init(_ network: Network, of source: Network, decay: Double) {
    (self.network, self.decay) = (network, decay)
    network.copyValues(from: source)
  }

  /// An average as ``init(_:of:decay:)`` makes it, or `nil` when `decay` is 0: nothing to average.
  ///
  /// - Parameter makeNetwork: makes the second network, only if it is needed.
  public init?(of source: Network, decay: Double, _ makeNetwork: () -> Network) {
    guard decay > 0 else { return nil }
    self.init(makeNetwork(), of: source, decay: decay)
  }

  /// The averaged network's own keys.
  public var children: [(name: String, node: ModuleNode)] { network.children }

  /// Moves the average towards `source`, after an optimizer step.
  public func update(from source: Network) {
    let targets = network.parameters.map { $0.value.detached() }
    let sources = source.parameters.map { $0.value.detached() }
    InPlace.interpolate(targets, to: sources, by: 1 - decay)
    InPlace.copy(
      source.namedBuffers.map(\.buffer.value), into: network.namedBuffers.map(\.buffer.value))
  }
}
