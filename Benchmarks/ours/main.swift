import ArgumentParser
import Foundation
import GANKit
import GANTraining
import GANZoo
import Torch
import TorchNN

/// Trains one system on demand for `compare.py`, which speaks the same lines with the PyTorch
/// workers: `{"ready": true, "parameters": N}` once warm, then an answer to every `run N`. To `split N`
/// for `split.py` it answers how much of a step convolutions and products take.
struct Worker: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "train")

  @Option var recipe: String
  @Option var batchSize = 64
  @Option var size = 28
  @Option var channels = 1
  @Option var threads = 2
  @Option var precision = "float32"
  @Option var device = "cpu"
  @Option(name: .customLong("set")) var settings: [String] = []
  /// Where given, the worker is one of a group of processes, which counts what it sends to others; of a group of one
  /// what it would send.
  @Option var port: Int?
  @Option var rank = 0
  @Option var count = 1

  func run() throws {
    LibTorch.threads = threads
    let type = try Zoo.recipe(named: recipe)
    guard let port else { return try serve(type) }
    let group = try ProcessGroup(ProcessPlace(rank: rank, count: count, port: port))
    try group.run { try serve(type) }
  }

  private func serve<R: Recipe>(_ type: R.Type) throws {
    let assignments = settings.map { setting in
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      return (parts[0], parts.count > 1 ? parts[1] : "")
    }
    let device = try Device(named: device)
    let config = try R.Config().setting(assignments)
    let layout = R.layout(config)
    let shape = DataShape(
      channels: channels, height: size, width: size, classes: 10,
      inputChannels: layout.hasTwoKinds ? channels : nil)
    let recipe = try R(config, for: RunShape(data: shape, batchSize: batchSize), on: device)
    try recipe.prepareForTraining()
    // As a session's: a recording cannot draw from the process's own generators.
    let random = RandomGenerator(seed: 1, device: device)
    let steps = RepeatedSteps(
      recipe, on: device, drawing: random, isAlone: ProcessGroup.current == nil)
    var trainer = Trainer(
      recipe: recipe, steps: steps, random: random,
      batches: (0..<8).map { _ in batch(layout, shape, on: device) }, device: device,
      dtype: precision == "bfloat16" ? .bfloat16 : .float32, period: try period(of: config))
    // On a GPU long enough for every kind of step to be recorded.
    for _ in 0..<(device == .cpu ? 6 : 5 * trainer.period + 1) { trainer.step() }
    answer("{\"ready\": true, \"parameters\": \(trainer.parameterCount)}")
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 2, let steps = Int(words[1]) else { continue }
      if words[0] == "split" { answer(trainer.split(steps)) }
      guard words[0] == "run" else { continue }
      let before = ProcessGroup.current?.traffic
      let milliseconds = trainer.medianMilliseconds(steps)
      let sent = sent(since: before, steps: steps)
      answer("{\"ms\": \(milliseconds), \"peak_mib\": \(peakMiB(on: device))\(sent)}")
    }
  }

  /// Calls and bytes a step, of a group of processes.
  private func sent(since before: ProcessGroup.Traffic?, steps: Int) -> String {
    guard let before, let now = ProcessGroup.current?.traffic else { return "" }
    let calls = Double(now.calls - before.calls) / Double(steps)
    return ", \"calls\": \(calls), \"bytes\": \((now.bytes - before.bytes) / steps)"
  }

  /// Steps after which the work repeats.
  private func period(of config: some RecipeConfig) throws -> Int {
    guard case .integer(let steps)? = try config.jsonObject()["criticSteps"] else { return 1 }
    return steps
  }

  private func batch(_ layout: DataLayout, _ shape: DataShape, on device: Device) -> [BatchPart] {
    layout.parts.map { part in
      let images = Tensor.uniform(
        [batchSize * part.frames] + shape.imageShape, -1, 1, on: device
      ).settled(.channelsLast)
      return part.labels == .hidden
        ? BatchPart(images: images)
        : BatchPart(images: images, labels: .randomIntegers([batchSize], below: 10, on: device))
    }
  }
}

/// A recipe with prepared minibatches.
private struct Trainer<R: Recipe> {
  var recipe: R
  let steps: RepeatedSteps<R>
  let random: RandomGenerator
  let batches: [[BatchPart]]
  let device: Device
  let dtype: DType
  let period: Int
  var made = 0

  var parameterCount: Int { recipe.parameterCount }

  mutating func step() {
    let batch = batches[made % batches.count]
    let report = random.run {
      withAutocast(to: dtype, on: device) { steps.step(&recipe, batch) }
    }
    // On a GPU a session reads them only to log, for reading waits.
    if device == .cpu { _ = report.read() }
    made += 1
  }

  /// The median over groups of steps long enough to hold a whole cycle of updates. A GPU works
  /// behind the host, which waits for it at the end of each of a few groups.
  mutating func medianMilliseconds(_ steps: Int) -> Double {
    let periods = max(steps / period, 1)
    let group = device == .cpu ? 1 : (periods + 4) / 5
    var times: [Double] = []
    for _ in 0..<((periods + group - 1) / group) { times.append(meanMilliseconds(group * period)) }
    return times.sorted()[times.count / 2]
  }

  /// The mean milliseconds of a step, and those of its convolutions and products.
  mutating func split(_ steps: Int) -> String {
    let start = ContinuousClock.now
    let products = OperationLog.secondsOfProducts { for _ in 0..<steps { step() } }
    let all = (ContinuousClock.now - start) / .milliseconds(1)
    return "{\"ms\": \(all / Double(steps)), \"products_ms\": \(1000 * products / Double(steps))}"
  }

  /// Until the device has done them.
  private mutating func meanMilliseconds(_ steps: Int) -> Double {
    let start = ContinuousClock.now
    for _ in 0..<steps { step() }
    device.synchronize()
    return (ContinuousClock.now - start) / .milliseconds(1) / Double(steps)
  }
}

/// The largest resident set of this process so far, or what its tensors took on a GPU.
private func peakMiB(on device: Device) -> Double {
  if let bytes = device.peakMemory { return Double(bytes) / 1_048_576 }
  var usage = rusage()
  getrusage(0, &usage)  // RUSAGE_SELF, which C libraries type differently
  return Double(usage.ru_maxrss) / 1024
}

private func answer(_ line: String) {
  print(line)
  fflush(nil)
}

/// What the measurements run.
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gan-benchmark", subcommands: [Worker.self, Decoding.self, Link.self],
    defaultSubcommand: Worker.self)
}

Benchmark.main()
