import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

/// What becomes of digits that a system of two domains turns from plain to textured ones and back.
struct KeptDigits {
  /// One direction.
  struct Way {
    /// `ab` or `ba`.
    let name: String
    /// The share of the outputs that are read as the input's digit, and of real images as theirs.
    let kept, real: Double
    /// The Fréchet distance from the other domain, by the features of plain digits.
    let distance: Double
    /// The mean absolute difference of an input from what comes back.
    let cycleError: Double

    /// In words.
    var text: String {
      "\(name) \(percent(kept)), fid[digits] \(decimal(distance, 1)), "
        + "cycle error \(decimal(cycleError, 3))"
    }
  }

  let textured, plain: Way

  /// - Parameter reader: features that read textured digits, see ``ClaimRun/reader()``.
  init(by run: ClaimRun, _ reader: String) throws {
    let read = try run.read(by: reader)
    let found = try run.evaluated { $0.count = 2000 }
    func way(_ name: String, _ read: [String: MetricResult]) throws -> Way {
      let (kept, real) = try read.kept(name)
      return Way(
        name: name, kept: kept, real: real,
        distance: try found.first("\(name)/fid["),
        cycleError: try found.value("\(name)/cycle-error"))
    }
    (textured, plain) = (try way("ab", read), try way("ba", found))
  }

  /// The share that is kept in the worse direction.
  var share: Double { min(textured.kept, plain.kept) }
  /// Both directions in words.
  var text: String { "\(textured.text); \(plain.text)" }
  /// What real digits are read with, in words.
  var floor: String {
    "\(percent(textured.real)) (real textured digits), \(percent(plain.real)) (real plain ones)"
  }
}

/// The first held-out digits in both looks, prepared as those that a run was trained on: digit i of one is
/// digit i of the other.
struct DigitLooks {
  /// `[N, C, H, W]` in [-1, 1].
  let plain, textured: Tensor

  init(_ count: Int, as shape: DataShape) throws {
    func images(_ source: any ImageSource, _ shape: ImageShape) throws -> Tensor {
      let all = Array(0..<count)
      let images = try DataSet.load(
        SubsetSource(source, all), size: shape.size, channels: shape.channels, fit: .pad)
      return Tensor(imageBytes: try images.batch(all).pixels, shape: [count] + shape.dimensions)
    }
    let pairs = try DataSet.openPairs("textured", split: .test)
    (plain, textured) = (try images(pairs.b, shape.input), try images(pairs.a, shape.image))
  }
}

extension Claim {
  /// Plain to textured digits and back, by a system trained as its preset says.
  ///
  /// - Parameter share: how many digits must be kept.
  static func texturedDigits<R: Claiming & TranslatingRecipe>(
    _ preset: Preset<R>, keeping share: Double = 0.9
  ) -> Claim {
    Claim(
      R.card.name, "plain to textured digits and back",
      [.atLeast(share, "kept", "of the digits are kept both ways", as: .percent)],
      paper: "none on digits", TrainingPlan<R>(preset, on: .at("textured")),
      companions: [.reader(of: "textured")]
    ) { run in
      let digits = try KeptDigits(by: run, run.reader())
      return Measurement(["kept": digits.share], figure: digits.text, floor: digits.floor)
    }
  }
}

extension Claim.Companion {
  /// A classifier of a set, which reads digits that the classifier of plain ones cannot.
  static func reader(of set: String) -> Claim.Companion {
    Claim.Companion(
      ClaimRun.readerSuffix,
      TrainingPlan<Classifier>.residual(width: 16, on: .at(set), steps: 1200))
  }
}

extension TrainingPlan<Classifier> {
  /// A residual classifier of so many channels at first, trained for so long.
  static func residual(
    width: Int, on data: DataConfiguration, steps: Int
  ) -> TrainingPlan<Classifier> {
    TrainingPlan<Classifier>(
      .with { ($0.architecture, $0.width) = (.residual, width) }, on: data
    ).with { $0.length = .steps(steps) }
  }
}

extension ClaimRun {
  fileprivate static let readerSuffix = "reader"

  /// How many test images of its own set the companion ``Claim/Companion/reader(of:)`` reads as what they
  /// are.
  func readerAccuracy() throws -> Double {
    try companion(Self.readerSuffix).evaluated().first("accuracy[")
  }

  /// The features of the companion ``Claim/Companion/reader(of:)``, written to a file.
  func reader() throws -> String { try exported(Self.readerSuffix) }

  /// The features of a classifier that was trained beside this run, written to a file.
  ///
  /// - Parameter change: what else is asked of its evaluation.
  func exported(
    _ suffix: String, _ change: (inout EvaluationRequest) -> Void = { _ in }
  ) throws -> String {
    let file = "\(path)-\(suffix)/\(suffix).safetensors"
    _ = try companion(suffix).evaluated { request in
      request.export = file
      change(&request)
    }
    return file
  }

  /// What an evaluation finds with the features that ``reader()`` has written.
  func read(by reader: String) throws -> [String: MetricResult] {
    try evaluated { ($0.features, $0.count) = (reader, 2000) }
  }
}

extension [String: MetricResult] {
  /// The share of a direction's outputs that are read as the input's digit, and of real images as theirs.
  func kept(_ direction: String) throws -> (outputs: Double, real: Double) {
    (try first("\(direction)/accuracy["), try first("\(direction)/real-accuracy["))
  }
}
