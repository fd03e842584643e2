// TIFF decoding. libtiff reads from memory here and reports into our message.

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "CImage.h"

typedef struct {
  const uint8_t *data;
  uint64_t length;
  uint64_t position;
  char *error;
} reader;

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t count) {
  reader *state = handle;
  if (count < 0 || state->position >= state->length) return 0;
  uint64_t left = state->length - state->position;
  uint64_t got = (uint64_t)count < left ? (uint64_t)count : left;
  memcpy(to, state->data + state->position, got);
  state->position += got;
  return (tmsize_t)got;
}

static tmsize_t write_nothing(thandle_t handle, void *from, tmsize_t count) {
  (void)handle, (void)from, (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  reader *state = handle;
  uint64_t base = whence == SEEK_CUR ? state->position : whence == SEEK_END ? state->length : 0;
  state->position = base + offset;
  return state->position;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size(thandle_t handle) { return ((reader *)handle)->length; }

static int map_nothing(thandle_t handle, void **base, toff_t *length) {
  (void)handle, (void)base, (void)length;
  return 0;
}

static void unmap_nothing(thandle_t handle, void *base, toff_t length) {
  (void)handle, (void)base, (void)length;
}

// Only the first message counts: those after it follow from it.
static void note(reader *state, const char *format, va_list arguments) {
  if (state->error[0]) return;
  int start = snprintf(state->error, CI_ERROR_CAPACITY, "damaged TIFF: ");
  vsnprintf(state->error + start, CI_ERROR_CAPACITY - (size_t)start, format, arguments);
}

#if TIFFLIB_VERSION >= 20221213

// Handlers of one file, so that those of the program stay as they are.
static int take_error(
    TIFF *tiff, void *state, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)module;
  note(state, format, arguments);
  return 1;
}

static int ignore_warning(
    TIFF *tiff, void *state, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)state, (void)module, (void)format, (void)arguments;
  return 1;
}

static TIFF *open_file(reader *state) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetErrorHandlerExtR(options, take_error, state);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, state);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)1 << 30);
  TIFF *tiff = TIFFClientOpenExt(
      "memory", "rm", state, read_bytes, write_nothing, seek, close_nothing, size, map_nothing,
      unmap_nothing, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

#else

// Before 4.5 libtiff has handlers for the whole process only.
static _Thread_local reader *current;

static void take_error(const char *module, const char *format, va_list arguments) {
  (void)module;
  if (current) note(current, format, arguments);
}

static TIFF *open_file(reader *state) {
  TIFFSetErrorHandler(take_error);
  TIFFSetWarningHandler(NULL);
  current = state;
  return TIFFClientOpen(
      "memory", "rm", state, read_bytes, write_nothing, seek, close_nothing, size, map_nothing,
      unmap_nothing);
}

#endif

// How the samples lie in the file.
typedef struct {
  uint16_t bits;
  uint16_t samples;
  uint16_t photometric;
  // The first sample behind the colours is an alpha, multiplied into the colours or not.
  int alpha;
  int multiplied;
  // Rows can be copied as they are; else libtiff converts them to 8 bits.
  int direct;
} layout;

static int read_layout(TIFF *tiff, reader *state, layout *found, ci_header *header) {
  uint16_t planar = 0, format = 0, extra_count = 0, *extras = NULL;
  memset(found, 0, sizeof *found);
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &header->width)
      || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &header->height)
      || !TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &found->photometric)) {
    return 0;
  }
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &found->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &found->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extras);
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) {
    snprintf(
        state->error, CI_ERROR_CAPACITY, "TIFF of %s samples; unsigned ones of up to 16 bits are read",
        format == SAMPLEFORMAT_IEEEFP ? "floating-point" : "signed or complex");
    return 0;
  }
  int grey = found->photometric == PHOTOMETRIC_MINISBLACK
             || found->photometric == PHOTOMETRIC_MINISWHITE;
  int rgb = found->photometric == PHOTOMETRIC_RGB;
  header->channels = grey ? 1 : 3;
  found->alpha = extra_count > 0 && extras[0] != EXTRASAMPLE_UNSPECIFIED
                 && found->samples > header->channels;
  found->multiplied = found->alpha && extras[0] == EXTRASAMPLE_ASSOCALPHA;
  found->direct = (grey || rgb) && found->samples >= header->channels && found->samples <= 64
                  && (found->bits == 8 || found->bits == 16)
                  && (planar == PLANARCONFIG_CONTIG || found->samples == 1);
  return 1;
}

