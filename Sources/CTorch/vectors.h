// The arithmetic of tiles, for processors whose vectors hold so many numbers. What is inlined here is compiled for the
// processor of the function that it is inlined into.
#pragma once

#include "filtering.h"
#include "tiles.h"

#include <utility>

#define CT_INLINE __attribute__((always_inline)) inline

namespace ct {

template <int lanes>
struct Vectors {
  typedef float Vector __attribute__((vector_size(4 * lanes)));
  typedef float Place __attribute__((vector_size(4 * lanes), aligned(4), may_alias));

  static CT_INLINE Place &at(float *numbers) { return *reinterpret_cast<Place *>(numbers); }
  static CT_INLINE const Place &at(const float *numbers) { return *reinterpret_cast<const Place *>(numbers); }
  alignas(64) static constexpr float zeros[lanes] = {};

  // A matrix times numbers that lie `step` apart, in place.
  template <const auto &matrix>
  struct Times {
    static CT_INLINE void line(Vector *v, int step) {
      constexpr int height = matrix.height, width = matrix.width;
      Vector known[width];
#pragma GCC unroll 8
      for (int j = 0; j < width; j++) known[j] = v[j * step];
#pragma GCC unroll 8
      for (int i = 0; i < height; i++) {
        const bool paired = i + 1 < height && matrix.are_mirrored(i, i + 1);
        Vector same{}, opposite{};
#pragma GCC unroll 8
        for (int j = 0; j < width; j++) {
          const float factor = matrix.numbers[i][j];
          if (factor == 0) continue;
          if (paired && factor != matrix.numbers[i + 1][j]) opposite += factor * known[j];
          else same += factor * known[j];
        }
        v[i * step] = paired ? same + opposite : same;
        if (paired) v[++i * step] = same - opposite;
      }
    }
  };

  // The transposed matrix.
  template <const auto &matrix>
  struct TransposedTimes {
    static CT_INLINE void line(Vector *v, int step) {
      constexpr int height = matrix.height, width = matrix.width;
      Vector sums[width] = {};
#pragma GCC unroll 8
      for (int i = 0; i < height; i++) {
        const bool paired = i + 1 < height && matrix.are_mirrored(i, i + 1);
        const Vector first = v[i * step];
        const Vector same = paired ? first + v[(i + 1) * step] : first;
        const Vector opposite = paired ? first - v[(i + 1) * step] : first;
#pragma GCC unroll 8
        for (int j = 0; j < width; j++) {
          const float factor = matrix.numbers[i][j];
          if (factor == 0) continue;
          sums[j] += factor * (paired && factor != matrix.numbers[i + 1][j] ? opposite : same);
        }
        if (paired) i++;
      }
#pragma GCC unroll 8
      for (int j = 0; j < width; j++) v[j * step] = sums[j];
    }
  };

  // A tile of side·side vectors, of which a transform may know only the first `known` of each line and column.
  template <int side>
  struct Tile {
    Vector numbers[side * side];

    CT_INLINE void load(Pixels pixels, int known) {
#pragma GCC unroll 8
      for (int i = 0; i < known; i++)
#pragma GCC unroll 8
        for (int j = 0; j < known; j++) numbers[i * side + j] = at(pixels[i * known + j]);
    }
    CT_INLINE void load(const float *tile, Spacing spacing) {
#pragma GCC unroll 36
      for (int i = 0; i < side * side; i++) numbers[i] = at(tile + i * spacing.place);
    }
    CT_INLINE void store(float *tile, Spacing spacing) const {
#pragma GCC unroll 36
      for (int i = 0; i < side * side; i++) at(tile + i * spacing.place) = numbers[i];
    }
    // All columns of which something is known, then all lines; or all lines of it, then what is left of the columns.
    template <typename Transform>
    CT_INLINE void forward(int known) {
#pragma GCC unroll 8
      for (int j = 0; j < known; j++) Transform::line(numbers + j, side);
#pragma GCC unroll 8
      for (int i = 0; i < side; i++) Transform::line(numbers + i * side, 1);
    }
    template <typename Transform>
    CT_INLINE void back(int left) {
#pragma GCC unroll 8
      for (int i = 0; i < side; i++) Transform::line(numbers + i * side, 1);
#pragma GCC unroll 8
      for (int j = 0; j < left; j++) Transform::line(numbers + j, side);
    }
  };

