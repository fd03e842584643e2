// Shared by the files that record networks.
#pragma once

#include "support.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

struct CTModuleObject {
  torch::jit::Module module;
  // The keys of the parameters that matter, a line for each.
  std::string keys;
  // What `ct_module_operations` has made.
  std::string operations;
  std::vector<at::Tensor> constants;
};
