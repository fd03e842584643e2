#!/usr/bin/env python3
"""Writes the C++ of the library that programs link with in place of the one that needs LibTorch.

    Scripts/forward_ctorch.py Sources/CTorch/ctorch.h ENGINE > forwarders.cpp

To load LibTorch takes a third of a second and 90 MB, which what only prints or reads files need not wait for. So
programs link with a library of as many functions of the same names, each of which opens the file ENGINE beside it
with the first call of any.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

FUNCTION = re.compile(r"^([A-Za-z_][\w\s*]*?)\b(ct_\w+)\(([^()]*)\);", re.MULTILINE)
HEAD = """\
// Made by Scripts/forward_ctorch.py of ctorch.h.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "ctorch.h"

namespace {
[[noreturn]] void stop(const char *reason) {
  std::fprintf(stderr, "gan: LibTorch cannot be loaded: %s; `make setup` installs it\\n", reason);
  std::_Exit(1);
}

void *open_engine() {
  Dl_info own;
  std::string path = ENGINE;
  if (dladdr(reinterpret_cast<const void *>(&open_engine), &own) && own.dli_fname) {
    const std::string place = own.dli_fname;
    path = place.substr(0, place.rfind('/') + 1) + path;
  }
  void *engine = dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (!engine) stop(dlerror());
  return engine;
}

// Once, whichever thread comes first.
void *found(const char *name) {
  static void *engine = open_engine();
  void *function = dlsym(engine, name);
  if (!function) stop(dlerror());
  return function;
}
}  // namespace
"""


def declarations(header: str) -> list[tuple[str, str, list[str]]]:
    """Result, name and parameters of every function."""
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", header, flags=re.DOTALL)
    found = [
        (" ".join(result.split()), name, [" ".join(p.split()) for p in parameters.split(",")])
        for result, name, parameters in FUNCTION.findall(code)
    ]
    if (count := len(re.findall(r"\bct_\w+\s*\(", code))) != len(found):
        sys.exit(f"forward_ctorch: {count} functions are declared, {len(found)} were understood")
    return [(result, name, [] if parameters == ["void"] else parameters) for result, name, parameters in found]


def forwarder(result: str, name: str, parameters: list[str]) -> str:
    """A function that calls the engine's of the same name."""
    names = [re.search(r"(\w+)$", parameter).group(1) for parameter in parameters]  # type: ignore[union-attr]
    returns = "" if result == "void" else "return "
    return (
        f'extern "C" {result} {name}({", ".join(parameters) or "void"}) {{\n'
        f'  static const auto engine = reinterpret_cast<decltype(&{name})>(found("{name}"));\n'
        f"  {returns}engine({', '.join(names)});\n"
        "}\n"
    )


def main() -> None:
    """Writes the file to standard output."""
    header, engine = Path(sys.argv[1]), sys.argv[2]
    functions = declarations(header.read_text())
    print("\n".join([HEAD.replace("ENGINE", f'"{engine}"'), *(forwarder(*f) for f in functions)]))


if __name__ == "__main__":
    main()
