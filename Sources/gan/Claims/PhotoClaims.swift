import GANAnalysis
import GANTraining

extension Claims {
  /// Systems of noise on folders of photos; distances are in the features of a small classifier
  /// that is trained on the same photos, for no network of photos ships with the package.
  static let photos = [snGANPhotos, pgganFaces]

  private static let snGANPhotos = Claim(
    name: "sn-gan-photos", system: "sn-gan",
    statement: "CIFAR-10, conditional: the Fréchet distance falls from checkpoint to checkpoint",
    paper: "FID 21.7 unconditional, 17.5 conditional (the same networks, full size)",
    training: "--data SWIFTGAN_DATA/cifar10.tar --minutes 8 --seed 1 --precision bfloat16 --flip "
      + "--set architecture=resnet --set conditional=true --set generatorWidth=32 "
      + "--set discriminatorWidth=32 --set discriminatorSteps=1 --set averageDecay=0.99 "
      + "\(kept) 200",
    fullSize: "--device cuda --minutes 600 --set generatorWidth=256 --set discriminatorWidth=128 "
      + "--set discriminatorSteps=5 --checkpoint-every 20000",
    companions: [
      reader("--data SWIFTGAN_DATA/cifar10.tar --flip --set width=16 --steps 1200")
    ]
  ) { run in try run.improvement() }

  private static let pgganFaces = Claim(
    name: "pggan-faces", system: "pggan",
    statement: "CelebA faces from 4x4 to 64x64: the Fréchet distance falls from checkpoint to "
      + "checkpoint",
    paper: "FID 7.3 on CelebA-HQ at 1024x1024",
    training: "--data SWIFTGAN_DATA/celeba64.tar --size 64 --minutes 12 --seed 1 --flip "
      + "--batch-size 16 --set latentSize=64 --set channelBase=512 --set mostChannels=32 "
      + "--set stableImages=10000 --set fadeImages=10000 --set learningRate=0.003 "
      + "--set averageDecay=0.99 \(kept) 500",
    fullSize: "--device cuda --minutes 600 --set latentSize=512 --set channelBase=8192 "
      + "--set mostChannels=512 --set stableImages=600000 --set fadeImages=600000 "
      + "--set learningRate=0.001 --checkpoint-every 20000",
    companions: [
      reader(
        "--data SWIFTGAN_DATA/celeba64.tar --attribute Male --size 32 --set width=16 --steps 400")
    ]
  ) { run in try run.improvement() }

  private static let kept = "--keep 40 --checkpoint-every"

  private static func reader(_ training: String) -> Claim.Companion {
    Claim.Companion(
      suffix: "reader", system: "classifier",
      training: "\(training) --set architecture=residual --precision bfloat16 --seed 1")
  }
}

extension ClaimRun {
  /// How the distance to the photos goes on over at most ten checkpoints, in the features of the
  /// companion `reader`: met where its rank correlation with the step is at most -0.8.
  fileprivate func improvement() throws -> Finding {
    let reader = "\(path)-reader/reader.safetensors"
    _ = try companion("reader").evaluated("--export", reader)
    let steps = evenly(RunDirectory(path).checkpointSteps, 10)
    let distances = try steps.map { step in
      try evaluated(
        "--step", "\(step)", "--metrics", "fid", "--count", "2000", "--features", reader
      ).first("fid[")
    }
    guard let first = distances.first, let last = distances.last,
      let course = rankCorrelation(steps.map(Double.init), distances)
    else { throw CommandError("\(path): too few checkpoints to rank") }
    return Finding(
      figure: "fid[reader] \(decimal(last, 1)) at step \(steps[steps.count - 1]); rank correlation "
        + "with the step \(decimal(course, 2)) over \(steps.count) checkpoints",
      floor: "\(decimal(first, 1)) at step \(steps[0])", isMet: course <= -0.8)
  }
}

/// At most `count` of the values, from the first to the last.
private func evenly(_ values: [Int], _ count: Int) -> [Int] {
  guard values.count > count else { return values }
  return (0..<count).map { values[$0 * (values.count - 1) / (count - 1)] }
}
