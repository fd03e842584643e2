// Shared by the C++ files of CTorch: handle conversion and the one catch macro.
#pragma once

#include <ATen/ATen.h>
#include <ATen/TracerMode.h>
#include <ATen/core/grad_mode.h>

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "ctorch.h"
#include "recording.h"

namespace ct {

void record_failure(const char *message);

// Whether a network is being recorded, so that what is computed must consist of LibTorch's own operations.
inline bool is_tracing() { return at::tracer::impl::is_dispatch_enabled(); }
// Says that random numbers were drawn, which no recording can repeat.
void note_draw();

// That of a device; its own unless generators are given.
at::Generator generator(CTGenerator generators, at::Device device);

inline at::Tensor &unwrap(CTTensor t) { return *reinterpret_cast<at::Tensor *>(t); }
inline CTTensor wrap(at::Tensor t) {
  return reinterpret_cast<CTTensor>(new at::Tensor(std::move(t)));
}
inline std::optional<at::Tensor> optional(CTTensor t) {
  return t ? std::optional<at::Tensor>(unwrap(t)) : std::nullopt;
}
inline at::IntArrayRef ints(const int64_t *values, int n) {
  return at::IntArrayRef(values, static_cast<size_t>(n));
}
inline at::Device device(int type, int index) {
  auto kind = static_cast<c10::DeviceType>(type);
  return kind == c10::DeviceType::CPU ? at::Device(kind)
                                      : at::Device(kind, static_cast<c10::DeviceIndex>(index));
}
inline at::TensorOptions options(int dtype, int device_type, int device_index) {
  return at::TensorOptions()
      .dtype(static_cast<at::ScalarType>(dtype))
      .device(device(device_type, device_index));
}
inline std::vector<at::Tensor> list(const CTTensor *tensors, int n) {
  std::vector<at::Tensor> result;
  result.reserve(static_cast<size_t>(n));
  for (int i = 0; i < n; i++) result.push_back(unwrap(tensors[i]));
  return result;
}

}  // namespace ct

#define CT_CATCH(fallback)                           \
  catch (const c10::Error &e) {                      \
    ct::record_failure(e.what_without_backtrace());  \
    return fallback;                                 \
  }                                                  \
  catch (const std::exception &e) {                  \
    ct::record_failure(e.what());                    \
    return fallback;                                 \
  }                                                  \
  catch (...) {                                      \
    ct::record_failure("unknown C++ exception");     \
    return fallback;                                 \
  }

namespace ct {

// What `body` returns, or `fallback` where it fails. What fails only because a step is being recorded is done
// outside of the recording, which is of no use any more.
template <class Result, class Body>
Result guarded(Result fallback, const Body &body) {
  try {
    std::optional<BrokenRecording> broken;
    try {
      return body();
    } catch (const c10::Error &e) {
      if (!is_recording()) throw;
      broken.emplace(e.what_without_backtrace());
    }
    return body();
  }
  CT_CATCH(fallback)
}

}  // namespace ct

// A function that makes a tensor.
#define CT_TENSOR(signature, expression)                        \
  extern "C" CTTensor signature {                               \
    using namespace ct;                                         \
    return guarded<CTTensor>(nullptr, [&] { return wrap(expression); }); \
  }

// A function that succeeds (0) or fails (-1).
#define CT_STATUS(signature, ...)                               \
  extern "C" int signature {                                    \
    using namespace ct;                                         \
    return guarded<int>(-1, [&] {                               \
      __VA_ARGS__;                                              \
      return 0;                                                 \
    });                                                         \
  }
