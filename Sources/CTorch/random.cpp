// Generators of random numbers, and what is drawn from them.
#include "dropout.h"
#include "support.h"

#include <ATen/CPUGeneratorImpl.h>

#include <memory>
#include <mutex>
#include <utility>

// Generators that belong together: the processor's, and one of a further device if there is one.
struct CTGeneratorObject {
  at::Generator cpu;
  std::optional<at::Generator> accelerator;
};

namespace {
// What this thread draws from; null for the process's own generators.
thread_local CTGenerator current = nullptr;

void seed_one(at::Generator generator, uint64_t seed) {
  std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

void seed_all(CTGenerator generators, uint64_t seed) {
  seed_one(generators->cpu, seed);
  if (generators->accelerator) seed_one(*generators->accelerator, seed);
}

CTGenerator make_generators(uint64_t seed, at::Device device) {
  auto result = std::make_unique<CTGeneratorObject>();
  result->cpu = at::detail::createCPUGenerator();
  if (!device.is_cpu())
    result->accelerator = at::globalContext()
                              .getAcceleratorHooksInterface(device.type())
                              .getNewGenerator(device.index());
  seed_all(result.get(), seed);
  return result.release();
}

// This thread's own generator for a device; none where the process's is to be used. A device that
// the own ones leave out is an error: its draws would depend on what else the process does.
std::optional<at::Generator> own(at::Device device) {
  if (!current) return std::nullopt;
  if (device.is_cpu()) return current->cpu;
  const auto &found = current->accelerator;
  TORCH_CHECK(found && found->device().type() == device.type() &&
                  (found->device().index() == device.index() || device.is_mps()),
              "the current random generator was not made for device ", device.str());
  return found;
}
std::optional<at::Generator> own(int type, int index) { return own(ct::device(type, index)); }

at::Generator in_force(int type, int index) {
  auto found = own(type, index);
  return found ? *found : at::globalContext().defaultGenerator(ct::device(type, index));
}

void seed_in_force(uint64_t seed) {
  current ? seed_all(current, seed) : at::manual_seed(seed);
}

at::TensorOptions integers(int type, int index) {
  return ct::options(static_cast<int>(at::kLong), type, index);
}

// While it lives, nothing is recorded: what is drawn cannot be.
struct Drawing {
  bool is_noted = [] {
    if (ct::is_tracing()) ct::note_draw();
    return true;
  }();
  at::tracer::impl::NoTracerDispatchMode guard;
};

// `at::dropout` takes no generator. Where the numbers do not lie for passes of our own, this is what it does where it
// has no fused kernel, bit for bit.
at::Tensor dropout(const at::Tensor &t, double p) {
  if (p <= 0 || p >= 1 || t.numel() == 0) return at::dropout(t, p, true);
  const auto generator = own(t.device());
  if (auto result = ct::dropped(t, p, generator)) return *result;
  if (!generator) return at::dropout(t, p, true);
  return t * at::empty_like(t).bernoulli_(1 - p, generator).div_(1 - p);
}
}  // namespace

at::Generator ct::generator(CTGenerator generators, at::Device device) {
  if (!generators) return at::globalContext().defaultGenerator(device);
  TORCH_CHECK(device.is_cpu() || generators->accelerator, "the generator was not made for ", device.str());
  return device.is_cpu() ? generators->cpu : *generators->accelerator;
}

extern "C" {
CTGenerator ct_generator_new(uint64_t seed, int type, int index) {
  try {
    return make_generators(seed, ct::device(type, index));
  }
  CT_CATCH(nullptr)
}
void ct_generator_release(CTGenerator generators) { delete generators; }
CTGenerator ct_generator_make_current(CTGenerator generators) {
  return std::exchange(current, generators);
}
}
CT_STATUS(ct_generator_seed(CTGenerator generators, uint64_t seed), seed_all(generators, seed))

CT_STATUS(ct_manual_seed(uint64_t seed), seed_in_force(seed))
CT_TENSOR(ct_rng_state(int type, int index), in_force(type, index).get_state())
CT_STATUS(ct_set_rng_state(int type, int index, CTTensor state),
          in_force(type, index).set_state(unwrap(state)))
#define CT_DRAWN(signature, expression) \
  CT_TENSOR(signature, [&] {            \
    Drawing drawing;                    \
    return expression;                  \
  }())

CT_DRAWN(ct_randn(const int64_t *shape, int rank, int dtype, int type, int index),
          at::randn(ints(shape, rank), own(type, index), options(dtype, type, index)))
CT_DRAWN(ct_uniform(const int64_t *shape, int rank, double low, double high, int dtype, int type,
                     int index),
          at::empty(ints(shape, rank), options(dtype, type, index))
              .uniform_(low, high, own(type, index)))
CT_DRAWN(ct_randint(const int64_t *shape, int rank, int64_t low, int64_t high, int type,
                     int index),
          at::randint(low, high, ints(shape, rank), own(type, index), integers(type, index)))
CT_DRAWN(ct_randperm(int64_t n, int type, int index),
          at::randperm(n, own(type, index), integers(type, index)))
CT_DRAWN(ct_bernoulli(const int64_t *shape, int rank, double p, int dtype, int type, int index),
          at::empty(ints(shape, rank), options(dtype, type, index))
              .bernoulli_(p, own(type, index)))
CT_DRAWN(ct_dropout(CTTensor t, double p), dropout(unwrap(t), p))
