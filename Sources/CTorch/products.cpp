// Products of matrices by the arithmetic of tiles: at the processor's full rate, and of matrices that lie in columns
// without a copy. Every thread packs the part of the second matrix that it uses.
#include "products.h"

#include "parallel.h"
#include "tiles.h"

#include <ATen/record_function.h>

using at::Tensor;

namespace {
constexpr int64_t block = 16;

bool lies_in_rows(const Tensor &t) { return t.stride(1) == 1 && t.stride(0) == t.size(1); }

int64_t whole_blocks(int64_t count) { return (count + block - 1) / block * block; }

// Sixteen of its rows, of which the last may be missing, as columns of a panel.
void pack_block(const float *rows, int64_t distance, int64_t count, int64_t depth, float *panel) {
  int64_t k = 0;
  for (; count == block && k + block <= depth; k += block)
    ct::transpose16(rows + k, distance, panel + k * ct::panel_width, ct::panel_width);
  for (; k < depth; k++)
    for (int64_t i = 0; i < block; i++) panel[k * ct::panel_width + i] = i < count ? rows[i * distance + k] : 0;
}

// Some of its rows as columns of a panel: `[depth, 32]`, zero up to the next whole block.
void pack(const Tensor &w, int64_t first, int64_t count, float *panel) {
  const float *from = w.const_data_ptr<float>();
  const int64_t depth = w.size(1);
  if (lies_in_rows(w)) {
    for (int64_t row = 0; row < count; row += block)
      pack_block(from + (first + row) * depth, depth, std::min(block, count - row), depth, panel + row);
    return;
  }
  for (int64_t k = 0; k < depth; k++) {
    float *const to = panel + k * ct::panel_width;
    std::copy_n(from + k * w.size(0) + first, count, to);
    std::fill(to + count, to + whole_blocks(count), 0.f);
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
  const Tensor result = at::empty({rows, columns}, x.options()), bias = b ? b->contiguous() : Tensor();
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
    const bool fits = width % block == 0;
    float *const panel = scratch((depth + (fits ? 0 : count)) * panel_width), *const place = to + row * columns + first;
    float *const sums = fits ? place : panel + depth * panel_width;
    const int64_t distance = fits ? columns : panel_width;
    pack(w, first, width, panel);
    for (int64_t r = 0; b && r < count; r++) std::copy_n(offsets + first, width, sums + r * distance);
    multiply({from + row * x.stride(0), x.stride(0), x.stride(1)}, count, depth, {panel, 0, whole_blocks(width)}, sums,
             distance, b.has_value());
    for (int64_t r = 0; !fits && r < count; r++) std::copy_n(sums + r * distance, width, place + r * columns);
  });
  return result;
}
