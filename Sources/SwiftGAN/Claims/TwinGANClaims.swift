import GANKit
import GANTraining
import GANZoo

extension TwinGAN: Claiming {
  /// Narrow networks for digits or small faces, or the authors'.
  public static let ownPresets = [
    small, photos, .paper("faces of 256x256, eight of each domain at a time; for a GPU"),
  ]

  private static let small = Preset<TwinGAN>.small(batchSize: 16, steps: 4000, size: 32) {
    $0.grow(channelBase: 256, stage: 6000)
  }

  private static let photos = Preset<TwinGAN>(
    "photos", "faces of 64x64, half an hour on two cores",
    .with { $0.grow(channelBase: 512, stage: 4000) },
    RunDefaults(size: 64, batchSize: 8, steps: 6500))

  /// Digits of two looks, and faces.
  public static let claims = [digits, faces]

  private static let digits = Claim(
    "twin-gan", "neighbours of plain among textured digits and back, by the embedding",
    [
      .points(10, above: "pixels ab", "ab", "as by pixels have the class of the plain digit"),
      .points(10, above: "pixels ba", "ba", "as by pixels have that of the textured one"),
    ],
    paper: "none on digits (faces, by eye)", TrainingPlan<TwinGAN>(small, on: .at("textured")),
    companions: [.reader(of: "textured")]
  ) { run in
    let (ab, ba) = (try run.sameClass(.ab), try run.sameClass(.ba))
    let digits = try KeptDigits(by: run, run.reader())
    return Measurement(
      ["ab": ab.embedding, "ba": ba.embedding, "pixels ab": ab.pixels, "pixels ba": ba.pixels],
      figure: "ab \(percent(ab.embedding)), ba \(percent(ba.embedding)); digits kept "
        + digits.text,
      floor: "ab \(percent(ab.pixels)), ba \(percent(ba.pixels)) (by pixels)")
  }

  /// Photos of faces, and drawn ones.
  private static let faces = Claim.nearer(
    "twin-gan-faces", from: "photos of faces", to: "drawn faces", at: 64,
    TrainingPlan<TwinGAN>(
      photos, on: .real("celeba64.tar", other: "anime64.tar", size: 64, flip: true)))
}

extension TwinGAN.Config {
  /// Narrow networks whose stages take `images` each.
  fileprivate mutating func grow(channelBase base: Int, stage images: Int) {
    (channelBase, maxChannels) = (base, 32)
    (stableImages, fadeImages, renormInterval) = (images, images, 500)
    (learningRate, beta1) = (0.002, 0)
  }
}

extension ClaimRun {
  /// In how many cases the nearest image of the other domain has the same class.
  fileprivate func sameClass(_ direction: Direction) throws -> Counterparts.Shares {
    let found = try Run.open(path).counterparts(direction, count: 2000)
    guard let shares = found.sameClass else {
      throw RunError.unsupported("\(path): the domains have no classes in common")
    }
    return shares
  }
}
