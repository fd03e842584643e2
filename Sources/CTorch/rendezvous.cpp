#include "rendezvous.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <mutex>
#include <tuple>

using namespace ct;
using Store = c10::intrusive_ptr<c10d::Store>;

namespace {
Store connect(const Rendezvous &at, std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(at.port);
  options.isServer = at.is_server;
  // The others may find the server before it is asked to wait for them.
  options.waitWorkers = false;
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(at.host, options);
}
}  // namespace

// What an earlier group wrote down stays in the server, so that each has keys of its own; and the server stays, or
// some would meet again at one that is about to go. Process 0 opens a group, the others join the newest that they have
// not joined yet: all come to the same, also after one has waited for the others in vain.
Store ct::store_of_group(const Rendezvous &at, std::chrono::milliseconds timeout) {
  if (!at.lasts) return c10::make_intrusive<c10d::PrefixStore>(at.keys, connect(at, timeout));
  struct Kept {
    Store store;
    int64_t joined = 0;
  };
  static std::mutex mutex;
  static auto &all = *new std::map<std::tuple<std::string, int, std::string, int>, Kept>;
  std::unique_lock lock(mutex);
  Kept &kept = all[std::make_tuple(at.host, at.port, at.keys, at.rank)];
  lock.unlock();
  // One thread of a process at a time makes its groups.
  if (!kept.store) kept.store = connect(at, timeout);
  // Each with a connection and a patience of its own.
  const Store store = kept.store->clone();
  store->setTimeout(timeout);
  const std::string count = at.keys + "/groups", open = at.keys + "/open-";
  if (at.rank == 0)
    store->set(open + std::to_string(store->add(count, 1)), "1");
  else
    store->wait({open + std::to_string(kept.joined + 1)});
  kept.joined = store->add(count, 0);
  return c10::make_intrusive<c10d::PrefixStore>(at.keys + "/" + std::to_string(kept.joined), store);
}

// The address by which this machine reaches another: a machine's name often stands for its loopback, which
// no other machine can answer.
std::string ct::own_address(const Rendezvous &at) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found) != 0 || !found)
    return "";
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  int handle = socket(found->ai_family, SOCK_DGRAM, 0);
  if (handle < 0) return "";
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  char text[NI_MAXHOST] = "";
  // Nothing is sent: the system only chooses the way.
  if (connect(handle, found->ai_addr, found->ai_addrlen) == 0 &&
      getsockname(handle, reinterpret_cast<sockaddr *>(&own), &length) == 0)
    getnameinfo(reinterpret_cast<sockaddr *>(&own), length, text, sizeof text, nullptr, 0,
                NI_NUMERICHOST);
  close(handle);
  return text;
}
