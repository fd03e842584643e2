// Convolutions with fewer multiplications, by Winograd's minimal filtering: see tiles.h. Both gradients are made of the
// same tiles: the method is a sum of products of sums, which can be read in three directions.
//
// A thread transforms, multiplies and adds up some tiles at a time while its cache holds them, and transforms kernels
// itself: to get them from another would take longer. How the work is shared depends on the number of threads, but no
// sum does.
#include "winograd.h"

#include "tiling.h"

#include <ATen/record_function.h>

using namespace ct;
using at::Tensor;

namespace {
// As many lines as have about so many tiles.
int64_t lines_of(const Tiling &tiling, Range lines, int64_t tiles) {
  const int64_t count = (lines.count() * tiling.across + tiles - 1) / tiles;
  return (lines.count() + count - 1) / count;
}
constexpr int64_t some_tiles = 64;

bool are_one_block(const Tiling &tiling, Range lines) { return lines_of(tiling, lines, some_tiles) >= lines.count(); }

// How many panels of kernels, each of 32 columns of so many numbers, are made at once: more where several blocks, which
// are transformed anew for each time, use them.
int64_t panels_at_once(const Tiling &tiling, Range lines, Range panels, int64_t rows) {
  const int64_t most = are_one_block(tiling, lines) ? near : 4 * near;
  return std::clamp<int64_t>(most / (tiling.places * rows * panel_width), 1, panels.count());
}

template <typename Body>
void for_each_block(const Tiling &tiling, Range lines, int64_t tiles, Body body) {
  const int64_t step = lines_of(tiling, lines, tiles);
  for (int64_t first = lines.first; first < lines.end; first += step)
    body(Range{first, std::min(lines.end, first + step)});
}

// `kernels` gets panels, and where to put what products take of them, place by place.
template <typename Kernels>
void convolve(const Tiling &tiling, const float *x, Kernels kernels, const float *bias, float *y) {
  const int64_t row = padded(tiling.depth);
  // What a tile sees takes three times as long as the same numbers of a kernel.
  const Shares shares(tiling.lines, tiling.kernel_panels(), 3 * tiling.tiles(), tiling.sizes.kernels);
  in_parallel(shares.count(), 1, [&](int64_t i) {
    const Range lines = Range{0, tiling.lines}.part(i / shares.panels, shares.tiles);
    const Range panels = Range{0, tiling.kernel_panels()}.part(i % shares.panels, shares.panels);
    if (lines.count() == 0 || panels.count() == 0) return;
    const int64_t tiles = lines_of(tiling, lines, some_tiles) * tiling.across;
    const int64_t some = panels_at_once(tiling, lines, panels, tiling.depth);
    const int64_t new_row = padded(some * panel_width), kernel = apart(tiling.depth * some * panel_width);
    const int64_t place = apart(tiles * row), new_place = apart(tiles * new_row);
    float *u = scratch(tiling.places * (kernel + place + new_place));
    float *data = u + tiling.places * kernel, *sums = data + tiling.places * place;
    for (int64_t first = panels.first; first < panels.end; first += some) {
      const Range now{first, std::min(panels.end, first + some)};
      kernels(now, u, kernel);
      for_each_block(tiling, lines, some_tiles, [&](Range block) {
        if (first == panels.first || !are_one_block(tiling, lines))
          data_of(tiling, block, {0, tiling.depth_panels()}, x, data, {place, panel_width}, row);
        for (int64_t t = 0; t < tiling.places; t++)
          tiling.for_each_depth(t, [&](Range part) {
            multiply({data + t * place + part.first, row, 1}, block.count() * tiling.across, part.count(),
                     {u + t * kernel + part.first * panel_width, tiling.depth * panel_width,
                      numbers(now, tiling.kernels).count()},
                     sums + t * new_place, new_row,
                     part.first > 0 ? Terms{sums + t * new_place, new_row} : Terms{});
          });
        results_of(tiling, block, now, sums, {new_place, panel_width}, new_row, bias, y);
      });
    }
  });
}

// What a place of some tiles, rows of gradients for each kernel, says of the depth in some panels.
void multiply_for_input(const Tiling &tiling, int64_t place, Range panels, Strided sums, int64_t tiles, const float *u,
                        float *data, int64_t distance) {
  const Range all = numbers(panels, tiling.depth);
  int64_t end = all.first;  // of what is done
  const auto skip_to = [&](int64_t next) {
    for (int64_t row = 0; row < tiles && next > end; row++)
      std::fill(data + row * distance + end - all.first, data + row * distance + next - all.first, 0.f);
    end = std::max(end, next);
  };
  tiling.for_each_depth(place, [&](Range part) {
    const Range now = numbers(panels.within(part), tiling.depth);
    if (now.count() <= 0) return;
    skip_to(now.first);
    const int64_t panel = now.first / panel_width - panels.first, kernels = tiling.sizes.kernels;
    multiply(sums, tiles, kernels, {u + panel * kernels * panel_width, kernels * panel_width, now.count()},
             data + now.first - all.first, distance, {});
    end = now.end;
  });
  skip_to(all.end);
}

// Parts of the tiles are whole images: what several tiles say of a pixel is added up in their order, from zero on.
void convolve_back(const Tiling &tiling, const float *g, const float *w, float *x) {
  const auto &c = tiling.sizes;
  const int64_t row = padded(tiling.kernels);
  // It takes eight times as long here, where kernels need not be transposed.
  const Shares shares(c.images, tiling.depth_panels(), 8 * tiling.tiles(), tiling.depth);
  const auto clear = [&](Range images) {
    const int64_t size = c.height * c.width * c.channels;
    std::fill(x + images.first * size, x + images.end * size, 0.f);
  };
  if (shares.panels > 1) clear({0, c.images});
  in_parallel(shares.count(), 1, [&](int64_t i) {
    const Range images = Range{0, c.images}.part(i / shares.panels, shares.tiles);
    const Range panels = Range{0, tiling.depth_panels()}.part(i % shares.panels, shares.panels);
    if (images.count() == 0 || panels.count() == 0) return;
    const Range lines{images.first * tiling.down, images.end * tiling.down};
    const int64_t tiles = lines_of(tiling, lines, some_tiles) * tiling.across;
    const int64_t some = panels_at_once(tiling, lines, panels, c.kernels);
    const int64_t new_row = padded(some * panel_width), kernel = apart(c.kernels * some * panel_width);
    const int64_t place = apart(tiles * row), new_place = apart(tiles * new_row);
    float *u = scratch(tiling.places * (kernel + place + new_place));
    float *sums = u + tiling.places * kernel, *data = sums + tiling.places * place;
    for (int64_t first = panels.first; first < panels.end; first += some) {
      const Range now{first, std::min(panels.end, first + some)};
      kernels_for_input(tiling, now, w, u, kernel);
      for_each_block(tiling, lines, some_tiles, [&](Range block) {
        // The images that begin here, which the cache holds from now on.
        if (shares.panels == 1 && first == panels.first)
          clear({(block.first + tiling.down - 1) / tiling.down, (block.end + tiling.down - 1) / tiling.down});
        if (first == panels.first || !are_one_block(tiling, lines))
          spread_results(tiling, block, {0, tiling.kernel_panels()}, g, sums, {place, panel_width}, row);
        for (int64_t t = 0; t < tiling.places; t++)
          multiply_for_input(tiling, t, now, {sums + t * place, row, 1}, block.count() * tiling.across, u + t * kernel,
                             data + t * new_place, new_row);
        add_data(tiling, block, now, data, {new_place, panel_width}, new_row, x);
      });
    }
  });
}

// The products of a part of the tiles for some kernels and channels, added up: `[K, depth]` for each place.
struct KernelSums {
  const Tiling &tiling;
  Range lines, kernels, panels;  // kernels' panels, and those of the depth

