import Foundation

/// A regular file held open for positioned reads, which any number of threads may do at once.
final class OpenFile: Sendable {
  let path: String
  let size: Int
  private let descriptor: Int32

  /// - Parameter bytes: What the system calls the file, where that is no UTF-8.
  init(_ path: String, bytes: [UInt8]? = nil) throws {
    let name = (bytes ?? Array(path.utf8)).map { CChar(bitPattern: $0) } + [0]
    // Opening a pipe would wait for its other end, so look first.
    var status = stat()
    guard stat(name, &status) == 0 else {
      throw DataError.cannotRead(path: path, reason: systemReason())
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DataError.cannotRead(path: path, reason: "not a regular file")
    }
    descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DataError.cannotRead(path: path, reason: systemReason())
    }
    self.path = path
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Up to `count` bytes from `offset`; fewer only at the file's end.
  func read(at offset: Int, count: Int) throws -> [UInt8] {
    let wanted = max(0, min(count, size - offset))
    return try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, done in
      while done < wanted {
        let target = buffer.baseAddress?.advanced(by: done)
        let got = pread(descriptor, target, wanted - done, off_t(offset + done))
        if got < 0 && errno == EINTR { continue }
        if got < 0 { throw DataError.cannotRead(path: path, reason: systemReason()) }
        if got == 0 { return }
        done += got
      }
    }
  }

  /// The whole file, or its first `limit` bytes.
  static func contents(
    of path: String, bytes: [UInt8]? = nil, limit: Int = .max
  ) throws -> [UInt8] {
    let file = try OpenFile(path, bytes: bytes)
    return try file.read(at: 0, count: min(limit, file.size))
  }
}
