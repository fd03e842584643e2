import Torch
import TorchNN

/// A classifier that the zoo's `classifier` trains: features and class accuracies are measured with
/// it afterwards.
public protocol ImageClassifier: PretrainedNetwork {
  /// Pictures `[N, C, 32, 32]` in [-1, 1] to features `[N, D]`.
  func features(_ images: Tensor) -> Tensor

  /// Features `[N, D]` to class scores `[N, classes]`.
  func classScores(_ features: Tensor) -> Tensor

  /// The network as metrics use it.
  ///
  /// - Parameters:
  ///   - name: What results call the network.
  ///   - checksum: What results call its weights.
  func extractor(name: String, checksum: String) -> any FeatureExtractor
}

extension ImageClassifier {
  /// Pictures `[N, C, 32, 32]` in [-1, 1] to class scores `[N, classes]`: what training minimises a
  /// cross-entropy of.
  public func callAsFunction(_ images: Tensor) -> Tensor { classScores(features(images)) }
}

/// `count` times a 3x3 convolution, batch normalisation and ReLU. Keys are `0.weight` for a
/// convolution, `1` for its normalisation, `3` and `4` for the next.
func convolutions(_ inputs: Int, _ outputs: Int, count: Int) -> Sequential {
  Sequential {
    for position in 0..<count {
      Conv2d(position == 0 ? inputs : outputs, outputs, kernel: 3, padding: 1, bias: false)
      BatchNorm(outputs)
      ReLU()
    }
  }
}
