import GANKit
import SwiftGAN

/// What a run can be asked for: which parts the playground has.
struct Abilities: Codable, Sendable, Equatable {
  /// A code that can be set.
  struct Code: Codable, Sendable, Equatable {
    let name: String
    let least: Double
    let most: Double
    /// Whether it is one of so many categories.
    let isCategory: Bool
  }

  /// The checkpoint's step.
  let step: Int
  /// Draws from noise of so many dimensions; `nil` for one that does not draw.
  let latentDimension: Int?
  /// Whether noise can be moved toward its mean.
  let canTruncate: Bool
  /// Whether what it draws are points, not images.
  let drawsPoints: Bool
  /// Whether each noise makes a pair of images.
  let drawsPairs: Bool
  /// The names of classes that can be asked for.
  let drawnClasses: [String]
  let codes: [Code]
  /// Ways to translate, the usual first.
  let directions: [String]
  /// Whether a translation is in a style that a seed decides.
  let hasStyles: Bool
  /// Whether images need points of theirs, which a dropped picture does not have.
  let needsLandmarks: Bool
  /// How many times as large images become; `nil` for a system that does not enlarge.
  let scale: Int?
  let completes: Bool
  let encodes: Bool
  /// What a picture's code can be moved along: classes of the images that the run was trained on.
  let attributes: [String]
  /// The names of classes that it tells apart.
  let knownClasses: [String]

  init(_ opened: OpenedRun) {
    let run = opened.run
    let generator = run.recipe as? any GenerativeRecipe
    step = run.step
    latentDimension = generator?.prior.dimension
    canTruncate = generator?.prior.hasMean ?? false
    drawsPoints = generator != nil && run.shape.arePoints
    drawsPairs = run.recipe is any CoupledRecipe
    drawnClasses = (generator?.classCount ?? 0) > 0 ? run.classNames : []
    codes = ((run.recipe as? any CodedRecipe)?.codes ?? []).map(Code.init)
    let translator = run.recipe as? any TranslatingRecipe
    directions = translator?.directions.map(\.rawValue) ?? []
    hasStyles = run.recipe is any StyledRecipe
    needsLandmarks = translator != nil && run.needsLandmarks
    scale = (run.recipe as? any EnlargingRecipe)?.scale
    completes = run.recipe is any CompletingRecipe
    encodes = run.recipe is any EncodingRecipe && !run.shape.arePoints
    attributes = encodes ? opened.attributeNames : []
    knownClasses =
      run.recipe is any ClassifyingRecipe && run.shape.classes > 0 ? run.classNames : []
  }
}

extension Abilities.Code {
  fileprivate init(_ code: LatentCode) {
    (name, least, most) = (code.name, code.limits.lowerBound, code.limits.upperBound)
    if case .categorical = code.kind { isCategory = true } else { isCategory = false }
  }
}
