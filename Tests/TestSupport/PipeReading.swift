import Foundation

extension Pipe {
  /// Everything that is written into the pipe, until all writers have closed it. Foundation's own
  /// functions stop where a signal, such as the end of another child process, interrupts them.
  package func readAll() -> Data {
    let descriptor = fileHandleForReading.fileDescriptor
    var (result, buffer) = (Data(), [UInt8](repeating: 0, count: 65_536))
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 { result.append(contentsOf: buffer[0..<count]) }
      if count == 0 || (count < 0 && errno != EINTR) { return result }
    }
  }
}
