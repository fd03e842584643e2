// Products of bfloat16 numbers, of which a processor multiplies two with two others at a time and adds both products to
// a float. Two such numbers are a word. Panels are of words, 32 of them to a row, and all of it is used.
#pragma once

#include "tiles.h"

#include <c10/util/BFloat16.h>

namespace ct {

using c10::BFloat16;

// Whether this processor has instructions for that, and none for whole matrices, with which LibTorch is faster.
bool has_pairs();

// Rows of words in runs that lie so many words apart.
struct Runs {
  int64_t count, words, distance;
};

// to = rows·panel + bias, rounded; in the panel runs lie `distance` words apart. Every row, and what it becomes, lies where
// its pointer says.
void multiply_runs(const BFloat16 *const *rows, int64_t count, Runs runs, const float *panel, int64_t distance,
                   const float *bias, BFloat16 *const *to);

// Rows in lines of so many, of several images; and how far apart in a panel rows, lines and images are.
struct Lines {
  int64_t images, count, rows;
};
struct PanelLines {
  const float *words;
  int64_t row, line, image;
};

// Adds aᵀ·b to c, of which a row is `distance` behind the one before, for all columns of a panel each.
void add_products(Lines lines, PanelLines a, PanelLines b, float *c, int64_t distance);

// Pairs of numbers of two rows as words, and so on for further rows, `step` numbers after: panels of `width` columns,
// `distance` words apart. Without a second row there are zeros beside the first.
void pair_rows(const BFloat16 *first, const BFloat16 *second, int64_t count, int64_t step, int64_t width, float *panels,
               int64_t distance);

// Rounded to the nearest.
void round_row(const float *numbers, int64_t count, BFloat16 *to);

}  // namespace ct