  static CT_INLINE int64_t offset(int64_t channel, Spacing spacing) {
    const int64_t index = spacing.first + channel;
    return index / panel_width * spacing.panel + index % panel_width;
  }

  template <const auto &matrix>
  static CT_INLINE void to_tiles(Pixels pixels, int64_t channels, float *to, Spacing spacing) {
    constexpr int count = matrix.width * matrix.width;
    for (int64_t c = 0; c < (channels + 15) / 16 * 16; c += lanes) {
      const float *now[count];
      float last[count][lanes];
      const bool whole = c + lanes <= channels;
      for (int i = 0; i < count; i++) {
        now[i] = !pixels[i] ? zeros : whole ? pixels[i] + c : last[i];
        if (!whole && pixels[i])
          for (int64_t n = 0; n < lanes; n++) last[i][n] = c + n < channels ? pixels[i][c + n] : 0;
      }
      Tile<matrix.height> tile;
      tile.load(now, matrix.width);
      tile.template forward<Times<matrix>>(matrix.width);
      tile.store(to + offset(c, spacing), spacing);
    }
  }

  // What is done with the numbers of a pixel, some at a time or one.
  struct AddTo {
    CT_INLINE void operator()(const Vector &numbers, Place &place, int64_t) const { place += numbers; }
    CT_INLINE void operator()(float number, float &place, int64_t) const { place += number; }
  };
  struct ReplaceWithBias {
    const float *bias;
    CT_INLINE void operator()(const Vector &numbers, Place &place, int64_t channel) const {
      place = numbers + at(bias ? bias + channel : zeros);
    }
    CT_INLINE void operator()(float number, float &place, int64_t channel) const {
      place = number + (bias ? bias[channel] : 0);
    }
  };

  template <const auto &matrix, typename Put>
  static CT_INLINE void from_tiles(const float *from, Spacing spacing, int64_t channels, NewPixels pixels,
                                   const Put &put) {
    constexpr int width = matrix.width;
    for (int64_t c = 0; c < channels; c += lanes) {
      Tile<matrix.height> tile;
      tile.load(from + offset(c, spacing), spacing);
      tile.template back<TransposedTimes<matrix>>(width);
      if (c + lanes <= channels) {
#pragma GCC unroll 8
        for (int i = 0; i < width; i++)
#pragma GCC unroll 8
          for (int j = 0; j < width; j++)
            if (float *pixel = pixels[i * width + j]) put(tile.numbers[i * matrix.height + j], at(pixel + c), c);
        continue;
      }
      float last[matrix.height * matrix.height][lanes];
      tile.store(last[0], {lanes, 0});
      for (int i = 0; i < width * width; i++)
        for (int64_t n = 0; pixels[i] && c + n < channels; n++)
          put(last[i / width * matrix.height + i % width][n], pixels[i][c + n], c + n);
    }
  }

  // Exchanges every second group of `a`, of so many numbers, with the group before it of `b`.
  template <int length, int... n>
  static CT_INLINE void exchange(Vector &a, Vector &b, std::integer_sequence<int, n...>) {
    const Vector first = a, second = b;
    a = __builtin_shufflevector(first, second, (n & length ? lanes + n - length : n)...);
    b = __builtin_shufflevector(first, second, (n & length ? lanes + n : n + length)...);
  }
  // Of square matrices of 2·length rows, the numbers above the diagonal are exchanged with those below.
  template <int length>
  static CT_INLINE void transpose(Vector *rows) {
#pragma GCC unroll 16
    for (int i = 0; i < lanes; i++)
      if (!(i & length)) exchange<length>(rows[i], rows[i + length], std::make_integer_sequence<int, lanes>());
    if constexpr (length > 1) transpose<length / 2>(rows);
  }
  static CT_INLINE void transpose16(const float *from, int64_t distance, float *to, int64_t new_distance) {
    for (int64_t i = 0; i < 16; i += lanes)
      for (int64_t j = 0; j < 16; j += lanes) {
        Vector rows[lanes];
#pragma GCC unroll 16
        for (int k = 0; k < lanes; k++) rows[k] = at(from + (i + k) * distance + j);
        transpose<lanes / 2>(rows);
#pragma GCC unroll 16
        for (int k = 0; k < lanes; k++) at(to + (j + k) * new_distance + i) = rows[k];
      }
  }

