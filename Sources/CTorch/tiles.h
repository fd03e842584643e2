// The arithmetic of Winograd's minimal filtering (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
// Networks"): transforms of tiles, and products of what they become. Numbers of all channels lie one behind another,
// 32 of them to a panel.
#pragma once

#include <cstdint>

namespace ct {

constexpr int64_t panel_width = 32;
constexpr int most_places = 36;

// F(results², taps²): so many results of a kernel of so many taps, in each direction, are sums of as many products as
// `places` says, instead of results²·taps². Known are F(4,2), F(4,3), F(3,4) and F(2,5).
struct Method {
  int results, taps;
  constexpr int side() const { return results + taps - 1; }
  constexpr int places() const { return side() * side(); }
};

// Where the numbers of a tile lie: how far apart those of its places and the panels of its channels, and the first
// channel of the first panel, a multiple of sixteen.
struct Spacing {
  int64_t place, panel, first = 0;
};

// The pixels of `channels` numbers each, line by line; null where there is none, which counts as zero. In tiles they are
// followed by zeros up to the next multiple of sixteen.
using Pixels = const float *const *;
using NewPixels = float *const *;

// What is seen, side·side pixels, as numbers for products (BᵀdB); and what these say of it, added to it (BMBᵀ).
void transform_data(Method method, Pixels pixels, int64_t channels, float *tile, Spacing spacing);
void add_transposed_data(Method method, const float *tile, Spacing spacing, int64_t channels, NewPixels pixels);

// count·count pixels of a kernel (GgGᵀ) or of gradients of results (AgAᵀ) as numbers for products, where `count` is
// that of taps or of results; and the other way: results of products, or gradients of kernels, with the channels' `bias`
// unless it is null.
void spread(Method method, int count, Pixels pixels, int64_t channels, float *tile, Spacing spacing);
void gather(Method method, int count, const float *tile, Spacing spacing, int64_t channels, const float *bias,
            NewPixels pixels);

// Sixteen rows of sixteen numbers as columns.
void transpose16(const float *from, int64_t distance, float *to, int64_t new_distance);

// The first `count` of sixteen rows as columns of a panel, `[depth, 32]`, and zeros for the others.
void pack16(const float *rows, int64_t distance, int64_t count, int64_t depth, float *panel);

// Of windows that are `step` apart `count` numbers each, in vectors: up to fifteen more are read and written.
void copy_windows(const float *from, int64_t windows, int64_t step, int64_t count, float *to, int64_t distance);

// A matrix whose rows and columns lie so far apart.
struct Strided {
  const float *numbers;
  int64_t row, column;
};

// Panels of rows of 32 numbers, of which the columns are a multiple of sixteen.
struct Panels {
  const float *numbers;
  int64_t distance, columns, row = panel_width;
};

// What is added to sums: rows that lie so far apart, or nothing.
struct Terms {
  const float *numbers = nullptr;
  int64_t distance = 0;
};

// So many products are added up before they are added to others: sums of sums round less than long ones.
constexpr int64_t summed_at_once = 256;

// c = a·b + terms, where `b` has `depth` rows and a row of `c` is `distance` behind the one before. Terms have as many
// columns as `b`, or are `c` itself.
void multiply(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance, Terms terms);

// Memory of a thread's own, which it keeps, from the beginning of a line of a cache on.
float *scratch(int64_t count);

// Asks for numbers that are wanted soon, so that they are near by then. (The nearest cache would take fewer at a time.)
inline void fetch(const float *numbers, int64_t count) {
  for (int64_t n = 0; n < count; n += 16) __builtin_prefetch(numbers + n, 0, 2);
}

// Whether this processor has vectors for which all this was written.
bool has_fast_tiles();
// Whether they are the widest ones, of sixteen numbers.
bool has_wide_tiles();

}  // namespace ct