static const char *mode_name(const layout *found, int channels) {
  int deep = found->direct && found->bits == 16;
  if (found->photometric == PHOTOMETRIC_PALETTE) return "palette";
  if (found->photometric == PHOTOMETRIC_YCBCR) return "YCbCr";
  if (found->photometric == PHOTOMETRIC_SEPARATED) return "CMYK";
  if (channels == 1) {
    if (found->alpha) return deep ? "grey+alpha 16-bit" : "grey+alpha";
    return deep ? "grey 16-bit" : "grey";
  }
  if (found->alpha) return deep ? "RGBA 16-bit" : "RGBA";
  return deep ? "RGB 16-bit" : "RGB";
}

static void fill_header(TIFF *tiff, const layout *found, ci_header *header) {
  header->alpha = found->alpha;
  header->depth = found->direct && found->bits == 16 ? 16 : 8;
  header->working_bytes = (header->channels + header->alpha) * header->depth / 8;
  header->more_frames = !TIFFLastDirectory(tiff);
  header->mode = mode_name(found, header->channels);
}

static uint32_t sample(const uint8_t *from, const layout *found, size_t index) {
  if (found->bits == 8) return from[index];
  uint16_t value;
  memcpy(&value, from + 2 * index, 2);
  return value;
}

static void put(uint8_t *to, const layout *found, size_t index, uint32_t value) {
  uint16_t deep = (uint16_t)value;
  if (found->bits == 8) to[index] = (uint8_t)value;
  else memcpy(to + 2 * index, &deep, 2);
}

// Copies pixels; colours that carry their alpha are divided by it.
static void copy_pixels(
    const uint8_t *from, uint8_t *to, size_t count, const layout *found, int channels) {
  uint32_t most = found->bits == 8 ? 255 : 65535;
  size_t wide = (size_t)(channels + found->alpha);
  for (size_t i = 0; i < count; i++) {
    uint32_t alpha = found->alpha ? sample(from, found, i * found->samples + (size_t)channels) : most;
    for (int c = 0; c < channels; c++) {
      uint32_t value = sample(from, found, i * found->samples + (size_t)c);
      if (found->multiplied) {
        uint32_t whole = alpha ? (uint32_t)(((uint64_t)value * most + alpha / 2) / alpha) : 0;
        value = whole < most ? whole : most;
      }
      if (found->photometric == PHOTOMETRIC_MINISWHITE) value = most - value;
      put(to, found, i * wide + (size_t)c, value);
    }
    if (found->alpha) put(to, found, i * wide + (size_t)channels, alpha);
  }
}

static int read_rows(TIFF *tiff, const layout *found, const ci_header *header, uint8_t *pixels) {
  size_t stride = (size_t)header->width * (size_t)header->working_bytes;
  tmsize_t length = TIFFScanlineSize(tiff);
  if (length < (tmsize_t)((size_t)header->width * found->samples * (found->bits / 8u))) return 0;
  uint8_t *row = malloc((size_t)length);
  int good = row != NULL;
  for (uint32_t y = 0; good && y < header->height; y++) {
    good = TIFFReadScanline(tiff, row, y, 0) == 1;
    if (good) copy_pixels(row, pixels + y * stride, header->width, found, header->channels);
  }
  free(row);
  return good;
}

