/// Where a process stands among those that train together, as launchers say it: `torchrun`, and others
/// that set the same variables.
public struct ProcessPlace: Sendable, Equatable {
  /// Its number, from 0.
  public let rank: Int
  /// How many there are.
  public let count: Int
  /// Its number among those of its machine, from 0, by which it takes a GPU.
  public let localRank: Int
  /// How many of them its machine has.
  public let localCount: Int
  /// The machine of process 0.
  public let host: String
  /// Its port at which they find each other.
  public let port: Int
  /// Under which name they do, where the launcher itself answers at that port.
  let launcherKeys: String?
  /// Whether a launcher says so, which gives these processes a place for all groups that they make one after
  /// another.
  let isLaunched: Bool

  /// A place among `count` processes, of which process 0 answers at `port` of `host`: for one group. The next
  /// one needs another port.
  public init(
    rank: Int, count: Int, localRank: Int = 0, localCount: Int = 1, host: String = "localhost",
    port: Int
  ) {
    (self.rank, self.count, self.localRank, self.localCount) = (rank, count, localRank, localCount)
    (self.host, self.port, launcherKeys) = (host, port, nil)
    isLaunched = false
  }

  /// The place that RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT name;
  /// `nil` where there is one process or nothing is said of several.
  ///
  /// - Throws: ``ProcessGroupError`` naming the variable.
  public init?(_ environment: [String: String]) throws {
    func number(_ name: String, _ range: ClosedRange<Int>, or none: Int? = nil) throws -> Int {
      guard let text = environment[name] ?? none.map(String.init) else {
        throw ProcessGroupError(reason: "WORLD_SIZE is there but \(name) is not")
      }
      guard let value = Int(text), range.contains(value) else {
        throw ProcessGroupError(
          reason: "\(name) is '\(text)', expected a whole number from \(range.lowerBound) to "
            + "\(range.upperBound)")
      }
      return value
    }
    guard environment["WORLD_SIZE"] != nil else { return nil }
    count = try number("WORLD_SIZE", 1...Self.most)
    guard count > 1 else { return nil }
    rank = try number("RANK", 0...count - 1)
    localCount = try number("LOCAL_WORLD_SIZE", 1...count, or: 1)
    localRank = try number("LOCAL_RANK", 0...count - 1, or: 0)
    guard let address = environment["MASTER_ADDR"], !address.isEmpty else {
      throw ProcessGroupError(reason: "WORLD_SIZE is there but MASTER_ADDR is not")
    }
    (host, port) = (address, try number("MASTER_PORT", 1...65_535))
    isLaunched = true
    let isServed = environment["TORCHELASTIC_USE_AGENT_STORE"] == "True"
    launcherKeys =
      isServed ? "/worker/attempt_\(environment["TORCHELASTIC_RESTART_COUNT"] ?? "0")" : nil
  }

  /// As many processes as may be.
  private static let most = 65_536
}

/// Processes that cannot train together.
public struct ProcessGroupError: Error, Equatable, CustomStringConvertible {
  let reason: String

  /// One line.
  public var description: String { reason }
}
