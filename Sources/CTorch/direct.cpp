// A window is a row of size·size·C numbers, in the order in which a kernel lies. Values are rows times kernels; a
// kernel's gradient is maps times rows; and what maps times kernels say of the pixels of every window is added up for
// the images' gradient. How the work is shared depends on the number of threads, but no sum does.
#include "direct.h"

#include "direct16.h"
#include "parallel.h"
#include "rows.h"
#include "sharing.h"

#include <ATen/record_function.h>

#include <algorithm>

using namespace ct;
using at::Tensor;

namespace {
constexpr int64_t some_windows = 64;

// Windows of some lines of maps, those of all images counted on, and of some columns.
struct Block {
  Range lines, columns;
  int64_t count() const { return lines.count() * columns.count(); }
};

// Calls `body` with blocks of about so many windows: whole lines, or parts of one.
template <typename Body>
void for_each_block(Range lines, int64_t columns, int64_t windows, Body body) {
  const int64_t pieces = (columns + 2 * windows - 1) / (2 * windows);
  const int64_t step = std::max<int64_t>(1, windows / columns);
  for (int64_t first = lines.first; first < lines.end; first += step)
    for (int64_t piece = 0; piece < pieces; piece++)
      body(Block{{first, std::min(lines.end, first + step)}, Range{0, columns}.part(piece, pieces)});
}

// What windows see, row by row.
class Windows {
 public:
  const Convolution &c;
  const int64_t depth, distance;  // of a row, and from one to the next

  explicit Windows(const Convolution &c)
      : c(c), depth(c.size * c.size * c.channels), distance(is_plain() ? c.channels : padded(whole(depth))) {}

  int64_t lines() const { return c.images * c.rows; }
  // So many that they stay near while they are used.
  int64_t at_once() const { return std::clamp<int64_t>(near / 16 / depth, 8, some_windows); }
  // The numbers of a row that are not beside the images for all windows of some lines, from a whole vector on.
  Range seen(Range lines) const {
    Range taps{c.size - 1, 0};
    for (int64_t line = lines.first; line < lines.end; line++) {
      const int64_t y = line % c.rows * c.stride - c.top;
      taps = {std::min(taps.first, std::max<int64_t>(0, -y)), std::max(taps.end, std::min(c.size, c.height - y))};
    }
    taps.end = std::max(taps.end, taps.first + 1);
    return {taps.first * c.size * c.channels / 16 * 16, taps.end * c.size * c.channels};
  }
  // Numbers that `gather` has to have room for.
  int64_t memory() const {
    if (is_plain()) return 0;
    const int64_t lines = std::max<int64_t>(1, at_once() / c.columns), columns = std::min(c.columns, 2 * at_once());
    return 2 * at_once() * distance + width_of(lines) * width_of(columns) * c.channels + 32;
  }

  // The rows of a block, in the images or in `memory`.
  const float *gather(const float *x, Block block, float *memory) const {
    if (is_plain()) return x + (block.lines.first * c.columns + block.columns.first) * c.channels;
    float *to = memory, *const pixels = memory + block.count() * distance + 16;
    for (Range now{block.lines.first, 0}; now.first < block.lines.end; now.first = now.end) {
      const int64_t image = now.first / c.rows;
      now.end = std::min(block.lines.end, (image + 1) * c.rows);
      const Range rows{now.first - image * c.rows, now.end - image * c.rows};
      see(x + image * c.height * c.width * c.channels, rows, block.columns, pixels);
      for (int64_t row = 0; row < rows.count(); row++, to += block.columns.count() * distance)
        for (int64_t tap = 0; tap < c.size; tap++)
          copy_windows(pixels + (row * c.stride + tap) * width_of(block.columns.count()) * c.channels,
                       block.columns.count(), c.stride * c.channels, c.size * c.channels,
                       to + tap * c.size * c.channels, distance);
    }
    return memory;
  }

 private:
  // Whether a window is a pixel.
  bool is_plain() const {
    return c.size == 1 && c.stride == 1 && c.top == 0 && c.left == 0 && c.channels % 16 == 0;
  }
  // Pixels that so many windows see, in one direction.
  int64_t width_of(int64_t windows) const { return (windows - 1) * c.stride + c.size; }

