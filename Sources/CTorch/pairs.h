// Products of bfloat16 numbers, of which a processor multiplies two with two others at a time and adds both products to
// a float. Two such numbers are a word. Panels are of words, 32 of them to a row.
#pragma once

#include "tiles.h"

#include <c10/util/BFloat16.h>

namespace ct {

using c10::BFloat16;

// Whether this processor has instructions for that.
bool has_pairs();

// Rows of words in runs that lie so many words apart.
struct Runs {
  int64_t count, words, distance;
};

// A panel of which as many columns are used, 16 or 32, with the same runs so many words apart.
struct PairedPanel {
  const float *words;
  int64_t distance, columns;
};

// to = rows·panel + bias, rounded. Every row, and what it becomes, lies where its pointer says.
void multiply_runs(const BFloat16 *const *rows, int64_t count, Runs runs, PairedPanel panel, const float *bias,
                   BFloat16 *const *to);

// Adds aᵀ·b to c, of which a row is `distance` behind the one before. Both are panels of `depth` rows; of `a` so many
// columns are used, and of `b`, multiples of sixteen.
void add_products(const float *a, int64_t rows, const float *b, int64_t columns, int64_t depth, float *c,
                  int64_t distance);

// The numbers of two rows as words, and of the next two, and so on: panels of `width` columns, a multiple of sixteen,
// `distance` words apart. Beside the last row of an odd number there are zeros.
void pair_rows(const BFloat16 *const *rows, int64_t count, int64_t width, float *panels, int64_t distance);

// Rounded to the nearest.
void round_row(const float *numbers, int64_t count, BFloat16 *to);

}  // namespace ct
