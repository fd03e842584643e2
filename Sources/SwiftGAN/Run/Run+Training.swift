import GANKit
import GANTraining
import Torch

extension Recipe {
  /// Trains this system in a new run and opens the result.
  ///
  /// - Parameters:
  ///   - config: the system's numbers; `nil` takes those of its first preset, and its length.
  ///   - data: what to learn from; `nil` takes the built-in set that suits.
  ///   - length: for how long; `nil` takes the system's own.
  ///   - path: the run's folder, new or empty.
  ///   - source: another run from whose weights it starts; `nil` for initial values.
  ///   - change: what else is to be different, such as the seed.
  /// - Throws: one-line errors naming the file or field; `RunError` where training diverged.
  public static func train(
    _ config: Config? = nil, on data: DataConfiguration? = nil, for length: RunLength? = nil,
    in path: String, from source: WeightSource? = nil,
    _ change: (inout TrainingPlan<Self>) -> Void = { _ in }
  ) throws -> Run {
    var plan =
      config.map { TrainingPlan<Self>($0, on: data) } ?? TrainingPlan(presets[0], on: data)
    (plan.length, plan.start) = (length, source)
    change(&plan)
    return try plan.train(in: .at(path))
  }

  /// Goes on with a run of this system from its newest checkpoint and opens the result.
  ///
  /// - Parameters:
  ///   - steps: a new total, to prolong the run.
  ///   - change: what else is to be other than it was, such as a learning rate.
  public static func resume(
    _ path: String, steps: Int? = nil, _ change: (inout Resumption) -> Void = { _ in }
  ) throws -> Run {
    var resumption = Resumption()
    resumption.length = steps.map { .total(.steps($0)) }
    change(&resumption)
    let session = try TrainingSession<Self>(
      resuming: path, with: resumption, evaluator: { try ImageEvaluator($0, of: $1) })
    return try Run.finish(session) { try $0.run() }
  }
}

extension TrainingPlan {
  /// Trains and opens the result.
  ///
  /// - Parameter run: runs the session, for who wants to see how it goes or to stop it.
  public func train(
    in place: RunPlace,
    running run: (TrainingSession<R>) throws -> TrainingOutcome = { try $0.run() }
  ) throws -> Run {
    let session = try TrainingSession(
      new: self, in: place, evaluator: { try ImageEvaluator($0, of: $1) })
    return try Run.finish(session, run)
  }
}

extension Run {
  fileprivate static func finish<R: Recipe>(
    _ session: TrainingSession<R>, _ run: (TrainingSession<R>) throws -> TrainingOutcome
  ) throws -> Run {
    if case .diverged(let step, let quantity) = try run(session) {
      throw RunError.diverged(session.directory.path, step: step, quantity: quantity)
    }
    return Run(
      try TrainedRun<R>(session.directory, on: Device(named: session.configuration.device)),
      in: session.directory)
  }
}

extension Run {
  /// A session that goes on with a run of whichever system, for who wants to see how it goes.
  ///
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - change: what is to be other than it was.
  ///   - recipes: systems beside those of the zoo.
  public static func resume(
    _ path: String, with change: Resumption = Resumption(), recipes: [any Recipe.Type] = []
  ) throws -> any AnySession {
    func session<R: Recipe>(_: R.Type) throws -> any AnySession {
      try TrainingSession<R>(
        resuming: path, with: change, evaluator: { try ImageEvaluator($0, of: $1) })
    }
    let name = try RunDirectory(path).configuration().recipe
    return try session(recipe(named: name, in: path, recipes))
  }
}