  // The pixels of an image that windows see, with zeros around it.
  void see(const float *image, Range rows, Range columns, float *pixels) const {
    const int64_t first = columns.first * c.stride - c.left, width = width_of(columns.count());
    const int64_t begin = std::clamp<int64_t>(0, first, first + width), end = std::clamp(c.width, begin, first + width);
    for (int64_t line = 0; line < width_of(rows.count()); line++, pixels += width * c.channels) {
      const int64_t y = rows.first * c.stride - c.top + line;
      if (y < 0 || y >= c.height) {
        std::fill_n(pixels, width * c.channels, 0.f);
        continue;
      }
      std::fill_n(pixels, (begin - first) * c.channels, 0.f);
      std::copy_n(image + (y * c.width + begin) * c.channels, (end - begin) * c.channels,
                  pixels + (begin - first) * c.channels);
      std::fill(pixels + (end - first) * c.channels, pixels + width * c.channels, 0.f);
    }
  }
};

// ---- Values ----

// Kernels as columns of panels: `[depth, 32]` each.
void turn_kernels(const float *w, int64_t depth, Range kernels, float *panels) {
  for (int64_t first = kernels.first; first < kernels.end; first += 16) {
    const int64_t column = first - kernels.first;
    pack16(w + first * depth, depth, std::min<int64_t>(16, kernels.end - first), depth,
           panels + column / panel_width * depth * panel_width + column % panel_width);
  }
}

// A block's values for some kernels, on top of the bias if there is one. Of kernels that fill no vector they are
// computed in `memory`.
void block_values(const Windows &windows, Block block, const float *rows, Range kernels, const float *u,
                  const float *bias, float *memory, float *y) {
  const auto &c = windows.c;
  const int64_t count = kernels.count(), columns = whole(count);
  const bool fits = columns == count;
  float *const to = y + (block.lines.first * c.columns + block.columns.first) * c.kernels + kernels.first;
  float *const sums = fits ? to : memory;
  const int64_t distance = fits ? c.kernels : columns;
  const Range seen = windows.seen(block.lines);
  // The same numbers are added up at once whatever the block.
  const int64_t next = std::min(seen.end, (seen.first / summed_at_once + 1) * summed_at_once);
  Terms terms{bias ? bias + kernels.first : nullptr, 0};
  for (const Range part : {Range{seen.first, next}, Range{next, seen.end}}) {
    multiply({rows + part.first, windows.distance, 1}, block.count(), part.count(),
             {u + part.first * panel_width, windows.depth * panel_width, columns}, sums, distance, terms);
    terms = {sums, distance};
  }
  for (int64_t i = 0; !fits && i < block.count(); i++) std::copy_n(sums + i * distance, count, to + i * c.kernels);
}

void convolve(const Windows &windows, const float *x, const float *w, const float *bias, float *y) {
  const auto &c = windows.c;
  const Range all{0, (c.kernels + panel_width - 1) / panel_width};
  // Both what windows see and kernels are copied once for each part of the other.
  const Shares shares(windows.lines(), all.count(), windows.lines() * c.columns, c.kernels);
  const int64_t most = std::clamp<int64_t>(near / 4 / (windows.depth * panel_width), 1, all.count());
  in_parallel(shares.count(), 1, [&](int64_t i) {
    const Range lines = Range{0, windows.lines()}.part(i / shares.panels, shares.tiles);
    const Range panels = all.part(i % shares.panels, shares.panels);
    if (lines.count() == 0) return;
    float *const u = scratch(most * windows.depth * panel_width + windows.memory() +
                             2 * windows.at_once() * most * panel_width);
    float *const rows = u + most * windows.depth * panel_width, *const memory = rows + windows.memory();
    for (Range now{panels.first, 0}; now.first < panels.end; now.first = now.end) {
      now.end = std::min(panels.end, now.first + most);
      const Range kernels = numbers(now, c.kernels);
      turn_kernels(w, windows.depth, kernels, u);
      for_each_block(lines, c.columns, windows.at_once(), [&](Block block) {
        block_values(windows, block, windows.gather(x, block, rows), kernels, u, bias, memory, y);
      });
    }
  });
}

// ---- The gradient of images ----

// Lines of an image of which windows say something, one after another: they are begun with zeros and written when no
// window says more of them.
class Lines {
 public:
  Lines(const Convolution &c, Range lines, float *memory, float *image)
      : c(c), lines(lines), memory(memory), image(image), begun(lines.first), done(lines.first) {}

  // Numbers of a line, and of what lies beside it.
  static int64_t length(const Convolution &c) {
    return std::max((c.columns - 1) * c.stride + c.size, c.left + c.width) * c.channels;
  }

