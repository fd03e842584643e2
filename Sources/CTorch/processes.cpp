// Several processes that train together, by PyTorch's c10d: Gloo on processors, NCCL on GPUs. Processors of one
// machine show each other what lies in memory that they share.
#include "parallel.h"
#include "rendezvous.h"
#include "rows.h"
#include "shared_memory.h"
#include "support.h"

#include <c10/util/Logging.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

using Backend = c10::intrusive_ptr<c10d::Backend>;
using Group = c10::intrusive_ptr<CTProcessesObject>;

// Lives as long as a graph may have to send something.
struct CTProcessesObject : torch::CustomClassHolder {
  Backend gloo;
  // For tensors on GPUs, so that what the host says waits for none of them; null without NCCL.
  Backend nccl;
  // Of processes of one machine; else null. Statistics are exchanged while gradients are on their way.
  std::unique_ptr<ct::SharedMemory> shared, gradients;

  Backend &of(const at::Tensor &tensor) { return tensor.is_cuda() && nccl ? nccl : gloo; }
  int count() { return gloo->getSize(); }
};

namespace {
// As in PyTorch the interfaces that GLOO_SOCKET_IFNAME names, if it does.
Backend gloo(const c10::intrusive_ptr<c10d::Store> &store, const std::string &address, int rank,
             int count, std::chrono::milliseconds timeout) {
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  if (const char *names = std::getenv("GLOO_SOCKET_IFNAME"); names && *names) {
    std::stringstream list(names);
    for (std::string name; std::getline(list, name, ',');)
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(name));
  } else if (!address.empty()) {
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
  } else {
    options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
  }
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, count, options);
}

