import Foundation
import Synchronization

/// A place for one value from another thread.
final class Slot<Value: Sendable>: Sendable {
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
