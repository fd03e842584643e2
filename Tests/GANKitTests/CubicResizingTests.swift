import GANKit
import TestSupport
import Testing
import Torch

/// The numbers are those of a plain Python program of MATLAB's published contributions: taps left of
/// `x / scale + (1 - 1/scale) / 2 - width / 2`, weights divided by their sum, indices mirrored.
@Suite("Cubic resizing")
struct CubicResizingTests {
  /// 8 rows of 12.
  private let image: Tensor = {
    let values = (0..<96).map { place -> Float in
      let (i, j) = (place / 12, place % 12)
      let number: Int = 3 * i * i + 5 * j + 2 * i * j
      return Float(number % 17) / 8 - 1
    }
    return Tensor(values, shape: [1, 1, 8, 12])
  }()

  @Test("images are reduced as MATLAB reduces them")
  func reduced() {
    let halved: [Float] = [
      -0.510893, 0.100216, 0.058132, -0.163568, 0.141262, 0.158054, 0.136265, 0.091934, 0.190609,
      0.050613, 0.214268, -0.18784, 0.049889, -0.410736, 0.518818, 0.034855, 0.148014, -0.456318,
      0.17679, -0.187664, -0.438213, -0.118433, 0.072872, 0.331074,
    ]
    let quarter: [Float] = [-0.083228, 0.097476, 0.02834, -0.022973, -0.046763, 0.027149]
    for (factor, expected) in [(2, halved), (4, quarter)] {
      let found = image.reducedCubically(by: factor)
      expectClose(
        found, Tensor(expected, shape: [1, 1, 8 / factor, 12 / factor]), relative: 1e-5,
        absolute: 2e-6)
    }
  }

  @Test("images are enlarged as MATLAB enlarges them; the border is mirrored")
  func enlarged() {
    let row = Tensor([Float(0), 1, 0, 0], shape: [1, 1, 1, 4])
    let expected: [Float] = [
      -0.09375, 0.2265625, 0.8671875, 0.8671875, 0.2265625, -0.0703125, -0.0234375, 0,
    ]
    let found = row.enlargedCubically(by: 2)
    #expect(found.shape == [1, 1, 2, 8])
    for index in 0..<2 {
      expectClose(
        found.narrowed(2, from: index, length: 1), Tensor(expected, shape: [1, 1, 1, 8]),
        absolute: 1e-6)
    }
    // Rows and columns of the corner, where both borders are mirrored.
    let corner = image.narrowed(2, from: 0, length: 3).narrowed(3, from: 0, length: 4)
    let first: [Float] = [
      -1.091553, -0.931732, -0.612091, -0.242737, 0.176331, 0.545685, 0.865326, 1.025146,
    ]
    expectClose(
      corner.enlargedCubically(by: 2).narrowed(2, from: 0, length: 1),
      Tensor(first, shape: [1, 1, 1, 8]), absolute: 2e-6)
  }

  @Test("channels and images keep to themselves, and even images stay even")
  func batches() {
    let images = Tensor.uniform([2, 3, 8, 8], -1, 1).contiguous(.channelsLast)
    let all = images.reducedCubically(by: 2)
    let one = images[1..<2].narrowed(1, from: 2, length: 1).reducedCubically(by: 2)
    expectClose(all[1..<2].narrowed(1, from: 2, length: 1), one, absolute: 1e-6)
    let even = Tensor.full([1, 1, 12, 8], 0.3)
    for image in [even.reducedCubically(by: 4), even.enlargedCubically(by: 4)] {
      expectClose(image, .full(image.shape, 0.3), absolute: 1e-6)
    }
  }

  @Test("an autocast does not reach it")
  func precision() {
    let plain = image.reducedCubically(by: 2)
    let cast = withAutocast(to: .bfloat16, on: .cpu) { image.reducedCubically(by: 2) }
    expectEqual(cast, plain)
  }
}
