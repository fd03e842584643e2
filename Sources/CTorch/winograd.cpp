// Convolutions with fewer multiplications, by Winograd's minimal filtering: see tiles.h. Of a stride of two, the pixels
// of even and odd lines and columns are four images of which each has its part of the kernel, so that 4x4 are four
// kernels of 2x2 and a stride of one. Both gradients are made of the same tiles: the method is a sum of products of
// sums, which can be read in three directions. A block of tiles is transformed, multiplied and added up while the
// processor's cache holds it. Which tiles make a block depends on sizes alone, and so do all bits.
#include "winograd.h"

#include "parallel.h"
#include "tiles.h"

#include <ATen/record_function.h>

#include <memory>

using namespace ct;
using at::Tensor;

namespace {
constexpr int most_places = 16;
// As many numbers as sums of several parts of a minibatch may take together.
constexpr int64_t most_sums = 1 << 22;

// Tiles of two by two results each, and how their numbers lie while they are multiplied.
struct Tiling {
  const Convolution &sizes;
  const int taps;              // of a kernel's part for each phase of the stride
  const int64_t side, places;  // of a tile
  const int64_t phases, depth;
  const int64_t down, across;  // tiles of an image
  const int64_t lines;         // of tiles, in all images

  explicit Tiling(const Convolution &c)
      : sizes(c), taps(static_cast<int>((c.size + c.stride - 1) / c.stride)), side(taps + 1), places(side * side),
        phases(c.stride * c.stride), depth(phases * c.channels), down((c.rows + 1) / 2), across((c.columns + 1) / 2),
        lines(c.images * down) {}

