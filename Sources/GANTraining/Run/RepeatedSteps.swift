import Foundation
import GANKit
import Torch
import TorchNN

/// Makes the steps of a recipe. A GPU that can do so records one of each kind and then repeats it by itself, so that
/// the host need not tell it each operation again.
package final class RepeatedSteps<R: Recipe> {
  private struct Kind {
    let recorded: RecordedStep
    let parts: [BatchPart]
    let report: StepReport
  }

  /// So many steps of a kind are made before one is recorded, the last of them on the recorder's stream:
  /// libraries choose their algorithms and set up memory meanwhile.
  private static var stepsBefore: Int { 3 }

  private let device: Device
  private let recorder: DeviceRecorder?
  private var kinds: [Int: Kind] = [:]
  private var made: [Int: Int] = [:]
  /// Why nothing is recorded; `nil` where it may be.
  private var obstacle: String?
  private var hasTold = false

  /// - Parameters:
  ///   - random: what the steps draw from.
  ///   - isAlone: whether no other process has a part in the steps; what those exchange is not recorded.
  package init(_ recipe: R, on device: Device, drawing random: RandomGenerator, isAlone: Bool) {
    self.device = device
    obstacle = Self.obstacle(recipe, device, isAlone)
    recorder = obstacle == nil ? DeviceRecorder(for: device, drawing: random) : nil
    if recorder == nil { obstacle = obstacle ?? "the device cannot record them" }
  }

  private static func obstacle(_ recipe: R, _ device: Device, _ isAlone: Bool) -> String? {
    if ProcessInfo.processInfo.environment["SWIFTGAN_GRAPHS"] == "off" {
      return "SWIFTGAN_GRAPHS is off"
    }
    if recipe.stepKind == nil { return "the host decides in them" }
    if !isAlone { return "processes exchange what they computed in them" }
    return DeviceRecorder.serves(device)
      ? nil : "CUDA's headers were not there when CTorch was compiled"
  }

  /// Whether a GPU repeats the steps by itself, and why not, told once; `nil` before it is known, and on other
  /// devices.
  package func news() -> String? {
    guard case .cuda = device, !hasTold, obstacle != nil || !kinds.isEmpty else { return nil }
    hasTold = true
    return obstacle.map { "steps are not repeated as CUDA graphs: \($0)" }
      ?? "steps are repeated as CUDA graphs"
  }

  /// One step. Its report is valid until the next.
  package func step(_ recipe: inout R, _ parts: [BatchPart]) -> StepReport {
    guard let recorder, obstacle == nil, let kind = recipe.stepKind else {
      return make(&recipe, parts)
    }
    if let known = kinds[kind] {
      guard known.parts.map(\.shapes) == parts.map(\.shapes) else { return make(&recipe, parts) }
      known.parts.copy(parts)
      known.recorded.repeat()
      return known.report
    }
    made[kind, default: 0] += 1
    switch made[kind, default: 0] {
    case ..<Self.stepsBefore: return make(&recipe, parts)
    case Self.stepsBefore: return recorder.onOwnStream { make(&recipe, parts) }
    default: return recorded(kind, &recipe, parts, by: recorder)
    }
  }

  private func make(_ recipe: inout R, _ parts: [BatchPart]) -> StepReport {
    recipe.step(R.Batch(parts: parts))
  }

  private func recorded(
    _ kind: Int, _ recipe: inout R, _ parts: [BatchPart], by recorder: DeviceRecorder
  ) -> StepReport {
    let own = parts.map(\.cloned)
    let before = Kept(recipe, on: device)
    var report: StepReport = [:]
    let recorded = recorder.onOwnStream {
      StepRecorder.record(with: recorder) { report = make(&recipe, own) }
    }
    guard let recorded else {
      obstacle = recorder.failure ?? "they cannot be recorded"
      before.restore(recipe)
      return make(&recipe, parts)
    }
    recorded.finish()
    kinds[kind] = Kind(recorded: recorded, parts: own, report: report)
    return report
  }
}

/// What a recording that fails may spoil.
private struct Kept {
  private let tensors: [Tensor]
  private let states: [(device: Device, state: Tensor)]

  init(_ recipe: some Recipe, on device: Device) {
    tensors = recipe.leafTensors.map { $0.cloned() }
    states = [.cpu, device].map { ($0, Randomness.state(of: $0)) }
  }

  func restore(_ recipe: some Recipe) {
    InPlace.copy(tensors, into: recipe.leafTensors)
    for (device, state) in states { try? Randomness.restore(state, of: device) }
  }
}

extension BatchPart {
  /// Its tensors in order.
  private var tensors: [Tensor] { [images] + [labels].compactMap { $0 } + attached }

  fileprivate var shapes: [[Int]] { tensors.map(\.shape) }

  fileprivate var cloned: BatchPart {
    BatchPart(
      images: images.cloned(), labels: labels?.cloned(), attached: attached.map { $0.cloned() })
  }

  fileprivate func copy(_ other: BatchPart) {
    for (own, new) in zip(tensors, other.tensors) { InPlace.copy([new], into: [own]) }
  }
}

extension [BatchPart] {
  fileprivate func copy(_ others: [BatchPart]) {
    for (own, new) in zip(self, others) { own.copy(new) }
  }
}
