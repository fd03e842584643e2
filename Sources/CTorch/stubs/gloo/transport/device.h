// See ../context.h.
#pragma once

namespace gloo::transport {
class Device;

// Held by a unique pointer of a class whose objects only libtorch_cpu makes.
class UnboundBuffer {
 public:
  virtual ~UnboundBuffer() = 0;
};
}  // namespace gloo::transport
