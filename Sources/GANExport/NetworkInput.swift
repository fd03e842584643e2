import GANKit
import Torch

/// How large an example is.
struct ExampleSize: Equatable {
  var batch: Int
  var height: Int
  var width: Int
}

/// Something that a network is given.
enum NetworkInput {
  /// Rows from a distribution, such as noise or styles.
  case latent(String, LatentPrior)
  /// Classes, of which there are so many.
  case labels(Int)
  /// Images of so many channels.
  case image(channels: Int)
  /// Where images miss a pixel: 1 there, 0 elsewhere.
  case mask
  /// Rows of numbers that another network has made.
  case vector(Int)

  /// Under which it is given.
  var name: String {
    switch self {
    case .latent(let name, _): name
    case .labels: "labels"
    case .image: "image"
    case .mask: "mask"
    case .vector: "input"
    }
  }

  /// What its axes are called where they are free.
  var axes: [String] {
    switch self {
    case .latent, .vector: ["batch", "values"]
    case .labels: ["batch"]
    case .image, .mask: ["batch", "channels", "height", "width"]
    }
  }

  /// A value that it may have.
  func example(_ size: ExampleSize) -> Tensor {
    let count = size.batch
    switch self {
    case .latent(_, let prior): return prior.sample(count, on: .cpu)
    case .labels(let classes): return Tensor((0..<count).map { ($0 * 7 + 3) % classes })
    case .image(let channels):
      return Tensor.uniform([count, channels, size.height, size.width], -1, 1)
    case .mask:
      let field = Tensor.uniform([count, 1, size.height, size.width], 0, 1)
      return (field .> 0.75).cast(to: .float32)
    case .vector(let length): return Tensor.randn([count, length])
    }
  }

  /// What the file says of it.
  ///
  /// - Parameter shape: its lengths and the names of its free axes.
  func description(_ shape: String) -> String {
    switch self {
    case .latent(_, let prior): "float32 \(shape), \(prior.words)"
    case .labels(let classes): "int64 \(shape), classes from 0 to \(classes - 1)"
    case .image(let channels): "float32 \(shape), \(channels == 3 ? "RGB, " : "")from -1 to 1"
    case .mask: "float32 \(shape), 1 where a pixel is missing, else 0"
    case .vector: "float32 \(shape)"
    }
  }
}

extension LatentPrior {
  /// The distribution in words.
  var words: String {
    switch self {
    case .normal: "independent N(0, 1)"
    case .uniform(_, let low, let high): "uniform on [\(short(low)), \(short(high)))"
    case .categorical(let count): "a one-hot row of \(count)"
    case .gaussianMixture(let count): "a mixture of \(count) Gaussians"
    case .swissRoll: "a Swiss roll"
    case .joint(let parts):
      parts.map { "\($0.dimension) of \($0.words)" }.joined(separator: ", then ")
    }
  }
}

private func short(_ number: Double) -> String {
  number == number.rounded() ? String(Int(number)) : String(number)
}
