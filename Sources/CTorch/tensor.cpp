// Library state, lifetime, facts, creation and conversion.
#include "support.h"

#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/detail/MPSHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <cstring>

namespace {
thread_local std::string last_error;

at::MemoryFormat format(int code) {
  return code == 1 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}
// With one channel (or one pixel) both layouts hold the same bytes, `contiguous` returns what it was
// given, and convolutions take its strides for NCHW: every layer after it then runs in the slower
// layout. A copy with the strides spelled out settles it.
at::Tensor with_strides_of(const at::Tensor &t, at::MemoryFormat wanted) {
  auto dense = t.contiguous(wanted);
  return dense.suggest_memory_format() == wanted ? dense : dense.clone(wanted);
}
at::Tensor from_bytes(const void *bytes, at::IntArrayRef shape, int dtype) {
  at::tracer::impl::NoTracerDispatchMode constant;  // a recording would only see that there is memory
  auto result = at::empty(shape, ct::options(dtype, 0, 0));
  if (result.nbytes() > 0) std::memcpy(result.data_ptr(), bytes, result.nbytes());
  return result;
}
void copy_out(const at::Tensor &t, void *destination, int64_t bytes) {
  auto host = t.detach().to(at::kCPU).contiguous();
  TORCH_CHECK(static_cast<int64_t>(host.nbytes()) == bytes, "copy of ", host.nbytes(),
              " bytes into ", bytes);
  if (bytes > 0) std::memcpy(destination, host.const_data_ptr(), host.nbytes());
}
// Uploads of pageable memory wait until the device has done everything before them; those of pinned
// memory do not, and cost a copy on the host. Minibatches are worth it. Less is sent without waiting
// anyhow, and more, a whole set, is sent once and would stay pinned.
bool worth_pinning(const at::Tensor &t, at::Device target) {
  constexpr size_t least = 64 << 10, most = 256 << 20;
  return t.is_cpu() && target.is_cuda() && !t.is_pinned() && t.nbytes() > least &&
         t.nbytes() <= most;
}
at::Tensor moved(const at::Tensor &t, at::Device target, bool non_blocking) {
  // A recording would send what the memory holds later on, or nothing that is there any more.
  TORCH_CHECK(!ct::is_recording() || t.device() == target, "a step that sends tensors between devices");
  const bool pins = non_blocking && worth_pinning(t, target);
  return (pins ? t.pin_memory() : t).to(target, non_blocking);
}
// Keeps what LibTorch would print.
struct KeptWarning : c10::WarningHandler {
  std::string text;
  void process(const c10::Warning &warning) override { text = warning.msg(); }
};
// CUDA says only by a warning why it finds no device.
int cuda_device_count() {
  KeptWarning warning;
  c10::WarningUtils::WarningHandlerGuard guard(&warning);
  const int count = at::detail::getCUDAHooks().deviceCount();
  if (count == 0) ct::record_failure(warning.text.c_str());
  return count;
}
}  // namespace

void ct::record_failure(const char *message) { last_error = message; }

