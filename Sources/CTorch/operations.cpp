// The operations of a recorded network as JSON.
#include "tracing.h"

#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/lower_graph.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace {
using torch::jit::Node;
using torch::jit::Value;

void put(std::ostream &out, const std::string &text) {
  out << '"';
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') out << '\\' << c;
    else if (c < 32) out << ' ';
    else out << c;
  }
  out << '"';
}

// JSON has no infinite numbers; the largest ones bound no less.
void put(std::ostream &out, double number) {
  out.precision(17);
  out << (std::isinf(number) ? std::copysign(double(std::numeric_limits<float>::max()), number)
                             : number);
}

template <typename List, typename Each>
void put(std::ostream &out, const List &list, Each each) {
  out << '[';
  bool is_first = true;
  for (const auto &element : list) {
    if (!is_first) out << ',';
    is_first = false;
    each(element);
  }
  out << ']';
}

void put(std::ostream &out, const c10::IValue &value, std::vector<at::Tensor> &tensors) {
  if (value.isNone()) out << "null";
  else if (value.isBool()) out << (value.toBool() ? "true" : "false");
  else if (value.isInt()) out << value.toInt();
  else if (value.isDouble()) put(out, value.toDouble());
  else if (value.isString()) put(out, value.toStringRef());
  else if (value.isList()) put(out, value.toListRef(), [&](const auto &e) { put(out, e, tensors); });
  else if (value.isTensor()) {
    out << "{\"tensor\":" << tensors.size() << '}';
    tensors.push_back(value.toTensor());
  } else if (value.isDevice()) put(out, value.toDevice().str());
  else TORCH_CHECK(false, "a constant of type ", value.tagKind(), " in the graph");
}

// Lengths that users may choose are -1.
void put(std::ostream &out, const Value *value) {
  out << "{\"name\":";
  put(out, value->debugName());
  if (auto type = value->type()->cast<c10::TensorType>()) {
    if (auto sizes = type->sizes().sizes()) {
      out << ",\"shape\":";
      put(out, *sizes, [&](const auto &side) { out << side.value_or(-1); });
    }
    if (auto scalar = type->scalarType()) out << ",\"type\":" << static_cast<int>(*scalar);
  }
  out << '}';
}

void put(std::ostream &out, const Node *node, std::vector<at::Tensor> &tensors) {
  const auto one = [&](const Value *value) { put(out, value); };
  TORCH_CHECK(node->blocks().empty(), "the graph has branches");
  out << "{\"kind\":";
  put(out, std::string(node->kind().toQualString()));
  out << ",\"inputs\":";
  put(out, node->inputs(), one);
  out << ",\"outputs\":";
  put(out, node->outputs(), one);
  if (node->kind() == c10::prim::Constant) {
    out << ",\"value\":";
    put(out, *torch::jit::toIValue(node->output()), tensors);
  }
  out << '}';
}

// Everything that does not depend on the inputs is computed now: the parameters, which are constants to who only uses
// the network, and what is made of them, such as weights divided by their largest singular value.
std::string operations(const torch::jit::Module &module, std::vector<at::Tensor> &tensors) {
  auto graph = module.get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  auto [lowered, parameters] = torch::jit::LowerGraph(*graph, module._ivalue());
  const size_t own = lowered->inputs().size() - parameters.size();
  for (size_t i = parameters.size(); i-- > 0;) {
    torch::jit::WithInsertPoint guard(lowered->block()->param_node()->next());
    Value *constant = lowered->insertConstant(parameters[i].toTensor().detach());
    lowered->inputs()[own + i]->replaceAllUsesWith(constant);
    lowered->eraseInput(own + i);
  }
  torch::jit::ConstantPropagation(lowered);
  torch::jit::EliminateDeadCode(lowered);
  std::ostringstream out;
  const auto one = [&](const Value *value) { put(out, value); };
  out << "{\"inputs\":";
  put(out, lowered->inputs(), one);
  out << ",\"outputs\":";
  put(out, lowered->outputs(), one);
  out << ",\"nodes\":";
  put(out, lowered->nodes(), [&](const Node *node) { put(out, node, tensors); });
  out << '}';
  return out.str();
}
}  // namespace

extern "C" const char *ct_module_operations(CTModule module) {
  try {
    if (module->operations.empty()) module->operations = operations(module->module, module->constants);
    return module->operations.c_str();
  }
  CT_CATCH(nullptr)
}
