import Foundation
import GANData
import GANKit
import Torch

extension TrainingSession {
  /// Trains until all steps are made or the run's minutes are used up, or until `deadline` (after at
  /// least one step), or until `shouldStop` says so; it is asked before every step.
  ///
  /// - Parameters:
  ///   - deadline: when to end although something is left.
  ///   - report: called at every log interval, and after five seconds without a call.
  ///   - shouldStop: whether to write a checkpoint and return.
  /// - Throws: errors of reading data or writing the run; earlier checkpoints stay whole.
  @discardableResult
  public func run(
    until deadline: ContinuousClock.Instant? = nil,
    report: (TrainingProgress) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    clock.begin(at: step)
    defer { clock.pause() }
    do {
      let outcome = try engine.run { try train(until: deadline, report, shouldStop) }
      if case .diverged(let step, let quantity) = outcome {
        note(.failure, "\(quantity) became infinite or NaN", at: step)
      }
      return outcome
    } catch {
      note(.failure, "\(error)", at: step)
      throw error
    }
  }

  /// Writes down what is to be known of the run later on.
  private func note(_ kind: RunMessage.Kind, _ text: String, at step: Int) {
    if engine.writes { directory.note(RunMessage(kind, text, at: step)) }
  }

  private func train(
    until deadline: ContinuousClock.Instant?, _ report: (TrainingProgress) -> Void,
    _ shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    let log = engine.writes ? try RunLog(directory, after: step) : nil
    if engine.writes { try directory.keepEvaluations(through: step) }
    if step == 0 { try writeSamples(log) }
    var isOver = engine.agreed(step > 0 && isComplete)
    while !isOver {
      if engine.agreed(shouldStop()) { return try stop(log) }
      let begin = ContinuousClock.now
      let result = try makeStep()
      step += 1
      watchSpeed(of: ContinuousClock.now - begin)
      // Asked once a step: what is due at the last must not miss it because the clock went on.
      let isLate = deadline.map { ContinuousClock.now >= $0 } ?? false
      let signals = engine.agreed([isComplete, isLate, clock.sinceLap >= 5])
      isOver = signals[0]
      isTimeUp = isOver || signals[1]
      if let failure = try look(at: result, isAwaited: signals[2], log, report) { return failure }
      if isDue(configuration.intervals.checkpoints) || isNewBest, let failure = try save(log) {
        return failure
      }
      if isTimeUp { break }
    }
    return isOver ? .finished : .timeUp
  }

  /// Whether the run is as long as it was to be.
  private var isComplete: Bool {
    if let seconds = configuration.length.seconds { return clock.total >= seconds }
    return step >= configuration.steps
  }

  /// Reads the losses of a step, evaluates, draws samples and logs where that is due.
  private func look(
    at result: StepReport, isAwaited: Bool, _ log: RunLog?, _ report: (TrainingProgress) -> Void
  ) throws -> TrainingOutcome? {
    let isEvaluated = evaluates && isDue(configuration.evaluation?.every ?? configuration.steps)
    let isSampled = isDue(configuration.intervals.samples)
    let isLogged = isDue(configuration.intervals.log) || isEvaluated || isSampled
    let isReported = isLogged || isAwaited
    // Several processes look at their losses where they have to meet for it anyway.
    let isRead = engine.processes == nil && engine.device == .cpu
    guard isRead || isReported else { return nil }
    let losses = engine.averaged(result.read())
    if let bad = losses.first(where: { !$0.value.isFinite }) {
      return .diverged(step: step, quantity: bad.name)
    }
    if isEvaluated, let failure = try evaluate() { return failure }
    if isSampled { try writeSamples(log) }
    guard isReported else { return nil }
    let progress = progress(losses)
    if let remark = progress.remark { note(.remark, remark, at: step) }
    if isLogged, let log { try write(progress, to: log) }
    if engine.writes { report(progress) }
    return nil
  }

  /// Writes what an interrupted run leaves behind.
  private func stop(_ log: RunLog?) throws -> TrainingOutcome {
    if let failure = try save(log) { return failure }
    try writeSamples(log)
    return .interrupted
  }

  /// Whether something with this interval happens at this step; everything happens at the last.
  private func isDue(_ interval: Int) -> Bool {
    step % interval == 0 || isTimeUp
  }

  private func makeStep() throws -> StepReport {
    let parts = try feed.parts(at: step)
    let result = engine.random.run {
      withAutocast(to: configuration.precision.dtype, on: engine.device) {
        steps.step(&recipe, parts)
      }
    }
    if let news = steps.news() { add(remark: news) }
    engine.share(networkBuffers)
    return result
  }

