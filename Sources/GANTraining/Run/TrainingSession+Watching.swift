import GANKit
import Torch

/// What sample sheets tell in numbers.
extension TrainingSession {
  /// Real images that samples are compared with.
  private static var comparedImages: Int { 128 }

  /// Looks at what a sheet shows: keeps the numbers for the log, and what is to be said about them. Nothing that
  /// training depends on changes.
  func watch(_ preview: Preview) {
    let numbers = sampleNumbers(preview) + translationNumbers(preview)
    sampleFigures = numbers.filter(\.value.isFinite)
  }

  private func sampleNumbers(_ preview: Preview) -> [(name: String, value: Double)] {
    let rows = preview.samples.map { preview.rows[$0] }
    guard let first = rows.first, let real = realDistance, real > 0, step > 0 else { return [] }
    let hasKinds = hasKinds && rows.count > 1
    let distance =
      hasKinds
      ? SampleSpread.distance(ofColumns: rows)
      : SampleSpread.distance(of: rows.count == 1 ? first : .concatenated(rows))
    guard distance.isFinite else { return [] }
    add(remark: watcher.samples(distance / real, at: step))
    return [("sample_distance", distance / real)]
  }

  private func translationNumbers(_ preview: Preview) -> [(name: String, value: Double)] {
    guard step > 0, preview.translations.count > 1 else { return [] }
    let parts = preview.translations.map { preview.rows[$0.input] }
    guard parts[0].shape.dropFirst(2) == parts[1].shape.dropFirst(2) else { return [] }
    let expected = BrightnessCorrelation.ofMeans(parts[0], parts[1])
    return preview.translations.compactMap { translation in
      let (input, output) = (preview.rows[translation.input], preview.rows[translation.output])
      guard input.shape.dropFirst(2) == output.shape.dropFirst(2) else { return nil }
      let found = BrightnessCorrelation.mean(input, output)
      guard found.isFinite else { return nil }
      add(
        remark: watcher.translation(
          found, expected: expected, direction: translation.direction.rawValue))
      return ("input_correlation_\(translation.direction.rawValue)", found)
    }
  }

  /// Whether samples are drawn of classes, each of which is compared in itself.
  private var hasKinds: Bool { (recipe as? any GenerativeRecipe)?.classCount ?? 0 > 0 }

  /// How far real images are apart, those of the run's first minibatches, whenever it was begun or resumed.
  private var realDistance: Double? {
    if let known = knownRealDistance { return known }
    let found = (try? measuredRealDistance()) ?? 0
    knownRealDistance = found
    return found
  }

  private func measuredRealDistance() throws -> Double {
    var (images, labels): ([Tensor], [Int]) = ([], [])
    var count = 0
    for batch in 0..<Self.comparedImages where count < Self.comparedImages {
      let parts = try feed.parts(at: batch)
      guard let part = recipe is any CoupledRecipe ? parts.first : parts.last else { return 0 }
      images.append(part.images)
      labels += part.labels?.integers ?? []
      count += part.images.size(0)
    }
    let all = Tensor.concatenated(images)
    guard hasKinds, labels.count == all.size(0) else {
      return SampleSpread.distance(of: all)
    }
    return SampleSpread.distance(of: all, labels: labels) ?? SampleSpread.distance(of: all)
  }

  /// Says something with the next report, beside what is to be said already.
  func add(remark text: String?) {
    guard let text else { return }
    remark = remark.map { "\($0); \(text)" } ?? text
  }
}
