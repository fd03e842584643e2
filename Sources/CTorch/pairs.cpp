// By instructions that no compiler makes of loops.
#include "pairs.h"

#include "ctorch.h"

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
constexpr int vectors = panel_width / lanes;
// As many rows at a time as registers hold sums of.
constexpr int most = 8;

typedef int Word __attribute__((may_alias));

CT_PAIRS_INLINE void put(BFloat16 *to, __m512 numbers) {
  const __m256bh rounded = _mm512_cvtneps_pbh(numbers);
  __builtin_memcpy(to, &rounded, sizeof(rounded));
}

// Adds to sums, which registers hold, the products of rows of words, of which each is `step` behind the one before, and
// so many rows of a panel, `next` apart.
template <int rows>
CT_PAIRS_INLINE void accumulate(__m512 (&sums)[rows][vectors], const Word *const *from, int64_t step, int64_t depth,
                                const float *panel, int64_t next) {
  for (int64_t k = 0; k < depth; k++, panel += next) {
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

template <int rows>
CT_PAIRS_INLINE void multiply_some(const BFloat16 *const *a, Runs runs, const float *panel, int64_t distance,
                                   const float *bias, BFloat16 *const *to) {
  __m512 sums[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++) sums[i][n] = bias ? _mm512_loadu_ps(bias + n * lanes) : _mm512_setzero_ps();
  for (int64_t run = 0; run < runs.count; run++) {
    const Word *from[rows];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) from[i] = reinterpret_cast<const Word *>(a[i]) + run * runs.distance;
    accumulate(sums, from, 1, runs.words, panel + run * distance, panel_width);
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int n = 0; n < vectors; n++) put(to[i] + n * lanes, sums[i][n]);
}

// So many rows, of which there are `rows` or fewer.
template <int rows>
CT_PAIRS_INLINE void multiply_up_to(int64_t count, const BFloat16 *const *a, Runs runs, const float *panel,
                                    int64_t distance, const float *bias, BFloat16 *const *to) {
  if constexpr (rows > 1)
    if (count < rows) return multiply_up_to<rows - 1>(count, a, runs, panel, distance, bias, to);
  multiply_some<rows>(a, runs, panel, distance, bias, to);
}

CT_PAIRS_INLINE void add_some(Lines lines, PanelLines a, PanelLines b, float *c, int64_t distance) {
  __m512 sums[most][vectors] = {};
  for (int64_t image = 0; image < lines.images; image++)
    for (int64_t line = 0; line < lines.count; line++) {
      const Word *from[most];
#pragma GCC unroll 16
      for (int i = 0; i < most; i++)
        from[i] = reinterpret_cast<const Word *>(a.words + image * a.image + line * a.line) + i;
      accumulate(sums, from, a.row, lines.rows, b.words + image * b.image + line * b.line, b.row);
    }
#pragma GCC unroll 16
  for (int i = 0; i < most; i++)
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

bool ct::has_pairs() {
  static const int known = ct_processor_features();
  return has_wide_tiles() && (known & CT_AVX512_BF16) && !(known & CT_AMX_BF16);
}

CT_PAIRS void ct::multiply_runs(const BFloat16 *const *rows, int64_t count, Runs runs, const float *panel,
                                int64_t distance, const float *bias, BFloat16 *const *to) {
  // About as many rows at a time, so that the panel is read as seldom as registers allow.
  const int64_t times = (count + most - 1) / most;
  for (int64_t time = 0; time < times; time++) {
    const int64_t i = count * time / times, end = count * (time + 1) / times;
    multiply_up_to<most>(end - i, rows + i, runs, panel, distance, bias, to + i);
  }
}

CT_PAIRS void ct::add_products(Lines lines, PanelLines a, PanelLines b, float *c, int64_t distance) {
  for (int64_t row = 0; row < panel_width; row += most, a.words += most)
    add_some(lines, a, b, c + row * distance, distance);
}

CT_PAIRS void ct::pair_rows(const BFloat16 *first, const BFloat16 *second, int64_t count, int64_t step, int64_t width,
                            float *panels, int64_t distance) {
  for (int64_t row = 0; row < count; row++, first += step, panels += panel_width) {
    for (int64_t n = 0; n < width; n += lanes) {
      const __m512i high = second ? _mm512_slli_epi32(wide(second + n), 16) : _mm512_setzero_si512();
      _mm512_storeu_si512(panels + n / panel_width * distance + n % panel_width,
                          _mm512_or_si512(wide(first + n), high));
    }
    if (second) second += step;
  }
}

CT_PAIRS void ct::round_row(const float *numbers, int64_t count, BFloat16 *to) {
  for (int64_t n = 0; n < count; n += lanes) put(to + n, _mm512_loadu_ps(numbers + n));
}

#else

bool ct::has_pairs() { return false; }

// Nobody calls what this processor has not.
void ct::multiply_runs(const BFloat16 *const *, int64_t, Runs, const float *, int64_t, const float *,
                       BFloat16 *const *) {
  TORCH_INTERNAL_ASSERT(false);
}
void ct::add_products(Lines, PanelLines, PanelLines, float *, int64_t) { TORCH_INTERNAL_ASSERT(false); }
void ct::pair_rows(const BFloat16 *, const BFloat16 *, int64_t, int64_t, int64_t, float *, int64_t) {
  TORCH_INTERNAL_ASSERT(false);
}
void ct::round_row(const float *, int64_t, BFloat16 *) { TORCH_INTERNAL_ASSERT(false); }

#endif
