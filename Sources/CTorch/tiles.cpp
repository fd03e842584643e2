// Vectors of sixteen channels at a time; which instructions are taken is found when the library is loaded. What is
// inlined takes no vectors as arguments: how these are passed would depend on the processor.
#include "tiles.h"

#include "filtering.h"

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

  CT_INLINE void load(Pixels pixels, int known, int64_t channel) {
#pragma GCC unroll 8
    for (int i = 0; i < known; i++)
#pragma GCC unroll 8
      for (int j = 0; j < known; j++) {
        const float *pixel = pixels[i * known + j];
        if (pixel) numbers[i * side + j] = at(pixel + channel);
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
  return channel / panel_width * spacing.panel + channel % panel_width;
}

template <const auto &matrix>
CT_INLINE void to_tile(Pixels pixels, int64_t channels, float *to, Spacing spacing) {
  for (int64_t c = 0; c < channels; c += lanes) {
    Tile<matrix.height> tile;
    tile.load(pixels, matrix.width, c);
    tile.template forward<Times<matrix>>(matrix.width);
    tile.store(to + offset(c, spacing), spacing);
  }
}

// `put` gets a vector, and of which pixel and channel it is.
template <const auto &matrix, typename Put>
CT_INLINE void from_tile(const float *from, Spacing spacing, int64_t channels, NewPixels pixels, Put put) {
  for (int64_t c = 0; c < channels; c += lanes) {
    Tile<matrix.height> tile;
    tile.load(from + offset(c, spacing), spacing);
    tile.template back<TransposedTimes<matrix>>(matrix.width);
#pragma GCC unroll 8
    for (int i = 0; i < matrix.width; i++)
#pragma GCC unroll 8
      for (int j = 0; j < matrix.width; j++)
        if (float *pixel = pixels[i * matrix.width + j]) put(tile.numbers + i * matrix.height + j, pixel + c, c);
  }
}

template <const auto &matrix>
CT_INLINE void results(const float *tile, Spacing spacing, int64_t channels, const float *bias, NewPixels pixels) {
  if (bias)
    from_tile<matrix>(tile, spacing, channels, pixels,
                      [&](const Vector *v, float *place, int64_t c) { at(place) = *v + at(bias + c); });
  else
    from_tile<matrix>(tile, spacing, channels, pixels,
                      [](const Vector *v, float *place, int64_t) { at(place) = *v; });
}

template <const auto &matrix>
CT_INLINE void add_data(const float *tile, Spacing spacing, int64_t channels, NewPixels pixels) {
  from_tile<matrix>(tile, spacing, channels, pixels,
                    [](const Vector *v, float *place, int64_t) { at(place) += *v; });
}

template <const auto &matrix>
CT_INLINE void kernel(const float *tile, Spacing spacing, int64_t channels, NewPixels pixels) {
  from_tile<matrix>(tile, spacing, channels, pixels,
                    [](const Vector *v, float *place, int64_t) { at(place) = *v; });
}
}  // namespace

// Calls a function template with one of the matrices of a method.
#define CT_WITH(function, matrix, ...)                                                      \
  switch (method.results * 10 + method.taps) {                                              \
    case 22: return function<Filtering<2, 2>::matrix>(__VA_ARGS__);                         \
    case 23: return function<Filtering<2, 3>::matrix>(__VA_ARGS__);                         \
    case 25: return function<Filtering<2, 5>::matrix>(__VA_ARGS__);                         \
    case 42: return function<Filtering<4, 2>::matrix>(__VA_ARGS__);                         \
    case 43: return function<Filtering<4, 3>::matrix>(__VA_ARGS__);                         \
  }

