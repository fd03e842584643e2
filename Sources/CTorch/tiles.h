// The arithmetic of Winograd's minimal filtering (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
// Networks"): transforms of tiles, and products of what they become. Two times two results of a kernel of `taps` times
// `taps` (2 or 3) are those of `side` times `side` products, where side = taps + 1: 9 instead of 16, or 16 instead of
// 36. Numbers of all channels lie one behind another, 32 of them to a panel.
#pragma once

#include <cstdint>

namespace ct {

constexpr int64_t panel_width = 32;

// How far apart the numbers of a tile lie: those of its side·side places, and the panels of its channels.
struct Spacing {
  int64_t place, panel;
};

// The pixels of `channels` numbers each, line by line; null where there is none, which counts as zero.
using Pixels = const float *const *;
using NewPixels = float *const *;

// What is seen, side·side pixels, as numbers for products (BᵀdB); and what these say of it, added to it (BMBᵀ).
void transform_data(int taps, Pixels pixels, int64_t channels, float *tile, Spacing spacing);
void add_transposed_data(int taps, const float *tile, Spacing spacing, int64_t channels, NewPixels pixels);

// A kernel's taps·taps pixels (GgGᵀ), and the other way.
void transform_kernel(int taps, Pixels pixels, int64_t channels, float *tile, Spacing spacing);
void transposed_kernel(int taps, const float *tile, Spacing spacing, int64_t channels, NewPixels pixels);

// The four results that products come to (AᵀMA), with the channels' `bias` unless it is null; and the other way.
void transform_results(int taps, const float *tile, Spacing spacing, int64_t channels, const float *bias,
                       NewPixels pixels);
void transposed_results(int taps, Pixels pixels, int64_t channels, float *tile, Spacing spacing);

// Sixteen rows of sixteen numbers as columns.
void transpose16(const float *from, int64_t distance, float *to, int64_t new_distance);

// A matrix whose rows and columns lie so far apart.
struct Strided {
  const float *numbers;
  int64_t row, column;
};

// c = a·b, or c += a·b. `b` lies in panels of [depth, 32], a row of `c` is `distance` behind the one before.
void multiply(Strided a, int64_t rows, int64_t depth, const float *b, int64_t panels, float *c, int64_t distance,
              bool adds);

// Whether this processor has vectors for which all this was written.
bool has_fast_tiles();

}  // namespace ct
