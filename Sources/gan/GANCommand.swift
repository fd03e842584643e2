import ArgumentParser

/// The root command; everything it can do is a subcommand.
struct GANCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gan",
    abstract: "Train generative adversarial networks and draw from them.",
    discussion: """
      EXAMPLES:
        gan list                                  what can be trained
        gan train dcgan --minutes 3               train on the built-in digits
        gan sample runs/dcgan-1 --output x.png    draw from the result
        gan evaluate runs/dcgan-1                 measure it
        gan resume runs/dcgan-1 --steps 20000     train on
        gan doctor                                see whether all works here
      """,
    version: "0.1.0",
    subcommands: [
      ListCommand.self, ShowCommand.self, TrainCommand.self, ResumeCommand.self,
      SampleCommand.self, EncodeCommand.self, TranslateCommand.self,
      CompleteCommand.self, EnlargeCommand.self, ExportCommand.self, ImportCommand.self,
      ReproduceCommand.self, ClassifyCommand.self, EvaluateCommand.self,
      CompareCommand.self, ReportCommand.self, ServeCommand.self, DataCommand.self,
      AnalyzeCommand.self, DoctorCommand.self,
    ])
}
