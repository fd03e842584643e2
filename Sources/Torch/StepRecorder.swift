/// Work that a device repeats by itself.
package protocol RepeatableWork: AnyObject {
  /// Has it done once more, with the values that its tensors have now.
  func `repeat`()
}

/// Records the work of the current thread in parts.
package protocol WorkRecorder: AnyObject {
  /// From here on work is recorded and not done.
  func begin()
  /// Ends a part; `nil` where something in it could not be recorded.
  func end() -> (any RepeatableWork)?
}

/// Takes down what a training step consists of: work that a device repeats by itself, and between it what the host
/// does anew each time, because it goes by numbers of its own, such as a rate or how many updates were made.
package final class StepRecorder {
  fileprivate enum Event {
    case work(any RepeatableWork)
    case update(() -> Void)
    case count(() -> Void)
  }

  private static let scope = ThreadScope<StepRecorder>("StepRecorder")
  private let recorder: any WorkRecorder
  private var events: [Event] = []
  private var hasFailed = false

  private init(_ recorder: any WorkRecorder) { self.recorder = recorder }

  /// Takes down the step that `body` makes, which is not done: see ``RecordedStep/finish()``.
  ///
  /// - Returns: `nil` where it cannot be recorded; tensors then hold anything, and must be put back.
  package static func record(with recorder: any WorkRecorder, _ body: () -> Void) -> RecordedStep? {
    let own = StepRecorder(recorder)
    recorder.begin()
    scope.with(own, body)
    own.endPart()
    return own.hasFailed ? nil : RecordedStep(own.events)
  }

  /// An update of tensors by numbers of the host: done now, or with each repetition of a step that is being
  /// taken down.
  package static func update(_ action: @escaping () -> Void) {
    guard let current = scope.current else { return action() }
    current.endPart()
    current.events.append(.update(action))
    current.recorder.begin()
  }

  /// A change of what the host counts: done now, and again with each later repetition.
  package static func count(_ action: @escaping () -> Void) {
    scope.current?.events.append(.count(action))
    action()
  }

  private func endPart() {
    guard let work = recorder.end() else {
      hasFailed = true
      return
    }
    events.append(.work(work))
  }
}

/// A training step that was taken down.
package struct RecordedStep {
  private let events: [StepRecorder.Event]

  fileprivate init(_ events: [StepRecorder.Event]) { self.events = events }

  /// Does for the first time what was taken down. The host has counted already.
  package func finish() {
    for event in events {
      switch event {
      case .work(let work): work.repeat()
      case .update(let action): action()
      case .count: break
      }
    }
  }

  /// Does all of it once more.
  package func `repeat`() {
    for event in events {
      switch event {
      case .work(let work): work.repeat()
      case .update(let action), .count(let action): action()
      }
    }
  }
}
