// What batch and instance normalisation are told and hand on.
#pragma once

#include "support.h"

#include <algorithm>

namespace ct {
using at::Tensor;
using Optional = std::optional<Tensor>;

// What a normalisation is told besides its tensors.
struct Plan {
  // Whether all images have their statistics in common.
  bool pooled;
  double eps;
  // What the rectifier behind it multiplies negative values by; 1 where there is none.
  double slope;
};

// Learned numbers, each of which may be missing: gain and offset; what the rectifier multiplies negative values by,
// one number or each channel's own; and maps that are added behind it.
struct Learned {
  Optional gain, offset, slopes, more;
};

// Running statistics, which may be missing.
struct Running {
  Optional mean, variance;
  double momentum = 0;
};

// Maps as they lie in memory: images, each of rows (its pixels), each of channels. Rows of images that have
// everything in common are those of one.
struct Maps {
  int64_t images, rows, channels;
  bool pooled;

  Maps(const Tensor &x, bool pooled, bool per_image) : pooled(pooled) {
    channels = x.size(1);
    images = pooled && !per_image ? 1 : x.size(0);
    rows = x.numel() / (images * channels);
  }
  int64_t groups() const { return pooled ? 1 : images; }
  int64_t group(int64_t image) const { return pooled ? 0 : image; }
  // So few that sums in float lose nothing, so many that the sums of sums cost nothing.
  int64_t piece_rows() const { return std::clamp<int64_t>(32768 / channels, 16, 1024); }
  int64_t pieces() const { return (rows + piece_rows() - 1) / piece_rows(); }
  int64_t rows_of(int64_t piece) const { return std::min(piece_rows(), rows - piece * piece_rows()); }
  int64_t start(int64_t image, int64_t piece) const {
    return (image * rows + piece * piece_rows()) * channels;
  }
};

// Whether the numbers lie as the passes read them, in rows worth a vector instruction.
inline bool lies_in_rows(const Tensor &x) {
  const bool images = x.dim() == 4 && x.is_contiguous(at::MemoryFormat::ChannelsLast);
  const bool known = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  return x.device().is_cpu() && (images || (x.dim() == 2 && x.is_contiguous())) && known && x.size(1) >= 8 &&
         x.numel() > 0;
}

// The numbers `[groups, C]` or `[images, C]` of what was normalised.
struct Statistics {
  Tensor mean, rate;     // of the values; 1 over their deviation
  Tensor scale, offset;  // what they were multiplied by and moved by

  explicit Statistics(const Maps &maps)
      : mean(at::empty({maps.groups(), maps.channels}, at::kFloat)),
        rate(at::empty_like(mean)),
        scale(at::empty({maps.images, maps.channels}, at::kFloat)),
        offset(at::empty_like(scale)) {}
  Statistics(Tensor mean, Tensor rate, Tensor scale, Tensor offset)
      : mean(std::move(mean)), rate(std::move(rate)), scale(std::move(scale)),
        offset(std::move(offset)) {}
};

// Gradients of the values, `[images, C]` of gain and offset, and `[images, C]` of the slopes if they are learned.
struct Gradients {
  Tensor values, gain, offset, slopes;
};

// The values, by statistics of their own, which are handed on and move the running ones.
Tensor normalized(const Tensor &x, const Learned &learned, const Plan &plan, const Running &running,
                  const Maps &maps, Statistics &statistics);
Gradients gradients(const Tensor &x, const Tensor &gradient, const Learned &learned, const Plan &plan,
                    const Maps &maps, const Statistics &statistics);
// Mean and variance `[C]` over everything but the channels.
std::pair<Tensor, Tensor> moments(const Tensor &x);
// The values by the running statistics, which must be there.
Tensor evaluated(const Tensor &x, const Learned &learned, const Plan &plan, const Running &running,
                 const Maps &maps);
}  // namespace ct
