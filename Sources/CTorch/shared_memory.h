// Memory that processes of one machine have in common.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace ct {

// What every process shows all others, in one exchange after another. In each a process writes its own part,
// arrives once or several times, waits for the others and reads theirs. What it reads stays until it begins the
// exchange after the next: parts lie in two halves by turns, and nobody is two exchanges ahead of anyone.
class SharedMemory {
 public:
  // Null where not all processes are reached at one address or not all see the same memory.
  static std::unique_ptr<SharedMemory> among(c10d::Store &store, int rank, int count,
                                             const std::string &address,
                                             std::chrono::milliseconds patience);
  ~SharedMemory();

  // Where this process's part goes; null, in all processes, where there is no room for so many bytes.
  char *begin(int64_t bytes);
  // Shows the others what was written so far.
  void arrive();
  // Waits until every other process has arrived as often since the exchange began. Fails where one has ended.
  void wait(uint64_t arrivals);
  const char *part(int rank) const;

 private:
  struct Header {
    std::atomic<uint64_t> arrivals;
    std::atomic<int64_t> room;
  };
  // A process's file, which it holds locked as long as it lives.
  struct Part {
    int file = -1;
    char *memory = nullptr;
    int64_t size = 0;
  };

  SharedMemory(int rank, int count, std::chrono::milliseconds patience);
  bool open(const std::string &name, bool makes, Part &part);
  bool map(Part &part, int64_t size);
  bool grow(int64_t bytes);
  bool is_alive(int rank) const;
  void wait_for(int rank, uint64_t target);
  Header &header(int rank) const { return *reinterpret_cast<Header *>(parts_[rank].memory); }

  int rank_;
  std::chrono::milliseconds patience_;
  std::vector<Part> parts_;
  // Bytes of a half.
  int64_t room_ = 0;
  uint64_t exchanges_ = 0, start_ = 0;
  bool is_full_ = false;
};

}  // namespace ct
