import Foundation
import GANKit
import GANTraining
import GANZoo
import Testing
import Torch

@testable import SwiftGAN

@Suite("The runs of claims")
struct ClaimPlanTests {
  private func hasTwoKinds<R: Recipe>(_: R.Type) -> Bool { R.layout(R.Config()).hasTwoKinds }

  /// Hours of training lie before a claim's last run: whether its data suits it must be known before.
  @Test("on built-in sets of two kinds of images all begin")
  func begin() throws {
    LibTorch.threads = 1
    var seen: Set<String> = []
    for claim in Claims.all where claim.preparations.isEmpty {
      for plan in [claim.plan] + claim.companions.map(\.plan) {
        let data = plan.data
        guard try hasTwoKinds(Zoo.recipe(named: plan.system)),
          !data.isReal,
          seen.insert("\(plan.system) \(data)").inserted
        else { continue }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
          "claim-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: Never.self, "\(claim.name), \(plan.system)") {
          _ = try plan.session(in: .at(folder.path))
        }
      }
    }
    #expect(seen.count > 10)
  }
}