extern "C" {
const char *ct_last_error(void) { return last_error.c_str(); }
const char *ct_version(void) { return TORCH_VERSION; }
// Training frees and asks again for the same large blocks every step. Left to itself, glibc gives
// them back to the kernel each time, and every step pays for fresh zeroed pages.
void ct_initialize(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}
int ct_get_threads(void) { return at::get_num_threads(); }
void ct_set_threads(int count) { at::set_num_threads(count); }
bool ct_has_device(int device_type) {
  switch (static_cast<c10::DeviceType>(device_type)) {
    case c10::DeviceType::CPU: return true;
    // `hasCUDA` asks for a device, too.
    case c10::DeviceType::CUDA: return at::Context::hasCUDART();
    case c10::DeviceType::MPS: return at::hasMPS();
    default: return false;
  }
}
int ct_device_count(int device_type) {
  try {
    switch (static_cast<c10::DeviceType>(device_type)) {
      case c10::DeviceType::CPU: return 1;
      case c10::DeviceType::CUDA: return cuda_device_count();
      case c10::DeviceType::MPS: return at::hasMPS() ? 1 : 0;
      default: return 0;
    }
  }
  CT_CATCH(0)
}
void ct_release(CTTensor t) { delete reinterpret_cast<at::Tensor *>(t); }
int ct_rank(CTTensor t) { return static_cast<int>(ct::unwrap(t).dim()); }
void ct_shape(CTTensor t, int64_t *shape) {
  auto sizes = ct::unwrap(t).sizes();
  std::copy(sizes.begin(), sizes.end(), shape);
}
int64_t ct_count(CTTensor t) { return ct::unwrap(t).numel(); }
int ct_dtype(CTTensor t) { return static_cast<int>(ct::unwrap(t).scalar_type()); }
int ct_device_type(CTTensor t) { return static_cast<int>(ct::unwrap(t).device().type()); }
int ct_device_index(CTTensor t) { return ct::unwrap(t).device().index(); }
bool ct_requires_grad(CTTensor t) { return ct::unwrap(t).requires_grad(); }
bool ct_is_contiguous(CTTensor t, int memory_format) {
  return ct::unwrap(t).is_contiguous(format(memory_format));
}
}

CT_STATUS(ct_synchronize(int type, int index),
          c10::impl::VirtualGuardImpl(device(type, index).type()).synchronizeDevice(index))
CT_STATUS(ct_peak_bytes(int type, int index, int64_t *bytes),
          *bytes = at::getDeviceAllocator(device(type, index).type())
                       ->getDeviceStats(static_cast<c10::DeviceIndex>(index))
                       .allocated_bytes[0]
                       .peak)
CT_STATUS(ct_copy_out(CTTensor t, void *destination, int64_t bytes),
          copy_out(unwrap(t), destination, bytes))
CT_STATUS(ct_item_double(CTTensor t, double *value), *value = unwrap(t).item().toDouble())

CT_TENSOR(ct_from_bytes(const void *bytes, const int64_t *shape, int rank, int dtype),
          from_bytes(bytes, ints(shape, rank), dtype))
CT_TENSOR(ct_empty(const int64_t *shape, int rank, int dtype, int type, int index),
          at::empty(ints(shape, rank), options(dtype, type, index)))
CT_TENSOR(ct_full(const int64_t *shape, int rank, double value, int dtype, int type, int index),
          at::full(ints(shape, rank), value, options(dtype, type, index)))
CT_TENSOR(ct_arange(int64_t start, int64_t end, int64_t step, int dtype, int type, int index),
          at::arange(start, end, step, options(dtype, type, index)))
CT_TENSOR(ct_linspace(double start, double end, int64_t steps, int dtype, int type, int index),
          at::linspace(start, end, steps, options(dtype, type, index)))
CT_TENSOR(ct_eye(int64_t n, int dtype, int type, int index),
          at::eye(n, options(dtype, type, index)))

CT_TENSOR(ct_to_dtype(CTTensor t, int dtype), unwrap(t).to(static_cast<at::ScalarType>(dtype)))
CT_TENSOR(ct_to_device(CTTensor t, int type, int index, bool non_blocking),
          moved(unwrap(t), device(type, index), non_blocking))
CT_TENSOR(ct_contiguous(CTTensor t, int memory_format),
          unwrap(t).contiguous(format(memory_format)))
CT_TENSOR(ct_with_strides_of(CTTensor t, int memory_format),
          with_strides_of(unwrap(t), format(memory_format)))
CT_TENSOR(ct_clone(CTTensor t), unwrap(t).clone())
CT_STATUS(ct_copy_in_place(CTTensor destination, CTTensor source), {
  at::NoGradGuard guard;
  unwrap(destination).copy_(unwrap(source));
})
