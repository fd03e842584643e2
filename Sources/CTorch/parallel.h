// Loops over LibTorch's threads.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

namespace ct {

// Calls `body` with every number below `count`, at least `grain` of them by one thread. The threads are LibTorch's:
// a second team beside them would slow down both.
template <typename Body>
void in_parallel(int64_t count, int64_t grain, Body body) {
  if (count <= grain || at::get_num_threads() == 1) {
    for (int64_t i = 0; i < count; i++) body(i);
    return;
  }
  at::Tensor numbers = at::arange(count, at::kLong);
  at::TensorIterator::nullary_op(numbers).for_each(
      [&](char **data, const int64_t *strides, int64_t n) {
        for (int64_t i = 0; i < n; i++)
          body(*reinterpret_cast<int64_t *>(data[0] + i * strides[0]));
      },
      grain);
}

}  // namespace ct
