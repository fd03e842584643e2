// Where this library lies.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // dladdr
#endif
#include "ctorch.h"

#include <dlfcn.h>

const char *ct_library_path(void) {
  Dl_info place;
  const bool is_known = dladdr(reinterpret_cast<const void *>(&ct_library_path), &place) != 0;
  return is_known && place.dli_fname ? place.dli_fname : "";
}
