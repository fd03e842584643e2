import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan enlarge`
struct EnlargeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enlarge", abstract: "Make images larger with a trained run.",
    discussion: """
      For systems that enlarge images, such as srgan, as many times as the run was trained for. Images \
      of any size are taken, keep their names and their transparency, and a result never takes an \
      input's place. Images of a folder or an archive, such as the frames of a video, are taken one after \
      the other in the order of their names. Images larger than --tile are put together from tiles, whose \
      result is that of the whole image.

      Details that are added are invented, not recovered: they prove nothing about what was there.

      EXAMPLES:
        gan enlarge runs/srgan-1 small.png --output large.png
        gan enlarge runs/srgan-1 frames/ --output enlarged/
        gan enlarge runs/srgan-1 photos.tar --tile 128 --output enlarged/
      """)

  @OptionGroup var images: ImagesOptions
  @OptionGroup var target: ImageOutput

  @Option(help: "The longest side that is enlarged at once.")
  var tile = 256

  func run() throws {
    let run = try images.openRun()
    let scale = try run.scale()
    _ = try run.enlargement(tile: tile)  // before any image is read
    let files = try images.files(for: run)
    let targets = try files.outputs(at: target.output)
    try files.forEach(images.policy) { index, input in
      let enlarged = try run.enlarge(input.image, tile: tile)
      try makeParentFolders(of: targets[index])
      try PictureFile.write(
        enlarged.pngData(alpha: input.opacity(enlarged: scale)), to: targets[index])
    }
  }
}

extension LayeredImage {
  /// The opacity of a picture that is so many times larger; nil for one without transparency.
  fileprivate func opacity(enlarged scale: Int) -> [UInt8]? {
    alpha.map { alpha in
      DecodedImage(width: image.width, height: image.height, channels: 1, pixels: alpha)
        .resized(width: image.width * scale, height: image.height * scale, filter: .bilinear).pixels
    }
  }
}
