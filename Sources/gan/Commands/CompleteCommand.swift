import ArgumentParser
import Foundation
import GANData
import GANTraining
import SwiftGAN
import Torch

/// `gan complete`
struct CompleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete", abstract: "Fill holes of images with a trained run.",
    discussion: """
      White in a mask is the hole (grey from 128 up counts as white). Pixels outside of it keep their \
      values, and images their size, colours and names; samples of 16 bits become ones of 8. A box, or \
      the mask of one file, is the hole of all images; of a folder of masks each image takes the one of \
      its own name, whatever the ending. Sides that the networks cannot take are mirrored at \
      the border up to the next that they can. A run with a low-resolution hint is shown what lies in \
      the hole, four times smaller.

      This is for ordinary images, not for undoing redactions of people.

      EXAMPLES:
        gan complete runs/ccgan-1 digit.png --mask 8,8,12,12 --output whole.png
        gan complete runs/ccgan-1 scratched.jpg --mask scratches.png --output whole.png
        gan complete runs/ccgan-1 photos/ --mask masks/ --output whole/
      """)

  @OptionGroup var images: ImagesOptions
  @OptionGroup var target: ImageOutput

  @Option(
    help: ArgumentHelp(
      "Where the holes are: a box in pixels, an image whose white is the hole, or a folder of such.",
      valueName: "FILE|FOLDER|x,y,w,h"))
  var mask: String

  func run() throws {
    let run = try images.openRun()
    _ = try run.completing()
    let files = try images.files(for: run)
    let masks = try MaskChoice(mask)
    try masks.check(names: files.names)
    let targets = try files.outputs(at: target.output)
    try files.forEach(images.policy) { index, input in
      let mask = try masks.mask(of: files.path(at: index), files.names[index], input.image)
      let completed = try run.complete(input.image, mask)
      try makeParentFolders(of: targets[index])
      try PictureFile.write(
        input.own.replaced(in: mask, by: completed).pngData(
          alpha: input.alpha.map { mask.filling($0, with: 255) }),
        to: targets[index])
    }
  }
}
