import CTorch
import Foundation

/// The generators behind random tensors: those of the innermost ``RandomGenerator/run(_:)`` of this
/// thread, and outside of any the process's own, one per device, which all threads share.
public enum Randomness {
  /// Seeds the generators in force, those of all their devices.
  public static func seed(_ seed: UInt64) { require("seed", [], ct_manual_seed(seed)) }

  /// The full state of the generator in force for a device, as `uint8`. Restoring it continues the
  /// same stream.
  public static func state(of device: Device) -> Tensor {
    native("randomState") { ct_rng_state(device.type, Int32(device.index)) }
  }

  /// Puts the generator in force for a device into a state that ``state(of:)`` returned.
  ///
  /// - Throws: ``RandomnessError`` when `state` is no generator state of this device.
  public static func restore(_ state: Tensor, of device: Device) throws {
    let status = withExtendedLifetime(state.handle) {
      ct_set_rng_state(device.type, Int32(device.index), state.handle.pointer)
    }
    guard status == 0 else { throw RandomnessError(reason: lastNativeError()) }
  }

  /// Runs `body` with fresh generators for the processor and `device`, so that its draws follow from
  /// `seed` alone and the generators outside stand still.
  public static func isolated<Result>(
    seed: UInt64, on device: Device, _ body: () throws -> Result
  ) rethrows -> Result {
    try RandomGenerator(seed: seed, device: device).run(body)
  }
}

/// Random numbers of one's own: what is drawn inside of ``run(_:)`` neither depends on other draws of
/// the process nor changes them. The numbers of a seed are those of the process's generators.
///
/// A draw on a device for which the generator was not made traps.
public final class RandomGenerator {
  /// The device it serves beside the processor.
  public let device: Device
  private let pointer: CTGenerator

  /// A generator for the processor, and for `device` where that is another one.
  public init(seed: UInt64, device: Device = .cpu) {
    self.device = device
    guard let pointer = ct_generator_new(seed, device.type, Int32(device.index)) else {
      stop("RandomGenerator", [])
    }
    self.pointer = pointer
  }

  deinit { ct_generator_release(pointer) }

  /// What records work of a device that draws from this generator; `nil` where the device cannot do it.
  func recorder(for device: Device) -> CTRecorder? {
    ct_recorder_new(device.type, Int32(device.index), pointer)
  }

  /// Starts the stream of `seed`.
  public func seed(_ seed: UInt64) { require("seed", [], ct_generator_seed(pointer, seed)) }

  /// Runs `body` with this generator in force for the current thread.
  public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    let outer = ct_generator_make_current(pointer)
    defer { _ = withExtendedLifetime(self) { ct_generator_make_current(outer) } }
    return try body()
  }
}

/// A generator state that does not fit its device.
public struct RandomnessError: Error, CustomStringConvertible {
  let reason: String

  /// One line.
  public var description: String { "random generator state: \(reason)" }
}

/// Draws fixed in advance or taken down, for comparing a training step with another one's.
///
/// Inside ``replay(_:_:)`` every random tensor of this thread is the next one of the tape, in the
/// order in which the step draws them; inside ``record(_:)`` each is drawn and added to it.
package final class RandomTape {
  private var draws: ArraySlice<Tensor>
  private let records: Bool
  private static let scope = ThreadScope<RandomTape>("RandomTape")

  private init(_ draws: [Tensor], records: Bool) {
    (self.draws, self.records) = (draws[...], records)
  }

  package static var current: RandomTape? { scope.current }

  /// Runs `body` with `draws` in place of the generators; all of them must be used.
  package static func replay<Result>(_ draws: [Tensor], _ body: () throws -> Result) rethrows
    -> Result
  {
    let tape = RandomTape(draws, records: false)
    let result = try scope.with(tape, body)
    precondition(tape.draws.isEmpty, "\(tape.draws.count) recorded draws were not used")
    return result
  }

  /// What `body` draws, in its order.
  package static func record(_ body: () throws -> Void) rethrows -> [Tensor] {
    let tape = RandomTape([], records: true)
    try scope.with(tape, body)
    return Array(tape.draws)
  }

  /// The next draw, made by `draw` where it is to be taken down.
  package func next(_ shape: [Int], or draw: () -> Tensor) -> Tensor {
    if records {
      let result = draw()
      draws.append(result.cloned())
      return result
    }
    guard let draw = draws.popFirst() else { preconditionFailure("no recorded draw left") }
    precondition(draw.shape == shape, "recorded draw has shape \(draw.shape), asked for \(shape)")
    return draw
  }
}

