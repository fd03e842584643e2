import GANKit
import TorchNN

/// How the rates of a system's optimizers go over their updates.
struct RateCourse {
  private let schedules: [(optimizer: String, schedule: Schedule)]

  /// The rates that a recipe is made with.
  init(of recipe: some Recipe) {
    schedules = recipe.optimizerParts.map { ($0.name, $0.optimizer.schedule) }
  }

  /// What has become of these rates in a recipe that has made some updates: the next rates before and
  /// after, of those optimizers whose course would have been another from the beginning. A course that
  /// is constant so far in both is the same so far.
  func departures(in recipe: some Recipe) -> [(optimizer: String, before: Double, after: Double)] {
    let now = recipe.optimizerParts
    return schedules.compactMap { name, old in
      guard let optimizer = now.first(where: { $0.name == name })?.optimizer else { return nil }
      let (new, made) = (optimizer.schedule, optimizer.updates.value)
      guard made > 0, new != old, !isSame(old, new, over: made) else { return nil }
      return (name, old.rate(after: made), new.rate(after: made))
    }
  }

  /// Rates change in straight lines from an end or a kink, so that two courses that are equal and
  /// constant at the first and the last update are so between.
  private func isSame(_ a: Schedule, _ b: Schedule, over made: Int) -> Bool {
    let ends = [0, made - 1].flatMap { [a.rate(after: $0), b.rate(after: $0)] }
    return ends.allSatisfy { $0 == ends[0] }
  }
}

extension Recipe {
  /// The optimizers by the names of their properties.
  fileprivate var optimizerParts: [(name: String, optimizer: any Optimizer)] {
    modules.compactMap { name, module in (module as? any Optimizer).map { (name, $0) } }
  }
}