  // A column of numbers a power of two apart would fall on a few places of a cache.
  static int64_t padded(int64_t count) { return count + 16; }
};

// Lines of tiles, `first` to before `end`.
struct Block {
  int64_t first, end;
  int64_t tiles(const Tiling &tiling) const { return (end - first) * tiling.across; }
};

// Lines of tiles in blocks alike.
struct Blocks {
  const Block all;
  const int64_t lines, count;
  Blocks(Block all, int64_t count)
      : all(all), lines((all.end - all.first + count - 1) / count), count((all.end - all.first + lines - 1) / lines) {}
  // Of at most about `tiles` tiles, and as many of them as several threads can share.
  static Blocks of(const Tiling &tiling, int64_t tiles, int64_t multiple) {
    const int64_t count = (tiling.lines * tiling.across + tiles - 1) / tiles;
    return {{0, tiling.lines}, (count + multiple - 1) / multiple * multiple};
  }
  Block operator[](int64_t i) const {
    return {all.first + i * lines, std::min(all.end, all.first + (i + 1) * lines)};
  }
};

// Calls `body` with every tile's index in the block, its image, and its line and column in it.
template <typename Body>
void for_each_tile(const Tiling &tiling, Block block, Body body) {
  int64_t index = 0;
  for (int64_t line = block.first; line < block.end; line++)
    for (int64_t column = 0; column < tiling.across; column++)
      body(index++, line / tiling.down, line % tiling.down, column);
}

// Memory of a thread's own, which it keeps.
float *scratch(int64_t count) {
  static thread_local std::unique_ptr<float[]> memory;
  static thread_local int64_t size = 0;
  if (size < count + 16) {
    memory.reset();
    memory.reset(new float[static_cast<size_t>(count + 16)]);
    size = count + 16;
  }
  // Vectors that lie across two lines of a cache take twice as long.
  return reinterpret_cast<float *>((reinterpret_cast<uintptr_t>(memory.get()) + 63) / 64 * 64);
}

// The pixels, among those of an image or of its maps, of a square whose first lies at (top, left); null outside.
template <typename Number>
void square(Number *image, int64_t height, int64_t width, int64_t channels, int64_t top, int64_t left, int64_t step,
            int64_t side, Number **pixels) {
  for (int64_t i = 0, y = top; i < side; i++, y += step)
    for (int64_t j = 0, x = left; j < side; j++, x += step)
      *pixels++ = y >= 0 && y < height && x >= 0 && x < width ? image + (y * width + x) * channels : nullptr;
}

// ---- Images and maps as tiles ----

// Calls `body` with what a tile sees in each phase of the stride: its pixels, and how many panels precede its channels.
template <typename Number, typename Body>
void for_each_phase(const Tiling &tiling, Number *x, int64_t image, int64_t line, int64_t column, Body body) {
  const auto &c = tiling.sizes;
  Number *pixels[most_places];
  Number *first = x + image * c.height * c.width * c.channels;
  for (int64_t phase = 0; phase < tiling.phases; phase++) {
    const int64_t top = 2 * line * c.stride + phase / c.stride - c.top;
    const int64_t left = 2 * column * c.stride + phase % c.stride - c.left;
    square(first, c.height, c.width, c.channels, top, left, c.stride, tiling.side, pixels);
    body(pixels, phase * (c.channels / panel_width));
  }
}

void data_of(const Tiling &tiling, Block block, const float *x, float *data, Spacing spacing, int64_t distance) {
  for_each_tile(tiling, block, [&](int64_t index, int64_t image, int64_t line, int64_t column) {
    for_each_phase(tiling, x, image, line, column, [&](Pixels pixels, int64_t panel) {
      transform_data(tiling.taps, pixels, tiling.sizes.channels, data + index * distance + panel * spacing.panel,
                     spacing);
    });
  });
}

void add_data(const Tiling &tiling, Block block, const float *data, Spacing spacing, int64_t distance, float *x) {
  for_each_tile(tiling, block, [&](int64_t index, int64_t image, int64_t line, int64_t column) {
    for_each_phase(tiling, x, image, line, column, [&](NewPixels pixels, int64_t panel) {
      add_transposed_data(tiling.taps, data + index * distance + panel * spacing.panel, spacing,
                          tiling.sizes.channels, pixels);
    });
  });
}

// The four results of a tile.
template <typename Number>
void results_at(const Tiling &tiling, Number *y, int64_t image, int64_t line, int64_t column, Number **pixels) {
  const auto &c = tiling.sizes;
  square(y + image * c.rows * c.columns * c.kernels, c.rows, c.columns, c.kernels, 2 * line, 2 * column, 1, 2, pixels);
}

void results_of(const Tiling &tiling, Block block, const float *sums, Spacing spacing, int64_t distance,
                const float *bias, float *y) {
  for_each_tile(tiling, block, [&](int64_t index, int64_t image, int64_t line, int64_t column) {
    float *pixels[4];
    results_at(tiling, y, image, line, column, pixels);
    transform_results(tiling.taps, sums + index * distance, spacing, tiling.sizes.kernels, bias, pixels);
  });
}

void spread_results(const Tiling &tiling, Block block, const float *g, float *sums, Spacing spacing,
                    int64_t distance) {
  for_each_tile(tiling, block, [&](int64_t index, int64_t image, int64_t line, int64_t column) {
    const float *pixels[4];
    results_at(tiling, g, image, line, column, pixels);
    transposed_results(tiling.taps, pixels, tiling.sizes.kernels, sums + index * distance, spacing);
  });
}

// ---- Kernels ----

// The taps of a kernel that belong to a phase of the stride; those behind its end are null.
template <typename Number>
void taps_of(const Tiling &tiling, Number *kernel, int64_t phase, Number **pixels) {
  const auto &c = tiling.sizes;
  square(kernel, c.size, c.size, c.channels, phase / c.stride, phase % c.stride, c.stride, tiling.taps, pixels);
}

// Kernels for products that add up over kernels: panels of `[K, 32]` for channels of each place.
Tensor kernels_by_channel(const Tiling &tiling, const Tensor &w) {
  const auto &c = tiling.sizes;
  const Tensor result = at::empty({tiling.places, tiling.depth / panel_width, c.kernels, panel_width}, w.options());
  const Spacing spacing{tiling.depth * c.kernels, panel_width * c.kernels};
  const float *from = w.const_data_ptr<float>();
  float *to = result.mutable_data_ptr<float>();
  in_parallel(c.kernels, 8, [&](int64_t k) {
    const float *pixels[most_places];
    for (int64_t phase = 0; phase < tiling.phases; phase++) {
      taps_of(tiling, from + k * c.size * c.size * c.channels, phase, pixels);
      transform_kernel(tiling.taps, pixels, c.channels,
                       to + k * panel_width + phase * (c.channels / panel_width) * spacing.panel, spacing);
    }
  });
  return result;
}

// Kernels for products that add up over channels: panels of `[depth, 32]` for kernels of each place.
Tensor kernels_by_kernel(const Tiling &tiling, const Tensor &w) {
  const auto &c = tiling.sizes;
  const Tensor result = at::empty({tiling.places, c.kernels / panel_width, tiling.depth, panel_width}, w.options());
  const float *from = w.const_data_ptr<float>();
  float *to = result.mutable_data_ptr<float>();
  const int64_t rows = 16;
  const Spacing spacing{rows * panel_width, 0};
  // Sixteen kernels and the channels of a panel at a time.
  const int64_t groups = c.kernels / rows, panels = c.channels / panel_width;
  in_parallel(groups * tiling.phases * panels, 4, [&](int64_t i) {
    const int64_t panel = i % panels, phase = i / panels % tiling.phases, first = i / panels / tiling.phases * rows;
    float *lying = scratch(tiling.places * spacing.place);
    const float *pixels[most_places];
    for (int64_t k = 0; k < rows; k++) {
      const float *kernel = from + (first + k) * c.size * c.size * c.channels + panel * panel_width;
      taps_of(tiling, kernel, phase, pixels);
      transform_kernel(tiling.taps, pixels, panel_width, lying + k * panel_width, spacing);
    }
    float *place = to + first / panel_width * tiling.depth * panel_width + first % panel_width +
                   (phase * c.channels + panel * panel_width) * panel_width;
    for (int64_t t = 0; t < tiling.places; t++, place += tiling.depth * c.kernels)
      for (int64_t half = 0; half < panel_width; half += 16)
        transpose16(lying + t * spacing.place + half, panel_width, place + half * panel_width, panel_width);
  });
  return result;
}

// Kernels' gradients as kernels: `[places, K, depth]` as `[K, C, k, k]`.
Tensor kernels_from(const Tiling &tiling, const Tensor &sums) {
  const auto &c = tiling.sizes;
  const Tensor result = at::empty({c.kernels, c.channels, c.size, c.size}, sums.options(), at::MemoryFormat::ChannelsLast);
  const Spacing spacing{c.kernels * tiling.depth, panel_width};
  const float *from = sums.const_data_ptr<float>();
  float *to = result.mutable_data_ptr<float>();
  in_parallel(c.kernels, 8, [&](int64_t k) {
    float *pixels[most_places];
    for (int64_t phase = 0; phase < tiling.phases; phase++) {
      taps_of(tiling, to + k * c.size * c.size * c.channels, phase, pixels);
      transposed_kernel(tiling.taps, from + k * tiling.depth + phase * c.channels, spacing, c.channels, pixels);
    }
  });
  return result;
}

// Adds up what the products of a block's tiles come to, about `some` tiles at a time: `[places, K, depth]`.
void add_products(const Tiling &tiling, Block all, int64_t some, const float *x, const float *g, float *sums) {
  const auto &c = tiling.sizes;
  const int64_t row = tiling.padded(c.kernels), rows = 32;
  const Blocks chunks(all, (all.tiles(tiling) + some - 1) / some);
  float *data = scratch(chunks.lines * tiling.across * tiling.places * (tiling.depth + row));
  float *said = data + chunks.lines * tiling.across * tiling.places * tiling.depth;
  for (int64_t chunk = 0; chunk < chunks.count; chunk++) {
    const Block part = chunks[chunk];
    const int64_t tiles = part.tiles(tiling);
    const Spacing panels{tiles * tiling.depth, tiles * panel_width};
    in_parallel(part.end - part.first, 1, [&](int64_t i) {
      const Block line{part.first + i, part.first + i + 1};
      data_of(tiling, line, x, data + i * tiling.across * panel_width, panels, panel_width);
      spread_results(tiling, line, g, said + i * tiling.across * row, {tiles * row, panel_width}, row);
    });
    in_parallel(tiling.places * c.kernels / rows, 1, [&](int64_t i) {
      const int64_t place = i / (c.kernels / rows), kernel = i % (c.kernels / rows) * rows;
      multiply({said + place * tiles * row + kernel, 1, row}, rows, tiles, data + place * panels.place,
               tiling.depth / panel_width, sums + (place * c.kernels + kernel) * tiling.depth, tiling.depth,
               chunk > 0);
    });
  }
}

Tensor lying(const Tensor &maps) { return maps.contiguous(at::MemoryFormat::ChannelsLast); }
}  // namespace

