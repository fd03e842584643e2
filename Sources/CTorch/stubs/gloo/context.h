// PyTorch's wheels have Gloo inside of libtorch_cpu, but not its headers, which those of c10d include.
// Those need little more than the names of these classes; where a LibTorch has the real headers, they are
// found first.
#pragma once

#include <chrono>

namespace gloo {
class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};
}  // namespace gloo
