import Foundation
import Synchronization

/// A place for one value from another thread.
private final class Slot<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let ready = DispatchSemaphore(value: 0)

  func fill(_ new: Value) {
    value.withLock { $0 = new }
    ready.signal()
  }

  /// Waits for the value.
  func take() -> Value {
    while true {
      ready.wait()
      if let value = value.withLock({ $0 }) { return value }
    }
  }
}

/// A value that another thread is computing.
final class Future<Value: Sendable>: Sendable {
  private let slot = Slot<Result<Value, any Error>>()

  init(_ compute: @escaping @Sendable () throws -> Value) {
    let slot = slot
    DispatchQueue.global(qos: .userInitiated).async { slot.fill(Result { try compute() }) }
  }

  func wait() throws -> Value { try slot.take().get() }
}
