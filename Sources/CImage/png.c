// PNG decoding. libpng reports failures with longjmp; the jumps end in this file.

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "CImage.h"

typedef struct {
  jmp_buf failed;
  const uint8_t *next;
  size_t left;
  ci_status status;
  char *error;
} reader;

static void fail(png_structp png, png_const_charp message) {
  reader *state = png_get_error_ptr(png);
  snprintf(state->error, CI_ERROR_CAPACITY, "damaged PNG: %s", message);
  state->status = CI_BAD_DATA;
  longjmp(state->failed, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void read_bytes(png_structp png, png_bytep to, png_size_t count) {
  reader *state = png_get_io_ptr(png);
  if (count > state->left) {
    snprintf(state->error, CI_ERROR_CAPACITY, "PNG data ends early");
    state->status = CI_ENDS_EARLY;
    longjmp(state->failed, 1);
  }
  memcpy(to, state->next, count);
  state->next += count;
  state->left -= count;
}

static const char *mode_name(int color_type, int bit_depth, int transparent) {
  int deep = bit_depth == 16;
  switch (color_type) {
  case PNG_COLOR_TYPE_PALETTE:
    return transparent ? "palette+alpha" : "palette";
  case PNG_COLOR_TYPE_GRAY:
    if (transparent) return deep ? "grey+alpha 16-bit" : "grey+alpha";
    return deep ? "grey 16-bit" : "grey";
  case PNG_COLOR_TYPE_GRAY_ALPHA:
    return deep ? "grey+alpha 16-bit" : "grey+alpha";
  case PNG_COLOR_TYPE_RGB:
    if (transparent) return deep ? "RGBA 16-bit" : "RGBA";
    return deep ? "RGB 16-bit" : "RGB";
  default:
    return deep ? "RGBA 16-bit" : "RGBA";
  }
}

// Reads up to the first image data and fills in `header`. Called with the jump buffer set.
static void read_header(png_structp png, png_infop info, reader *state, ci_header *header) {
  png_set_read_fn(png, state, read_bytes);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_read_info(png, info);
  int color_type = png_get_color_type(png, info);
  int transparent = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  int alpha = transparent || (color_type & PNG_COLOR_MASK_ALPHA) != 0;
  header->width = png_get_image_width(png, info);
  header->height = png_get_image_height(png, info);
  header->channels = (color_type & PNG_COLOR_MASK_COLOR) ? 3 : 1;
  header->alpha = alpha;
  header->depth = png_get_bit_depth(png, info) == 16 ? 16 : 8;
  header->working_bytes = (header->channels + alpha) * header->depth / 8;
  header->more_frames = 0;
  header->mode = mode_name(color_type, png_get_bit_depth(png, info), transparent);
}

// Rows go straight to the caller's buffer; an interlaced file visits each row several times.
static void read_pixels(png_structp png, png_infop info, uint8_t *pixels, size_t stride) {
  png_set_expand(png);
  uint16_t one = 1;
  // 16-bit samples stand in the file with the large byte first.
  if (*(uint8_t *)&one) png_set_swap(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != stride) png_error(png, "unexpected row length");
  png_uint_32 height = png_get_image_height(png, info);
  for (int pass = 0; pass < passes; pass++) {
    for (png_uint_32 y = 0; y < height; y++) png_read_row(png, pixels + y * stride, NULL);
  }
  png_read_end(png, NULL);
}

static ci_status finish(png_structp *png, png_infop *info, const reader *state) {
  png_destroy_read_struct(png, info, NULL);
  return state->status;
}

// One pass over the file: the header only when `pixels` is null.
static ci_status run(
    reader *state, ci_header *header, uint8_t *pixels, size_t capacity) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, state, fail, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    snprintf(state->error, CI_ERROR_CAPACITY, "no memory for the PNG decoder");
    state->status = CI_BAD_DATA;
    return finish(&png, &info, state);
  }
  if (setjmp(state->failed)) return finish(&png, &info, state);
  read_header(png, info, state, header);
  if (!pixels) return finish(&png, &info, state);
  size_t stride = (size_t)header->width * (size_t)header->working_bytes;
  if (capacity / stride < header->height) png_error(png, "output buffer is too small");
  read_pixels(png, info, pixels, stride);
  return finish(&png, &info, state);
}

ci_status ci_png_header(const uint8_t *data, size_t length, ci_header *header, char *error) {
  reader state = {.next = data, .left = length, .status = CI_OK, .error = error};
  return run(&state, header, NULL, 0);
}

ci_status ci_png_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error) {
  reader state = {.next = data, .left = length, .status = CI_OK, .error = error};
  ci_header header;
  return run(&state, &header, pixels, capacity);
}
