import GANKit
import Torch
import TorchNN

/// A network of a run as a function of its inputs.
struct NetworkFunction {
  /// What it is called on the command line.
  let name: String
  let inputs: [NetworkInput]
  /// What the result is, in words.
  let result: String
  /// The size of images that it was trained on; of one pixel where it is given none.
  let size: ImageShape
  /// By what sides of images must be divisible; `nil` where only the size of training fits.
  let sideMultiple: Int?
  let compute: ([Tensor]) -> Tensor

  /// Two examples to record it with and a third one to check the recording.
  struct Examples {
    let first, second, third: ExampleSize
  }

  /// Sides of another size than in training. Products of lengths and their ratios differ all, so that a number
  /// that follows from them tells from which.
  var freeExamples: Examples? {
    guard let sideMultiple else { return nil }
    let base = sideMultiple * ((15 + sideMultiple) / sideMultiple)
    return Examples(
      first: ExampleSize(batch: 3, height: base, width: 2 * base),
      second: ExampleSize(batch: 5, height: 2 * base, width: 3 * base),
      third: ExampleSize(batch: 2, height: 3 * base, width: base))
  }

  /// Images as in training.
  var fixedExamples: Examples {
    func example(_ batch: Int) -> ExampleSize {
      ExampleSize(batch: batch, height: size.height, width: size.width)
    }
    return Examples(first: example(3), second: example(5), third: example(2))
  }

  func inputs(_ size: ExampleSize) -> [Tensor] { inputs.map { $0.example(size) } }
}