  static CT_INLINE void copy_windows(const float *from, int64_t windows, int64_t step, int64_t count, float *to,
                                     int64_t distance) {
    for (int64_t window = 0; window < windows; window++, from += step, to += distance)
      for (int64_t n = 0; n < count; n += lanes) at(to + n) = at(from + n);
  }

  // Some vectors of a panel times a column of `rows` numbers at every step, kept in registers.
  template <int rows, int vectors>
  static CT_INLINE void multiply_rows(Strided a, int64_t depth, const float *b, int64_t next, float *c,
                                      int64_t distance, Terms terms) {
    Vector sums[rows][vectors] = {};
    const float *column = a.numbers;
    for (int64_t k = 0; k < depth; k++, column += a.column, b += next) {
      Vector known[vectors];
#pragma GCC unroll 2
      for (int n = 0; n < vectors; n++) known[n] = *reinterpret_cast<const Place *>(b + n * lanes);
#pragma GCC unroll 16
      for (int i = 0; i < rows; i++) {
        const float number = column[i * a.row];
#pragma GCC unroll 2
        for (int n = 0; n < vectors; n++) sums[i][n] += number * known[n];
      }
    }
    // Once, which rounds less than to begin with them.
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
      for (int n = 0; n < vectors; n++)
        at(c + i * distance + n * lanes) =
            terms.numbers ? at(terms.numbers + i * terms.distance + n * lanes) + sums[i][n] : sums[i][n];
  }

  // So many rows, of which there are `most` or fewer.
  template <int most, int vectors>
  static CT_INLINE void multiply_some(int64_t rows, Strided a, int64_t depth, const float *b, int64_t next, float *c,
                                      int64_t distance, Terms terms) {
    if constexpr (most > 1)
      if (rows < most) return multiply_some<most - 1, vectors>(rows, a, depth, b, next, c, distance, terms);
    multiply_rows<most, vectors>(a, depth, b, next, c, distance, terms);
  }

  // All rows of a part of a panel, about as many at a time, so that the part is read as seldom as `most` allow.
  template <int most, int vectors>
  static CT_INLINE void multiply_part(Strided a, int64_t rows, int64_t depth, const float *b, int64_t next, float *c,
                                      int64_t distance, Terms terms) {
    const int64_t times = (rows + most - 1) / most;
    for (int64_t time = 0; time < times; time++) {
      const int64_t row = rows * time / times, end = rows * (time + 1) / times;
      const Strided below{a.numbers + row * a.row, a.row, a.column};
      const Terms own{terms.numbers ? terms.numbers + row * terms.distance : nullptr, terms.distance};
      multiply_some<most, vectors>(end - row, below, depth, b, next, c + row * distance, distance, own);
    }
  }

  template <int most>
  static CT_INLINE void multiply_panels(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance,
                                 Terms terms) {
    for (int64_t column = 0; column < b.columns; column += 2 * lanes) {
      const float *part = b.numbers + column / panel_width * b.distance + column % panel_width;
      const Terms own{terms.numbers ? terms.numbers + column : nullptr, terms.distance};
      if (column + lanes < b.columns)
        multiply_part<most, 2>(a, rows, depth, part, b.row, c + column, distance, own);
      else multiply_part<2 * most, 1>(a, rows, depth, part, b.row, c + column, distance, own);
    }
  }
};

}  // namespace ct
