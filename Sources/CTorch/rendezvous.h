// Where processes find each other.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <string>

namespace ct {

struct Rendezvous {
  std::string host, keys;
  int port, rank;
  bool is_server;
  // Whether the same processes may meet there again, and nobody else does.
  bool lasts;
};

// A store for one group of the processes.
c10::intrusive_ptr<c10d::Store> store_of_group(const Rendezvous &at, std::chrono::milliseconds timeout);

// The address by which this machine reaches that one; nothing where it does not.
std::string own_address(const Rendezvous &at);

}  // namespace ct
