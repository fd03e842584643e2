// The operations that a piece of work consists of, with the numbers that the host gives them, and how long some take.
#include "support.h"

#include <ATen/record_function.h>

#include <chrono>
#include <iomanip>
#include <memory>
#include <sstream>
#include <unordered_set>

namespace {
using Clock = std::chrono::steady_clock;

struct Log {
  std::ostringstream text;
  at::CallbackHandle handle;
};
thread_local std::unique_ptr<Log> current;
thread_local std::string finished;

void put(std::ostream &out, const at::Tensor &tensor) {
  if (!tensor.defined()) out << "none";
  else out << tensor.scalar_type() << tensor.sizes();
}

void put(std::ostream &out, const c10::IValue &value) {
  if (value.isTensor()) {
    put(out, value.toTensor());
  } else if (value.isList()) {
    out << '(';
    for (const c10::IValue &element : value.toList()) {
      put(out, element);
      out << ' ';
    }
    out << ')';
  } else if (value.isGenerator()) {
    out << "generator";
  } else {
    out << value;
  }
}

std::unique_ptr<at::ObserverContext> note(const at::RecordFunction &function) {
  if (!current) return nullptr;
  current->text << function.name();
  for (const auto &input : function.inputs()) {
    current->text << ' ';
    put(current->text, input);
  }
  current->text << '\n';
  return nullptr;
}

void begin() {
  TORCH_CHECK(!current, "operations are being taken down already");
  current = std::make_unique<Log>();
  current->text << std::setprecision(17);
  current->handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(note).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
}

const char *end() {
  TORCH_CHECK(current, "no operations are being taken down");
  at::removeCallback(current->handle);
  finished = current->text.str();
  current.reset();
  return finished.c_str();
}

// Convolutions and products of matrices, which are what a network's step must take.
const std::unordered_set<std::string> products{
    "aten::convolution", "aten::convolution_backward", "aten::conv2d", "aten::conv_transpose2d", "aten::linear",
    "aten::addmm", "aten::mm", "aten::bmm", "aten::baddbmm", "aten::matmul", "aten::addmv", "aten::mv",
    "aten::mkldnn_convolution", "mkldnn::_linear_pointwise", "ctorch::product", "ctorch::winograd_values",
    "ctorch::winograd_input", "ctorch::winograd_kernel", "ctorch::direct_values", "ctorch::direct_input",
    "ctorch::direct_kernel", "ctorch::direct16_values", "ctorch::direct16_input", "ctorch::direct16_kernel",
};

struct Entered : at::ObserverContext {};

struct Timing {
  at::CallbackHandle handle;
  // Of products that contain others only the outermost counts.
  int depth = 0;
  Clock::time_point start;
  Clock::duration sum{};
};
thread_local std::unique_ptr<Timing> timing;

std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction &function) {
  if (!timing || !products.count(function.name())) return nullptr;
  if (timing->depth++ == 0) timing->start = Clock::now();
  return std::make_unique<Entered>();
}

void leave(const at::RecordFunction &, at::ObserverContext *context) {
  if (!timing || !context) return;
  if (--timing->depth == 0) timing->sum += Clock::now() - timing->start;
}

void begin_timing() {
  TORCH_CHECK(!timing, "products are being timed already");
  timing = std::make_unique<Timing>();
  timing->handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(enter, leave).scopes({at::RecordScope::FUNCTION}));
}

double end_timing() {
  TORCH_CHECK(timing, "no products are being timed");
  at::removeCallback(timing->handle);
  const double seconds = std::chrono::duration<double>(timing->sum).count();
  timing.reset();
  return seconds;
}
}  // namespace

CT_STATUS(ct_timing_begin(void), begin_timing())
CT_STATUS(ct_timing_end(double *seconds), *seconds = end_timing())
CT_STATUS(ct_log_begin(void), begin())
extern "C" const char *ct_log_end(void) {
  try {
    return end();
  }
  CT_CATCH(nullptr)
}
