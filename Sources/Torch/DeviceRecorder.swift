import CTorch

/// Records work of a GPU as CUDA graphs.
package final class DeviceRecorder: WorkRecorder {
  private let pointer: CTRecorder
  /// What it draws from must live as long.
  private let random: RandomGenerator

  /// Whether work of a device can be recorded.
  package static func serves(_ device: Device) -> Bool { ct_can_record(device.type) }

  /// A recorder of work that draws from `random`, whose parts share memory: they must be repeated in the order in
  /// which they were recorded.
  ///
  /// - Returns: `nil` where the device cannot do it.
  package init?(for device: Device, drawing random: RandomGenerator) {
    _ = initialized
    guard let pointer = random.recorder(for: device) else { return nil }
    (self.pointer, self.random) = (pointer, random)
  }

  deinit { ct_recorder_release(pointer) }

  /// Why nothing is recorded, of the first part that could not be.
  package private(set) var failure: String?

  /// Runs `body` where work is recorded later: what libraries set up with their first call is set up for it.
  package func onOwnStream<Result>(_ body: () throws -> Result) rethrows -> Result {
    require("recorder", [], ct_recorder_enter(pointer))
    defer { require("recorder", [], ct_recorder_leave(pointer)) }
    return try body()
  }

  /// After a failure, too: nothing may be computed from what was not.
  package func begin() {
    if ct_recorder_begin(pointer) != 0 { failure = failure ?? lastNativeError() }
  }

  package func end() -> (any RepeatableWork)? {
    guard let part = ct_recorder_end(pointer) else {
      failure = failure ?? lastNativeError()
      return nil
    }
    return RecordedPart(part, self)
  }
}

/// A CUDA graph.
private final class RecordedPart: RepeatableWork {
  private let pointer: CTPart
  /// Whose memory it works in.
  private let owner: DeviceRecorder

  init(_ pointer: CTPart, _ owner: DeviceRecorder) { (self.pointer, self.owner) = (pointer, owner) }

  deinit { ct_part_release(pointer) }

  func `repeat`() { require("repeat", [], ct_part_repeat(pointer)) }
}
