import Torch

/// One thing that can be measured of a system beside images it has not learned from: how far what it
/// makes is from what it should look like.
public struct Comparison {
  /// What the system is given.
  public enum Input {
    /// Noise, and classes in turn where there are any.
    case noise(LatentPrior, classes: Int)
    /// Images of a part of the layout.
    case images(part: Int)
    /// Images of a part of the layout with holes, which the function draws for images `[N, C, H, W]`, see
    /// ``CompletingRecipe/holes(like:)``.
    case holes(part: Int, drawn: (Tensor) -> Tensor)
    /// Images that it should give back, such as an autoencoder.
    case same
  }

  /// What stands in front of the numbers' names, such as `ab/`; empty where there is only one.
  public let name: String
  /// What the system is given.
  public let input: Input
  /// The part of the layout that the outputs should look like.
  public let target: Int
  /// The grey levels that the outputs have, to which what they are compared with is moved; `nil` for all values.
  public let greyLevels: Int?
  /// Images `[N, C, H, W]` in [-1, 1] for inputs `[N, ...]` and what is told beside them, if anything: classes
  /// `[N]`, where images have holes, or the landmarks `[N, K, 2]` that the layout asks for.
  public let output: (Tensor, Tensor?) -> Tensor
  /// The way back, which should give the inputs again; `nil` where there is none.
  public let back: ((Tensor) -> Tensor)?

  /// A comparison.
  public init(
    _ name: String = "", input: Input, target: Int, greyLevels: Int? = nil,
    back: ((Tensor) -> Tensor)? = nil, output: @escaping (Tensor, Tensor?) -> Tensor
  ) {
    (self.name, self.input, self.target, self.greyLevels) = (name, input, target, greyLevels)
    (self.output, self.back) = (output, back)
  }
}

extension Comparison {
  /// The noise that the system is given, and the number of classes it is told of; `nil` where it is
  /// given images.
  public var noise: (prior: LatentPrior, classes: Int)? {
    if case .noise(let prior, let classes) = input { (prior, classes) } else { nil }
  }

  /// The part of the layout whose images it is to turn into others or to complete; `nil` where it is given
  /// noise, or images that it should give back.
  public var part: Int? {
    switch input {
    case .images(let part), .holes(let part, _): part
    case .noise, .same: nil
    }
  }

  /// Draws holes for images that it is to complete; `nil` where it is given something else.
  public var holes: ((Tensor) -> Tensor)? {
    if case .holes(_, let drawn) = input { drawn } else { nil }
  }

  /// Whether it is given the images that it should make.
  public var givesBack: Bool { if case .same = input { true } else { false } }
}

extension GenerativeRecipe {
  /// Samples beside the images of the last part.
  public func comparisons(on layout: DataLayout) -> [Comparison] { [samples(on: layout)] }

  fileprivate func samples(on layout: DataLayout) -> Comparison {
    Comparison(
      input: .noise(prior, classes: classCount), target: layout.parts.count - 1,
      greyLevels: greyLevels, output: { generate($0, labels: $1) })
  }
}

extension CoupledRecipe {
  /// Both kinds of images, each beside its own part; the second one first, which `generate` draws.
  public func comparisons(on layout: DataLayout) -> [Comparison] {
    [
      Comparison("b/", input: .noise(prior, classes: 0), target: 1) { noise, _ in
        generatePairs(noise).b
      },
      Comparison("a/", input: .noise(prior, classes: 0), target: 0) { noise, _ in
        generatePairs(noise).a
      },
    ]
  }
}

extension EncodingRecipe {
  /// Samples beside the images of the last part, and these beside what becomes of their codes.
  public func comparisons(on layout: DataLayout) -> [Comparison] {
    let samples = samples(on: layout)
    return [
      samples,
      Comparison(
        input: .same, target: samples.target, output: { images, _ in reconstruct(images) }),
    ]
  }
}

extension LandmarkedRecipe {
  /// Translations beside the other part.
  public func comparisons(on layout: DataLayout) -> [Comparison] {
    [
      Comparison(
        input: .images(part: 0), target: 1,
        output: { translate($0, directions[0], landmarks: $1) })
    ]
  }
}

extension CompletingRecipe {
  /// Completed images beside whole ones, all of one kind.
  public func comparisons(on layout: DataLayout) -> [Comparison] {
    [
      Comparison(
        input: .holes(part: 0, drawn: { holes(like: $0) }), target: 0,
        output: { images, mask in mask.map { complete(images, mask: $0) } ?? images })
    ]
  }
}

extension StyledRecipe {
  /// Each direction: translations in styles of the prior beside the other part. The way back would draw another
  /// style than the image had.
  public func comparisons(on layout: DataLayout) -> [Comparison] { comparisons(goingBack: false) }
}

extension TranslatingRecipe {
  /// Each direction: translations beside the other part.
  public func comparisons(on layout: DataLayout) -> [Comparison] { comparisons(goingBack: true) }

  fileprivate func comparisons(goingBack: Bool) -> [Comparison] {
    directions.map { direction in
      let (from, to) = direction == .ab ? (0, 1) : (1, 0)
      let hasWayBack = goingBack && directions.contains(direction.reversed)
      return Comparison(
        directions.count > 1 ? "\(direction.rawValue)/" : "", input: .images(part: from),
        target: to, back: hasWayBack ? { translate($0, direction.reversed) } : nil,
        output: { images, _ in translate(images, direction) })
    }
  }
}
