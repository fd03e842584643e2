import Foundation
import Torch

/// Trains one player's parameters.
///
/// ``minimize(_:)`` differentiates a loss with respect to this optimizer's parameters only: nothing
/// is left behind in the other players, and their weight gradients are never computed. A step that
/// updates several players from one forward pass takes all gradients first and applies them
/// afterwards, because an update in place invalidates graphs through those parameters.
public protocol Optimizer: Module, AnyObject {
  /// What is trained.
  var parameters: [Parameter] { get }
  /// The number of updates made, kept on the processor.
  var updates: Counter { get }
  /// The learning rate over the updates.
  var schedule: Schedule { get }
  /// Moves the parameters along `gradients`, in their order, at `rate`.
  func update(_ gradients: [Tensor], rate: Double)
}

extension Optimizer {
  /// The optimizer's state; its parameters belong to their network.
  func stateChildren(_ lists: [(String, [Buffer])]) -> [(name: String, node: ModuleNode)] {
    let moments = lists.flatMap { name, buffers in
      buffers.enumerated().map { ("\(name).\($0)", ModuleNode.buffer($1)) }
    }
    return [("updates", .module(updates))] + moments
  }

  /// One update that lowers `loss`, a scalar. Returns the loss as a detached scalar, which nothing
  /// waits for until it is read.
  @discardableResult
  public func minimize(_ loss: Tensor) -> Tensor {
    take(sharedGradients(of: loss))
    return loss.detached()
  }

  /// One update that lowers `loss` along gradients that together are at most `limit` long; 0 for no
  /// limit (Pascanu et al. 2013, algorithm 1). Returns the loss as a detached scalar.
  @discardableResult
  public func minimize(_ loss: Tensor, maxGradientNorm limit: Double) -> Tensor {
    guard limit > 0 else { return minimize(loss) }
    take(GradientClipping.together(sharedGradients(of: loss), to: limit))
    return loss.detached()
  }

  /// One update that lowers `loss` along gradients of which each parameter's by itself is at most
  /// `limit` long; 0 for no limit (TensorFlow's `clip_by_norm`). Returns the loss as a detached
  /// scalar.
  @discardableResult
  public func minimize(_ loss: Tensor, maxNormPerParameter limit: Double) -> Tensor {
    guard limit > 0 else { return minimize(loss) }
    take(GradientClipping.each(sharedGradients(of: loss), to: limit))
    return loss.detached()
  }

  /// The gradients of `loss` with respect to the parameters, in their order; of several processes this
  /// one's own.
  public func gradients(of loss: Tensor, retainGraph: Bool = false) -> [Tensor] {
    Torch.gradients(
      of: loss, withRespectTo: parameters.map(\.value), retainGraph: retainGraph)
  }

  /// The mean over the processes of the gradients of their losses.
  private func sharedGradients(of loss: Tensor) -> [Tensor] {
    Torch.sharedGradients(of: loss, withRespectTo: parameters.map(\.value))
  }

  /// Updates the parameters along `gradients`, of several processes along their mean, and counts the
  /// update.
  public func apply(_ gradients: [Tensor]) { take(shared(gradients)) }

  /// Updates the parameters along gradients that all processes have in common.
  func take(_ gradients: [Tensor]) {
    StepRecorder.update { [self] in
      if let probe = GradientProbe.current {
        probe.record(gradients, of: parameters)
      } else {
        withoutGradients { update(gradients, rate: schedule.rate(after: updates.value)) }
      }
      updates.advance()
    }
  }

  /// Moves every parameter outside `range` to its nearer end, outside any graph (weight clipping,
  /// Arjovsky et al. 2017). Buffers, such as running statistics, stay as they are.
  public func clampParameters(to range: ClosedRange<Double>) {
    InPlace.clamp(parameters.map { $0.value.detached() }, to: range)
  }
}

