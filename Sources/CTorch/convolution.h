// Sizes of a convolution.
#pragma once

#include <ATen/ATen.h>

namespace ct {

// Sizes of a convolution of channels-last images with one kernel for all channels and no dilation.
struct Convolution {
  int64_t images, height, width, channels;  // x: [images, channels, height, width]
  int64_t rows, columns, kernels;           // y: [images, kernels, rows, columns]
  int64_t size, stride, top, left;          // kernels of size·size, and the padding above and left

  // What the sizes of x and the kernels `[K, C, k, k]` make of it.
  Convolution(at::IntArrayRef x, at::IntArrayRef w, at::IntArrayRef stride, at::IntArrayRef padding);
  // That of which the values are the gradient of this one's images, where the stride is one.
  Convolution turned() const;
};

}  // namespace ct