CT_EACH_PROCESSOR void ct::transform_data(Method method, Pixels pixels, int64_t channels, float *tile,
                                          Spacing spacing) {
  CT_WITH(to_tile, data, pixels, channels, tile, spacing)
}
CT_EACH_PROCESSOR void ct::add_transposed_data(Method method, const float *tile, Spacing spacing, int64_t channels,
                                               NewPixels pixels) {
  CT_WITH(add_data, data, tile, spacing, channels, pixels)
}
CT_EACH_PROCESSOR void ct::transform_kernel(Method method, Pixels pixels, int64_t channels, float *tile,
                                            Spacing spacing) {
  CT_WITH(to_tile, kernel, pixels, channels, tile, spacing)
}
CT_EACH_PROCESSOR void ct::transposed_kernel(Method method, const float *tile, Spacing spacing, int64_t channels,
                                             NewPixels pixels) {
  CT_WITH(kernel, kernel, tile, spacing, channels, pixels)
}
CT_EACH_PROCESSOR void ct::transform_results(Method method, const float *tile, Spacing spacing, int64_t channels,
                                             const float *bias, NewPixels pixels) {
  CT_WITH(results, maps, tile, spacing, channels, bias, pixels)
}
CT_EACH_PROCESSOR void ct::transposed_results(Method method, Pixels pixels, int64_t channels, float *tile,
                                              Spacing spacing) {
  CT_WITH(to_tile, maps, pixels, channels, tile, spacing)
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
// Two vectors of a panel times a column of `rows` numbers at every step, kept in registers.
template <int rows, int length>
CT_INLINE void multiply_rows(Strided a, int64_t depth, const float *b, float *c, int64_t distance, bool adds) {
  using Value = typename Vectors<length>::Value;
  using Place = typename Vectors<length>::Place;
  const auto place = [&](int i, int half) { return reinterpret_cast<Place *>(c + i * distance + half * length); };
  Value sums[rows][2];
  for (int i = 0; i < rows; i++)
    for (int half = 0; half < 2; half++)
      if (adds) sums[i][half] = *place(i, half);
      else sums[i][half] = Value{};
  const float *column = a.numbers;
  for (int64_t k = 0; k < depth; k++, column += a.column, b += panel_width) {
    const Value first = *reinterpret_cast<const Place *>(b), second = *reinterpret_cast<const Place *>(b + length);
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
      const float number = column[i * a.row];
      sums[i][0] += number * first;
      sums[i][1] += number * second;
    }
  }
  for (int i = 0; i < rows; i++)
    for (int half = 0; half < 2; half++) *place(i, half) = sums[i][half];
}

// All rows of a panel, or of the part of it that two vectors make.
template <int most, int length>
CT_INLINE void multiply_panel(Strided a, int64_t rows, int64_t depth, const float *b, float *c, int64_t distance,
                              bool adds) {
  int64_t row = 0;
  for (; row + most <= rows; row += most)
    multiply_rows<most, length>({a.numbers + row * a.row, a.row, a.column}, depth, b, c + row * distance, distance,
                                adds);
  for (; row + 3 <= rows; row += 3)
    multiply_rows<3, length>({a.numbers + row * a.row, a.row, a.column}, depth, b, c + row * distance, distance, adds);
  for (; row < rows; row++)
    multiply_rows<1, length>({a.numbers + row * a.row, a.row, a.column}, depth, b, c + row * distance, distance, adds);
}

template <int most, int length>
CT_INLINE void multiply_panels(Strided a, int64_t rows, int64_t depth, const float *b, int64_t panels, float *c,
                               int64_t distance, bool adds) {
  for (int64_t panel = 0; panel < panels; panel++, b += depth * panel_width, c += panel_width)
    for (int64_t part = 0; part < panel_width; part += 2 * length)
      multiply_panel<most, length>(a, rows, depth, b + part, c + part, distance, adds);
}

#if defined(__x86_64__)
// As many sums as registers hold.
__attribute__((target("avx512f,fma"))) void multiply_wide(Strided a, int64_t rows, int64_t depth, const float *b,
                                                          int64_t panels, float *c, int64_t distance, bool adds) {
  multiply_panels<8, 16>(a, rows, depth, b, panels, c, distance, adds);
}
__attribute__((target("avx2,fma"))) void multiply_narrow(Strided a, int64_t rows, int64_t depth, const float *b,
                                                         int64_t panels, float *c, int64_t distance, bool adds) {
  multiply_panels<6, 8>(a, rows, depth, b, panels, c, distance, adds);
}
const bool is_wide = __builtin_cpu_supports("avx512f");
const bool is_fast = is_wide || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
#endif
}  // namespace

bool ct::has_fast_tiles() {
#if defined(__x86_64__)
  return is_fast;
#else
  return false;
#endif
}

void ct::multiply(Strided a, int64_t rows, int64_t depth, const float *b, int64_t panels, float *c, int64_t distance,
                  bool adds) {
#if defined(__x86_64__)
  if (is_wide) return multiply_wide(a, rows, depth, b, panels, c, distance, adds);
  if (is_fast) return multiply_narrow(a, rows, depth, b, panels, c, distance, adds);
#endif
  multiply_panels<4, 4>(a, rows, depth, b, panels, c, distance, adds);
}
