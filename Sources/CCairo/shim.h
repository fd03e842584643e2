// Cairo as its own headers declare it, found by pkg-config.

#ifndef CCAIRO_SHIM_H
#define CCAIRO_SHIM_H

#include <cairo.h>
#include <cairo-svg.h>

#endif
