// BMP decoding: uncompressed pictures of 1 to 32 bits a pixel, as Windows and OS/2 write them.

#include <stdio.h>
#include <string.h>

#include "CImage.h"

enum { file_header = 14, plain = 0, run_length_8 = 1, run_length_4 = 2, masked = 3, masked_alpha = 6 };

typedef struct {
  const uint8_t *data;
  size_t length;
  uint32_t width, height;
  int bits;
  int top_down;
  size_t start;
  // Colours of up to 8 bits, each blue, green, red and perhaps a byte of nothing.
  const uint8_t *palette;
  uint32_t colours;
  int colour_size;
  int grey;
  // Red, green, blue, alpha of 16 and 32 bits.
  uint32_t masks[4];
} picture;

static uint32_t number(const uint8_t *from, int bytes) {
  uint32_t value = 0;
  for (int i = bytes - 1; i >= 0; i--) value = value << 8 | from[i];
  return value;
}

static ci_status fail(char *error, ci_status status, const char *message) {
  snprintf(error, CI_ERROR_CAPACITY, "%s", message);
  return status;
}

static int is_grey(const picture *file) {
  for (uint32_t i = 0; i < file->colours; i++) {
    const uint8_t *colour = file->palette + i * (uint32_t)file->colour_size;
    if (colour[0] != colour[1] || colour[1] != colour[2]) return 0;
  }
  return 1;
}

static ci_status read_palette(picture *file, size_t place, uint32_t used, char *error) {
  uint32_t most = 1u << file->bits;
  file->colours = used == 0 || used > most ? most : used;
  size_t room = place <= file->start ? (file->start - place) / (size_t)file->colour_size : 0;
  // Some writers leave out the colours that they do not use.
  if (room < file->colours) file->colours = (uint32_t)room;
  if (place + (size_t)file->colours * (size_t)file->colour_size > file->length) {
    return fail(error, CI_ENDS_EARLY, "BMP data ends early");
  }
  file->palette = file->data + place;
  file->grey = is_grey(file);
  return CI_OK;
}

static ci_status read_masks(picture *file, uint32_t size, uint32_t compression, char *error) {
  static const uint32_t masks_16[] = {0x7c00, 0x3e0, 0x1f, 0};
  static const uint32_t masks_32[] = {0xff0000, 0xff00, 0xff, 0};
  memcpy(file->masks, file->bits == 16 ? masks_16 : masks_32, sizeof file->masks);
  if (compression == plain) return CI_OK;
  // Behind the oldest header, inside the newer ones: the same place.
  int count = compression == masked_alpha || size >= 56 ? 4 : 3;
  if (file->length < file_header + 40 + (size_t)count * 4) {
    return fail(error, CI_ENDS_EARLY, "BMP data ends early");
  }
  for (int i = 0; i < count; i++) file->masks[i] = number(file->data + file_header + 40 + 4 * i, 4);
  return CI_OK;
}

static ci_status open_picture(
    picture *file, const uint8_t *data, size_t length, char *error) {
  memset(file, 0, sizeof *file);
  file->data = data;
  file->length = length;
  if (length < file_header + 12) return fail(error, CI_ENDS_EARLY, "BMP data ends early");
  uint32_t size = number(data + 14, 4), compression = plain, used = 0;
  file->start = number(data + 10, 4);
  if (size == 12) {
    file->width = number(data + 18, 2);
    file->height = number(data + 20, 2);
    file->bits = (int)number(data + 24, 2);
    file->colour_size = 3;
  } else {
    if (size < 40 || size > 1024) return fail(error, CI_BAD_DATA, "damaged BMP: unknown header");
    if (length < file_header + 40) return fail(error, CI_ENDS_EARLY, "BMP data ends early");
    int32_t width = (int32_t)number(data + 18, 4), height = (int32_t)number(data + 22, 4);
    if (width <= 0 || height == 0 || height == INT32_MIN) {
      return fail(error, CI_BAD_DATA, "damaged BMP: no size");
    }
    file->width = (uint32_t)width;
    file->height = (uint32_t)(height < 0 ? -height : height);
    file->top_down = height < 0;
    file->bits = (int)number(data + 28, 2);
    compression = number(data + 30, 4);
    used = number(data + 46, 4);
    file->colour_size = 4;
  }
  if (compression == run_length_8 || compression == run_length_4) {
    return fail(error, CI_BAD_DATA, "a BMP with run lengths; only uncompressed ones are read");
  }
  int wide = file->bits == 16 || file->bits == 32;
  int has_masks = wide && (compression == masked || compression == masked_alpha);
  if (compression != plain && !has_masks) {
    return fail(error, CI_BAD_DATA, "a compressed BMP; only uncompressed ones are read");
  }
  if (wide) return read_masks(file, size, compression, error);
  if (file->bits == 24) return CI_OK;
  if (file->bits != 1 && file->bits != 4 && file->bits != 8) {
    return fail(error, CI_BAD_DATA, "damaged BMP: unknown number of bits");
  }
  return read_palette(file, file_header + size, used, error);
}