ct::Convolution::Convolution(at::IntArrayRef x, at::IntArrayRef w, at::IntArrayRef strides, at::IntArrayRef padding)
    : images(x[0]), height(x[2]), width(x[3]), channels(x[1]), rows((x[2] + 2 * padding[0] - w[2]) / strides[0] + 1),
      columns((x[3] + 2 * padding[1] - w[3]) / strides[1] + 1), kernels(w[0]),
      size(w[2] == w[3] ? w[2] : 0), stride(strides[0] == strides[1] ? strides[0] : 0), top(padding[0]),
      left(padding[1]) {}

bool ct::prefers_winograd(const Convolution &c) {
  const bool known = (c.stride == 1 && c.size == 3) || (c.stride == 2 && (c.size == 4 || c.size == 5));
  if (!known || !has_fast_tiles() || c.channels % panel_width != 0 || c.kernels % panel_width != 0 || c.rows < 1 ||
      c.columns < 1)
    return false;
  const Tiling tiling(c);
  const int64_t tiles = tiling.lines * tiling.across;
  const double usual = static_cast<double>(c.images * c.rows * c.columns * c.size * c.size);
  return tiles >= 32 && usual >= 1.3 * static_cast<double>(tiles * tiling.places * tiling.phases);
}

Tensor ct::winograd_values(const Tensor &x, const Tensor &w, const std::optional<Tensor> &b, const Convolution &c) {
  RECORD_FUNCTION("ctorch::winograd_values", {});
  const Tiling tiling(c);
  const Tensor images = lying(x), kernels = kernels_by_kernel(tiling, lying(w));
  const Tensor y = at::empty({c.images, c.kernels, c.rows, c.columns}, x.options(), at::MemoryFormat::ChannelsLast);
  const Tensor bias = b ? b->contiguous() : Tensor();
  const float *from = images.const_data_ptr<float>(), *u = kernels.const_data_ptr<float>();
  const float *more = b ? bias.const_data_ptr<float>() : nullptr;
  float *to = y.mutable_data_ptr<float>();
  const Blocks blocks = Blocks::of(tiling, 64, 4);
  const int64_t row = tiling.padded(tiling.depth), new_row = tiling.padded(c.kernels);
  in_parallel(blocks.count, 1, [&](int64_t i) {
    const int64_t tiles = blocks[i].tiles(tiling);
    float *data = scratch(tiles * tiling.places * (row + new_row)), *sums = data + tiles * tiling.places * row;
    data_of(tiling, blocks[i], from, data, {tiles * row, panel_width}, row);
    for (int64_t t = 0; t < tiling.places; t++)
      multiply({data + t * tiles * row, row, 1}, tiles, tiling.depth, u + t * tiling.depth * c.kernels,
               c.kernels / panel_width, sums + t * tiles * new_row, new_row, false);
    results_of(tiling, blocks[i], sums, {tiles * new_row, panel_width}, new_row, more, to);
  });
  return y;
}

