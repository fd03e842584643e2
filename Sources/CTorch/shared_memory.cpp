#include "shared_memory.h"

#include <c10/util/Exception.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

using namespace ct;
using Clock = std::chrono::steady_clock;

namespace {
constexpr int64_t header_size = 4096;

std::string random_name() {
  std::random_device device;
  std::stringstream text;
  text << "/swiftgan-" << std::hex << device() << device();
  return text.str();
}

void rest() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// A process that waits for another that computes on the same core must make way for it.
void rest(int64_t turn) {
  if (turn < 2000)
    rest();
  else if (turn < 2200)
    std::this_thread::yield();
  else
    std::this_thread::sleep_for(std::chrono::microseconds(50));
}

// Locks go with the open file: they end with the process that opened it, however it ends.
bool lock(int file, int request, struct flock &lock) {
  lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
#ifdef F_OFD_SETLK
  return fcntl(file, request, &lock) == 0;
#else
  return false;
#endif
}
#ifndef F_OFD_SETLK
constexpr int F_OFD_SETLK = 0, F_OFD_GETLK = 0;
#endif

// What is promised and not there when it is written to would end the process.
bool take(int file, int64_t size) {
#ifdef __linux__
  return posix_fallocate(file, 0, size) == 0;
#else
  return false;
#endif
}

// A name that goes, whatever happens.
struct Name {
  std::string text;
  ~Name() { shm_unlink(text.c_str()); }
};

// What every process says, when all have.
std::vector<std::string> all(c10d::Store &store, const std::string &key, int rank, int count,
                             const std::string &own) {
  store.set(key + std::to_string(rank), own);
  std::vector<std::string> result;
  for (int i = 0; i < count; i++) result.push_back(store.get_to_str(key + std::to_string(i)));
  return result;
}

bool are_equal(const std::vector<std::string> &values, const std::string &value) {
  return std::all_of(values.begin(), values.end(), [&](const auto &v) { return v == value; });
}
}  // namespace

std::unique_ptr<SharedMemory> SharedMemory::among(c10d::Store &store, int rank, int count,
                                                  const std::string &address,
                                                  std::chrono::milliseconds patience) {
  if (rank == 0) store.set("name", random_name());
  const std::string name = store.get_to_str("name");
  const auto name_of = [&](int i) { return name + "-" + std::to_string(i); };
  std::unique_ptr<SharedMemory> shared(new SharedMemory(rank, count, patience));
  const bool made = shared->open(name_of(rank), true, shared->parts_[rank]);
  // Open files need no name, and nothing is left behind without one.
  std::optional<Name> own;
  if (shared->parts_[rank].file >= 0) own.emplace(name_of(rank));
  // Equal names elsewhere are other memory.
  const auto addresses = all(store, "made", rank, count, made ? address : "-");
  bool sees = made && are_equal(addresses, address);
  for (int i = 0; i < count && sees; i++)
    sees = i == rank || shared->open(name_of(i), false, shared->parts_[i]);
  const bool is_shared = are_equal(all(store, "sees", rank, count, sees ? "1" : "0"), "1");
  return is_shared ? std::move(shared) : nullptr;
}

SharedMemory::SharedMemory(int rank, int count, std::chrono::milliseconds patience)
    : rank_(rank), patience_(patience), parts_(static_cast<size_t>(count)) {}

SharedMemory::~SharedMemory() {
  for (auto &part : parts_) {
    if (part.memory) munmap(part.memory, static_cast<size_t>(part.size));
    if (part.file >= 0) close(part.file);
  }
}

bool SharedMemory::open(const std::string &name, bool makes, Part &part) {
  part.file = shm_open(name.c_str(), O_RDWR | (makes ? O_CREAT | O_EXCL : 0), 0600);
  if (part.file < 0) return false;
  struct flock own;
  if (makes && (!lock(part.file, F_OFD_SETLK, own) || ftruncate(part.file, header_size) != 0))
    return false;
  return map(part, header_size);
}

bool SharedMemory::map(Part &part, int64_t size) {
  if (part.memory) munmap(part.memory, static_cast<size_t>(part.size));
  void *memory = mmap(nullptr, static_cast<size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED,
                      part.file, 0);
  part.memory = memory == MAP_FAILED ? nullptr : static_cast<char *>(memory);
  part.size = size;
  return part.memory != nullptr;
}

char *SharedMemory::begin(int64_t bytes) {
  if (is_full_) return nullptr;
  exchanges_++;
  start_ = header(rank_).arrivals.load();
  if (bytes > room_ && !grow(bytes)) return nullptr;
  return parts_[rank_].memory + header_size + static_cast<int64_t>(exchanges_ % 2) * room_;
}

// Everybody needs more room at the same exchange.
bool SharedMemory::grow(int64_t bytes) {
  const int64_t room = (std::max(bytes, 2 * room_) + 4095) / 4096 * 4096;
  const int64_t size = header_size + 2 * room;
  const bool has_room = take(parts_[rank_].file, size);
  header(rank_).room.store(has_room ? room : -1);
  arrive();
  wait(1);
  for (size_t i = 0; i < parts_.size(); i++)
    is_full_ = is_full_ || header(static_cast<int>(i)).room.load() != room;
  // Before anyone says more of itself.
  arrive();
  wait(2);
  start_ += 2;
  for (size_t i = 0; i < parts_.size() && !is_full_; i++)
    TORCH_CHECK(map(parts_[i], size), "the memory shared by processes cannot be mapped");
  room_ = room;
  return !is_full_;
}

void SharedMemory::arrive() { header(rank_).arrivals.fetch_add(1, std::memory_order_release); }

void SharedMemory::wait(uint64_t arrivals) {
  for (size_t i = 0; i < parts_.size(); i++)
    if (static_cast<int>(i) != rank_) wait_for(static_cast<int>(i), start_ + arrivals);
}

void SharedMemory::wait_for(int rank, uint64_t target) {
  const auto &arrivals = header(rank).arrivals;
  const auto begin = Clock::now();
  for (int64_t turn = 0; arrivals.load(std::memory_order_acquire) < target; turn++) {
    rest(turn);
    if (turn % 1000 != 999) continue;
    TORCH_CHECK(is_alive(rank) || arrivals.load() >= target, "process ", rank, " has ended");
    TORCH_CHECK(Clock::now() - begin < patience_, "process ", rank, " did not answer for ",
                patience_.count() / 1000, " s");
  }
}

bool SharedMemory::is_alive(int rank) const {
  struct flock theirs;
  return lock(parts_[rank].file, F_OFD_GETLK, theirs) && theirs.l_type != F_UNLCK;
}

const char *SharedMemory::part(int rank) const {
  return parts_[rank].memory + header_size + static_cast<int64_t>(exchanges_ % 2) * room_;
}