static int read_tiles(TIFF *tiff, const layout *found, const ci_header *header, uint8_t *pixels) {
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  size_t wide = (size_t)found->samples * (found->bits / 8u);
  tmsize_t length = TIFFTileSize(tiff);
  if (!width || !height || length < (tmsize_t)(width * wide * height)) return 0;
  uint8_t *tile = malloc((size_t)length);
  int good = tile != NULL;
  for (uint32_t top = 0; good && top < header->height; top += height) {
    for (uint32_t left = 0; good && left < header->width; left += width) {
      good = TIFFReadTile(tiff, tile, left, top, 0, 0) >= 0;
      uint32_t rows = header->height - top < height ? header->height - top : height;
      uint32_t columns = header->width - left < width ? header->width - left : width;
      for (uint32_t y = 0; good && y < rows; y++) {
        uint8_t *to = pixels
                      + ((size_t)(top + y) * header->width + left) * (size_t)header->working_bytes;
        copy_pixels(tile + y * width * wide, to, columns, found, header->channels);
      }
    }
  }
  free(tile);
  return good;
}

// Everything that is not plain grey or RGB: libtiff makes 8-bit RGBA of it, colours multiplied by alpha.
static int read_converted(
    TIFF *tiff, reader *state, const layout *found, const ci_header *header, uint8_t *pixels) {
  char text[1024] = "";
  TIFFRGBAImage image;
  size_t count = (size_t)header->width * header->height;
  uint32_t *raster = NULL;
  int good = TIFFRGBAImageOK(tiff, text) && TIFFRGBAImageBegin(&image, tiff, 1, text);
  if (good) {
    // Rows stay in the order of the file; turning them is done elsewhere, for all formats alike.
    image.req_orientation = image.orientation;
    raster = malloc(count * sizeof *raster);
    good = raster && TIFFRGBAImageGet(&image, raster, header->width, header->height);
    TIFFRGBAImageEnd(&image);
  }
  layout eight = {.bits = 8, .samples = 4, .photometric = PHOTOMETRIC_RGB, .alpha = found->alpha};
  eight.multiplied = found->alpha;
  for (size_t i = 0; good && i < count; i++) {
    uint8_t pixel[4] = {
        TIFFGetR(raster[i]), TIFFGetG(raster[i]), TIFFGetB(raster[i]), TIFFGetA(raster[i])};
    if (header->channels == 1) pixel[1] = pixel[3];
    eight.samples = 4;
    copy_pixels(pixel, pixels + i * (size_t)header->working_bytes, 1, &eight, header->channels);
  }
  free(raster);
  if (!good && !state->error[0]) {
    snprintf(state->error, CI_ERROR_CAPACITY, "TIFF that is not read: %.200s", text);
  }
  return good;
}

static ci_status run(
    const uint8_t *data, size_t length, ci_header *header, uint8_t *pixels, size_t capacity,
    char *error) {
  reader state = {.data = data, .length = length, .error = error};
  layout found;
  error[0] = 0;
  memset(header, 0, sizeof *header);
  TIFF *tiff = open_file(&state);
  int good = tiff && read_layout(tiff, &state, &found, header);
  if (good) fill_header(tiff, &found, header);
  if (good && pixels) {
    size_t stride = (size_t)header->width * (size_t)header->working_bytes;
    if (!stride || capacity / stride < header->height) good = 0;
    else if (!found.direct) good = read_converted(tiff, &state, &found, header, pixels);
    else if (TIFFIsTiled(tiff)) good = read_tiles(tiff, &found, header, pixels);
    else good = read_rows(tiff, &found, header, pixels);
  }
  if (tiff) TIFFClose(tiff);
  if (good) return CI_OK;
  if (!error[0]) snprintf(error, CI_ERROR_CAPACITY, "damaged TIFF");
  return CI_BAD_DATA;
}

ci_status ci_tiff_header(const uint8_t *data, size_t length, ci_header *header, char *error) {
  return run(data, length, header, NULL, 0, error);
}

ci_status ci_tiff_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error) {
  ci_header header;
  return run(data, length, &header, pixels, capacity, error);
}
