// Which instructions are taken is found when the library is loaded.
#include "vectors.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace ct;

namespace {
#if defined(__x86_64__)
#define CT_WIDE __attribute__((target("avx512f,fma")))
#define CT_NARROW __attribute__((target("avx2,fma")))
// LibTorch's own variable says what else than the processor's most is to be taken.
bool may_be(const char *capability) {
  const char *chosen = std::getenv("ATEN_CPU_CAPABILITY");
  return !chosen || std::strcmp(chosen, capability) == 0;
}
const bool is_wide = __builtin_cpu_supports("avx512f") && may_be("avx512");
const bool is_fast = is_wide || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                                 (may_be("avx2") || may_be("avx512")));
#else
#define CT_WIDE
#define CT_NARROW
const bool is_wide = false, is_fast = false;
#endif
}  // namespace

// A function for each kind of processor; `Code` is what it is made of.
#define CT_FUNCTION(name, parameters, arguments, ...)  \
  namespace {                                          \
  CT_WIDE void name##_wide parameters {                \
    using Code = Vectors<16>;                          \
    __VA_ARGS__                                        \
  }                                                    \
  CT_NARROW void name##_narrow parameters {            \
    using Code = Vectors<8>;                           \
    __VA_ARGS__                                        \
  }                                                    \
  }                                                    \
  void ct::name parameters {                           \
    if (is_wide) name##_wide arguments;                \
    else name##_narrow arguments;                      \
  }

// Calls one of its function templates with powers of the points of a method.
#define CT_WITH_POWERS(function, count, ...)                                    \
  switch (method.side() * 10 + (count)) {                                       \
    case 52: return Code::function<Filtering<5>::powers<2>>(__VA_ARGS__);       \
    case 54: return Code::function<Filtering<5>::powers<4>>(__VA_ARGS__);       \
    case 62: return Code::function<Filtering<6>::powers<2>>(__VA_ARGS__);       \
    case 63: return Code::function<Filtering<6>::powers<3>>(__VA_ARGS__);       \
    case 64: return Code::function<Filtering<6>::powers<4>>(__VA_ARGS__);       \
    case 65: return Code::function<Filtering<6>::powers<5>>(__VA_ARGS__);       \
  }

CT_FUNCTION(transform_data, (Method method, Pixels pixels, int64_t channels, float *tile, Spacing spacing),
            (method, pixels, channels, tile, spacing),
            if (method.side() == 5) Code::to_tiles<Filtering<5>::data>(pixels, channels, tile, spacing);
            else Code::to_tiles<Filtering<6>::data>(pixels, channels, tile, spacing);)

CT_FUNCTION(add_transposed_data,
            (Method method, const float *tile, Spacing spacing, int64_t channels, NewPixels pixels),
            (method, tile, spacing, channels, pixels), using Put = typename Code::AddTo;
            if (method.side() == 5) Code::from_tiles<Filtering<5>::data>(tile, spacing, channels, pixels, Put{});
            else Code::from_tiles<Filtering<6>::data>(tile, spacing, channels, pixels, Put{});)

CT_FUNCTION(spread, (Method method, int count, Pixels pixels, int64_t channels, float *tile, Spacing spacing),
            (method, count, pixels, channels, tile, spacing),
            CT_WITH_POWERS(to_tiles, count, pixels, channels, tile, spacing))

CT_FUNCTION(gather,
            (Method method, int count, const float *tile, Spacing spacing, int64_t channels, const float *bias,
             NewPixels pixels),
            (method, count, tile, spacing, channels, bias, pixels),
            using Put = typename Code::ReplaceWithBias;
            CT_WITH_POWERS(from_tiles, count, tile, spacing, channels, pixels, Put{bias}))

CT_FUNCTION(transpose16, (const float *from, int64_t distance, float *to, int64_t new_distance),
            (from, distance, to, new_distance), Code::transpose16(from, distance, to, new_distance);)

CT_FUNCTION(copy_windows,
            (const float *from, int64_t windows, int64_t step, int64_t count, float *to, int64_t distance),
            (from, windows, step, count, to, distance),
            Code::copy_windows(from, windows, step, count, to, distance);)

void ct::pack16(const float *rows, int64_t distance, int64_t count, int64_t depth, float *panel) {
  int64_t k = 0;
  for (; count == 16 && k + 16 <= depth; k += 16) {
    for (int64_t i = 0; i < 16; i++) fetch(rows + i * distance + k + 64, 16);
    transpose16(rows + k, distance, panel + k * panel_width, panel_width);
  }
  for (; k < depth; k++)
    for (int64_t i = 0; i < 16; i++) panel[k * panel_width + i] = i < count ? rows[i * distance + k] : 0;
}

namespace {
// As many sums at a time as registers hold.
CT_WIDE void multiply_wide(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance, Terms terms) {
  Vectors<16>::multiply_panels<8>(a, rows, depth, b, c, distance, terms);
}
CT_NARROW void multiply_narrow(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance,
                               Terms terms) {
  Vectors<8>::multiply_panels<6>(a, rows, depth, b, c, distance, terms);
}
}  // namespace

void ct::multiply(Strided a, int64_t rows, int64_t depth, Panels b, float *c, int64_t distance, Terms terms) {
  const int64_t most = summed_at_once;
  for (; depth > 0; depth -= most, a.numbers += most * a.column, b.numbers += most * b.row) {
    if (is_wide) multiply_wide(a, rows, std::min(depth, most), b, c, distance, terms);
    else multiply_narrow(a, rows, std::min(depth, most), b, c, distance, terms);
    terms = {c, distance};
  }
}

float *ct::scratch(int64_t count) {
  static thread_local std::unique_ptr<float[]> memory;
  static thread_local int64_t size = 0;
  if (size < count + 16) {
    memory.reset();
    size = 0;
    memory.reset(new float[static_cast<size_t>(count + 16)]);
    size = count + 16;
  }
  // Vectors that lie across two lines of a cache take twice as long.
  return reinterpret_cast<float *>((reinterpret_cast<uintptr_t>(memory.get()) + 63) / 64 * 64);
}

bool ct::has_fast_tiles() { return is_fast; }
bool ct::has_wide_tiles() { return is_wide; }
