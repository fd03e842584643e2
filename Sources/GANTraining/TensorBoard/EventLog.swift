import Foundation
import GANData
import SwiftProtobuf

/// The numbers and sample sheets of a run for TensorBoard: one `events.out.tfevents.*` file for
/// each process that trained.
final class EventLog {
  private let file: RecordFile
  private let now: () -> Date

  /// Begins a new file that makes what older ones say of later steps void, for these steps are about
  /// to be repeated.
  ///
  /// - Parameters:
  ///   - step: The steps made; 0 for a new run.
  ///   - now: The time, for the records and the file's name.
  /// - Throws: `DataError` when the file cannot be written.
  init(in folder: URL, after step: Int, now: @escaping () -> Date = Date.init) throws {
    self.now = now
    file = try RecordFile(
      creating: folder.appendingPathComponent(EventLog.newName(in: folder, at: now())))
    try append(step: 0) { $0.fileVersion = "brain.Event:2" }
    try append(step: step == 0 ? 0 : step + 1) { $0.sessionLog.status = .start }
  }

  private static let prefix = "events.out.tfevents."

  /// TensorBoard reads the files in the order of their names, so that a new one must come last.
  private static func newName(in folder: URL, at time: Date) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let times = names.filter { $0.hasPrefix(prefix) }.compactMap {
      $0.dropFirst(prefix.count).split(separator: ".").first.flatMap { Int($0) }
    }
    let number = max(Int(time.timeIntervalSince1970), (times.max() ?? 0) + 1)
    return prefix + String(format: "%010d", number) + ".swiftgan"
  }

  /// Appends numbers by name; those that are infinite or NaN as they are.
  ///
  /// - Throws: `DataError`.
  func append(step: Int, _ numbers: [(name: String, value: Double)]) throws {
    try append(step: step) { event in
      event.summary.value = numbers.map { number in
        .with { ($0.tag, $0.simpleValue) = (number.name, Float(number.value)) }
      }
    }
  }

  /// Appends a picture.
  ///
  /// - Throws: `DataError`.
  func append(step: Int, _ name: String, _ picture: DecodedImage, png: [UInt8]) throws {
    let image = TensorBoardSummary.Image.with {
      ($0.width, $0.height) = (Int32(picture.width), Int32(picture.height))
      ($0.colorspace, $0.encodedImageString) = (Int32(picture.channels), Data(png))
    }
    try append(step: step) { event in
      event.summary.value = [.with { ($0.tag, $0.image) = (name, image) }]
    }
  }

  /// Makes what was appended durable.
  ///
  /// - Throws: `DataError`.
  func synchronize() throws { try file.synchronize() }

  private func append(step: Int, _ fill: (inout TensorBoardEvent) -> Void) throws {
    var event = TensorBoardEvent()
    (event.wallTime, event.step) = (now().timeIntervalSince1970, Int64(step))
    fill(&event)
    // Without required fields and extensions, encoding has nothing to complain about but size.
    let bytes: [UInt8]
    do {
      bytes = try event.serializedBytes()
    } catch {
      throw DataError.cannotWrite(path: "TensorBoard event", reason: "\(error)")
    }
    try file.append(bytes)
  }
}
