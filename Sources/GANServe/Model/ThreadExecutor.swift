import Foundation
import Synchronization

/// Runs an actor's work on one thread of its own, one job after the other.
///
/// LibTorch keeps a team of helpers for every thread that computes, and networks stay on the thread
/// that opened them.
final class ThreadExecutor: SerialExecutor {
  /// That of all networks of the process.
  static let networks = ThreadExecutor(named: "networks")

  private let jobs = Mutex<[UnownedJob]>([])
  private let ready = DispatchSemaphore(value: 0)

  private init(named name: String) {
    let thread = Thread { [self] in
      while true {
        ready.wait()
        jobs.withLock { $0.removeFirst() }.runSynchronously(on: asUnownedSerialExecutor())
      }
    }
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    ready.signal()
  }
}