  int64_t distance() const { return panels.count() * panel_width; }
  int64_t place() const { return apart(kernels.count() * panel_width * distance()); }

  void add_up(const float *x, const float *g, float *sums, float *memory, int64_t tiles) const {
    const int64_t row = padded(kernels.count() * panel_width), most = lines_of(tiling, lines, tiles) * tiling.across;
    const int64_t data_place = apart(most * distance()), said_place = apart(most * row);
    float *data = memory, *said = data + tiling.places * data_place;
    for_each_block(tiling, lines, tiles, [&](Range block) {
      const int64_t count = block.count() * tiling.across;
      data_of(tiling, block, panels, x, data, {data_place, count * panel_width}, panel_width);
      spread_results(tiling, block, kernels, g, said, {said_place, panel_width}, row);
      for (int64_t t = 0; t < tiling.places; t++)
        tiling.for_each_depth(t, [&](Range part) {
          const Range now = numbers(panels.within(part), tiling.depth);
          const int64_t panel = now.first / panel_width - panels.first;
          float *const own = sums + t * place() + panel * panel_width;
          if (now.count() > 0)
            multiply({said + t * said_place, 1, row}, numbers(kernels, tiling.sizes.kernels).count(), count,
                     {data + t * data_place + panel * count * panel_width, count * panel_width, now.count()},
                     own, distance(), block.first > lines.first ? Terms{own, distance()} : Terms{});
        });
    });
  }
  int64_t memory(int64_t tiles) const {
    const int64_t row = padded(kernels.count() * panel_width), most = lines_of(tiling, lines, tiles) * tiling.across;
    return tiling.places * (apart(most * distance()) + apart(most * row));
  }
};
}  // namespace

