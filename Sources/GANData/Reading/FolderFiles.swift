import Foundation

/// The files of a folder and its sub-folders. Links are followed.
public struct FolderFiles: FileSet {
  /// The folder, as the user named it.
  public let path: String
  /// Relative paths, sorted.
  public let members: [String]
  /// Links that lead nowhere, pipes, sockets and devices.
  public let unreachable: UnusedFiles
  /// What the system calls those members whose names are no UTF-8: whole paths.
  private let otherNames: [Int: [UInt8]]

  /// Lists a folder.
  public init(_ path: String) throws {
    var walk = FolderWalk(root: path)
    try walk.collect([], above: [])
    let found = walk.found.sorted { byteOrder($0.text, $1.text) }
    self.path = path
    members = found.map(\.text)
    unreachable = walk.unreachable
    otherNames = Dictionary(
      uniqueKeysWithValues: found.enumerated().compactMap { index, entry in
        entry.bytes.map { (index, Array(path.utf8) + [UInt8(ascii: "/")] + $0) }
      })
  }

  /// The first `limit` bytes of a file.
  public func bytes(ofMember index: Int, limit: Int) throws -> [UInt8] {
    try OpenFile.contents(of: name(ofMember: index), bytes: otherNames[index], limit: limit)
  }

  /// The size of a file.
  public func size(ofMember index: Int) throws -> Int {
    try OpenFile(name(ofMember: index), bytes: otherNames[index]).size
  }
}
