import Foundation
import Torch

#if canImport(Glibc)
  import Glibc
#endif

/// Runs `body` as two processes of one group would, here on two threads that talk over the loopback.
///
/// - Returns: the results by rank.
package func inTwoProcesses<Result>(
  synchronizingStatistics: Bool = false, _ body: @escaping @Sendable (ProcessGroup) throws -> Result
) throws -> [Result] {
  let port = try freePort()
  return try onTwoThreads { rank in
    let group = try ProcessGroup(
      ProcessPlace(rank: rank, count: 2, port: port),
      synchronizesStatistics: synchronizingStatistics, patience: 60)
    return try group.run { try body(group) }
  }
}

/// Runs `body` on two threads at once, each of which computes with one.
///
/// - Returns: the results by number.
package func onTwoThreads<Result>(_ body: @escaping @Sendable (Int) throws -> Result) throws
  -> [Result]
{
  // Each thread writes an element of its own, which is read once it is done.
  nonisolated(unsafe) let results = UnsafeMutablePointer<Swift.Result<Result, any Error>?>
    .allocate(capacity: 2)
  results.initialize(repeating: nil, count: 2)
  defer {
    results.deinitialize(count: 2)
    results.deallocate()
  }
  let done = DispatchSemaphore(value: 0)
  for rank in 0..<2 {
    let thread = Thread {
      results[rank] = Swift.Result {
        LibTorch.threads = 1
        return try body(rank)
      }
      done.signal()
    }
    thread.stackSize = 16 << 20
    thread.start()
  }
  for _ in 0..<2 { done.wait() }
  return try (0..<2).compactMap { try results[$0]?.get() }
}

/// A port at which nobody answers.
package func freePort() throws -> Int {
  // Below those that the system gives to connections, of which other tests have many.
  for _ in 1...100 {
    let port = UInt16.random(in: 20_000..<32_000)
    if try isFree(port) { return Int(port) }
  }
  throw POSIXError(.EADDRINUSE)
}

private func isFree(_ port: UInt16) throws -> Bool {
  let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(handle) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  address.sin_port = port.bigEndian
  let length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let status = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(handle, $0, length) }
  }
  if status != 0, errno != EADDRINUSE { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  return status == 0
}
