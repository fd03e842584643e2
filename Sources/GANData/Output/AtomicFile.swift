import Foundation

/// Files that exist either whole or not at all.
public enum AtomicFile {
  /// Writes a file under a temporary name beside its place, syncs it to the disk and renames it.
  ///
  /// A crash or a full disk leaves an older file of that name untouched. Errors name the path and
  /// the system's reason.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { try $0(bytes) }
  }

  /// As ``write(_:to:)``, in pieces: `body` is given a function that writes the next one.
  public static func write(
    to path: String, _ body: (_ next: ([UInt8]) throws -> Void) throws -> Void
  ) throws {
    let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    let temporary = path + ".tmp-" + suffix
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw DataError.cannotWrite(path: path, reason: systemReason()) }
    do {
      try fill(descriptor, path: path, body)
      if rename(temporary, path) != 0 {
        throw DataError.cannotWrite(path: path, reason: systemReason())
      }
    } catch {
      unlink(temporary)
      throw error
    }
    syncFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// Writes, syncs and closes.
  static func fill(
    _ descriptor: Int32, path: String, _ body: (([UInt8]) throws -> Void) throws -> Void
  ) throws {
    var failure: (any Error)?
    do {
      try body { bytes in
        if let reason = writeAll(bytes, to: descriptor) {
          throw DataError.cannotWrite(path: path, reason: reason)
        }
      }
      if fsync(descriptor) != 0 {
        throw DataError.cannotWrite(path: path, reason: systemReason())
      }
    } catch {
      failure = error
    }
    if close(descriptor) != 0, failure == nil {
      failure = DataError.cannotWrite(path: path, reason: systemReason())
    }
    if let failure { throw failure }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> String? {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let written = Foundation.write(
          descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        if written < 0 && errno == EINTR { continue }
        if written < 0 { return systemReason() }
        done += written
      }
      return nil
    }
  }

  /// Makes new names in a folder durable. Some file systems cannot sync a folder; that is no
  /// failure of the files in it, which are already complete.
  public static func syncFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
