// What a network computes as a TorchScript module, and as a list of its operations.
#include "tracing.h"

#include <c10/util/Exception.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <array>
#include <memory>
#include <numeric>

namespace {
using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Stack;
using torch::jit::Value;

// Whether something has drawn random numbers since tracing began.
thread_local bool has_drawn = false;

struct Silence : c10::WarningHandler {
  void process(const c10::Warning &) override {}
};

// The module that owns a parameter, made where it is not there yet.
Module owner(Module module, const std::string &key, std::string &name) {
  size_t start = 0;
  for (size_t dot; (dot = key.find('.', start)) != std::string::npos; start = dot + 1) {
    const std::string part = key.substr(start, dot - start);
    if (!module.hasattr(part)) {
      Module child(c10::QualifiedName("__torch__.Part"), module._ivalue()->compilation_unit(), true);
      module.register_module(part, child);
    }
    module = module.attr(part).toModule();
  }
  name = key.substr(start);
  return module;
}

// Everything that a network is told besides its inputs.
struct Request {
  CTFunction function;
  void *context;
  std::vector<std::string> names;
  std::vector<at::Tensor> parameters;
  std::vector<std::string> keys;
};

struct Trace {
  Module module;
  std::shared_ptr<Graph> graph;
};

Trace traced(const Request &request, const std::vector<at::Tensor> &inputs) {
  Module module(c10::QualifiedName("__torch__.Network"));
  for (size_t i = 0; i < request.keys.size(); i++) {
    std::string name;
    Module place = owner(module, request.keys[i], name);
    const auto &value = request.parameters[i];
    value.requires_grad() ? place.register_parameter(name, value, false)
                          : place.register_buffer(name, value);
  }
  const auto body = [&](Stack stack) -> Stack {
    std::vector<CTTensor> handles;
    for (const auto &value : stack) handles.push_back(ct::wrap(value.toTensor()));
    CTTensor output = request.function(request.context, handles.data());
    TORCH_CHECK(output, "the network computes nothing");
    return {ct::unwrap(output)};
  };
  auto result = torch::jit::tracer::trace(
      Stack(inputs.begin(), inputs.end()), body, [](const at::Tensor &) { return std::string(); },
      /*strict=*/true, /*force_outplace=*/true, &module, request.names);
  auto graph = result.first->graph;
  torch::jit::EliminateDeadCode(graph);
  return {module, graph};
}

// --- Lengths that follow from the inputs -----------------------------------------------------

// A length that users may choose: where an input has it, and how long it was in two recordings.
struct Length {
  Value *input;
  int64_t axis, first, second;
};

// Of the first input its batch and, of images, its sides, as far as they were recorded at two values.
std::vector<Length> lengths(const Graph &graph, const std::vector<at::Tensor> &first,
                            const std::vector<at::Tensor> &second) {
  std::vector<Length> found;
  Value *input = const_cast<Value *>(graph.inputs()[1]);  // behind the module
  for (int64_t axis = 0; axis < first[0].dim(); axis++) {
    const auto a = first[0].size(axis), b = second[0].size(axis);
    if (a != b) found.push_back({input, axis, a, b});
  }
  return found;
}

// A number of both recordings as a share of a product of lengths; the fewer the better.
struct Share {
  std::vector<size_t> factors;
  int64_t numerator, denominator;
};

std::optional<Share> explained(int64_t a, int64_t b, const std::vector<Length> &lengths) {
  for (size_t count = 1; count <= lengths.size(); count++) {
    for (size_t set = 1; set < (size_t(1) << lengths.size()); set++) {
      Share share{{}, 1, 1};
      int64_t first = 1, second = 1;
      for (size_t i = 0; i < lengths.size(); i++) {
        if (!(set >> i & 1)) continue;
        share.factors.push_back(i);
        first *= lengths[i].first;
        second *= lengths[i].second;
      }
      if (share.factors.size() != count || a * second != b * first) continue;
      const int64_t divisor = std::gcd(a, first);
      share.numerator = a / divisor;
      share.denominator = first / divisor;
      return share;
    }
  }
  return {};
}

Value *integer(Graph &graph, c10::Symbol kind, Value *a, Value *b) {
  Node *node = graph.insertNode(graph.create(kind, {a, b}));
  node->output()->setType(c10::IntType::get());
  return node->output();
}

// The share of the inputs' lengths, computed at the place of insertion.
Value *computed(Graph &graph, const Share &share, const std::vector<Length> &lengths) {
  Value *product = nullptr;
  for (size_t index : share.factors) {
    const Length &length = lengths[index];
    Value *axis = graph.insertConstant(length.axis);
    Value *size = integer(graph, c10::aten::size, length.input, axis);
    product = product ? integer(graph, c10::aten::mul, product, size) : size;
  }
  if (share.numerator != 1)
    product = integer(graph, c10::aten::mul, product, graph.insertConstant(share.numerator));
  if (share.denominator != 1)
    product = integer(graph, c10::aten::floordiv, product, graph.insertConstant(share.denominator));
  return product;
}

std::string user(const Node *node) {
  const auto &uses = node->output()->uses();
  const Node *found = uses.empty() ? node : uses[0].user;
  if (found->kind() == c10::prim::ListConstruct && !found->output()->uses().empty())
    found = found->output()->uses()[0].user;
  return found->kind().toUnqualString();
}

// Whether two constants are the same, integers apart.
bool are_equal(const c10::IValue &a, const c10::IValue &b) {
  if (a.isTensor() && b.isTensor()) return at::equal(a.toTensor(), b.toTensor());
  return a == b;
}

// Lengths that differ between recordings are unknown.
void free_lengths(Value *first, const Value *second) {
  const auto a = first->type()->cast<c10::TensorType>(), b = second->type()->cast<c10::TensorType>();
  if (!a || !b) return;
  const auto own = a->sizes().concrete_sizes(), other = b->sizes().concrete_sizes();
  if (!own || !other) return;
  TORCH_CHECK(own->size() == other->size(), "the number of axes depends on their lengths");
  std::vector<std::optional<int64_t>> sizes;
  for (size_t i = 0; i < own->size(); i++) {
    sizes.push_back((*own)[i] == (*other)[i] ? std::optional((*own)[i]) : std::nullopt);
  }
  first->setType(a->withSymbolicShapes(c10::SymbolicShape(sizes)));
}

// Replaces each number that followed from the lengths of the inputs by what it follows from.
void generalize(Graph &graph, Graph &other, const std::vector<Length> &lengths) {
  std::vector<std::pair<Node *, Share>> shares;
  auto a = graph.nodes().begin(), b = other.nodes().begin();
  for (; a != graph.nodes().end() && b != other.nodes().end(); ++a, ++b) {
    TORCH_CHECK(a->kind() == b->kind() && a->outputs().size() == b->outputs().size() &&
                    a->inputs().size() == b->inputs().size(),
                "what is computed depends on the size of the input");
    for (size_t i = 0; i < a->outputs().size(); i++) free_lengths(a->outputs()[i], b->outputs()[i]);
    if (a->kind() != c10::prim::Constant) continue;
    const auto first = *torch::jit::toIValue(a->output()), second = *torch::jit::toIValue(b->output());
    if (first.isInt() && second.isInt()) {
      if (first.toInt() == second.toInt()) continue;
      const auto share = explained(first.toInt(), second.toInt(), lengths);
      TORCH_CHECK(share, "a number of ", user(*a), " depends on the size of the input");
      shares.push_back({*a, *share});
    } else {
      TORCH_CHECK(are_equal(first, second), "a constant of ", user(*a),
                  " depends on the size of the input");
    }
  }
  TORCH_CHECK(a == graph.nodes().end() && b == other.nodes().end(),
              "what is computed depends on the size of the input");
  for (size_t i = 0; i < graph.inputs().size(); i++) free_lengths(graph.inputs()[i], other.inputs()[i]);
  torch::jit::WithInsertPoint guard(*graph.nodes().begin());
  for (const auto &[node, share] : shares)
    node->output()->replaceAllUsesWith(computed(graph, share, lengths));
  torch::jit::EliminateDeadCode(graph.block());
}

// The keys of the parameters that matter, a line for each.
std::string used_keys(const Graph &graph) {
  std::string result;
  for (const Node *node : graph.nodes()) {
    if (node->kind() != c10::prim::GetAttr || node->output()->type()->is_module()) continue;
    std::string key = node->s(c10::attr::name);
    for (const Node *above = node->input()->node(); above->kind() == c10::prim::GetAttr;
         above = above->input()->node())
      key = above->s(c10::attr::name) + "." + key;
    result += key + "\n";
  }
  return result;
}

CTModule trace(const Request &request, const std::vector<at::Tensor> &first,
               const std::vector<at::Tensor> &second) {
  at::NoGradGuard no_gradients;
  Silence silence;
  c10::WarningUtils::WarningHandlerGuard guard(&silence);
  has_drawn = false;
  auto result = std::make_unique<CTModuleObject>();
  const Trace own = traced(request, first), other = traced(request, second);
  TORCH_CHECK(!has_drawn, "it draws random numbers");
  generalize(*own.graph, *other.graph, lengths(*own.graph, first, second));
  result->module = own.module;
  result->keys = used_keys(*own.graph);
  auto forward = result->module._ivalue()->compilation_unit()->create_function(
      c10::QualifiedName(*result->module.type()->name(), "forward"), own.graph);
  result->module.type()->addMethod(forward);
  return result.release();
}

std::vector<std::string> strings(const char *const *values, int count) {
  return std::vector<std::string>(values, values + count);
}
}  // namespace

void ct::note_draw() { has_drawn = true; }

extern "C" CTModule ct_trace(CTFunction function, void *context, const CTTensor *first,
                             const CTTensor *second, const char *const *input_names, int n,
                             const CTTensor *parameters, const char *const *keys,
                             int parameter_count) {
  try {
    const Request request{function, context, strings(input_names, n),
                          ct::list(parameters, parameter_count), strings(keys, parameter_count)};
    return trace(request, ct::list(first, n), ct::list(second, n));
  }
  CT_CATCH(nullptr)
}
extern "C" void ct_module_release(CTModule module) { delete module; }
extern "C" const char *ct_module_keys(CTModule module) { return module->keys.c_str(); }
CT_TENSOR(ct_module_constant(CTModule module, int64_t index),
          module->constants.at(static_cast<size_t>(index)))
CT_TENSOR(ct_module_run(CTModule module, const CTTensor *inputs, int n), [&] {
  at::NoGradGuard guard;
  const auto tensors = list(inputs, n);
  return module->module.forward(Stack(tensors.begin(), tensors.end())).toTensor();
}())
CT_STATUS(ct_module_save(CTModule module, const char *path, const char *facts),
          module->module.save(path, {{"swiftgan.json", facts}}))