  // What windows of a row say, of which the first is number `column`: row by row.
  void add(int64_t row, int64_t column, int64_t count, const float *said, int64_t distance) {
    const int64_t above = row * c.stride - c.top, tap = c.size * c.channels;
    finish(above);
    begin(std::min(lines.end, above + c.size));
    for (int64_t y = std::max(lines.first, above); y < std::min(lines.end, above + c.size); y++)
      add_windows(said + (y - above) * tap, count, distance, tap, c.stride * c.channels,
                  line(y) + column * c.stride * c.channels);
  }
  void finish(int64_t end) {
    for (; done < std::min(end, lines.end); done++) {
      begin(done + 1);
      std::copy_n(line(done) + c.left * c.channels, c.width * c.channels, image + done * c.width * c.channels);
    }
  }

 private:
  float *line(int64_t y) const { return memory + y % c.size * length(c); }
  void begin(int64_t end) {
    for (; begun < end; begun++) std::fill_n(line(begun), length(c), 0.f);
  }

  const Convolution &c;
  const Range lines;
  float *const memory, *const image;
  int64_t begun, done;
};

// Rows of windows that see some of these lines.
Range rows_of(const Convolution &c, Range lines) {
  const int64_t first = lines.first + c.top - c.size + 1, last = lines.end - 1 + c.top;
  return {std::min(c.rows, first <= 0 ? 0 : (first + c.stride - 1) / c.stride), std::min(c.rows, last / c.stride + 1)};
}

// `w` has its rows `distance` apart, with room for whole vectors.
void convolve_back(const Windows &windows, const float *g, const float *w, int64_t distance, float *x) {
  const auto &c = windows.c;
  const int64_t threads = at::get_num_threads(), row = padded(whole(windows.depth));
  // Few images are cut; windows that see both parts are computed for each.
  const int64_t parts = c.images < 4 * threads && c.images % threads != 0 ? std::min(threads, c.height) : 1;
  in_parallel(c.images * parts, 1, [&](int64_t i) {
    const int64_t image = i / parts;
    const Range own = Range{0, c.height}.part(i % parts, parts);
    if (own.count() == 0) return;
    float *const said = scratch(2 * windows.at_once() * row + c.size * Lines::length(c));
    Lines lines(c, own, said + 2 * windows.at_once() * row, x + image * c.height * c.width * c.channels);
    for_each_block(rows_of(c, own), c.columns, windows.at_once(), [&](Block block) {
      const int64_t window = (image * c.rows + block.lines.first) * c.columns + block.columns.first;
      const Range seen = windows.seen(block.lines);
      multiply({g + window * c.kernels, c.kernels, 1}, block.count(), c.kernels,
               {w + seen.first, panel_width, whole(seen.count()), distance}, said + seen.first, row, {});
      for (int64_t r = block.lines.first; r < block.lines.end; r++)
        lines.add(r, block.columns.first, block.columns.count(),
                  said + (r - block.lines.first) * block.columns.count() * row, row);
    });
    lines.finish(own.end);
  });
}

// ---- The gradient of kernels ----

// The sums over some lines, for some panels of the depth: `[K, depth]`.
void sum_kernels(const Windows &windows, const float *x, const float *g, Range lines, Range panels, float *sums,
                 int64_t distance) {
  const auto &c = windows.c;
  const Range depth = numbers(panels, windows.depth);
  float *const memory = scratch(windows.memory());
  bool is_first = true;
  for_each_block(lines, c.columns, windows.at_once(), [&](Block block) {
    const float *const rows = windows.gather(x, block, memory);
    const float *const from = g + (block.lines.first * c.columns + block.columns.first) * c.kernels;
    const Range seen = windows.seen(block.lines), now{std::max(seen.first, depth.first), std::min(seen.end, depth.end)};
    if (is_first && now.count() < depth.count())
      for (int64_t k = 0; k < c.kernels; k++) std::fill_n(sums + k * distance + depth.first, whole(depth.count()), 0.f);
    const bool adds = !is_first || now.count() < depth.count();
    is_first = false;
    // Beside what is seen there are zeros.
    if (now.count() > 0)
      multiply({from, 1, c.kernels}, c.kernels, block.count(),
               {rows + now.first, panel_width, whole(now.count()), windows.distance}, sums + now.first, distance,
               adds ? Terms{sums + now.first, distance} : Terms{});
  });
}
}  // namespace