CTProcesses join(const ct::Rendezvous &at, int count, at::Device device, double seconds) {
  // That an address has no name, and the like, is of interest to who asks for it.
  if (!std::getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = c10::GLOG_ERROR;
  std::chrono::milliseconds timeout(static_cast<int64_t>(seconds * 1000));
  const auto store = ct::store_of_group(at, timeout);
  auto result = c10::make_intrusive<CTProcessesObject>();
  const auto address = ct::own_address(at);
  result->gloo = gloo(c10::make_intrusive<c10d::PrefixStore>("gloo", store), address, at.rank, count, timeout);
  c10d::PrefixStore shared("shared", store), gradients("gradients", store);
  result->shared = ct::SharedMemory::among(shared, at.rank, count, address, timeout);
  result->gradients = ct::SharedMemory::among(gradients, at.rank, count, address, timeout);
#ifdef USE_C10D_NCCL
  if (device.is_cuda()) {
    auto nccl = c10d::ProcessGroupNCCL::Options::create();
    nccl->timeout = timeout;
    result->nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(
        c10::make_intrusive<c10d::PrefixStore>("nccl", store), at.rank, count, nccl);
  }
#endif
  return result.release();
}

// What processes exchange cannot be recorded: said before anything is computed, which would be done twice.
CTProcesses unrecorded(CTProcesses group) {
  TORCH_CHECK(!ct::is_recording(), "several processes exchange something in it");
  return group;
}

// Adds up what all processes have in a tensor, in place; `op` may ask for the largest instead.
c10::intrusive_ptr<c10d::Work> reduce(CTProcesses group, at::Tensor tensor,
                                      c10d::ReduceOp::RedOpType op = c10d::ReduceOp::SUM) {
  c10d::AllreduceOptions options;
  options.reduceOp = op;
  std::vector<at::Tensor> tensors{std::move(tensor)};
  return group->of(tensors[0])->allreduce(tensors, options);
}

// The tensor of every process, by rank, until the exchange after the next; nothing where they share no memory.
std::vector<at::Tensor> shown(CTProcesses group, const at::Tensor &tensor) {
  if (!group->shared || !tensor.is_cpu()) return {};
  char *place = group->shared->begin(static_cast<int64_t>(tensor.nbytes()));
  if (!place) return {};
  const auto sizes = tensor.sizes();
  const auto options = tensor.options().requires_grad(false);
  at::from_blob(place, sizes, options).copy_(tensor);
  group->shared->arrive();
  group->shared->wait(1);
  std::vector<at::Tensor> result;
  for (int i = 0; i < group->count(); i++)
    result.push_back(at::from_blob(const_cast<char *>(group->shared->part(i)), sizes, options));
  return result;
}

at::Tensor reduced(CTProcesses group, const at::Tensor &tensor, c10d::ReduceOp::RedOpType op) {
  const auto parts = shown(group, tensor.detach());
  auto result = (parts.empty() ? tensor.detach() : parts[0]).clone(at::MemoryFormat::Contiguous);
  if (parts.empty()) reduce(group, result, op)->wait();
  for (size_t i = 1; i < parts.size(); i++)
    op == c10d::ReduceOp::MAX ? at::maximum_out(result, result, parts[i]) : result.add_(parts[i]);
  return result;
}

// A part of flat memory laid out like a tensor.
at::Tensor laid_out(const at::Tensor &flat, int64_t start, const at::Tensor &like) {
  return like.is_non_overlapping_and_dense()
             ? flat.as_strided(like.sizes(), like.strides(), flat.storage_offset() + start)
             : flat.narrow(0, start, like.numel()).view(like.sizes());
}

// The mean over the processes of gradients that come in one after another, the last layers' first: they
// travel in flat buckets, each as soon as it is full, while the others are still computed.
class Averaging {
 public:
  Averaging(CTProcesses group, const std::vector<at::Tensor> &parameters, int64_t bucket_bytes)
      : group_(group), parameters_(parameters), places_(parameters.size()) {
    share();
    for (size_t end = parameters.size(); end > 0;) {
      size_t begin = end;
      int64_t bytes = 0;
      const auto type = parameters[end - 1].scalar_type();
      while (begin > 0 && (begin == end || bytes < bucket_bytes) &&
             parameters[begin - 1].scalar_type() == type)
        bytes += parameters[--begin].nbytes();
      add_bucket(begin, end);
      end = begin;
    }
  }

  // Returns where the gradient lies from now on.
  at::Tensor arrive(size_t index, const at::Tensor &gradient) {
    if (!gradient.defined()) return gradient;
    auto &bucket = buckets_[places_[index].bucket];
    auto place = laid_out(bucket.flat, places_[index].start, parameters_[index]).copy_(gradient);
    places_[index].is_there = true;
    bucket.missing--;
    // In one order everywhere, whichever is full first.
    while (next_ < buckets_.size() && buckets_[next_].missing == 0) launch();
    return place;
  }

  // Gradients laid out like their parameters. Those that nobody brought are zero.
  std::vector<at::Tensor> finish() {
    for (size_t i = 0; i < parameters_.size(); i++)
      if (!places_[i].is_there)
        laid_out(buckets_[places_[i].bucket].flat, places_[i].start, parameters_[i]).zero_();
    while (next_ < buckets_.size()) launch();
    for (size_t i = 0; i < buckets_.size(); i++) memory_ ? read(i) : receive(buckets_[i]);
    std::vector<at::Tensor> result;
    for (size_t i = 0; i < parameters_.size(); i++)
      result.push_back(laid_out(buckets_[places_[i].bucket].flat, places_[i].start, parameters_[i]));
    return result;
  }

 private:
  struct Bucket {
    at::Tensor flat;
    size_t missing;
    c10::intrusive_ptr<c10d::Work> work;
  };
  struct Place {
    size_t bucket = 0;
    int64_t start = 0;
    bool is_there = false;
  };

  // Gradients of processes that share memory are written there at once.
  void share() {
    int64_t bytes = 0;
    for (const auto &parameter : parameters_) {
      if (!group_->gradients || !parameter.is_cpu() || parameter.scalar_type() != at::kFloat) return;
      bytes += static_cast<int64_t>(parameter.nbytes());
    }
    memory_ = reinterpret_cast<float *>(group_->gradients->begin(bytes));
  }

  void add_bucket(size_t begin, size_t end) {
    const auto options = parameters_[begin].options().requires_grad(false);
    int64_t count = 0;
    for (size_t i = begin; i < end; i++) {
      places_[i] = {buckets_.size(), count, false};
      count += parameters_[i].numel();
    }
    auto flat = memory_ ? at::from_blob(memory_ + used_, {count}, options) : at::empty({count}, options);
    used_ += count;
    buckets_.push_back({std::move(flat), end - begin, nullptr});
  }

  void launch() {
    auto &bucket = buckets_[next_++];
    if (memory_)
      group_->gradients->arrive();
    else
      bucket.work = reduce(group_, bucket.flat);
  }

  void receive(Bucket &bucket) {
    bucket.work->wait();
    bucket.flat.div_(group_->count());
  }

  // The mean of what all processes have written, in memory of this one.
  void read(size_t index) {
    group_->gradients->wait(index + 1);
    auto &flat = buckets_[index].flat;
    const int64_t start = flat.data_ptr<float>() - memory_, count = flat.numel();
    flat = at::empty({count}, flat.options());
    const int64_t piece = 1 << 16;
    ct::in_parallel((count + piece - 1) / piece, 1, [&](int64_t i) {
      std::vector<const float *> sources;
      for (int rank = 0; rank < group_->count(); rank++)
        sources.push_back(reinterpret_cast<const float *>(group_->gradients->part(rank)) + start +
                          i * piece);
      ct::average(sources.data(), group_->count(), std::min(piece, count - i * piece),
                  flat.data_ptr<float>() + i * piece);
    });
  }

  CTProcesses group_;
  const std::vector<at::Tensor> &parameters_;
  std::vector<Place> places_;
  std::vector<Bucket> buckets_;
  size_t next_ = 0;
  // Of the exchange, where memory is shared, and how many of its numbers have been given away.
  float *memory_ = nullptr;
  int64_t used_ = 0;
};

void hand_over(std::vector<at::Tensor> tensors, CTTensor *results) {
  for (size_t i = 0; i < tensors.size(); i++) results[i] = ct::wrap(std::move(tensors[i]));
}

void average(CTProcesses group, const std::vector<at::Tensor> &tensors, int64_t bucket_bytes,
             CTTensor *results) {
  at::NoGradGuard guard;
  Averaging averaging(group, tensors, bucket_bytes);
  for (size_t i = tensors.size(); i-- > 0;) averaging.arrive(i, tensors[i]);
  hand_over(averaging.finish(), results);
}

// Takes a hook off a tensor again, whatever happens.
struct Hook {
  at::Tensor tensor;
  unsigned number;
  ~Hook() {
    tensor.remove_hook(number);
    // An empty place stays behind, which every backward pass would look at, one more at each update.
    auto &places = *torch::autograd::impl::get_autograd_meta(tensor)->cpp_hooks_list_;
    while (!places.empty() && !places.back()) places.pop_back();
  }
};

void average_gradients(CTProcesses group, const at::Tensor &loss,
                       const std::vector<at::Tensor> &parameters, int64_t bucket_bytes,
                       CTTensor *results) {
  Averaging averaging(group, parameters, bucket_bytes);
  {
    std::vector<std::unique_ptr<Hook>> hooks;
    for (size_t i = 0; i < parameters.size(); i++) {
      // What has arrived is not held twice: its memory serves for the next layer's while it is near.
      auto number = parameters[i].register_hook(
          [&averaging, i](const at::Tensor &gradient) { return averaging.arrive(i, gradient); });
      hooks.push_back(std::make_unique<Hook>(parameters[i], number));
    }
    torch::autograd::grad({loss}, parameters, {}, false, false, true);
  }
  at::NoGradGuard guard;
  hand_over(averaging.finish(), results);
}

// All tensors become what they are in process 0.
void broadcast(CTProcesses group, const std::vector<at::Tensor> &tensors) {
  at::NoGradGuard guard;
  std::map<std::pair<at::ScalarType, bool>, std::vector<at::Tensor>> alike;
  for (const auto &tensor : tensors)
    alike[{tensor.scalar_type(), tensor.is_cpu()}].push_back(tensor.detach());
  for (auto &[kind, list] : alike) {
    std::vector<at::Tensor> parts;
    for (const auto &tensor : list) parts.push_back(tensor.reshape({-1}));
    std::vector<at::Tensor> flat{at::cat(parts)};
    if (const auto all = shown(group, flat[0]); !all.empty())
      flat[0] = all[0];
    else
      group->of(flat[0])->broadcast(flat)->wait();
    int64_t start = 0;
    for (auto &tensor : list) {
      tensor.copy_(flat[0].narrow(0, start, tensor.numel()).view(tensor.sizes()));
      start += tensor.numel();
    }
  }
}

// A tensor of one shape in all processes, of each its own.
void gather(CTProcesses group, const at::Tensor &tensor, CTTensor *results) {
  at::NoGradGuard guard;
  std::vector<at::Tensor> own{tensor.detach().contiguous()};
  std::vector<std::vector<at::Tensor>> all{shown(group, own[0])};
  if (!all[0].empty()) {
    for (auto &part : all[0]) part = part.clone();
    return hand_over(all[0], results);
  }
  for (int i = 0; i < group->count(); i++) all[0].push_back(at::empty_like(own[0]));
  group->of(own[0])->allgather(all, own)->wait();
  hand_over(all[0], results);
}

// The sum over the processes as a part of the graph. What a process's tensor does to the losses of all
// comes back as the sum of their gradients, so that the derivative is the same sum once more.
struct Sum : torch::autograd::Function<Sum> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &tensor,
                            const Group &group) {
    context->saved_data["group"] = c10::IValue::make_capsule(group);
    return reduced(unrecorded(group.get()), tensor, c10d::ReduceOp::SUM);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto group = context->saved_data["group"].toCapsule();
    return {Sum::apply(gradients[0], c10::static_intrusive_pointer_cast<CTProcessesObject>(group)), at::Tensor()};
  }
};
}  // namespace

