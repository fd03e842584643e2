import Dispatch

/// Computes `body` for every index of a range on all cores, results in order.
func parallelMap<Value: Sendable>(
  _ range: Range<Int>, _ body: @Sendable (Int) -> Value
) -> [Value] {
  [Value](unsafeUninitializedCapacity: range.count) { buffer, count in
    // Each iteration initialises one element of its own, so sharing the buffer is safe.
    nonisolated(unsafe) let elements = buffer
    DispatchQueue.concurrentPerform(iterations: range.count) { i in
      elements.initializeElement(at: i, to: body(range.lowerBound + i))
    }
    count = range.count
  }
}

/// Walks over 0..<count in blocks, so that little is held at a time and an early end comes soon.
/// Stops when `body` returns false.
func forEachBlock(of count: Int, _ body: (Range<Int>) throws -> Bool) rethrows {
  let blockSize = 512
  for start in stride(from: 0, to: count, by: blockSize) {
    if try !body(start..<min(start + blockSize, count)) { return }
  }
}
