import Foundation

/// Running out of memory as an error with a name instead of a killed process.
enum OutOfMemory {
  /// Limits the memory of a command that computes on the processor. Of a run that is resumed, the run
  /// says where.
  static func limitAllocations(for arguments: [String]) {
    // Full-size claims train on a GPU.
    guard arguments.first != "resume", !arguments.contains("--full-size") else { return }
    let words = arguments.flatMap {
      $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }
    let device = zip(words, words.dropFirst()).first { $0.0 == "--device" }?.1
    limitAllocations(on: device ?? "cpu")
  }

  /// Lets allocations fail beyond what the machine has. Without a limit Linux promises any amount
  /// and later kills the process that uses what it was promised.
  static func limitAllocations(on device: String) {
    #if os(Linux)
      // Graphics drivers reserve addresses by the hundreds of gigabytes.
      guard device == "cpu", let available else { return }
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else { return }
      limit.rlim_cur = min(limit.rlim_cur, rlim_t(available))
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    #endif
  }

  /// Bytes that can still be used: the machine's, or fewer in a container.
  static var available: UInt64? {
    let facts = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
    let free = ["MemAvailable:", "SwapFree:"].compactMap { name -> UInt64? in
      let line = facts.split(separator: "\n").first { $0.hasPrefix(name) }
      return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { UInt64($0) }
    }
    guard free.count == 2 else { return nil }
    let group = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)
    let limit = group.flatMap { UInt64($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    return min((free[0] + free[1]) * 1024, limit ?? .max)
  }

  /// LibTorch's message in a user's words, where it is about memory.
  static func explained(_ message: String) -> String {
    guard message.contains("can't allocate memory") || message.contains("out of memory") else {
      return "LibTorch: \(message)"
    }
    let words = message.split(separator: " ")
    let position = words.firstIndex(of: "bytes.")
    let bytes = position.flatMap { $0 > 0 ? Double(words[$0 - 1]) : nil }
    let amount = bytes.map { String(format: " for a tensor of %.2f GB", $0 / 1e9) } ?? ""
    return "not enough memory\(amount); take a smaller --batch-size, --size or network"
  }
}
