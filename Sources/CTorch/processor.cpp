// What the processor is and can do, as it says itself.
#include "ctorch.h"

#include <initializer_list>
#include <string>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

namespace {
struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};
// All zero where the processor does not know the leaf.
Registers identify(unsigned leaf, unsigned subleaf = 0) {
  Registers r;
  if (!__get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d)) return {};
  return r;
}
std::string text(std::initializer_list<unsigned> words) {
  std::string result;
  for (unsigned word : words) result.append(reinterpret_cast<const char *>(&word), 4);
  return result.c_str();  // up to the first zero
}
std::string vendor() {
  const auto r = identify(0);
  return text({r.b, r.d, r.c});
}
std::string model() {
  std::string result;
  for (unsigned leaf = 0x80000002; leaf <= 0x80000004; leaf++) {
    const auto r = identify(leaf);
    result += text({r.a, r.b, r.c, r.d});
  }
  return result;
}
// Which registers the operating system keeps; instructions on others fail although they are there.
unsigned kept_registers() {
  constexpr unsigned os_uses_xsave = 1u << 27;
  if (!(identify(1).c & os_uses_xsave)) return 0;
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}
int features() {
  const unsigned kept = kept_registers();
  const bool ymm = (kept & 0x6) == 0x6;
  const bool zmm = (kept & 0xe6) == 0xe6;
  const bool tiles = (kept & 0x60000) == 0x60000;
  const auto first = identify(7, 0), second = identify(7, 1);
  const auto has = [](unsigned word, int bit) { return (word >> bit & 1u) != 0; };
  int found = 0;
  if (ymm && has(first.b, 5)) found |= CT_AVX2;
  if (zmm && has(first.b, 16)) found |= CT_AVX512F;
  if (zmm && has(second.a, 5)) found |= CT_AVX512_BF16;
  if (tiles && has(first.d, 22)) found |= CT_AMX_BF16;
  return found;
}
}  // namespace
#else
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

namespace {
std::string vendor() { return ""; }
std::string model() {
#ifdef __APPLE__
  char name[128] = "";
  size_t size = sizeof(name);
  if (sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0) return name;
#endif
#ifdef __aarch64__
  return "aarch64";
#else
  return "";
#endif
}
int features() { return 0; }
}  // namespace
#endif

extern "C" {
const char *ct_processor_vendor(void) {
  static const std::string found = vendor();
  return found.c_str();
}
const char *ct_processor_model(void) {
  static const std::string found = model();
  return found.c_str();
}
int ct_processor_features(void) {
  static const int found = features();
  return found;
}
}
