import Foundation
import Synchronization

/// Requests to stop: an interrupt from the keyboard, a termination, a closed terminal.
enum Interruption {
  private static let requested = Atomic<Bool>(false)

  /// Whether the process was asked to stop.
  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// From now on the first such signal is a request; the second one ends the process as usual.
  static func catchSignals() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESTART))
      #if os(Linux)
        action.__sigaction_handler.sa_handler = requestStop
      #else
        action.__sigaction_u.__sa_handler = requestStop
      #endif
      sigaction(number, &action, nil)
    }
    // Whoever reads the output may stop reading; training goes on.
    signal(SIGPIPE, SIG_IGN)
  }

  private static let requestStop: @convention(c) (Int32) -> Void = { number in
    requested.store(true, ordering: .relaxed)
    signal(number, SIG_DFL)
  }
}