extension Tensor {
  private static func draw(_ shape: [Int], on device: Device, _ body: () -> Tensor) -> Tensor {
    RandomTape.current?.next(shape, or: body).moved(to: device) ?? body()
  }

  /// Independent draws from the standard normal distribution.
  public static func randn(
    _ shape: [Int], dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor {
    draw(shape, on: device) {
      native("randn") {
        shape.withInt64 { ct_randn($0, $1, dtype.code, device.type, Int32(device.index)) }
      }
    }
  }

  /// Independent draws from the standard normal distribution, of this tensor's shape and type, on
  /// its device and in its order in memory, so that adding both is one walk through either.
  public func randnAlike() -> Tensor {
    let isInterleaved = rank == 4 && isContiguous(.channelsLast) && !isContiguous()
    guard isInterleaved, RandomTape.current == nil else {
      return .randn(shape, dtype: dtype, on: device)
    }
    return Tensor.randn([size(0), size(2), size(3), size(1)], dtype: dtype, on: device)
      .permuted(0, 3, 1, 2)
  }

  /// Independent draws from the uniform distribution on `[low, high)`.
  public static func uniform(
    _ shape: [Int], _ low: Double = 0, _ high: Double = 1, dtype: DType = .float32,
    on device: Device = .cpu
  ) -> Tensor {
    draw(shape, on: device) {
      native("uniform") {
        shape.withInt64 {
          ct_uniform($0, $1, low, high, dtype.code, device.type, Int32(device.index))
        }
      }
    }
  }

  /// Independent integers from `0..<bound`, as `int64`.
  public static func randomIntegers(
    _ shape: [Int], below bound: Int, on device: Device = .cpu
  ) -> Tensor {
    draw(shape, on: device) {
      native("randomIntegers") {
        shape.withInt64 {
          ct_randint($0, $1, 0, Int64(bound), device.type, Int32(device.index))
        }
      }
    }
  }

  /// Independent draws of 1 with probability `p`, else 0.
  public static func bernoulli(
    _ shape: [Int], probability p: Double, dtype: DType = .float32, on device: Device = .cpu
  ) -> Tensor {
    draw(shape, on: device) {
      native("bernoulli") {
        shape.withInt64 { ct_bernoulli($0, $1, p, dtype.code, device.type, Int32(device.index)) }
      }
    }
  }

  /// A random order of `0..<count`, as `int64`.
  public static func randomPermutation(_ count: Int, on device: Device = .cpu) -> Tensor {
    draw([count], on: device) {
      native("randomPermutation") {
        ct_randperm(Int64(count), device.type, Int32(device.index))
      }
    }
  }

  /// 1 with probability `1 - p`, else 0, whatever tape there is.
  private static func kept(_ shape: [Int], _ p: Double) -> Tensor {
    native("bernoulli") {
      shape.withInt64 { ct_bernoulli($0, $1, 1 - p, DType.float32.code, Device.cpu.type, 0) }
    }
  }

  /// Zeroes elements with probability `p` and scales the rest by `1 / (1 - p)`.
  public func dropout(probability p: Double) -> Tensor {
    if let tape = RandomTape.current {
      // Drawn without the tape, which takes it down itself.
      let mask = tape.next(shape) { Tensor.kept(shape, p) }
      return self * mask.moved(to: device) / (1 - p)
    }
    return native("dropout", self) { ct_dropout($0, p) }
  }
}
