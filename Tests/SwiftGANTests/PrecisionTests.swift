import Foundation
import GANKit
import GANTraining
import GANZoo
import SwiftGAN
import TestSupport
import Testing
import Torch

/// What `--precision auto` takes.
@Suite("The faster number format")
struct PrecisionTests {
  private struct Trained {
    let precision: Precision
    let remarks: [String]
    let weights: [String: [UInt8]]

    var choice: String? {
      remarks.first { $0.hasPrefix("float32: ") || $0.hasPrefix("bfloat16: ") }
    }
  }

  private func trained<R: Recipe>(_: R.Type, _ precision: Precision?) throws -> Trained {
    let path = NSTemporaryDirectory() + "swiftgan-precision-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var plan = TrainingPlan<R>()
    (plan.length, plan.batchSize, plan.threads) = (.steps(2), 8, 1)
    plan.precision = precision
    let session = try TrainingSession(new: plan, in: .at(path))
    try session.run()
    let made = try RunDirectory(path).configuration()
    #expect(made == session.configuration)
    // What was chosen is what was asked for.
    #expect(try plan.progress(in: RunDirectory(path)) == .done)
    return Trained(
      precision: made.precision, remarks: session.remarks,
      weights: session.recipe.stateDictionary.mapValues(\.rawBytes))
  }

  @Test("is bfloat16 where steps were clearly faster, and measuring them changes no bit of the run")
  func measured() throws {
    try #require(LSGAN.card.holdsInBFloat16)
    let chosen = try trained(LSGAN.self, nil)
    let choice = try #require(chosen.choice)
    #expect(choice.hasPrefix("\(chosen.precision.rawValue): "), "\(choice)")
    guard PrecisionSpeed.isPossible else {
      #expect(choice == "float32: the processor has no instructions for bfloat16")
      return
    }
    let words = choice.split(separator: " ").map(String.init)
    let ratio = try #require(words.compactMap(Double.init).first, "\(choice)")
    // It is rounded for the remark.
    if abs(ratio - 1.15) > 0.01 {
      #expect((ratio > 1.15) == (chosen.precision == .bfloat16), "\(choice)")
    }
    let asked = try trained(LSGAN.self, chosen.precision)
    #expect(asked.choice == nil && asked.weights == chosen.weights)
  }

  @Test("is float32 where no claim was shown to hold in bfloat16")
  func unknown() throws {
    try #require(!CGAN.card.holdsInBFloat16)
    let chosen = try trained(CGAN.self, nil)
    #expect(chosen.precision == .float32)
    #expect(chosen.choice?.contains("the claims of cgan were not shown to hold") == true)
    #expect(try trained(CGAN.self, .bfloat16).precision == .bfloat16)
  }

  @Test("is bfloat16 where it is clearly faster, on processors with instructions for it")
  func clearly() {
    #expect(PrecisionSpeed(float32: 100, bfloat16: 116).prefersBFloat16)
    #expect(!PrecisionSpeed(float32: 100, bfloat16: 114).prefersBFloat16)
    let known = LibTorch.processor.features
    #expect(PrecisionSpeed.isPossible == (known.contains(.avx512BF16) || known.contains(.amxBF16)))
  }
}
