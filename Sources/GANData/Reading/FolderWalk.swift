import Foundation

/// Goes through a folder and its sub-folders.
struct FolderWalk {
  /// A regular file.
  struct Entry {
    /// Its path below the root.
    let text: String
    /// The path's bytes, where they are no UTF-8.
    let bytes: [UInt8]?
  }

  /// As the user named it.
  let root: String
  private(set) var found: [Entry] = []
  private(set) var unreachable = UnusedFiles()

  init(root: String) { self.root = root }

  /// Identifies a folder whatever the path that led to it.
  struct Identity: Equatable {
    let device: UInt64
    let node: UInt64
  }

  /// - Parameter folder: The path below the root, as bytes; empty for the root itself.
  mutating func collect(_ folder: [UInt8], above: [Identity]) throws {
    var status = stat()
    guard stat(systemPath(folder), &status) == 0 else {
      throw DataError.cannotRead(path: text(folder), reason: systemReason())
    }
    let identity = Identity(device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    // A link to a folder above would be walked for ever.
    if above.contains(identity) { return }
    for entry in try entries(of: folder) where !Self.isIgnored(entry) {
      let member = folder.isEmpty ? entry : folder + [UInt8(ascii: "/")] + entry
      guard stat(systemPath(member), &status) == 0 else {
        unreachable.add(text(member), because: Self.reason(errno))
        continue
      }
      switch status.st_mode & S_IFMT {
      case S_IFREG: keep(member)
      case S_IFDIR: try collect(member, above: above + [identity])
      default: unreachable.add(text(member), because: "pipes or devices")
      }
    }
  }

  private static func isIgnored(_ entry: [UInt8]) -> Bool {
    GANData.isIgnored(name: String(decoding: entry, as: UTF8.self))
  }

  private static func reason(_ number: Int32) -> String {
    number == ENOENT || number == ELOOP ? "links that lead nowhere" : "that the system refuses"
  }

  private mutating func keep(_ member: [UInt8]) {
    let text = fileNameText(member)
    found.append(Entry(text: text, bytes: Array(text.utf8) == member ? nil : member))
  }

  private func text(_ member: [UInt8]) -> String {
    if member.isEmpty { return root }
    return root.hasSuffix("/") ? root + fileNameText(member) : root + "/" + fileNameText(member)
  }

  private func systemPath(_ member: [UInt8]) -> [CChar] {
    let path = member.isEmpty ? Array(root.utf8) : Array(root.utf8) + [UInt8(ascii: "/")] + member
    return path.map { CChar(bitPattern: $0) } + [0]
  }

  private func entries(of folder: [UInt8]) throws -> [[UInt8]] {
    guard let handle = opendir(systemPath(folder)) else {
      throw DataError.cannotRead(path: text(folder), reason: systemReason())
    }
    defer { closedir(handle) }
    var names: [[UInt8]] = []
    while let entry = readdir(handle) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { field in Array(field.prefix { $0 != 0 }) })
    }
    return names
  }
}
