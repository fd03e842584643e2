import GANKit
import GANTraining
import GANZoo

/// Digits to textured ones and back by every system of two domains without pairs, each with its numbers
/// for a processor and trained equally long: as ``EqualTime``, one for a quiet machine.
enum TranslationEqualTime {
  static let claim = Claim(
    "translation-equal-time",
    "plain to textured digits and back, systems of two domains with their presets small after the "
      + "same \(Int(minutes)) minutes",
    [
      .atLeast(0.95, "first", "of the digits are kept both ways by cyclegan", as: .percent),
      .atLeast(0.95, "best", "by the best of the others", as: .percent),
    ], paper: "none", TrainingPlan<CycleGAN>(on: .at("textured"), minutes: minutes),
    companions: others + [.reader(of: "textured")]
  ) { run in
    let reader = try run.reader()
    let all =
      try [Translated(CycleGAN.card.name, by: run, reader)]
      + others.map { try Translated($0.suffix, by: run.companion($0.suffix), reader) }
    return Measurement(
      ["first": all[0].digits.share, "best": all.dropFirst().map(\.digits.share).max() ?? 0],
      figure: all.map(\.text).joined(separator: "; "),
      floor: "\(all[0].digits.floor); \(try run.machine())")
  }

  private static let minutes = 8.0

  private static let others = [
    companion(DiscoGAN.self),
    companion(DualGAN.self),
    companion(AttentionGAN.self),
    companion(UnsupIm2Im.self),
    companion(UNIT.self),
  ]

  private static func companion<R: Claiming & TranslatingRecipe>(_: R.Type) -> Claim.Companion {
    Claim.Companion(R.self, on: .at("textured"), minutes: minutes)
  }
}

/// What a system makes of digits after its time.
private struct Translated {
  let system: String
  let digits: KeptDigits
  let steps: Int

  init(_ system: String, by run: ClaimRun, _ reader: String) throws {
    self.system = system
    digits = try KeptDigits(by: run, reader)
    steps = run.steps
  }

  var text: String { "\(system) (\(steps) steps) \(digits.text)" }
}
