import Foundation

/// The right to write to a run directory: at most one process has it.
///
/// It is the system's advisory lock on the folder itself, which ends with the process however the
/// process ends, so that a crash leaves nothing to clean up.
final class RunLock {
  private let descriptor: Int32

  /// Takes the lock.
  ///
  /// - Throws: ``RunError/busy(_:)`` where another process has it.
  init(_ path: String) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    // Where folders cannot be opened or locked, as on some network file systems, nothing protects
    // the run; that is no reason to refuse it.
    guard descriptor >= 0 else { return }
    var isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    // Whoever looks whether a run is in training holds the lock for a moment.
    if isTaken {
      usleep(20_000)
      isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
    if isTaken {
      close(descriptor)
      throw RunError.busy(path)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

extension RunDirectory {
  /// Whether a process trains the run at the moment.
  public var isInTraining: Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
