// By instructions that no compiler makes of loops.
#include "pairs.h"

#include <c10/util/Exception.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace ct;

#if defined(__x86_64__)

#define CT_PAIRS __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define CT_PAIRS_INLINE CT_PAIRS __attribute__((always_inline)) inline

namespace {
constexpr int64_t lanes = 16;

typedef int Word __attribute__((may_alias));

CT_PAIRS_INLINE void put(BFloat16 *to, __m512 numbers) {
  const __m256bh rounded = _mm512_cvtneps_pbh(numbers);
  __builtin_memcpy(to, &rounded, sizeof(rounded));
}

// Adds to sums, which registers hold, what so many rows of a panel say of rows of words, of each of which the next word
// is `step` further on.
template <int step, int rows, int vectors>
CT_PAIRS_INLINE void accumulate(__m512 (&sums)[rows][vectors], const Word *const *from, int64_t depth,
                                const float *panel) {
  for (int64_t k = 0; k < depth; k++, panel += panel_width) {
    __m512i known[vectors];
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++) known[n] = _mm512_loadu_si512(panel + n * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) {
      const __m512i word = _mm512_set1_epi32(from[i][k * step]);
#pragma GCC unroll 2
      for (int n = 0; n < vectors; n++) sums[i][n] = _mm512_dpbf16_ps(sums[i][n], (__m512bh)word, (__m512bh)known[n]);
    }
  }
}

template <int rows, int vectors>
CT_PAIRS_INLINE void multiply_some(const BFloat16 *const *a, Runs runs, PairedPanel b, const float *bias,
                                   BFloat16 *const *to) {
  __m512 sums[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++) sums[i][n] = bias ? _mm512_loadu_ps(bias + n * lanes) : _mm512_setzero_ps();
  for (int64_t run = 0; run < runs.count; run++) {
    const Word *from[rows];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) from[i] = reinterpret_cast<const Word *>(a[i]) + run * runs.distance;
    accumulate<1>(sums, from, runs.words, b.words + run * b.distance);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++) put(to[i] + n * lanes, sums[i][n]);
}

template <int vectors>
CT_PAIRS void multiply_all(const BFloat16 *const *rows, int64_t count, Runs runs, PairedPanel panel, const float *bias,
                           BFloat16 *const *to) {
  constexpr int most = 16 / vectors;
  int64_t i = 0;
  for (; i + most <= count; i += most) multiply_some<most, vectors>(rows + i, runs, panel, bias, to + i);
  for (; i + 4 <= count; i += 4) multiply_some<4, vectors>(rows + i, runs, panel, bias, to + i);
  for (; i < count; i++) multiply_some<1, vectors>(rows + i, runs, panel, bias, to + i);
}

template <int rows, int vectors>
CT_PAIRS_INLINE void add_some(const float *a, const float *b, int64_t depth, float *c, int64_t distance) {
  __m512 sums[rows][vectors] = {};
  const Word *from[rows];
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++) from[i] = reinterpret_cast<const Word *>(a) + i;
  accumulate<panel_width>(sums, from, depth, b);
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++) {
      float *const place = c + i * distance + n * lanes;
      _mm512_storeu_ps(place, _mm512_loadu_ps(place) + sums[i][n]);
    }
}

CT_PAIRS_INLINE __m512i wide(const BFloat16 *from) {
  return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(from)));
}
}  // namespace

bool ct::has_pairs() { return has_wide_tiles() && __builtin_cpu_supports("avx512bf16"); }

void ct::multiply_runs(const BFloat16 *const *rows, int64_t count, Runs runs, PairedPanel panel, const float *bias,
                       BFloat16 *const *to) {
  if (panel.columns == panel_width) multiply_all<2>(rows, count, runs, panel, bias, to);
  else multiply_all<1>(rows, count, runs, panel, bias, to);
}

CT_PAIRS void ct::add_products(const float *a, int64_t rows, const float *b, int64_t columns, int64_t depth, float *c,
                               int64_t distance) {
  if (columns == panel_width)
    for (int64_t row = 0; row < rows; row += 8) add_some<8, 2>(a + row, b, depth, c + row * distance, distance);
  else
    for (int64_t row = 0; row < rows; row += 16) add_some<16, 1>(a + row, b, depth, c + row * distance, distance);
}

CT_PAIRS void ct::pair_rows(const BFloat16 *const *rows, int64_t count, int64_t width, float *panels,
                            int64_t distance) {
  for (int64_t row = 0; row < count; row += 2, panels += panel_width) {
    const BFloat16 *const first = rows[row], *const second = row + 1 < count ? rows[row + 1] : nullptr;
    for (int64_t n = 0; n < width; n += lanes) {
      const __m512i high = second ? _mm512_slli_epi32(wide(second + n), 16) : _mm512_setzero_si512();
      _mm512_storeu_si512(panels + n / panel_width * distance + n % panel_width,
                          _mm512_or_si512(wide(first + n), high));
    }
  }
}

CT_PAIRS void ct::round_row(const float *numbers, int64_t count, BFloat16 *to) {
  for (int64_t n = 0; n < count; n += lanes) put(to + n, _mm512_loadu_ps(numbers + n));
}

#else

bool ct::has_pairs() { return false; }

// Nobody calls what this processor has not.
void ct::multiply_runs(const BFloat16 *const *, int64_t, Runs, PairedPanel, const float *, BFloat16 *const *) {
  TORCH_INTERNAL_ASSERT(false);
}
void ct::add_products(const float *, int64_t, const float *, int64_t, int64_t, float *, int64_t) {
  TORCH_INTERNAL_ASSERT(false);
}
void ct::pair_rows(const BFloat16 *const *, int64_t, int64_t, float *, int64_t) { TORCH_INTERNAL_ASSERT(false); }
void ct::round_row(const float *, int64_t, BFloat16 *) { TORCH_INTERNAL_ASSERT(false); }

#endif
