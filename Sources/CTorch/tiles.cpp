// Vectors of sixteen channels at a time; which instructions are taken is found when the library is loaded. What is
// inlined takes no vectors as arguments: how these are passed would depend on the processor.
#include "tiles.h"

#include "filtering.h"

#include <algorithm>

#if defined(__x86_64__) && defined(__ELF__)
#define CT_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CT_EACH_PROCESSOR
#endif
#define CT_INLINE __attribute__((always_inline)) inline

using namespace ct;

namespace {
template <int length>
struct Vectors {
  typedef float Value __attribute__((vector_size(4 * length)));
  typedef float Place __attribute__((vector_size(4 * length), aligned(4), may_alias));
};
constexpr int lanes = 16;
using Vector = Vectors<lanes>::Value;
CT_INLINE auto &at(float *numbers) { return *reinterpret_cast<Vectors<lanes>::Place *>(numbers); }
CT_INLINE auto &at(const float *numbers) { return *reinterpret_cast<const Vectors<lanes>::Place *>(numbers); }

// A vector of which memory has only the first numbers, unless it is whole.
template <bool whole>
CT_INLINE void load(Vector &v, const float *numbers, int count) {
  if constexpr (whole) {
    v = at(numbers);
  } else {
    float some[lanes];
    for (int i = 0; i < lanes; i++) some[i] = i < count ? numbers[i] : 0;
    v = at(some);
  }
}
template <bool whole>
CT_INLINE void store(const Vector &v, float *numbers, int count) {
  if constexpr (whole) {
    at(numbers) = v;
  } else {
    float some[lanes];
    at(some) = v;
    for (int i = 0; i < count; i++) numbers[i] = some[i];
  }
}

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

  template <bool whole>
  CT_INLINE void load_pixels(Pixels pixels, int known, int64_t channel, int count) {
#pragma GCC unroll 8
    for (int i = 0; i < known; i++)
#pragma GCC unroll 8
      for (int j = 0; j < known; j++) {
        const float *pixel = pixels[i * known + j];
        if (pixel) ::load<whole>(numbers[i * side + j], pixel + channel, count);
        else numbers[i * side + j] = Vector{};
      }
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

CT_INLINE int64_t offset(int64_t channel, Spacing spacing) {
  const int64_t index = spacing.first + channel;
  return index / panel_width * spacing.panel + index % panel_width;
}

template <const auto &matrix, bool whole>
CT_INLINE void to_tile(Pixels pixels, int64_t channel, int count, float *to, Spacing spacing) {
  Tile<matrix.height> tile;
  tile.template load_pixels<whole>(pixels, matrix.width, channel, count);
  tile.template forward<Times<matrix>>(matrix.width);
  tile.store(to + offset(channel, spacing), spacing);
}

template <const auto &matrix>
CT_INLINE void to_tiles(Pixels pixels, int64_t channels, float *to, Spacing spacing) {
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) to_tile<matrix, true>(pixels, c, lanes, to, spacing);
  if (c < channels) to_tile<matrix, false>(pixels, c, static_cast<int>(channels - c), to, spacing);
}

// What is done with the numbers of a pixel.
struct Replace {
  template <bool whole>
  CT_INLINE void operator()(const Vector &v, float *place, int64_t, int count) const {
    store<whole>(v, place, count);
  }
};
struct AddTo {
  template <bool whole>
  CT_INLINE void operator()(const Vector &v, float *place, int64_t, int count) const {
    Vector sum;
    load<whole>(sum, place, count);
    sum += v;
    store<whole>(sum, place, count);
  }
};
struct ReplaceWithBias {
  const float *bias;
  template <bool whole>
  CT_INLINE void operator()(const Vector &v, float *place, int64_t channel, int count) const {
    Vector sum;
    load<whole>(sum, bias + channel, count);
    sum += v;
    store<whole>(sum, place, count);
  }
};

template <const auto &matrix, bool whole, typename Put>
CT_INLINE void from_tile(const float *from, Spacing spacing, int64_t channel, int count, NewPixels pixels,
                         const Put &put) {
  Tile<matrix.height> tile;
  tile.load(from + offset(channel, spacing), spacing);
  tile.template back<TransposedTimes<matrix>>(matrix.width);
#pragma GCC unroll 8
  for (int i = 0; i < matrix.width; i++)
#pragma GCC unroll 8
    for (int j = 0; j < matrix.width; j++)
      if (float *pixel = pixels[i * matrix.width + j])
        put.template operator()<whole>(tile.numbers[i * matrix.height + j], pixel + channel, channel, count);
}

template <const auto &matrix, typename Put>
CT_INLINE void from_tiles(const float *from, Spacing spacing, int64_t channels, NewPixels pixels, const Put &put) {
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) from_tile<matrix, true>(from, spacing, c, lanes, pixels, put);
  if (c < channels) from_tile<matrix, false>(from, spacing, c, static_cast<int>(channels - c), pixels, put);
}

