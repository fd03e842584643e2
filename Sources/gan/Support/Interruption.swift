import Foundation
import Synchronization

/// Requests to stop: an interrupt from the keyboard, a termination, a closed terminal.
enum Interruption {
  private static let requested = Atomic<Bool>(false)

  /// Whether the process was asked to stop.
  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// From now on the first such signal is a request; the second one ends the process as usual.
  static func catchSignals() {
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
      signal(number, requestStop)
    }
    // Who started the process may have held these signals back.
    var held = sigset_t()
    sigemptyset(&held)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&held, number) }
    pthread_sigmask(SIG_UNBLOCK, &held, nil)
    // Whoever reads the output may stop reading; training goes on.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Whether the process was started with the signal ignored, as by nohup.
  private static func isIgnored(_ number: Int32) -> Bool {
    let before = signal(number, SIG_IGN)
    signal(number, before)
    return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static let requestStop: @convention(c) (Int32) -> Void = { number in
    requested.store(true, ordering: .relaxed)
    signal(number, SIG_DFL)
  }
}
