import ArgumentParser

/// `gan analyze`
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "Look into trained networks.",
    discussion: """
      EXAMPLES:
        gan analyze walk runs/dcgan-1 --output walk.png
        gan analyze curves runs/dcgan-1 --output losses.png
        gan analyze features runs/dcgan-1
        gan analyze cam digits mnist --output cam.png
      """,
    subcommands: [
      WalkCommand.self, CurvesCommand.self, ModesCommand.self, LatentsCommand.self,
      ArithmeticCommand.self, ReconstructCommand.self, NeighborsCommand.self,
      FeaturesCommand.self, FiltersCommand.self, AblateCommand.self, AttributesCommand.self,
      ClassActivationCommand.self, CodesCommand.self, PlaneCommand.self,
    ])
}
