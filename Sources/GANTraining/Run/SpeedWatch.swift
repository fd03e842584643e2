/// Notices when steps take three times as long as they did, as where another process uses the cores.
///
/// It is told how long each step took, so that it needs no clock.
struct SpeedWatch {
  /// A fall in speed, told once in a run.
  struct Slowdown: Equatable {
    /// Steps a second of the best minute, and now.
    let best, now: Double
  }

  /// Seconds that count as now: the median over them does not follow a single slow step.
  static let window = 10.0
  /// Seconds that the best speed was kept for.
  static let minute = 60.0
  /// By how many times steps must have become slower.
  static let factor = 3.0

  private var recent: [Double] = []
  private var recentSeconds = 0.0
  private var minuteSteps = 0
  private var minuteSeconds = 0.0
  private var best = 0.0
  private var isTold = false
  private var phase: String?

  /// Takes a step into account.
  ///
  /// - Parameters:
  ///   - seconds: how long it took.
  ///   - phase: what is trained; another one has a speed of its own.
  /// - Returns: a slowdown, once.
  mutating func step(lasting seconds: Double, in phase: String? = nil) -> Slowdown? {
    guard !isTold else { return nil }
    if phase != self.phase { self = SpeedWatch(in: phase) }
    addToWindow(seconds)
    let slowdown = slowdown
    if slowdown != nil { (isTold, recent) = (true, []) }
    addToMinute(seconds)
    return slowdown
  }

  /// Nothing has been seen yet.
  init() {}

  private init(in phase: String?) { self.phase = phase }

  private mutating func addToWindow(_ seconds: Double) {
    recent.append(seconds)
    recentSeconds += seconds
    // A window of at least three steps: of slow systems it is longer than ten seconds.
    while recent.count > 3, recentSeconds - recent[0] >= Self.window {
      recentSeconds -= recent.removeFirst()
    }
  }

  private mutating func addToMinute(_ seconds: Double) {
    (minuteSteps, minuteSeconds) = (minuteSteps + 1, minuteSeconds + seconds)
    guard minuteSeconds >= Self.minute else { return }
    best = max(best, Double(minuteSteps) / minuteSeconds)
    (minuteSteps, minuteSeconds) = (0, 0)
  }

  private var slowdown: Slowdown? {
    guard best > 0, recentSeconds >= Self.window, recent.count >= 3 else { return nil }
    // The median costs a sort, which only a slow mean is worth.
    guard Double(recent.count) / recentSeconds * Self.factor < best else { return nil }
    let median = recent.sorted()[recent.count / 2]
    return median * best > Self.factor ? Slowdown(best: best, now: 1 / median) : nil
  }
}
