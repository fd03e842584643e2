import CTorch

// An empty list of axes reduces over all of them, to a scalar.
extension Tensor {
  /// The sum over `axes`.
  public func sum(axes: [Int] = [], keepingDimensions keep: Bool = false) -> Tensor {
    native("sum", self) { t in axes.withInt64 { ct_sum(t, $0, $1, keep) } }
  }

  /// The mean over `axes`.
  public func mean(axes: [Int] = [], keepingDimensions keep: Bool = false) -> Tensor {
    native("mean", self) { t in axes.withInt64 { ct_mean(t, $0, $1, keep) } }
  }

  /// The variance over `axes`; `unbiased` divides by n - 1.
  public func variance(
    axes: [Int] = [], unbiased: Bool = true, keepingDimensions keep: Bool = false
  ) -> Tensor {
    native("variance", self) { t in axes.withInt64 { ct_var(t, $0, $1, unbiased, keep) } }
  }

  /// The largest element over `axes`.
  public func maximum(axes: [Int] = [], keepingDimensions keep: Bool = false) -> Tensor {
    native("maximum", self) { t in axes.withInt64 { ct_amax(t, $0, $1, keep) } }
  }

  /// The smallest element over `axes`.
  public func minimum(axes: [Int] = [], keepingDimensions keep: Bool = false) -> Tensor {
    native("minimum", self) { t in axes.withInt64 { ct_amin(t, $0, $1, keep) } }
  }

  /// log(sum(exp(x))) along one axis, without overflow.
  public func logSumExp(axis: Int, keepingDimensions keep: Bool = false) -> Tensor {
    native("logSumExp", self) { ct_logsumexp($0, Int64(axis), keep) }
  }

  /// The vector norm of the given order over `axes`: 2 is Euclidean.
  public func norm(
    _ order: Double = 2, axes: [Int] = [], keepingDimensions keep: Bool = false
  ) -> Tensor {
    native("norm", self) { t in axes.withInt64 { ct_vector_norm(t, order, $0, $1, keep) } }
  }

  /// The product along one axis.
  public func product(axis: Int, keepingDimensions keep: Bool = false) -> Tensor {
    native("product", self) { ct_prod($0, Int64(axis), keep) }
  }

  /// The running sum along one axis.
  public func cumulativeSum(axis: Int) -> Tensor {
    native("cumulativeSum", self) { ct_cumsum($0, Int64(axis)) }
  }

  /// The index of the largest element along one axis, as `int64`.
  public func argmax(axis: Int, keepingDimensions keep: Bool = false) -> Tensor {
    native("argmax", self) { ct_argmax($0, Int64(axis), keep) }
  }

  /// The index of the smallest element along one axis, as `int64`.
  public func argmin(axis: Int, keepingDimensions keep: Bool = false) -> Tensor {
    native("argmin", self) { ct_argmin($0, Int64(axis), keep) }
  }

  /// Whether any element is true, as a `bool` scalar.
  public func any() -> Tensor { native("any", self) { ct_any($0) } }

  /// Whether all elements are true, as a `bool` scalar.
  public func all() -> Tensor { native("all", self) { ct_all($0) } }

  /// The `k` largest (or smallest) elements along one axis in order, and their indices.
  public func top(
    _ k: Int, axis: Int = -1, largest: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    pair("top") { ct_topk($0, Int64(k), Int64(axis), largest, $1, $2) }
  }

  /// The elements in order along one axis, and the indices that order them.
  public func sorted(
    axis: Int = -1, descending: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    pair("sorted") { ct_sort($0, Int64(axis), descending, $1, $2) }
  }

  /// How often each of `0..<minimumLength` (or more) occurs in a vector of integers.
  public func binCounts(minimumLength: Int) -> Tensor {
    native("binCounts", self) { ct_bincount($0, Int64(minimumLength)) }
  }

  /// Eigenvalues in ascending order and eigenvectors (columns) of a symmetric matrix.
  public func symmetricEigen() -> (values: Tensor, vectors: Tensor) {
    let result = pair("symmetricEigen") { ct_eigh($0, $1, $2) }
    return (values: result.values, vectors: result.indices)
  }

  /// Mean and biased variance `[C]` over all axes but the second, outside any graph.
  package func batchMoments() -> (mean: Tensor, variance: Tensor) {
    let result = pair("batchMoments") { ct_batch_moments($0, $1, $2) }
    return (mean: result.values, variance: result.indices)
  }

  private func pair(
    _ operation: StaticString,
    _ body: (CTTensor, UnsafeMutablePointer<CTTensor?>, UnsafeMutablePointer<CTTensor?>) -> Int32
  ) -> (values: Tensor, indices: Tensor) {
    var first: CTTensor?
    var second: CTTensor?
    let status = withExtendedLifetime(handle) { body(handle.pointer, &first, &second) }
    guard status == 0, let first, let second else { stop(operation, [self]) }
    return (Tensor(adopting: first), Tensor(adopting: second))
  }
}

extension Tensor {
  /// The largest element along one axis; ties get the gradient once, as in torch's `max`.
  public func maximum(axis: Int) -> Tensor {
    picked(argmax(axis: axis, keepingDimensions: true), axis: axis).squeezed(axis)
  }
}
