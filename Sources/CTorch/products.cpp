// Products of matrices by the arithmetic of tiles: at the processor's full rate, and of matrices that lie in columns
// without a copy. Every thread packs the part of the second matrix that it uses.
#include "products.h"

#include "sharing.h"

#include <ATen/record_function.h>

using namespace ct;
using at::Tensor;

namespace {
bool lies_in_rows(const Tensor &t) { return t.stride(1) == 1 && t.stride(0) == t.size(1); }

// Some of its rows as columns of a panel: `[depth, 32]`, zero up to the next whole block.
void pack(const Tensor &w, int64_t first, int64_t count, float *panel) {
  const float *from = w.const_data_ptr<float>();
  const int64_t depth = w.size(1);
  if (lies_in_rows(w)) {
    for (int64_t row = 0; row < count; row += 16)
      pack16(from + (first + row) * depth, depth, std::min<int64_t>(16, count - row), depth, panel + row);
    return;
  }
  for (int64_t k = 0; k < depth; k++) {
    float *const to = panel + k * panel_width;
    fetch(from + (k + 16) * w.size(0) + first, count);
    std::copy_n(from + k * w.size(0) + first, count, to);
    std::fill(to + count, to + whole(count), 0.f);
  }
}
}  // namespace

bool ct::has_fast_product(const Tensor &x, const Tensor &w) {
  const auto lies = [](const Tensor &t) { return lies_in_rows(t) || ct::lies_in_columns(t); };
  return has_fast_tiles() && lies(x) && lies(w) && x.size(0) >= 32;
}

Tensor ct::product(const Tensor &x, const Tensor &w, const std::optional<Tensor> &b) {
  RECORD_FUNCTION("ctorch::product", {});
  const int64_t rows = x.size(0), depth = x.size(1), columns = w.size(0);
  TORCH_CHECK(!b || (b->device().is_cpu() && b->dim() == 1 && b->numel() == columns), "a bias of ", b->sizes(), " on ",
              b->device(), " for ", columns, " columns");
  const Tensor result = at::empty({rows, columns}, x.options()), bias = b ? in_whole_vectors(*b) : Tensor();
  const float *from = x.const_data_ptr<float>(), *offsets = b ? bias.const_data_ptr<float>() : nullptr;
  float *to = result.mutable_data_ptr<float>();
  // Where there are fewer panels than threads, several threads share the rows of one.
  const int64_t panels = (columns + panel_width - 1) / panel_width, threads = at::get_num_threads();
  const int64_t parts = std::max<int64_t>(1, threads / panels), length = (rows + parts - 1) / parts;
  in_parallel(panels * parts, 1, [&](int64_t i) {
    const int64_t first = i / parts * panel_width, width = std::min(panel_width, columns - first);
    const int64_t row = i % parts * length, count = std::min(length, rows - row);
    if (count <= 0) return;
    // Results of whole blocks alone fit in their place.
    const bool fits = width == whole(width);
    float *const panel = scratch((depth + (fits ? 0 : count)) * panel_width), *const place = to + row * columns + first;
    float *const sums = fits ? place : panel + depth * panel_width;
    const int64_t distance = fits ? columns : panel_width;
    pack(w, first, width, panel);
    multiply({from + row * x.stride(0), x.stride(0), x.stride(1)}, count, depth, {panel, 0, whole(width)}, sums,
             distance, {b ? offsets + first : nullptr, 0});
    for (int64_t r = 0; !fits && r < count; r++) std::copy_n(sums + r * distance, width, place + r * columns);
  });
  return result;
}
