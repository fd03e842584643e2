import Foundation

/// The names of the archives that a set is divided into, as WebDataset writes them: `shard-{000..099}.tar`
/// stands for a hundred.
struct ShardPattern {
  /// The archives in their order.
  let paths: [String]
  /// More is a slip.
  private static let most = 1_000_000

  /// Nil for a path without such a range.
  init?(_ path: String) {
    guard let match = path.wholeMatch(of: /(.*)\{(\d{1,9})\.\.(\d{1,9})\}(.*)/),
      let first = Int(match.2), let last = Int(match.3), first <= last, last - first < Self.most
    else { return nil }
    let width = match.2.count
    paths = (first...last).map { number in
      let digits = "\(number)"
      let zeros = String(repeating: "0", count: max(0, width - digits.count))
      return "\(match.1)\(zeros)\(digits)\(match.4)"
    }
  }
}

/// The files of several archives as one set.
public struct ShardedFiles: FileSet {
  /// The archives' common name, as the user wrote it.
  public let path: String
  /// Names inside the archives, sorted.
  public let members: [String]
  /// What cannot be read of all of them.
  public let unreachable: UnusedFiles
  private let shards: [any FileSet]
  private let places: [Place]

  private struct Place {
    let shard: Int
    let member: Int
  }

  /// Indexes the archives.
  ///
  /// - Throws: `DataError` for one that is missing or is no archive, and for a name that two of them have.
  init(_ path: String, _ shards: [any FileSet]) throws {
    let all = shards.enumerated().flatMap { number, shard in
      shard.members.enumerated().map { (name: $1, place: Place(shard: number, member: $0)) }
    }.sorted { byteOrder($0.name, $1.name) }
    for (one, next) in zip(all, all.dropFirst()) where one.name == next.name {
      throw DataError.malformed(
        path: shards[next.place.shard].path,
        problem: "'\(one.name)' is in \(shards[one.place.shard].path), too; names tell files apart")
    }
    (self.path, self.shards) = (path, shards)
    (members, places) = (all.map(\.name), all.map(\.place))
    unreachable = shards.reduce(into: UnusedFiles()) { $0.formUnion($1.unreachable) }
  }

  /// The first `limit` bytes of a member.
  public func bytes(ofMember index: Int, limit: Int) throws -> [UInt8] {
    let place = places[index]
    return try shards[place.shard].bytes(ofMember: place.member, limit: limit)
  }

  /// The size of a member.
  public func size(ofMember index: Int) throws -> Int {
    let place = places[index]
    return try shards[place.shard].size(ofMember: place.member)
  }

  /// The archive and the member in it.
  public func name(ofMember index: Int) -> String {
    let place = places[index]
    return shards[place.shard].name(ofMember: place.member)
  }
}
