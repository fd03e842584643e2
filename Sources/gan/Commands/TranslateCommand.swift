import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan translate`
struct TranslateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Turn images into other images with a trained run.",
    discussion: """
      Images keep their size, their names and what is transparent in them, and a result never takes \
      an input's place. Sides that the networks cannot take are mirrored at the border up to the \
      next that they can, and images larger than --tile are put together from overlapping tiles, all \
      normalised by the statistics of all, which takes twice the time and comes close to the whole \
      image; a larger --tile comes closer and takes more memory. Systems that translate both ways \
      take --direction ba for the way back. Those that say where they change an image, such as \
      attention-gan, write it with --attention, too: black where it keeps what it is. Systems of many \
      styles, such as munit, take one that is drawn, or with --style the look of a picture of what they \
      translate to; --styles shows several. tp-gan resizes \
      images instead of cutting them; a run that was trained with landmarks of each image reads those of a \
      folder or archive from landmarks.csv in it or beside it.

      EXAMPLES:
        gan translate runs/pix2pix-1 outline.png --output digit.png
        gan translate runs/pix2pix-1 outline.png --output - | display
        gan translate runs/cyclegan-1 cats/ --output dogs/
        gan translate runs/cyclegan-1 dog1.jpg dog2.jpg --direction ba --output cats/
        gan translate runs/recycle-gan-1 frames/ --output other/ --animation other.webp
        gan translate runs/attention-gan-1 horses/ --output zebras/ --attention maps/
        gan translate runs/munit-1 shoes/ --style edges.png --direction ba --output drawn/
        gan translate runs/munit-1 shoe.png boot.png --styles 5 --output sheet.png
      """)

  @OptionGroup var images: ImagesOptions
  @OptionGroup var target: ImageOutput

  @Option(help: "ab or ba (default: the system's usual way).")
  var direction: Direction?

  @Option(help: "Decides the noise of systems that have some, and styles.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The style of all results, for systems that have styles: a picture in it, or the seed of one that is "
        + "drawn (default: of --seed).", valueName: "FILE|SEED"))
  var style: String?

  @Option(
    help: ArgumentHelp(
      "Write one picture to --output instead: each image in a row with its results in so many styles, "
        + "drawn from --seed.", valueName: "N"))
  var styles: Int?

  @Option(help: "The longest side that is translated at once.")
  var tile = 1024

  @Option(
    help: ArgumentHelp(
      "All results as an animation as well, in the order of their names (frame 2 before 10); MP4 needs ffmpeg.",
      valueName: "FILE.png|FILE.webp|FILE.mp4"))
  var animation: String?

  @Option(help: "How many pictures of --animation are shown in a second.")
  var framesPerSecond = 10.0

  @Option(
    help: ArgumentHelp(
      "Where the maps go of what is changed, for systems that say it.",
      valueName: "FILE.png|FOLDER"))
  var attention: String?

  func run() throws {
    let run = try images.openRun()
    try run.checkTranslation(direction, tile: tile)
    if let styles { return try writeSheet(of: styles, by: run) }
    let style = try chosenStyle(of: run)
    var film = try animation.map {
      try Animation($0, framesPerSecond: framesPerSecond)
    }
    if attention != nil { try run.checkAttention(direction, tile: tile) }
    let files = try images.files(for: run)
    let targets = try files.outputs(at: target.output, keeping: stylePicture.map { [$0] } ?? [])
    let landmarks = run.needsLandmarks ? try files.landmarks() : []
    if let missing = landmarks.firstIndex(of: nil) {
      throw run.noLandmarks(of: files.path(at: missing))
    }
    let maps = try attention.map { try mapFiles(of: files, at: $0, beside: targets) }
    try files.forEach(images.policy) { index, input in
      let translated = try run.translate(
        input.image, direction, tile: tile, seed: seed,
        landmarks: landmarks.isEmpty ? nil : landmarks[index], style: style)
      try makeParentFolders(of: targets[index])
      try PictureFile.write(translated.pngData(alpha: input.alpha), to: targets[index])
      try film?.append(translated, called: targets[index])
      if let maps {
        let map = try run.attention(input.image, direction, tile: tile)
        try makeParentFolders(of: maps[index])
        try PictureFile.write(map.pngData(), to: maps[index])
      }
    }
    try film?.write()
  }

  /// The file that `--style` names; `nil` where it names a seed.
  private var stylePicture: String? { style.flatMap { UInt64($0) == nil ? $0 : nil } }

  /// What `--style` names, if it is there.
  private func chosenStyle(of run: Run) throws -> Tensor? {
    guard let style else { return nil }
    let drawn = try run.styles(1, seed: UInt64(style) ?? 1)  // before any picture is read
    guard let stylePicture else { return drawn }
    let picture = try LayeredImage(
      readingFrom: stylePicture, options: run.configuration.data.decoding)
    return try run.style(of: picture.image, direction)
  }

  /// One picture of all images in several styles.
  private func writeSheet(of count: Int, by run: Run) throws {
    let others = [("style", style), ("animation", animation), ("attention", attention)]
    if let (name, _) = others.first(where: { $0.1 != nil }) {
      throw RunError.field("styles", found: "--\(name) as well", expected: "no --\(name) beside it")
    }
    var sheet = try StyledSheet(of: run, styles: count, seed: seed)
    let files = try images.files(for: run)
    let target = try files.sheet(at: target.output)
    try files.forEach(images.policy) { index, input in
      try sheet.append(input.image, called: files.path(at: index)) { style in
        try run.translate(input.image, direction, tile: tile, style: style)
      }
    }
    try sheet.write(to: target)
  }

  /// A file for each map, none of which is a translation's.
  private func mapFiles(
    of files: InputImages, at place: String, beside targets: [String]
  ) throws -> [String] {
    func whole(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
    let maps = try files.outputs(at: place)
    guard Set(maps.map(whole)).isDisjoint(with: targets.map(whole)) else {
      throw RunError.field(
        "attention", found: "'\(place)', where the translations go", expected: "another place")
    }
    return maps
  }
}

/// Pictures of one size that become an animation.
private struct Animation {
  private let file: AnimationFile
  private let path: String
  private var frames: [(name: String, picture: DecodedImage)] = []

  init(_ path: String, framesPerSecond: Double) throws {
    file = try AnimationFile(
      path, field: "animation", framesPerSecond: framesPerSecond, isPNG: true)
    self.path = path
  }

  mutating func append(_ picture: DecodedImage, called name: String) throws {
    if let first = frames.first, first.picture.size != picture.size {
      throw RunError.field(
        "animation", found: "\(first.picture.size) and \(picture.size) (\(name))",
        expected: "images of one size")
    }
    frames.append((name, picture))
  }

  func write() throws {
    let ordered = frames.sorted { naturalOrder($0.name, $1.name) }
    try makeParentFolders(of: path)
    try file.write(ordered.map(\.picture))
  }
}
