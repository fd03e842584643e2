// What the catch macros have to know of steps that are being recorded.
#pragma once

#include "ctorch.h"

namespace ct {

bool is_recording();

// Gives up the recording of this thread because of what cannot be recorded, for as long as it lives: that is done
// at once, and what follows is kept from being done.
class BrokenRecording {
 public:
  explicit BrokenRecording(const char *reason);
  ~BrokenRecording();
  BrokenRecording(const BrokenRecording &) = delete;

 private:
  CTRecorder recorder;
};

}  // namespace ct