static void fill_header(const picture *file, ci_header *header) {
  memset(header, 0, sizeof *header);
  header->width = file->width;
  header->height = file->height;
  header->channels = file->palette && file->grey ? 1 : 3;
  header->alpha = file->masks[3] != 0;
  header->depth = 8;
  header->working_bytes = header->channels + header->alpha;
  header->mode = !file->palette ? (header->alpha ? "RGBA" : "RGB") : file->grey ? "grey" : "palette";
}

// The bits of a mask as 0 to 255.
static uint8_t masked_value(uint32_t pixel, uint32_t mask) {
  if (!mask) return 0;
  int shift = 0;
  while (!(mask >> shift & 1)) shift++;
  uint64_t most = mask >> shift, value = (pixel & mask) >> shift;
  return (uint8_t)((value * 255 + most / 2) / most);
}

// Puts one pixel and returns whether it has a colour.
static int put_pixel(const picture *file, const uint8_t *row, uint32_t x, uint8_t *to, int channels) {
  if (file->palette) {
    unsigned per_byte = 8u / (unsigned)file->bits, shift = 8u - (x % per_byte + 1) * (unsigned)file->bits;
    uint32_t index = row[x / per_byte] >> shift & ((1u << file->bits) - 1);
    if (index >= file->colours) return 0;
    const uint8_t *colour = file->palette + index * (uint32_t)file->colour_size;
    for (int c = 0; c < channels; c++) to[c] = colour[2 - c];
    return 1;
  }
  if (file->bits == 24) {
    for (int c = 0; c < 3; c++) to[c] = row[3 * (size_t)x + 2 - (size_t)c];
    return 1;
  }
  size_t bytes = (size_t)file->bits / 8;
  uint32_t pixel = number(row + x * bytes, (int)bytes);
  for (int c = 0; c < (file->masks[3] ? 4 : 3); c++) to[c] = masked_value(pixel, file->masks[c]);
  return 1;
}

ci_status ci_bmp_header(const uint8_t *data, size_t length, ci_header *header, char *error) {
  picture file;
  ci_status status = open_picture(&file, data, length, error);
  if (status == CI_OK) fill_header(&file, header);
  return status;
}

ci_status ci_bmp_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error) {
  picture file;
  ci_header header;
  ci_status status = open_picture(&file, data, length, error);
  if (status != CI_OK) return status;
  fill_header(&file, &header);
  size_t row_length = ((size_t)file.width * (size_t)file.bits + 31) / 32 * 4;
  size_t stride = (size_t)file.width * (size_t)header.working_bytes;
  if (capacity / stride < file.height) return fail(error, CI_BAD_DATA, "output buffer is too small");
  if (file.start > length || (length - file.start) / row_length < file.height) {
    return fail(error, CI_ENDS_EARLY, "BMP data ends early");
  }
  for (uint32_t y = 0; y < file.height; y++) {
    const uint8_t *row = data + file.start + (file.top_down ? y : file.height - 1 - y) * row_length;
    for (uint32_t x = 0; x < file.width; x++) {
      uint8_t *to = pixels + y * stride + (size_t)x * (size_t)header.working_bytes;
      if (!put_pixel(&file, row, x, to, header.channels)) {
        return fail(error, CI_BAD_DATA, "damaged BMP: a colour that is not in its palette");
      }
    }
  }
  return CI_OK;
}
