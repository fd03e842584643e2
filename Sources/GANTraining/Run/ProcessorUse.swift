import Foundation

/// What of the machine's processors is in use, and what of that is this process's.
struct ProcessorUse {
  /// Processes that wanted to run, on average over the last minute; `nil` where the system does not say.
  let load: Double?
  /// Cores that this process may use.
  let cores: Int

  /// What the system says now.
  init() {
    cores = ProcessInfo.processInfo.activeProcessorCount
    var averages = [0.0]
    load = getloadavg(&averages, 1) == 1 ? averages[0] : nil
  }

  /// For tests.
  init(load: Double?, cores: Int) { (self.load, self.cores) = (load, cores) }

  /// Why a run with so many threads has become slow, and what helps.
  func explanation(_ slowdown: SpeedWatch.Slowdown, threads: Int, batchSize: Int) -> String {
    let rates = [slowdown.now, slowdown.best].map { rate in
      String(format: "%.3g", rate * Double(batchSize))
    }
    let fall = "speed fell to \(rates[0]) of \(rates[1]) images/s: "
    guard let load, load > Double(threads) + 0.5, load > Double(cores) - 0.5 else {
      return fall + "no other process is in sight; the processor may be throttled or shared"
    }
    let others =
      fall + String(format: "other processes use the cores (load %.1f on %d); ", load, cores)
    return others
      + (threads > 1
        ? "wait for them, or train with --threads 1, which suffers less" : "wait for them")
  }
}
