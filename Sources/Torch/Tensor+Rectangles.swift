import CTorch

extension Tensor {
  /// As ``conv2d(_:bias:stride:padding:dilation:groups:)``, with different borders above and below
  /// than left and right: what kernels that are no squares need.
  public func conv2d(
    _ weight: Tensor, bias: Tensor?, stride: Int = 1, paddingHeight: Int, paddingWidth: Int
  ) -> Tensor {
    native("conv2d", self, weight, bias) { x, w, b in
      [stride, stride, paddingHeight, paddingWidth, 1, 1].withInt64 { n, _ in
        ct_conv2d(x, w, b, n, n + 2, n + 4, 1)
      }
    }
  }
}
