import Foundation
import GANData

/// A file of records as TensorFlow writes them: each with its length and two checksums.
final class RecordFile {
  private let handle: FileHandle
  private let path: String

  /// Makes a new file.
  ///
  /// - Throws: `DataError` when that is not possible.
  init(creating url: URL) throws {
    path = url.path
    do {
      try Data().write(to: url, options: .withoutOverwriting)
      handle = try FileHandle(forWritingTo: url)
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
  }

  deinit { try? handle.close() }

  /// Appends a record.
  ///
  /// - Throws: `DataError`.
  func append(_ payload: [UInt8]) throws {
    do {
      try handle.write(contentsOf: Data(RecordFile.framed(payload)))
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
  }

  /// Makes what was appended durable.
  ///
  /// - Throws: `DataError`.
  func synchronize() throws {
    do {
      try handle.synchronize()
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
  }

  /// The length in 8 bytes, its checksum in 4, the payload and its checksum in 4, lowest byte first.
  static func framed(_ payload: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(payload.count))
    return length + littleEndian(CRC32C.masked(length)) + payload
      + littleEndian(CRC32C.masked(payload))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
