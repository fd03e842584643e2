// Imported by Swift. The generated header `ctorch_build.h` is found through pkg-config once the
// bootstrap has compiled the library, so its absence is the one way to notice a missing set-up.
#if __has_include(<ctorch_build.h>)
#include <ctorch_build.h>
#include "ctorch.h"
#else
#error "LibTorch is not set up: run `make setup` in the SwiftGAN checkout and build with PKG_CONFIG_PATH set to its .libtorch folder."
#endif
