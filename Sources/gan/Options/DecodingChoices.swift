import ArgumentParser
import GANData
import GANTraining

/// What to make of image files where they leave a choice.
struct DecodingChoices: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What lies behind transparent pixels: white, black or #rrggbb.", valueName: "colour"))
  var background = RGBColour.white

  @Option(
    help: ArgumentHelp(
      "How many bits of 16-bit files are in use, such as 12 of microscopes and scanners: the largest "
        + "value of so many bits becomes white (default: all 16).", valueName: "number"))
  var bits: Int?

  @Option(
    help: ArgumentHelp(
      "The most pixels that an image may have (default: \(DecodedImage.defaultPixelLimit)).",
      valueName: "number"))
  var maxPixels: Int?

  /// Puts the choices where a run keeps them.
  func fill(_ data: inout DataConfiguration) {
    (data.background, data.bits, data.pixelLimit) = (background, bits, maxPixels)
  }

  /// The choices, checked.
  func options() throws -> DecodingOptions {
    if let bits { try checkField("bits", bits, 1...16) }
    if let maxPixels { try checkField("max-pixels", maxPixels, 1...(1 << 40)) }
    return DecodingOptions(
      background: background, bits: bits, pixelLimit: maxPixels ?? DecodedImage.defaultPixelLimit)
  }
}

extension RGBColour: ExpressibleByArgument {}

/// What to say of the samples of a set.
struct SampleComplaints {
  let range: SampleRange?
  let isUniform: Bool
  /// What was asked for.
  let bits: Int?

  /// One line each.
  var lines: [String] { [narrow, uniform].compactMap { $0 } }

  private var narrow: String? {
    guard let range, range.isNarrow, bits == nil else { return nil }
    return "16-bit files use values up to \(range.largest) of 65535, so images are dark; "
      + "--bits \(range.bits) makes \(1 << range.bits - 1) white"
  }

  private var uniform: String? {
    isUniform
      ? "each image is of one colour only; where they are transparent, choose another --background"
      : nil
  }
}
