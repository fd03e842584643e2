/// Regular files below one place: a folder, or a tar archive read where it lies.
public protocol FileSet: Sendable {
  /// The folder or archive, as the user named it.
  var path: String { get }

  /// Paths relative to it, with `/` between folders, sorted by their bytes so that the order is the
  /// same on every machine. Hidden files are left out.
  var members: [String] { get }

  /// The first `limit` bytes of a member, or all of it if it is shorter.
  func bytes(ofMember index: Int, limit: Int) throws -> [UInt8]

  /// The size of a member in bytes.
  func size(ofMember index: Int) throws -> Int

  /// What lies there and cannot be read, such as links that lead nowhere.
  var unreachable: UnusedFiles { get }

  /// What to call a member in a message: `place/member`.
  func name(ofMember index: Int) -> String
}

extension FileSet {
  /// Nothing.
  public var unreachable: UnusedFiles { UnusedFiles() }

  /// The place and the member.
  public func name(ofMember index: Int) -> String {
    path.hasSuffix("/") ? path + members[index] : path + "/" + members[index]
  }
}

/// Order of file names that depends on nothing but their bytes.
func byteOrder(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
