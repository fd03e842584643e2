import GANAnalysis
import GANData
import GANTraining

/// Images prepared as those of a run: its own set, or another one.
package struct RunImages {
  private let run: GeneratingRun
  private let data: String?

  /// - Parameter data: a built-in set or a path; `nil` takes what the run was trained on.
  package init(_ run: GeneratingRun, _ data: String?) { (self.run, self.data) = (run, data) }

  /// A split of the set.
  package func split(_ split: Split) throws -> PreparedImages {
    try PreparedImages(configuration(), split: split)
  }

  /// The images of the test split; `nil` for a set without one, all images of which are trained on.
  package func heldOut() throws -> PreparedImages? {
    let data = try configuration()
    let training = try DataSource.open(data, split: .train)
    guard training.count < (try DataSource.open(data, split: .all)).count else { return nil }
    return try split(.test)
  }

  /// The set, prepared as the run's own images.
  package func configuration() throws -> DataConfiguration {
    var configuration = run.configuration.data
    configuration.source = data ?? configuration.source
    configuration.attributes = run.configuration.data.attributes(of: configuration.source)
    if PointDistribution.isNamed(configuration.source) {
      throw RunError.field(
        "source", found: "'\(configuration.source)'", expected: "a set of images, not points")
    }
    // Another set may have other classes; where they are the run's, they are numbered alike.
    if data != nil, (try? DataSource.open(configuration, split: .all)) == nil {
      configuration.classNames = nil
    }
    // The run's own images have its shape; others are opened with their own.
    return configuration
  }

  /// What the set is called.
  package var name: String { data ?? run.configuration.data.source }
}