double ct::winograd_gain(const Convolution &c) {
  const bool known = (c.stride == 1 || c.stride == 2) && c.size >= 3 && c.size <= 5;
  // Of fewer channels tiles take longer than products.
  if (!known || !has_fast_tiles() || std::min(c.channels, c.kernels) < 16 || c.rows < 1 || c.columns < 1) return 0;
  return products_of(c) / Tiling(c).cost();
}

Tensor ct::winograd_values(const Tensor &x, const Tensor &w, const std::optional<Tensor> &b, const Convolution &c) {
  RECORD_FUNCTION("ctorch::winograd_values", {});
  TORCH_CHECK(!b || (b->dim() == 1 && b->size(0) == c.kernels), "a bias of ", b->sizes(), " for ", c.kernels,
              " kernels");
  const Tiling tiling(c);
  const Tensor images = lying(x), kernels = lying(w);
  const Tensor bias = b ? b->contiguous() : Tensor();
  const Tensor y = maps_like(x, {c.images, c.kernels, c.rows, c.columns});
  convolve(
      tiling, images.const_data_ptr<float>(),
      [&](Range panels, float *to, int64_t place) {
        kernels_for_values(tiling, panels, kernels.const_data_ptr<float>(), to, place);
      },
      b ? bias.const_data_ptr<float>() : nullptr, y.mutable_data_ptr<float>());
  return y;
}

Tensor ct::winograd_input(const Tensor &g, const Tensor &w, const Convolution &c) {
  RECORD_FUNCTION("ctorch::winograd_input", {});
  const Tensor maps = lying(g), kernels = lying(w);
  const float *from = maps.const_data_ptr<float>(), *weights = kernels.const_data_ptr<float>();
  const Tensor x = maps_like(g, {c.images, c.channels, c.height, c.width});
  float *to = x.mutable_data_ptr<float>();
  const Tiling tiling(c), turned(c.turned());
  // Without borders the images have more tiles than the maps.
  if (c.stride == 1 && turned.cost() <= tiling.cost()) {
    convolve(
        turned, from,
        [&](Range panels, float *u, int64_t place) { turned_kernels(turned, panels, weights, u, place); }, nullptr,
        to);
  } else {
    convolve_back(tiling, from, weights, to);
  }
  return x;
}

Tensor ct::winograd_kernel(const Tensor &g, const Tensor &x, const Convolution &c) {
  RECORD_FUNCTION("ctorch::winograd_kernel", {});
  const Tiling tiling(c);
  const Tensor maps = lying(g), images = lying(x), w = maps_like(g, {c.kernels, c.channels, c.size, c.size});
  const float *from = images.const_data_ptr<float>(), *gradient = maps.const_data_ptr<float>();
  float *to = w.mutable_data_ptr<float>();
  const KernelSums whole{tiling, {0, tiling.lines}, {0, tiling.kernel_panels()}, {0, tiling.depth_panels()}};
  const int64_t size = tiling.places * whole.place(), parts = parts_of(tiling.lines, size), tiles = 64;
  if (parts == 1) {
    Shares shares(tiling.kernel_panels(), tiling.depth_panels(), c.kernels, tiling.depth);
    // Where few tiles share large kernels, the sums of a part are done with while they are near.
    if (tiling.tiles() < 512)
      shares.panels = std::max(shares.panels, std::min(tiling.depth_panels(), power_of_two(size / near)));
    in_parallel(shares.count(), 1, [&](int64_t i) {
      const KernelSums own{tiling, whole.lines, whole.kernels.part(i / shares.panels, shares.tiles),
                           whole.panels.part(i % shares.panels, shares.panels)};
      if (own.kernels.count() == 0 || own.panels.count() == 0) return;
      float *sums = scratch(tiling.places * own.place() + own.memory(tiles));
      own.add_up(from, gradient, sums, sums + tiling.places * own.place(), tiles);
      kernels_from(tiling, numbers(own.kernels, c.kernels), own.panels, sums, own.place(), own.distance(), to);
    });
    return w;
  }
  const Tensor sums = at::empty({parts, size}, g.options());
  float *added = sums.mutable_data_ptr<float>();
  const int64_t own = sum_parts(added, whole.lines, size, parts, [&](Range lines, float *sums_of_part) {
    const KernelSums part{tiling, lines, whole.kernels, whole.panels};
    part.add_up(from, gradient, sums_of_part, scratch(part.memory(tiles)), tiles);
  });
  const int64_t place = whole.place(), distance = whole.distance();
  const Range kernels{0, c.kernels};
  const int64_t groups = (c.kernels + 15) / 16;
  in_parallel(groups, 1, [&](int64_t i) {
    const Range some = kernels.part(i, groups);
    float *const first = added + some.first * distance;
    for (int64_t t = 0; t < tiling.places; t++)
      add_pairs(first + t * place, some.count() * distance, size, own, parts);
    kernels_from(tiling, some, whole.panels, first, place, distance, to);
  });
  return w;
}
