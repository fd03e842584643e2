import CTorch

extension Tensor {
  /// The same elements in row-major order under another shape; one length may be -1.
  public func reshaped(to shape: [Int]) -> Tensor {
    native("reshaped", self) { t in shape.withInt64 { ct_reshape(t, $0, $1) } }
  }

  /// Axes of length 1 repeated to `shape` without copying.
  public func expanded(to shape: [Int]) -> Tensor {
    native("expanded", self) { t in shape.withInt64 { ct_expand(t, $0, $1) } }
  }

  /// The axes in another order.
  public func permuted(_ axes: Int...) -> Tensor {
    native("permuted", self) { t in axes.withInt64 { ct_permute(t, $0, $1) } }
  }

  /// Two axes exchanged.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> Tensor {
    native("transposed", self) { ct_transpose($0, Int64(a), Int64(b)) }
  }

  /// The axes from `start` to `end` merged into one.
  public func flattened(from start: Int = 0, to end: Int = -1) -> Tensor {
    native("flattened", self) { ct_flatten($0, Int64(start), Int64(end)) }
  }

  /// Without an axis of length 1.
  public func squeezed(_ axis: Int) -> Tensor {
    native("squeezed", self) { ct_squeeze($0, Int64(axis)) }
  }

  /// With a new axis of length 1.
  public func unsqueezed(_ axis: Int) -> Tensor {
    native("unsqueezed", self) { ct_unsqueeze($0, Int64(axis)) }
  }

  /// Tensors joined along an existing axis.
  public static func concatenated(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    join("concatenated", tensors) { ct_cat($0, $1, Int64(axis)) }
  }

  /// Tensors of one shape joined along a new axis.
  public static func stacked(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    join("stacked", tensors) { ct_stack($0, $1, Int64(axis)) }
  }

  private static func join(
    _ operation: StaticString, _ tensors: [Tensor],
    _ body: (UnsafePointer<CTTensor?>, Int32) -> CTTensor?
  ) -> Tensor {
    guard let pointer = withPointers(tensors, { body($0, Int32(tensors.count)) }) else {
      stop(operation, tensors.prefix(4).map { $0 })
    }
    return Tensor(adopting: pointer)
  }

  /// `length` positions of an axis, from `start`.
  public func narrowed(_ axis: Int, from start: Int, length: Int) -> Tensor {
    native("narrowed", self) { ct_narrow($0, Int64(axis), Int64(start), Int64(length)) }
  }

  /// Every `step`-th position of an axis within `range`.
  public func sliced(_ axis: Int, _ range: Range<Int>, step: Int = 1) -> Tensor {
    native("sliced", self) {
      ct_slice($0, Int64(axis), Int64(range.lowerBound), Int64(range.upperBound), Int64(step))
    }
  }

  /// The elements at `index` of the first axis.
  public subscript(index: Int) -> Tensor { selected(0, index) }

  /// The elements at positions `range` of the first axis.
  public subscript(range: Range<Int>) -> Tensor {
    narrowed(0, from: range.lowerBound, length: range.count)
  }

  /// The elements at `index` of an axis, which disappears.
  public func selected(_ axis: Int, _ index: Int) -> Tensor {
    native("selected", self) { ct_select($0, Int64(axis), Int64(index)) }
  }

  /// The positions of an axis that a vector of `int64` lists, in its order.
  public func gathered(_ indices: Tensor, axis: Int = 0) -> Tensor {
    native("gathered", self, indices) { ct_index_select($0, Int64(axis), $1) }
  }

  /// One element per position of `indices` along an axis (torch's `gather`).
  public func picked(_ indices: Tensor, axis: Int) -> Tensor {
    native("picked", self, indices) { ct_gather($0, Int64(axis), $1) }
  }

  /// The whole tensor repeated `counts` times along each axis.
  public func repeated(_ counts: [Int]) -> Tensor {
    native("repeated", self) { t in counts.withInt64 { ct_repeat(t, $0, $1) } }
  }

  /// Each position of an axis repeated `count` times in place.
  public func repeatedElements(_ count: Int, axis: Int) -> Tensor {
    native("repeatedElements", self) { ct_repeat_interleave($0, Int64(count), Int64(axis)) }
  }

  /// The order of the given axes reversed.
  public func flipped(_ axes: Int...) -> Tensor {
    native("flipped", self) { t in axes.withInt64 { ct_flip(t, $0, $1) } }
  }

  /// Positions of an axis moved on by `shift`, the last ones coming round to the front.
  public func rolled(by shift: Int, axis: Int) -> Tensor {
    native("rolled", self) { ct_roll($0, Int64(shift), Int64(axis)) }
  }

  /// Labels `[...]` of `int64` as rows of zeros with a single one: `[..., classes]`, `float32`.
  public func oneHot(classes: Int) -> Tensor {
    native("oneHot", self) { ct_one_hot($0, Int64(classes)) }.cast(to: .float32)
  }

  /// The lower triangle of a matrix, zeros above.
  public func lowerTriangle(diagonal: Int = 0) -> Tensor {
    native("lowerTriangle", self) { ct_tril($0, Int64(diagonal)) }
  }

  /// Matrix product; leading axes broadcast.
  public func matmul(_ other: Tensor) -> Tensor {
    native("matmul", self, other) { ct_matmul($0, $1) }
  }

  /// Distances between the rows of `[N, D]` and `[M, D]`: `[N, M]`, Euclidean for order 2.
  public func distances(to other: Tensor, order: Double = 2) -> Tensor {
    native("distances", self, other) { ct_cdist($0, $1, order) }
  }
}
