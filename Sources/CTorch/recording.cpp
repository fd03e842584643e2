// Parts of training steps that a GPU records once and then repeats by itself (CUDA graphs).
#include "recording.h"

#include "support.h"

#include <string>
#include <utility>

#ifdef CTORCH_CUDA
#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace {
thread_local CTRecorder recording = nullptr;
}

#ifdef CTORCH_CUDA
using at::cuda::CUDAGraph;

struct CTPartObject {
  CUDAGraph graph;
  // Nothing was computed between two updates.
  bool is_empty = false;
};

// Says whether LibTorch finds that nothing was recorded, in place of printing it.
struct EmptinessWatch : c10::WarningHandler {
  bool is_empty = false;
  void process(const c10::Warning &warning) override {
    if (warning.msg().find("empty") != std::string::npos) is_empty = true;
  }
};

struct CTRecorderObject {
  CTRecorderObject(at::Device device, at::Generator generator)
      : generator(std::move(generator)),
        own(c10::cuda::getStreamFromPool(false, device.index())),
        outer(c10::cuda::getCurrentCUDAStream(device.index())),
        pool(at::cuda::graph_pool_handle()) {
    // Recording goes by the current device.
    c10::cuda::set_device(own.device_index());
  }

  // What follows goes to the recorder's stream, behind all that the device has to do.
  void enter() {
    outer = c10::cuda::getCurrentCUDAStream(own.device_index());
    outer.synchronize();
    c10::cuda::setCurrentCUDAStream(own);
  }
  void leave() {
    own.synchronize();
    c10::cuda::setCurrentCUDAStream(outer);
  }

  void begin() {
    c10::cuda::setCurrentCUDAStream(own);
    auto next = std::make_unique<CTPartObject>();
    next->graph.register_generator_state(generator);
    seed = generator.current_seed();
    offset = generator.get_offset();
    // Other threads read data meanwhile, which only concerns them.
    next->graph.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    part = std::move(next);
    recording = this;
  }

  CTPart end() {
    recording = nullptr;
    c10::cuda::setCurrentCUDAStream(own);
    if (part) capture_end();
    c10::cuda::setCurrentCUDAStream(outer);
    if (failure.empty() && part) return part.release();
    part.reset();
    TORCH_CHECK(false, failure.empty() ? "the recording could not begin" : failure);
  }

  // Ends a recording that CUDA has declared invalid. Its graph is left alone: nobody knows how far it got.
  void give_up(const char *reason) {
    recording = nullptr;
    if (failure.empty()) failure = reason;
    try {
      part->graph.capture_end();
    } catch (const std::exception &) {
      ignoring([&] { c10::cuda::CUDACachingAllocator::endAllocateToPool(own.device_index(), pool); });
      ignoring([&] { at::getHostAllocator(at::kCUDA)->end_allocate_to_pool(pool); });
      renew_generator();
    }
    part.release();
    c10::cuda::setCurrentCUDAStream(outer);
  }

  at::Generator generator;
  c10::cuda::CUDAStream own, outer;
  at::MempoolId_t pool;
  std::unique_ptr<CTPartObject> part;
  std::string failure;

 private:
  uint64_t seed = 0, offset = 0;

  void capture_end() {
    EmptinessWatch watch;
    c10::WarningUtils::WarningHandlerGuard guard(&watch);
    try {
      part->graph.capture_end();
      part->is_empty = watch.is_empty;
    } catch (const c10::Error &e) {
      give_up(e.what_without_backtrace());
    }
  }

  template <class Body>
  static void ignoring(const Body &body) {
    try {
      body();
    } catch (const std::exception &) {
    }
  }

  // A generator whose recording was broken off takes itself to be recorded for ever.
  void renew_generator() {
    auto fresh = at::globalContext().getAcceleratorHooksInterface(at::kCUDA).getNewGenerator(own.device_index());
    fresh.set_current_seed(seed);
    fresh.set_offset(offset);
    generator.graphsafe_set_state(fresh);
  }
};
#else
struct CTPartObject {};
struct CTRecorderObject {
  CTRecorderObject(at::Device, at::Generator) {
    TORCH_CHECK(false, "the C interface was compiled without CUDA's headers");
  }
  void enter() {}
  void leave() {}
  void begin() {}
  CTPart end() { return nullptr; }
  void give_up(const char *) {}
};
#endif

bool ct::is_recording() { return recording; }

ct::BrokenRecording::BrokenRecording(const char *reason) : recorder(std::exchange(recording, nullptr)) {
  if (recorder) recorder->give_up(reason);
}
// What is left of the step must not be computed from tensors that never were: it is recorded, too, for nothing.
ct::BrokenRecording::~BrokenRecording() {
  try {
    if (recorder) recorder->begin();
  } catch (const std::exception &) {  // the recorder has failed already, and has no part to end
  }
}

extern "C" {
bool ct_can_record(int type) {
#ifdef CTORCH_CUDA
  return static_cast<c10::DeviceType>(type) == c10::DeviceType::CUDA;
#else
  return false;
#endif
}
CTRecorder ct_recorder_new(int type, int index, CTGenerator generators) {
  try {
    return new CTRecorderObject(ct::device(type, index), ct::generator(generators, ct::device(type, index)));
  }
  CT_CATCH(nullptr)
}
void ct_recorder_release(CTRecorder recorder) {
  if (recording == recorder) recording = nullptr;
  delete recorder;
}
CTPart ct_recorder_end(CTRecorder recorder) {
  try {
    return recorder->end();
  }
  CT_CATCH(nullptr)
}
void ct_part_release(CTPart part) { delete part; }
}
CT_STATUS(ct_recorder_enter(CTRecorder recorder), recorder->enter())
CT_STATUS(ct_recorder_leave(CTRecorder recorder), recorder->leave())
CT_STATUS(ct_recorder_begin(CTRecorder recorder), recorder->begin())
#ifdef CTORCH_CUDA
CT_STATUS(ct_part_repeat(CTPart part), if (!part->is_empty) part->graph.replay())
#else
CT_STATUS(ct_part_repeat(CTPart), TORCH_CHECK(false, "nothing was recorded"))
#endif