Tensor ct::winograd_input(const Tensor &g, const Tensor &w, const Convolution &c) {
  RECORD_FUNCTION("ctorch::winograd_input", {});
  const Tiling tiling(c);
  const Tensor maps = lying(g), kernels = kernels_by_channel(tiling, lying(w));
  const Tensor x = at::empty({c.images, c.channels, c.height, c.width}, g.options(), at::MemoryFormat::ChannelsLast).zero_();
  const float *from = maps.const_data_ptr<float>(), *u = kernels.const_data_ptr<float>();
  float *to = x.mutable_data_ptr<float>();
  const Blocks blocks = Blocks::of(tiling, 64, 4);
  const int64_t row = tiling.padded(c.kernels), new_row = tiling.padded(tiling.depth);
  // A block adds to the pixels at the borders of those beside it, which is why these wait.
  for (int64_t odd = 0; odd < 2; odd++)
    in_parallel((blocks.count + 1 - odd) / 2, 1, [&](int64_t i) {
      const Block block = blocks[2 * i + odd];
      const int64_t tiles = block.tiles(tiling);
      float *sums = scratch(tiles * tiling.places * (row + new_row)), *data = sums + tiles * tiling.places * row;
      spread_results(tiling, block, from, sums, {tiles * row, panel_width}, row);
      for (int64_t t = 0; t < tiling.places; t++)
        multiply({sums + t * tiles * row, row, 1}, tiles, c.kernels, u + t * tiling.depth * c.kernels,
                 tiling.depth / panel_width, data + t * tiles * new_row, new_row, false);
      add_data(tiling, block, data, {tiles * new_row, panel_width}, new_row, to);
    });
  return x;
}

Tensor ct::winograd_kernel(const Tensor &g, const Tensor &x, const Convolution &c) {
  RECORD_FUNCTION("ctorch::winograd_kernel", {});
  const Tiling tiling(c);
  const Tensor maps = lying(g), images = lying(x);
  const int64_t size = tiling.places * c.kernels * tiling.depth;
  // Each part adds up its own tiles. Of large kernels there is one for all threads, which then share what tiles become.
  const int64_t parts = std::min<int64_t>({most_sums / size, tiling.lines * tiling.across / 128, 16}) / 4 * 4;
  const Blocks all({0, tiling.lines}, std::max<int64_t>(parts, 1));
  const int64_t chunk = parts == 0 ? 256 : size > (1 << 17) ? 128 : 64;
  const Tensor sums = at::empty({all.count, tiling.places, c.kernels, tiling.depth}, g.options());
  const float *from = images.const_data_ptr<float>(), *gradient = maps.const_data_ptr<float>();
  float *to = sums.mutable_data_ptr<float>();
  in_parallel(all.count, 1, [&](int64_t i) {
    add_products(tiling, all[i], chunk, from, gradient, to + i * size);
  });
  return kernels_from(tiling, all.count > 1 ? sums.sum(0) : sums);
}