bool ct::has_direct(const Convolution &c, at::ScalarType type) {
  if (c.size <= 0 || c.stride <= 0 || c.rows <= 0 || c.columns <= 0 || c.channels <= 0 || c.kernels <= 0) return false;
  if (type == at::kBFloat16) return has_direct16(c);
  // Pixels of few channels would leave most of a vector empty.
  return type == at::kFloat && has_fast_tiles() && (c.size > 1 || c.channels % 16 == 0);
}

Tensor ct::direct_values(const Tensor &x, const Tensor &w, const std::optional<Tensor> &b, const Convolution &c) {
  if (x.scalar_type() == at::kBFloat16) return direct16_values(x, w, b, c);
  RECORD_FUNCTION("ctorch::direct_values", {});
  TORCH_CHECK(!b || (b->dim() == 1 && b->size(0) == c.kernels), "a bias of ", b->sizes(), " for ", c.kernels,
              " kernels");
  const Tensor images = lying(x), kernels = lying(w), bias = b ? in_whole_vectors(*b) : Tensor();
  const Tensor y = maps_like(x, {c.images, c.kernels, c.rows, c.columns});
  convolve(Windows(c), images.const_data_ptr<float>(), kernels.const_data_ptr<float>(),
           b ? bias.const_data_ptr<float>() : nullptr, y.mutable_data_ptr<float>());
  return y;
}

Tensor ct::direct_input(const Tensor &g, const Tensor &w, const Convolution &c) {
  if (g.scalar_type() == at::kBFloat16) return direct16_input(g, w, c);
  RECORD_FUNCTION("ctorch::direct_input", {});
  const Windows windows(c);
  const Tensor maps = lying(g), kernels = lying(w), x = maps_like(g, {c.images, c.channels, c.height, c.width});
  const float *rows = kernels.const_data_ptr<float>();
  const int64_t distance = whole(windows.depth);
  Tensor wider;
  if (distance != windows.depth) {
    wider = at::empty({c.kernels, distance}, g.options());
    float *const to = wider.mutable_data_ptr<float>();
    for (int64_t k = 0; k < c.kernels; k++) {
      std::copy_n(rows + k * windows.depth, windows.depth, to + k * distance);
      std::fill(to + k * distance + windows.depth, to + (k + 1) * distance, 0.f);
    }
    rows = to;
  }
  convolve_back(windows, maps.const_data_ptr<float>(), rows, distance, x.mutable_data_ptr<float>());
  return x;
}

Tensor ct::direct_kernel(const Tensor &g, const Tensor &x, const Convolution &c) {
  if (g.scalar_type() == at::kBFloat16) return direct16_kernel(g, x, c);
  RECORD_FUNCTION("ctorch::direct_kernel", {});
  const Windows windows(c);
  const Tensor maps = lying(g), images = lying(x), w = maps_like(g, {c.kernels, c.channels, c.size, c.size});
  const float *from = images.const_data_ptr<float>(), *gradient = maps.const_data_ptr<float>();
  float *to = w.mutable_data_ptr<float>();
  const int64_t distance = whole(windows.depth), size = c.kernels * distance;
  const Range lines{0, windows.lines()}, all{0, (windows.depth + panel_width - 1) / panel_width};
  const int64_t parts = parts_of(lines.count(), size);
  const Tensor sums = at::empty({parts, size}, g.options());
  float *const added = sums.mutable_data_ptr<float>();
  // Numbers of whole kernels in the first part, without what fills up vectors.
  const auto write = [&](Range kernels) {
    for (int64_t k = kernels.first; k < kernels.end; k++)
      std::copy_n(added + k * distance, windows.depth, to + k * windows.depth);
  };
  if (parts == 1) {
    const int64_t shares = std::min<int64_t>(at::get_num_threads(), all.count());
    in_parallel(shares, 1, [&](int64_t i) {
      const Range panels = all.part(i, shares);
      if (panels.count() > 0) sum_kernels(windows, from, gradient, lines, panels, added, distance);
    });
    write({0, c.kernels});
    return w;
  }
  const int64_t own = sum_parts(added, lines, size, parts, [&](Range part, float *to) {
    sum_kernels(windows, from, gradient, part, all, to, distance);
  });
  const int64_t groups = (c.kernels + 15) / 16;
  in_parallel(groups, 1, [&](int64_t i) {
    const Range some = Range{0, c.kernels}.part(i, groups);
    if (some.count() == 0) return;
    add_pairs(added + some.first * distance, some.count() * distance, size, own, parts);
    write(some);
  });
  return w;
}
