// Images, maps and kernels of a convolution as tiles for Winograd's minimal filtering, and back.
#pragma once

#include "sharing.h"
#include "tiles.h"
#include "winograd.h"

namespace ct {

// How a convolution is cut. Of a stride of two, the pixels of even and odd lines and columns are four images, phases,
// of which each has its part of the kernel, so that 4x4 are four kernels of 2x2 and a stride of one.
struct Tiling {
  const Convolution sizes;
  const Method method;
  const int64_t places;              // of a tile
  const int64_t channels, kernels;   // with those that are zero, up to a multiple of sixteen
  const int64_t phases, depth;       // the depth: all phases' channels
  const int64_t down, across;  // tiles of an image
  const int64_t lines;         // of tiles, in all images

  explicit Tiling(const Convolution &sizes);

  int64_t tiles() const { return lines * across; }
  int64_t depth_panels() const { return (depth + panel_width - 1) / panel_width; }
  int64_t kernel_panels() const { return (kernels + panel_width - 1) / panel_width; }
  // How many multiplications it takes. Kernels are transformed at the price of as many for some more tiles.
  double cost() const;
  // Calls `body` with the parts of the depth that products of a place take. Of an odd kernel and a stride of two, every
  // other phase has a tap less, so that of the last of a tile's lines or columns its kernel is zero.
  template <typename Body>
  void for_each_depth(int64_t place, Body body) const {
    const int64_t side = method.side();
    const bool less = phases > 1 && sizes.size % 2 == 1;
    const bool last_line = less && place / side == side - 1, last_column = less && place % side == side - 1;
    if (!last_column) return body(Range{0, last_line ? 2 * channels : depth});
    body(Range{0, channels});
    if (!last_line) body(Range{2 * channels, 3 * channels});
  }
};

// How many multiplications the sums over taps take that lie in the images.
double products_of(const Convolution &sizes);

// ---- Of `lines` of tiles; those of a place lie `distance` apart ----

// What tiles see, of the channels of some panels of the depth; and what is said of it, added to the images.
void data_of(const Tiling &tiling, Range lines, Range panels, const float *x, float *data, Spacing spacing,
             int64_t distance);
void add_data(const Tiling &tiling, Range lines, Range panels, const float *data, Spacing spacing, int64_t distance,
              float *x);

// The results of products for kernels of some panels; and gradients of results for products.
void results_of(const Tiling &tiling, Range lines, Range panels, const float *sums, Spacing spacing, int64_t distance,
                const float *bias, float *y);
void spread_results(const Tiling &tiling, Range lines, Range panels, const float *g, float *sums, Spacing spacing,
                    int64_t distance);

// ---- Kernels `[K, k, k, C]` ----

// For products that add up over channels: panels of `[depth, 32]` of 32 kernels each.
void kernels_for_values(const Tiling &tiling, Range panels, const float *w, float *to, int64_t place);
// For products that add up over kernels: panels of `[K, 32]` of 32 channels of the depth each.
void kernels_for_input(const Tiling &tiling, Range panels, const float *w, float *to, int64_t place);
// The same for the images' gradient as a convolution of its own, of a stride of one, which sees the kernel's taps in
// reverse: the tiling is that one's, whose channels are kernels.
void turned_kernels(const Tiling &tiling, Range panels, const float *w, float *to, int64_t place);
// Gradients of kernels from rows of `[depth]` for each, `distance` apart.
void kernels_from(const Tiling &tiling, Range kernels, Range panels, const float *sums, int64_t place,
                  int64_t distance, float *w);

}  // namespace ct
