// Loops over LibTorch's threads.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

#include <array>
#include <memory>

namespace ct {

// Iterators over the numbers below a small count. They are kept, for to make one takes longer than to wake a thread, and
// never freed, for LibTorch may be gone before the thread is.
class SmallCounts {
 public:
  static constexpr int64_t most = 256;

  static at::TensorIterator &below(int64_t count) {
    static thread_local auto &kept = *new std::array<std::unique_ptr<at::TensorIterator>, most + 1>;
    auto &own = kept[static_cast<size_t>(count)];
    if (!own) own = std::make_unique<at::TensorIterator>(made(count));
    return *own;
  }
  static at::TensorIterator made(int64_t count) {
    at::Tensor numbers = at::arange(count, at::kLong);
    return at::TensorIterator::nullary_op(numbers);
  }
};

// Calls `body` with every number below `count`, at least `grain` of them by one thread. The threads are LibTorch's:
// a second team beside them would slow down both.
template <typename Body>
void in_parallel(int64_t count, int64_t grain, Body body) {
  if (count <= grain || at::get_num_threads() == 1) {
    for (int64_t i = 0; i < count; i++) body(i);
    return;
  }
  const auto each = [&](char **data, const int64_t *strides, int64_t n) {
    for (int64_t i = 0; i < n; i++) body(*reinterpret_cast<int64_t *>(data[0] + i * strides[0]));
  };
  if (count <= SmallCounts::most) SmallCounts::below(count).for_each(each, grain);
  else SmallCounts::made(count).for_each(each, grain);
}

}  // namespace ct
