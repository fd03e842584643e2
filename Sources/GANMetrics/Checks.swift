import Torch

extension Tensor {
  /// Throws unless all elements are finite; `what` names them in the error.
  func checkedFinite(_ what: String) throws -> Tensor {
    guard isFinite().all().item() == 1 else { throw MetricError.notFinite(what: what) }
    return self
  }

  /// `[N, D]` rows as float64 where the arithmetic happens: their own device, or the processor for
  /// devices without float64.
  func checkedRows(_ what: String) throws -> Tensor {
    guard rank == 2, size(1) > 0 else {
      throw MetricError.shape(what: what, found: shape, expected: "[samples, features]")
    }
    return try detached().inDoublePrecision().checkedFinite(what)
  }

  /// The same values in float64, on the processor where the device has no such type.
  func inDoublePrecision() -> Tensor {
    (device == .mps ? moved(to: .cpu) : self).cast(to: .float64)
  }

  /// The ranges of at most `size` rows that make up the first axis.
  func rowBlocks(of size: Int) -> [Range<Int>] {
    let count = self.size(0)
    return stride(from: 0, to: count, by: size).map { $0..<Swift.min($0 + size, count) }
  }
}

/// Throws unless a setting lies in its range.
func check(_ name: String, _ value: Int, atLeast least: Int) throws {
  if value < least {
    throw MetricError.setting(name: name, value: value, expected: "at least \(least)")
  }
}

/// Throws unless there are enough samples.
func checkSamples(_ metric: String, _ found: Int, atLeast needed: Int, advice: String) throws {
  if found < needed {
    throw MetricError.tooFewSamples(metric: metric, found: found, needed: needed, advice: advice)
  }
}
