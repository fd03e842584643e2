// How convolutions are cut for threads and for what is near to them.
#pragma once

#include "parallel.h"
#include "tiles.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <tuple>

namespace ct {

// Numbers from `first` to before `end`.
struct Range {
  int64_t first, end;
  int64_t count() const { return end - first; }
  // The part with this number of so many alike.
  Range part(int64_t number, int64_t parts) const {
    const int64_t length = (count() + parts - 1) / parts;
    return {std::min(end, first + number * length), std::min(end, first + (number + 1) * length)};
  }
  // Of panels, those with some of these numbers.
  Range within(Range numbers) const {
    return {std::max(first, numbers.first / panel_width),
            std::min(end, (numbers.end + panel_width - 1) / panel_width)};
  }
};

// The numbers of panels, of which there are `all`.
inline Range numbers(Range panels, int64_t all) {
  return {panels.first * panel_width, std::min(panels.end * panel_width, all)};
}

// Up to whole vectors.
constexpr int64_t whole(int64_t count) { return (count + 15) / 16 * 16; }
inline at::Tensor in_whole_vectors(const at::Tensor &t) {
  const int64_t count = t.numel();
  return count == whole(count) ? t.contiguous() : at::constant_pad_nd(t, {0, whole(count) - count});
}

// Numbers that are read together lie a line of a cache further on each, lest they all fall on the same of its sets.
inline int64_t padded(int64_t count) { return count + 16; }
inline int64_t apart(int64_t count) { return (count + 1023) / 1024 * 1024 + 16; }

// As many numbers of kernels as stay near while a block of tiles uses them.
constexpr int64_t near = 1 << 20;

// Into how many parts tiles and panels are cut, so that every thread has one.
struct Shares {
  int64_t tiles, panels;

  // Each part of the tiles transforms kernels anew, and each of the panels what the tiles see, for so much each.
  Shares(int64_t most_tiles, int64_t most_panels, int64_t data, int64_t kernels) : tiles(1), panels(1) {
    const int64_t threads = at::get_num_threads();
    double least = std::numeric_limits<double>::infinity();
    for (int64_t some = 1; some <= std::min(threads, most_panels); some++) {
      const int64_t others = std::min((threads + some - 1) / some, most_tiles);
      const double cost = static_cast<double>(others * kernels + some * data) / static_cast<double>(some * others);
      if (cost < least) std::tie(least, tiles, panels) = std::tuple(cost, others, some);
    }
  }
  int64_t count() const { return tiles * panels; }
};

// Adds up parts of `count` numbers, each `distance` behind the one before, two and two, then these sums, until all are
// in the first; of every `first` parts this has been done.
inline void add_pairs(float *sums, int64_t count, int64_t distance, int64_t first, int64_t parts) {
  for (int64_t step = first; step < parts; step *= 2)
    for (int64_t part = 0; part + step < parts; part += 2 * step) {
      float *const sum = sums + part * distance;
      const float *const other = sum + step * distance;
      for (int64_t n = 0; n < count; n++) sum[n] += other[n];
    }
}

// The least one that is not below.
inline int64_t power_of_two(int64_t least) {
  int64_t power = 1;
  while (power < least) power *= 2;
  return power;
}

// Into how many parts a minibatch is cut whose sums, so many numbers of each, are added up at the end: as many as stay
// near, as the sizes and not the threads say, and a power of two, so that threads have as many each.
inline int64_t parts_of(int64_t lines, int64_t size) {
  int64_t parts = 1;
  while (parts < 8 && 2 * parts <= lines && 2 * parts * size <= 5 * near / 16) parts *= 2;
  return parts;
}

// Adds up parts of some lines, `size` numbers each, that `add_up` finds: a thread's own, which are near to it, two and
// two. Returns how many of them are added up.
template <typename AddUp>
int64_t sum_parts(float *sums, Range lines, int64_t size, int64_t parts, AddUp add_up) {
  const int64_t own = parts / std::min(parts, power_of_two(at::get_num_threads()));
  in_parallel(parts / own, 1, [&](int64_t i) {
    float *const first = sums + i * own * size;
    for (int64_t part = 0; part < own; part++) {
      const Range now = lines.part(i * own + part, parts);
      float *const to = first + part * size;
      if (now.count() == 0) std::fill(to, to + size, 0.f);
      else add_up(now, to);
    }
    add_pairs(first, size, size, 1, own);
  });
  return own;
}

inline at::Tensor lying(const at::Tensor &maps) { return maps.contiguous(at::MemoryFormat::ChannelsLast); }
inline at::Tensor maps_like(const at::Tensor &t, at::IntArrayRef sizes) {
  return at::empty(sizes, t.options(), at::MemoryFormat::ChannelsLast);
}

}  // namespace ct