template <const auto &matrix>
CT_INLINE void results(const float *tile, Spacing spacing, int64_t channels, const float *bias, NewPixels pixels) {
  if (bias) from_tiles<matrix>(tile, spacing, channels, pixels, ReplaceWithBias{bias});
  else from_tiles<matrix>(tile, spacing, channels, pixels, Replace{});
}
}  // namespace

// Calls a function template with one of the matrices of a method.
#define CT_WITH(function, matrix, ...)                                              \
  switch (method.results * 10 + method.taps) {                                      \
    case 22: return function<Filtering<2, 2>::matrix>(__VA_ARGS__);                 \
    case 42: return function<Filtering<4, 2>::matrix>(__VA_ARGS__);                 \
    case 23: return function<Filtering<2, 3>::matrix>(__VA_ARGS__);                 \
    case 43: return function<Filtering<4, 3>::matrix>(__VA_ARGS__);                 \
    case 24: return function<Filtering<2, 4>::matrix>(__VA_ARGS__);                 \
    case 34: return function<Filtering<3, 4>::matrix>(__VA_ARGS__);                 \
    case 25: return function<Filtering<2, 5>::matrix>(__VA_ARGS__);                 \
  }

CT_EACH_PROCESSOR void ct::transform_data(Method method, Pixels pixels, int64_t channels, float *tile,
                                          Spacing spacing) {
  CT_WITH(to_tiles, data, pixels, channels, tile, spacing)
}
CT_EACH_PROCESSOR void ct::add_transposed_data(Method method, const float *tile, Spacing spacing, int64_t channels,
                                               NewPixels pixels) {
  CT_WITH(from_tiles, data, tile, spacing, channels, pixels, AddTo{})
}
CT_EACH_PROCESSOR void ct::transform_kernel(Method method, Pixels pixels, int64_t channels, float *tile,
                                            Spacing spacing) {
  CT_WITH(to_tiles, kernel, pixels, channels, tile, spacing)
}
CT_EACH_PROCESSOR void ct::transposed_kernel(Method method, const float *tile, Spacing spacing, int64_t channels,
                                             NewPixels pixels) {
  CT_WITH(from_tiles, kernel, tile, spacing, channels, pixels, Replace{})
}
CT_EACH_PROCESSOR void ct::transform_results(Method method, const float *tile, Spacing spacing, int64_t channels,
                                             const float *bias, NewPixels pixels) {
  CT_WITH(results, maps, tile, spacing, channels, bias, pixels)
}
CT_EACH_PROCESSOR void ct::transposed_results(Method method, Pixels pixels, int64_t channels, float *tile,
                                              Spacing spacing) {
  CT_WITH(to_tiles, maps, pixels, channels, tile, spacing)
}
#undef CT_WITH