/// A whole number that belongs to a module's state and is known without asking a device.
public final class Counter: Module {
  private let count = Buffer(.zeros([], dtype: .int64), staysOnProcessor: true)

  /// Starts at 0.
  public init() {}

  /// The number.
  public var value: Int { Int(count.value.item()) }

  /// Adds one.
  public func advance() {
    StepRecorder.count { [count] in InPlace.increment(count.value) }
  }

  /// Adds `amount`.
  public func advance(by amount: Int) {
    StepRecorder.count { [self] in count.assign(Tensor([value + amount]).squeezed(0)) }
  }

  /// Starts again at 0.
  public func reset() {
    StepRecorder.count { [count] in count.assign(.zeros([], dtype: .int64)) }
  }
}

/// A learning rate as a function of the number of updates made.
public enum Schedule: Sendable, Equatable {
  /// The same rate throughout.
  case constant(Double)
  /// The rate until `start` updates, then in a straight line to 0 at `end`.
  case linearDecay(Double, start: Int, end: Int)
  /// The rate times `factor` after every `interval` updates.
  case step(Double, factor: Double, interval: Int)
  /// The rate times `factor` to the power of the number of updates, never below `minimum`.
  case exponential(Double, factor: Double, minimum: Double = 0)
  /// In a straight line up to the rate over the first `warmup` updates, then down to 0 at `end`
  /// (the triangle of Smith and Topin 2018, "Super-convergence").
  case oneCycle(Double, warmup: Int, end: Int)
  /// The first of the rates until the first of the ascending borders, in updates, the next until the
  /// next, and the last from the last on: one rate more than borders.
  case piecewise([Double], borders: [Int])

  /// The rate of the next update after `updates` were made.
  public func rate(after updates: Int) -> Double {
    switch self {
    case .constant(let rate): return rate
    case .linearDecay(let rate, let start, let end):
      let progress = Double(updates - start) / Double(max(end - start, 1))
      return rate * (1 - min(max(progress, 0), 1))
    case .step(let rate, let factor, let interval):
      return rate * pow(factor, Double(updates / max(interval, 1)))
    case .exponential(let rate, let factor, let minimum):
      return max(rate * pow(factor, Double(updates)), minimum)
    case .oneCycle(let rate, let warmup, let end):
      let rising = Double(updates + 1) / Double(max(warmup, 1))
      let falling = Double(end - updates) / Double(max(end - warmup, 1))
      return rate * max(min(rising, falling, 1), 0)
    case .piecewise(let rates, let borders):
      return rates[borders.count { $0 <= updates }]
    }
  }
}

extension Schedule: ExpressibleByFloatLiteral {
  /// A constant rate.
  public init(floatLiteral rate: Double) { self = .constant(rate) }
}

/// Records the gradients of every update of this thread, for comparison with another
/// implementation, and takes plain gradient steps in place of the optimizers' own: Adam turns the
/// sign of a gradient of 1e-9 into a visible step.
package final class GradientProbe {
  package private(set) var updates: [[Tensor]] = []
  private let rate: Double
  private static let key = "SwiftGAN.GradientProbe"

  private init(rate: Double) { self.rate = rate }

  static var current: GradientProbe? {
    Thread.current.threadDictionary[key] as? GradientProbe
  }

  /// The gradients of all updates that `body` makes, in order.
  package static func record(descendingAt rate: Double, _ body: () throws -> Void) rethrows
    -> [[Tensor]]
  {
    let probe = GradientProbe(rate: rate)
    let outer = Thread.current.threadDictionary[key]
    Thread.current.threadDictionary[key] = probe
    defer { Thread.current.threadDictionary[key] = outer }
    try body()
    return probe.updates
  }

  func record(_ gradients: [Tensor], of parameters: [Parameter]) {
    updates.append(gradients.map { $0.cloned() })
    InPlace.add(gradients, to: parameters.map { $0.value.detached() }, times: -rate)
  }
}
