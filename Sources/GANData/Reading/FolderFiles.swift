import Foundation

/// The files of a folder and its sub-folders. Links are followed.
public struct FolderFiles: FileSet {
  /// The folder, as the user named it.
  public let path: String
  /// Relative paths, sorted.
  public let members: [String]

  /// Lists a folder.
  public init(_ path: String) throws {
    self.path = path
    var found: [String] = []
    try Self.collect(root: path, folder: "", above: [], into: &found)
    members = found.sorted(by: byteOrder)
  }

  /// The first `limit` bytes of a file.
  public func bytes(ofMember index: Int, limit: Int) throws -> [UInt8] {
    try OpenFile.contents(of: name(ofMember: index), limit: limit)
  }

  /// The size of a file.
  public func size(ofMember index: Int) throws -> Int {
    try OpenFile(name(ofMember: index)).size
  }

  /// Identifies a folder whatever the path that led to it.
  private struct Identity: Equatable {
    let device: UInt64
    let node: UInt64
  }

  private static func collect(
    root: String, folder: String, above: [Identity], into found: inout [String]
  ) throws {
    let place = folder.isEmpty ? root : root + "/" + folder
    var status = stat()
    guard stat(place, &status) == 0 else {
      throw DataError.cannotRead(path: place, reason: systemReason())
    }
    let identity = Identity(device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    // A link to a folder above would be walked for ever.
    if above.contains(identity) { return }
    for entry in try entries(of: place) where !isIgnored(name: entry) {
      let member = folder.isEmpty ? entry : folder + "/" + entry
      // A link that leads nowhere is passed over like any other non-file.
      guard stat(root + "/" + member, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFREG: found.append(member)
      case S_IFDIR:
        try collect(root: root, folder: member, above: above + [identity], into: &found)
      default: continue
      }
    }
  }

  private static func entries(of folder: String) throws -> [String] {
    guard let handle = opendir(folder) else {
      throw DataError.cannotRead(path: folder, reason: systemReason())
    }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { field in
          field.withMemoryRebound(
            to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)
          ) { String(cString: $0) }
        })
    }
    return names
  }
}
