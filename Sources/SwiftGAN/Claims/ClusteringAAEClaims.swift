import GANAnalysis
import GANTraining
import GANZoo

extension ClusteringAAE: Claiming {
  /// Smaller networks, or the paper's.
  public static let ownPresets = [small, .paper("30 clusters, 1,500 passes over MNIST")]

  private static let small = Preset<ClusteringAAE>.small(batchSize: 100, steps: 8000) {
    ($0.encoderWidths, $0.generatorWidths) = ([500, 500], [500, 500])
    $0.discriminatorWidths = [500, 500]
  }

  /// Sorting without labels.
  public static let claims = [
    Claim(
      "aae-clusters", "MNIST, 30 clusters without labels",
      [.atMost(0.15, "error", "of the test digits in a cluster of another class", as: .percent)],
      paper: "4.10 % (1,500 passes)", TrainingPlan<ClusteringAAE>(small, on: .mnist)
    ) { run in
      let opened = try GeneratingRun(images: run.path)
      let recipe = try opened.codedRecipe(run.path)
      let images = RunImages(opened, nil)
      let (training, tests) = (try images.split(.train), try images.split(.test))
      let found = try CodeAnalysis(of: recipe, on: opened.device).sorting(
        training: (training, training.chosen(10_000, seed: 1)),
        tests: (tests, tests.chosen(10_000, seed: 1)))[0]
      return Measurement(
        ["error": found.confidentError],
        figure: "\(percent(found.confidentError)) error, "
          + "\(percent(found.error)) with clusters named by most of their images",
        floor: "90 % (chance)")
    }
  ]
}