extern "C" CTProcesses ct_processes_join(const char *host, int port, const char *keys, bool is_server,
                                         bool lasts, int rank, int count, int device_type, int device_index,
                                         double seconds) {
  try {
    return join({host, keys, port, rank, is_server, lasts}, count, ct::device(device_type, device_index), seconds);
  }
  CT_CATCH(nullptr)
}
extern "C" void ct_processes_release(CTProcesses group) { Group::reclaim(group); }
CT_TENSOR(ct_processes_sum(CTProcesses group, CTTensor t),
          Sum::apply(unwrap(t), Group::reclaim_copy(group)))
CT_TENSOR(ct_processes_max(CTProcesses group, CTTensor t),
          reduced(unrecorded(group), unwrap(t), c10d::ReduceOp::MAX))
CT_STATUS(ct_processes_gather(CTProcesses group, CTTensor t, CTTensor *results),
          gather(unrecorded(group), unwrap(t), results))
CT_STATUS(ct_processes_broadcast(CTProcesses group, const CTTensor *tensors, int n),
          broadcast(unrecorded(group), list(tensors, n)))
CT_STATUS(ct_processes_average(CTProcesses group, const CTTensor *tensors, int n,
                               int64_t bucket_bytes, CTTensor *results),
          average(unrecorded(group), list(tensors, n), bucket_bytes, results))
CT_STATUS(ct_processes_grad(CTProcesses group, CTTensor loss, const CTTensor *parameters, int n,
                            int64_t bucket_bytes, CTTensor *results),
          average_gradients(unrecorded(group), unwrap(loss), list(parameters, n), bucket_bytes, results))
