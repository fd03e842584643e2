import Foundation
import Synchronization

/// A value scoped to one call on the current thread. While no thread has one, asking costs one load.
final class ThreadScope<Value: AnyObject>: Sendable {
  private let key: String
  /// How many calls are under way in all threads.
  private let count = Atomic<Int>(0)

  /// - Parameter key: differs from that of every other scope.
  init(_ key: String) { self.key = "SwiftGAN." + key }

  /// This thread's value, of the innermost call.
  var current: Value? {
    guard count.load(ordering: .relaxed) > 0 else { return nil }
    return Thread.current.threadDictionary[key] as? Value
  }

  /// Runs `body` without a value for this thread.
  func without<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard let outer = current else { return try body() }
    Thread.current.threadDictionary.removeObject(forKey: key)
    defer { Thread.current.threadDictionary[key] = outer }
    return try body()
  }

  /// Runs `body` with a value for this thread.
  func with<Result>(_ value: Value, _ body: () throws -> Result) rethrows -> Result {
    let outer = Thread.current.threadDictionary[key]
    Thread.current.threadDictionary[key] = value
    count.add(1, ordering: .relaxed)
    defer {
      count.subtract(1, ordering: .relaxed)
      Thread.current.threadDictionary[key] = outer
    }
    return try body()
  }
}
