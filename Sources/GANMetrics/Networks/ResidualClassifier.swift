import Foundation
import Torch
import TorchNN

/// A residual classifier of pictures of 32x32, colour or grey, that trains in minutes on a
/// processor: the network behind `fid[cifar10-classifier]`.
///
/// Nine layers with weights after the networks of the DAWNBench races (Coleman et al. 2017): a 3x3
/// convolution to `width` channels, then three that double the channels and halve the size, with
/// two more beside the identity after the first and the last; global average pooling to the
/// features; a linear classifier. Pooling stands before the normalisation, which then sees a quarter
/// of the pixels. With width 24 an image takes 54 million multiplications; there are 920,000
/// parameters, 3.7 MB.
///
/// The features are means of ``maps(_:)`` and the scores linear in them, so the scores of single
/// places (class activation maps, Zhou et al. 2016) are `classScores` of single pixels of the maps.
public struct ResidualClassifier: ImageClassifier {
  /// The length of a feature, 8·`width`.
  public let dimension: Int
  /// Colour channels of the pictures.
  public let channels: Int

  private let stem: Sequential
  private let stage1: Sequential
  private let block1: Sequential
  private let stage2: Sequential
  private let stage3: Sequential
  private let block3: Sequential
  private let fc: Linear

  /// Random weights, PyTorch's defaults.
  ///
  /// - Parameters:
  ///   - channels: Colour channels of the pictures, 1 or 3.
  ///   - classes: How many classes there are.
  ///   - width: Channels of the first convolution.
  public init(channels: Int = 3, classes: Int = 10, width: Int = 24) {
    (dimension, self.channels) = (8 * width, channels)
    stem = convolutions(channels, width, count: 1)
    stage1 = Self.halving(width)
    block1 = convolutions(2 * width, 2 * width, count: 2)
    stage2 = Self.halving(2 * width)
    stage3 = Self.halving(4 * width)
    block3 = convolutions(8 * width, 8 * width, count: 2)
    fc = Linear(8 * width, classes)
  }

  private static func halving(_ inputs: Int) -> Sequential {
    Sequential {
      Conv2d(inputs, 2 * inputs, kernel: 3, padding: 1, bias: false)
      MaxPool2d(2)
      BatchNorm(2 * inputs)
      ReLU()
    }
  }

  /// Pictures `[N, C, 32, 32]` in [-1, 1] to maps `[N, 8·width, 4, 4]`, not negative.
  public func maps(_ images: Tensor) -> Tensor {
    let first = stage1(stem(images))
    let second = stage2(first + block1(first))
    let third = stage3(second)
    return third + block3(third)
  }

  /// Pictures `[N, C, 32, 32]` in [-1, 1] to features `[N, 8·width]`.
  public func features(_ images: Tensor) -> Tensor { maps(images).mean(axes: [2, 3]) }

  /// What the places of pictures add to the class scores: the class activation maps.
  func contributions(in images: Tensor) -> ClassContributions {
    let maps = maps(images)
    let kernel = fc.weight.value.unsqueezed(2).unsqueezed(3)
    let added = maps.conv2d(kernel, bias: nil) / Double(maps.size(2) * maps.size(3))
    return ClassContributions(maps: added, logits: classScores(maps.mean(axes: [2, 3])))
  }

  /// Features `[N, 8·width]` to class scores `[N, classes]`.
  public func classScores(_ features: Tensor) -> Tensor { fc(features) }

  /// ``ResidualFeatures``.
  public func extractor(name: String, checksum: String) -> any FeatureExtractor {
    ResidualFeatures(self, name: name, checksum: checksum)
  }
}