  private func progress(_ losses: [(name: String, value: Double)]) -> TrainingProgress {
    defer { remark = nil }
    return TrainingProgress(
      step: step, length: configuration.length, steps: configuration.steps,
      epoch: configuration.epochs(after: step, perEpoch: feed.stepsPerEpoch),
      imagesPerSecond: clock.lap(at: step) * Double(configuration.batchSize),
      seconds: clock.total, losses: losses, phase: recipe.phase, evaluation: evaluation,
      remark: remark)
  }

  /// On a processor a step is over when it has been made; other devices only take it on.
  private func watchSpeed(of duration: Duration) {
    guard engine.device == .cpu,
      let slowdown = speed.step(lasting: duration / .seconds(1), in: recipe.phase?.name)
    else { return }
    add(
      remark: ProcessorUse().explanation(
        slowdown, threads: configuration.threads, batchSize: configuration.batchSize))
  }

  private func write(_ progress: TrainingProgress, to log: RunLog) throws {
    try log.append(
      step: step,
      [
        ("epoch", progress.epoch), ("seconds", progress.seconds),
        ("images_per_second", progress.imagesPerSecond),
      ] + progress.losses + sampleFigures + newFigures)
    sampleFigures = []
  }

  private func writeSamples(_ log: RunLog?) throws {
    guard let log, sampledStep != step else { return }
    let shown = ProcessGroup.alone {
      PreviewSheet.preview(
        of: recipe, with: preview, seed: configuration.seed, on: engine.device)
    }
    guard let shown else { return }
    ProcessGroup.alone { watch(shown) }
    let picture = PreviewSheet.picture(of: shown, feed.points)
    let url = directory.samplesURL.appendingPathComponent("\(stepName(step)).png")
    let png = picture.pngData()
    try AtomicFile.write(png, to: url.path)
    try log.append(step: step, sheet: picture, png: png)
    sampledStep = step
  }

  /// Writes a checkpoint, unless the weights are beyond repair: a good one must not be pushed out
  /// by one that is of no use.
  private func save(_ log: RunLog?) throws -> TrainingOutcome? {
    if savedStep == step { return nil }
    if let broken = recipe.firstBrokenTensor { return .diverged(step: step, quantity: broken) }
    try log?.synchronize()
    let position = Checkpoint.Position(
      step: step, seconds: clock.total, evaluationSeconds: clock.evaluating,
      figure: evaluation?.step == step ? evaluation?.rank : nil)
    try engine.random.run {
      let ownStates = try engine.processes.map {
        try Checkpoint.ownStates(of: recipe, device: engine.device, in: $0)
      }
      guard engine.writes else { return }
      try Checkpoint.save(
        recipe, at: position, configuration: configuration, to: directory, device: engine.device,
        ownStates: ownStates ?? [])
    }
    savedStep = step
    return nil
  }
}

// MARK: - Evaluation

extension TrainingSession {
  /// Whether there is something that measures and something to measure.
  private var evaluates: Bool {
    isMeasured && configuration.evaluation != nil
  }

  /// Whether this step's checkpoint must be kept as the best so far.
  private var isNewBest: Bool {
    guard lastEvaluation == step else { return false }
    return engine.agreed(evaluation?.step == step && evaluation?.isBest == true)
  }

  /// What the log says about this step's evaluation; nothing where there was none.
  private var newFigures: [(name: String, value: Double)] {
    guard let evaluation, evaluation.step == step else { return [] }
    return evaluation.figures + [
      ("evaluation_seconds", evaluation.seconds), ("evaluation_share", evaluation.share),
    ]
  }

  /// Measures the generator with its own random numbers and writes what was found to
  /// `evaluation.jsonl`.
  private func evaluate() throws -> TrainingOutcome? {
    // Nothing can be measured in samples of NaN.
    if let broken = recipe.firstBrokenTensor { return .diverged(step: step, quantity: broken) }
    lastEvaluation = step
    guard let evaluator else { return nil }
    let start = ContinuousClock.now
    let outcome = try ProcessGroup.alone {
      try Randomness.isolated(seed: configuration.seed, on: engine.device) {
        try evaluator.evaluate(recipe, at: step, in: directory)
      }
    }
    if let record = outcome.record { try directory.appendEvaluation(record) }
    let time = ContinuousClock.now - start
    clock.addEvaluation(time)
    let ranked = outcome.rank.map { RankedCheckpoint(step: step, figure: $0) }
    evaluation = TrainingEvaluation(
      step: step, figures: outcome.figures, rank: outcome.rank,
      best: ranked.flatMap { directory.best(after: $0) },
      seconds: time / .seconds(1), share: clock.evaluatingShare, note: outcome.note)
    return nil
  }
}
