import ArgumentParser
import Foundation
import GANAnalysis
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `c1=3`, a code with one value, or `c2=-1...1`, a code that runs over values.
struct CodeAssignment: ExpressibleByArgument {
  let name: String
  /// The value, or both ends of what it runs over.
  let ends: [Double]

  init?(argument: String) {
    guard let assignment = Assignment(argument: argument) else { return nil }
    let parts = assignment.value.components(separatedBy: "...").map { Double($0) }
    guard (1...2).contains(parts.count), parts.allSatisfy({ $0?.isFinite == true }) else {
      return nil
    }
    (name, ends) = (assignment.field, parts.compactMap { $0 })
  }

  /// The code it names, if its values are such as the code takes.
  ///
  /// - Throws: `RunError`.
  func code(of recipe: any CodedRecipe) throws -> LatentCode {
    try recipe.code(named: name, ends)
  }

  /// The values a code runs over: every category, or `steps` numbers.
  func values(of code: LatentCode, steps: Int) -> [Double] {
    guard case .categorical = code.kind else {
      return CodeSweep.values(over: ends[0]...ends[1], steps: steps)
    }
    return stride(from: ends[0], through: ends[1], by: 1).map { $0 }
  }
}

/// Codes as `gan sample` was told to set them.
struct ChosenCodes {
  private let fixed: [(code: LatentCode, value: Double)]
  /// The one code that runs over values, if any does.
  let sweep: CodeSweep?

  /// - Throws: `RunError` unless the run's system has these codes and at most one of them runs.
  init(_ assignments: [CodeAssignment], of run: GeneratingRun, steps: Int) throws {
    guard let recipe = run.generator as? any CodedRecipe else {
      throw RunError.field(
        "codes", found: "'\(assignments.first?.name ?? "")'",
        expected: "none, for '\(run.configuration.recipe)' has no codes")
    }
    var (fixed, sweeps) = ([(code: LatentCode, value: Double)](), [CodeSweep]())
    for assignment in assignments {
      let code = try assignment.code(of: recipe)
      if fixed.contains(where: { $0.code == code }) || sweeps.contains(where: { $0.code == code }) {
        throw RunError.field(
          "codes", found: "'\(code.name)' twice", expected: "every code once")
      }
      if assignment.ends.count == 1 {
        fixed.append((code, assignment.ends[0]))
      } else {
        sweeps.append(CodeSweep(code, assignment.values(of: code, steps: steps)))
      }
    }
    guard sweeps.count <= 1 else {
      throw RunError.field(
        "codes", found: "\(sweeps.count) ranges", expected: "at most one, for the columns")
    }
    (self.fixed, sweep) = (fixed, sweeps.first)
  }

  /// Noise `[N, D]` with the codes set: `[N · columns, D]`.
  func applied(to latent: Tensor) -> Tensor {
    let set = fixed.reduce(latent) { latent, choice in
      choice.code.setting(latent, to: [Double](repeating: choice.value, count: latent.size(0)))
    }
    return sweep.map { $0.latent(set) } ?? set
  }
}