namespace {
// Exchanges every second group of `a`, of so many numbers, with the group before it of `b`.
template <int length>
CT_INLINE void exchange(Vector &a, Vector &b) {
  const Vector first = a, second = b;
  if constexpr (length == 8) {
    a = __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    b = __builtin_shufflevector(first, second, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  } else if constexpr (length == 4) {
    a = __builtin_shufflevector(first, second, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    b = __builtin_shufflevector(first, second, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  } else if constexpr (length == 2) {
    a = __builtin_shufflevector(first, second, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    b = __builtin_shufflevector(first, second, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  } else {
    a = __builtin_shufflevector(first, second, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    b = __builtin_shufflevector(first, second, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
}

template <int length>
CT_INLINE void exchange_all(Vector *rows) {
#pragma GCC unroll 16
  for (int i = 0; i < lanes; i++)
    if (!(i & length)) exchange<length>(rows[i], rows[i + length]);
}
}  // namespace

CT_EACH_PROCESSOR void ct::transpose16(const float *from, int64_t distance, float *to, int64_t new_distance) {
  Vector rows[lanes];
#pragma GCC unroll 16
  for (int i = 0; i < lanes; i++) rows[i] = at(from + i * distance);
  exchange_all<8>(rows);
  exchange_all<4>(rows);
  exchange_all<2>(rows);
  exchange_all<1>(rows);
#pragma GCC unroll 16
  for (int i = 0; i < lanes; i++) at(to + i * new_distance) = rows[i];
}

namespace {
// Some vectors of a panel times a column of `rows` numbers at every step, kept in registers.
template <int rows, int vectors, int length>
CT_INLINE void multiply_rows(Strided a, int64_t depth, const float *b, float *c, int64_t distance, bool adds) {
  using Value = typename Vectors<length>::Value;
  using Place = typename Vectors<length>::Place;
  const auto place = [&](int i, int n) { return reinterpret_cast<Place *>(c + i * distance + n * length); };
  Value sums[rows][vectors] = {};
  const float *column = a.numbers;
  for (int64_t k = 0; k < depth; k++, column += a.column, b += panel_width) {
    Value known[vectors];
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++) known[n] = *reinterpret_cast<const Place *>(b + n * length);
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) {
      const float number = column[i * a.row];
#pragma GCC unroll 2
      for (int n = 0; n < vectors; n++) sums[i][n] += number * known[n];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++)
      if (adds) *place(i, n) += sums[i][n];  // once, which rounds less than to go on from there
      else *place(i, n) = sums[i][n];
}

// All rows of a part of a panel, `most` at a time.
template <int most, int vectors, int length>
CT_INLINE void multiply_part(Strided a, int64_t rows, int64_t depth, const float *b, float *c, int64_t distance,
                             bool adds) {
  int64_t row = 0;
  const auto next = [&] { return Strided{a.numbers + row * a.row, a.row, a.column}; };
  for (; row + most <= rows; row += most)
    multiply_rows<most, vectors, length>(next(), depth, b, c + row * distance, distance, adds);
  for (; row + 3 <= rows; row += 3)
    multiply_rows<3, vectors, length>(next(), depth, b, c + row * distance, distance, adds);
  for (; row < rows; row++)
    multiply_rows<1, vectors, length>(next(), depth, b, c + row * distance, distance, adds);
}

template <int most, int length>
CT_INLINE void multiply_panels(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance,
                               bool adds) {
  for (int64_t column = 0; column < b.columns; column += 2 * length) {
    const float *part = b.numbers + column / panel_width * b.distance + column % panel_width;
    if (column + length < b.columns)
      multiply_part<most, 2, length>(a, rows, depth, part, c + column, distance, adds);
    else multiply_part<2 * most, 1, length>(a, rows, depth, part, c + column, distance, adds);
  }
}

#if defined(__x86_64__)
// As many sums as registers hold.
__attribute__((target("avx512f,fma"))) void multiply_wide(Strided a, int64_t rows, int64_t depth, Panels b, float *c,
    int64_t distance, bool adds) {
  multiply_panels<8, 16>(a, rows, depth, b, c, distance, adds);
}
__attribute__((target("avx2,fma"))) void multiply_narrow(Strided a, int64_t rows, int64_t depth, Panels b, float *c,
    int64_t distance, bool adds) {
  multiply_panels<6, 8>(a, rows, depth, b, c, distance, adds);
}
const bool is_wide = __builtin_cpu_supports("avx512f");
const bool is_fast = is_wide || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
#endif

void multiply_some(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance, bool adds) {
#if defined(__x86_64__)
  if (is_wide) return multiply_wide(a, rows, depth, b, c, distance, adds);
  if (is_fast) return multiply_narrow(a, rows, depth, b, c, distance, adds);
#endif
  multiply_panels<4, 4>(a, rows, depth, b, c, distance, adds);
}
}  // namespace

bool ct::has_fast_tiles() {
#if defined(__x86_64__)
  return is_fast;
#else
  return false;
#endif
}

void ct::multiply(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance, bool adds) {
  // Sums of sums round less than long ones.
  for (int64_t most = 256; depth > 0; depth -= most, a.numbers += most * a.column, b.numbers += most * panel_width) {
    multiply_some(a, rows, std::min(depth, most), b, c, distance, adds);
    adds = true;
  }
}
