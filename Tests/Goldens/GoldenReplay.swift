import FixtureFiles
import Foundation
import Torch

/// In which arithmetic a golden is computed again, and so how near it must come.
package enum Arithmetic: String, CaseIterable, Sendable {
  /// On the processor, in PyTorch's own order of sums.
  case processor
  /// In float32 with sums in another order.
  case float32
  /// In float32 whose factors a GPU rounds to 10 bits of mantissa.
  case tf32
  /// In an autocast to bfloat16, 7 bits of mantissa.
  case bfloat16

  /// The type that products and convolutions are computed in.
  package var dtype: DType { self == .bfloat16 ? .bfloat16 : .float32 }

  /// How near it must come.
  package var tolerance: Tolerance {
    switch self {
    case .processor: .elements(times: 1)
    case .float32: .elements(times: 10)
    case .tf32: .norm(0.025)
    case .bfloat16: .norm(0.1)
    }
  }
}

/// How far what was found may be from what is expected.
package enum Tolerance: Sendable, Equatable {
  /// Every element so many times further than the comparison's own relative and absolute bounds.
  case elements(times: Double)
  /// All elements together so much, relative to the length of what is expected. Gradients of a whole
  /// system are allowed four times as much: rectifiers near 0 and small batches that are normalised
  /// magnify what is rounded before them.
  case norm(Double)
}

/// Goldens computed again on one device, and what differs.
package final class GoldenReplay {
  package let device: Device
  package let arithmetic: Arithmetic
  package let folder: URL
  /// The largest difference so far, in units of what is allowed.
  package private(set) var worst = 0.0
  /// What differs by more than is allowed, one line each.
  package private(set) var problems: [String] = []

  /// Nothing is compared yet.
  package init(
    on device: Device = .cpu, _ arithmetic: Arithmetic = .processor,
    folder: URL = Fixture.folder
  ) {
    (self.device, self.arithmetic, self.folder) = (device, arithmetic, folder)
  }

  /// One tensor that was computed again.
  struct Pair {
    var what: String
    var found: Tensor
    var expected: Tensor
  }

  /// Compares values that belong together, as the gradients of one update.
  ///
  /// - Parameters:
  ///   - relative: by how much of itself an element may differ, where elements are compared.
  ///   - magnified: how many times the tolerance is allowed where lengths are compared.
  ///   - floor: by how much any may, given what is expected.
  func compare(
    _ pairs: [Pair], relative: Double, magnified: Double = 1, floor: (Tensor) -> Double
  ) {
    var (error, length) = (0.0, 0.0)
    for pair in pairs {
      let (a, b) = (pair.found.doubles, pair.expected.doubles)
      guard pair.found.shape == pair.expected.shape else {
        report("\(pair.what): shape \(pair.found.shape), expected \(pair.expected.shape)")
        continue
      }
      switch arithmetic.tolerance {
      case .elements(let times):
        let least = floor(pair.expected)
        note(
          zip(a, b).map { abs($0 - $1) / (times * (relative * abs($1) + least)) }, pair.what)
      case .norm:
        error += zip(a, b).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
        length += b.map { $0 * $0 }.reduce(0, +)
      }
    }
    if case .norm(let share) = arithmetic.tolerance, let first = pairs.first {
      note(
        [error.squareRoot() / (magnified * share * max(length.squareRoot(), 1e-3))], first.what)
    }
  }

  func compare(
    _ what: String, _ found: Tensor, _ expected: Tensor, relative: Double,
    floor: (Tensor) -> Double = { GoldenReplay.millionth(of: $0) }
  ) {
    compare([Pair(what: what, found: found, expected: expected)], relative: relative, floor: floor)
  }

  /// Reports `what` unless `condition` holds.
  func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { report(what()) }
  }

  /// Reports what made a comparison impossible.
  func report(_ problem: String) {
    problems.append(problem)
    worst = .infinity
  }

  private func note(_ excesses: [Double], _ what: String) {
    // The comparisons with NaN are false.
    let largest = excesses.allSatisfy { $0 <= .infinity } ? excesses.max() ?? 0 : .infinity
    worst = max(worst, largest)
    if largest > 1 { problems.append("\(what): \(largest) times the tolerance") }
  }

  /// Sums of numbers of the size of the largest cannot be nearer to 0 in float32.
  static func millionth(of expected: Tensor) -> Double { 1e-6 * largest(expected) }

  static func largest(_ tensor: Tensor) -> Double {
    tensor.doubles.reduce(0) { max($0, abs($1)) }
  }
}
