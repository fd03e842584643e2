import Foundation

/// Room on disks.
package enum DiskSpace {
  /// Bytes that this user may still write where a path is, or is going to be; `nil` where the system does not
  /// say.
  package static func free(at path: String) -> Int? {
    var place = URL(fileURLWithPath: path).standardizedFileURL
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
      place.deleteLastPathComponent()
    }
    var facts = statvfs()
    guard statvfs(place.path, &facts) == 0 else { return nil }
    return Int(clamping: UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
  }
}
