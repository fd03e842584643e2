// Adds up what overlapping windows say of a pixel. Every line of an image is made by one thread, window by window, so
// that its numbers do not depend on how many threads there are.
#include "folding.h"

#include "parallel.h"
#include "rows.h"

using namespace ct;
using at::Tensor;

namespace {
struct Windows {
  int64_t rows, columns, height, width;
  at::IntArrayRef stride, padding;
};

template <typename T>
void fold(const Tensor &said, const Windows &windows, const Tensor &images) {
  const int64_t height = images.size(2), channels = images.size(1), length = images.size(3) * channels;
  const int64_t count = windows.width * channels, distance = windows.height * count;
  const int64_t step = windows.stride[1] * channels, before = windows.padding[1] * channels;
  // Windows may end behind the image or before its end.
  const int64_t seen = std::max((windows.columns - 1) * step + count, before + length);
  const T *from = said.const_data_ptr<T>();
  T *to = images.mutable_data_ptr<T>();
  in_parallel(images.size(0) * height, 16384 / (seen * windows.width) + 1, [&](int64_t i) {
    std::vector<float> line(static_cast<size_t>(seen));
    const T *image = from + i / height * windows.rows * windows.columns * distance;
    for (int64_t tap = 0; tap < windows.height; tap++) {
      const int64_t above = i % height + windows.padding[0] - tap, row = above / windows.stride[0];
      if (above < 0 || above % windows.stride[0] != 0 || row >= windows.rows) continue;
      add_windows(image + row * windows.columns * distance + tap * count, windows.columns, distance, count, step,
                  line.data());
    }
    for (int64_t n = 0; n < length; n++) to[i * length + n] = static_cast<T>(line[static_cast<size_t>(before + n)]);
  });
}
}  // namespace

Tensor ct::folded(const Tensor &said, at::IntArrayRef sizes, std::array<int64_t, 2> kernel, at::IntArrayRef stride,
                  at::IntArrayRef padding) {
  TORCH_CHECK(folds(said), "numbers of this type are not folded");
  const Tensor lying = said.contiguous(at::MemoryFormat::ChannelsLast);
  const Tensor images = at::empty(sizes, lying.options(), at::MemoryFormat::ChannelsLast);
  const Windows windows{lying.size(2), lying.size(3), kernel[0], kernel[1], stride, padding};
  if (lying.scalar_type() == at::kFloat) fold<float>(lying, windows, images);
  else fold<at::BFloat16>(lying, windows, images);
  return images;
}
