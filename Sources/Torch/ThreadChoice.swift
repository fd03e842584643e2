/// How many threads make operations fast on this machine as it is at the moment.
///
/// Threads of one operation wait for each other. Where another process has one of the cores, the thread
/// on that core keeps all others waiting, and two threads are several times slower than one.
public struct ThreadChoice: Sendable, Equatable {
  /// A number of threads and the operations that it made in a second.
  public struct Speed: Sendable, Equatable {
    /// Threads of one operation.
    public let threads: Int
    /// Operations a second.
    public let speed: Double

    /// A measured number of threads.
    public init(threads: Int, speed: Double) { (self.threads, self.speed) = (threads, speed) }
  }

  /// The threads chosen.
  public let threads: Int
  /// How many would have been chosen on a quiet machine.
  public let most: Int

  /// What to say where something else uses the cores; `nil` on a quiet machine.
  public var remark: String? {
    guard threads < most else { return nil }
    return "other processes use this machine: training with \(threads) of \(most) threads, which "
      + "is faster now; --threads \(most) takes all"
  }

  /// What somebody asked for.
  public init(_ threads: Int) { (self.threads, most) = (threads, threads) }

  /// The choice among measured numbers: the most threads, unless fewer are clearly faster. On a quiet
  /// machine noise must not decide, for the bits of a run depend on the number.
  ///
  /// - Precondition: there is at least one.
  public init(among speeds: [Speed]) {
    guard let most = speeds.max(by: { $0.threads < $1.threads }),
      let best = speeds.max(by: { $0.speed < $1.speed })
    else { preconditionFailure("a choice needs something to choose from") }
    let clear = 1.1
    threads = best.speed > clear * most.speed ? best.threads : most.threads
    self.most = most.threads
  }

  /// Measures for about a third of a second; not at all where there is one core.
  public static func measured(upTo most: Int = LibTorch.threads) -> ThreadChoice {
    guard most > 1 else { return ThreadChoice(1) }
    let counts = Set([most, most - 1, most / 2, 1]).subtracting([0]).sorted()
    let work = Workload()
    // Alternating, so that a neighbour that comes or goes meets all of them.
    var made = counts.map { _ in [Double]() }
    for _ in 0..<4 {
      for (index, count) in counts.enumerated() {
        made[index].append(work.speed(threads: count, for: .milliseconds(80 / counts.count)))
      }
    }
    return ThreadChoice(
      among: zip(counts, made).map { Speed(threads: $0, speed: $1.sorted()[$1.count / 2]) })
  }
}

/// What a training step consists of: a product and a pass over its result, each short.
private struct Workload {
  private let generator = RandomGenerator(seed: 1, device: .cpu)
  private let input: Tensor
  private let weight: Tensor

  init() {
    (input, weight) = generator.run { (Tensor.randn([64, 512]), Tensor.randn([512, 512])) }
  }

  /// How often it was done in a second.
  func speed(threads: Int, for duration: Duration) -> Double {
    LibTorch.with(threads: threads, products: LibTorch.linearBackend) {
      _ = input.matmul(weight).relu()
      let start = ContinuousClock.now
      var count = 0.0
      while ContinuousClock.now - start < duration {
        _ = input.matmul(weight).relu()
        count += 1
      }
      return count / ((ContinuousClock.now - start) / .seconds(1))
    }
  }
}
