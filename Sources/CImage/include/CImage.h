// Image codecs and zlib behind plain functions that never exit, print or jump out.
//
// Buffers belong to the caller: look at the header first, decide whether the picture is acceptable,
// allocate, then decode. A function that fails returns a status other than CI_OK and leaves one line
// of text in `error`.

#ifndef CIMAGE_H
#define CIMAGE_H

#include <stddef.h>
#include <stdint.h>

/// Bytes that an error buffer must offer.
#define CI_ERROR_CAPACITY 256

typedef enum {
  CI_OK = 0,
  /// The data are damaged or of an unsupported kind; the message says how.
  CI_BAD_DATA = 1,
  /// The data end before their own end mark.
  CI_ENDS_EARLY = 2,
  /// The output buffer is full and the data go on.
  CI_OUTPUT_FULL = 3,
  /// The check sum stored with the data differs from that of the data.
  CI_BAD_CHECKSUM = 4,
} ci_status;

/// What an image's header says.
typedef struct {
  uint32_t width;
  uint32_t height;
  /// 1 or 3: samples of colour a pixel.
  int channels;
  /// 1 if a sample of opacity follows the colours, else 0. Colours are not multiplied by it.
  int alpha;
  /// 8 or 16: bits a sample.
  int depth;
  /// Bytes a pixel that the decoder needs in its output while it works.
  int working_bytes;
  /// 1 if further pictures follow the first one, which is the one decoded.
  int more_frames;
  /// What the file stores, such as "grey", "RGBA 16-bit", "palette" or "CMYK". A constant string.
  const char *mode;
} ci_header;

/// Reads a PNG's header. Allocates nothing in proportion to the picture.
ci_status ci_png_header(const uint8_t *data, size_t length, ci_header *header, char *error);

/// Decodes a PNG to interleaved samples, 16-bit ones in the byte order of the machine. `pixels` must hold
/// width * height * working_bytes bytes, of which the first width * height * (channels + alpha) samples
/// are the result. Rows come as they are stored, whatever a tag says of their orientation.
ci_status ci_png_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error);

/// Reads a JPEG's header, like `ci_png_header`.
ci_status ci_jpeg_header(const uint8_t *data, size_t length, ci_header *header, char *error);

/// Decodes a JPEG, like `ci_png_decode`. CMYK and YCCK become RGB. Damaged or cut entropy data are an
/// error, never a picture filled with grey.
///
/// The picture is decoded at 1, 2, 4 or 8 `eighths` of its size, sides rounded up: less work for less of it.
ci_status ci_jpeg_decode(
    const uint8_t *data, size_t length, unsigned eighths, uint8_t *pixels, size_t capacity,
    char *error);

/// Reads a WebP's header, like `ci_png_header`.
ci_status ci_webp_header(const uint8_t *data, size_t length, ci_header *header, char *error);

/// Decodes a WebP, like `ci_png_decode`; of an animation, its first frame.
ci_status ci_webp_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error);

/// A WebP animation that is being written.
typedef struct ci_webp_animation ci_webp_animation;

/// Begins an animation that repeats for ever and loses nothing; NULL where it cannot.
ci_webp_animation *ci_webp_animation_begin(uint32_t width, uint32_t height, char *error);

/// Adds a frame of RGB samples that is shown from so many milliseconds after the start on.
ci_status ci_webp_animation_add(
    ci_webp_animation *animation, const uint8_t *pixels, int milliseconds, char *error);

/// Ends the animation after so many milliseconds. The file belongs to the caller: `ci_webp_free`.
ci_status ci_webp_animation_end(
    ci_webp_animation *animation, int milliseconds, uint8_t **file, size_t *length, char *error);

/// Frees a file that `ci_webp_animation_end` has made.
void ci_webp_free(uint8_t *file);

/// Frees an animation.
void ci_webp_animation_free(ci_webp_animation *animation);

/// Reads the header of a TIFF's first picture, which may lie anywhere in the file.
ci_status ci_tiff_header(const uint8_t *data, size_t length, ci_header *header, char *error);

/// Decodes a TIFF's first picture, like `ci_png_decode`.
ci_status ci_tiff_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error);

/// Reads the header of a GIF's first picture.
ci_status ci_gif_header(const uint8_t *data, size_t length, ci_header *header, char *error);

/// Decodes a GIF's first picture, like `ci_png_decode`.
ci_status ci_gif_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error);

/// Reads a BMP's header, like `ci_png_header`.
ci_status ci_bmp_header(const uint8_t *data, size_t length, ci_header *header, char *error);

/// Decodes an uncompressed BMP, like `ci_png_decode`.
ci_status ci_bmp_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error);

/// Inflates deflate data without any wrapping, as zip archives hold them; otherwise like `ci_gunzip`.
ci_status ci_inflate_raw(
    const uint8_t *data, size_t length, uint8_t *output, size_t capacity, size_t *written,
    char *error);

/// Inflates a gzip file of one or more members. `written` counts the bytes produced, whatever the
/// status, so that a caller can say how far a cut file reached.
ci_status ci_gunzip(
    const uint8_t *data, size_t length, uint8_t *output, size_t capacity, size_t *written,
    char *error);

/// An upper bound for what `ci_deflate` makes of `length` bytes.
size_t ci_deflate_bound(size_t length);

/// Compresses to a zlib stream, the kind PNG holds.
ci_status ci_deflate(
    const uint8_t *data, size_t length, uint8_t *output, size_t capacity, size_t *written,
    char *error);

/// For each of `size` new samples along an axis the `count` old ones from `starts` on that matter, and their
/// weights in units of 2^-22, `count` for each.
typedef struct {
  const int32_t *starts;
  const int32_t *weights;
  size_t count;
  size_t size;
} ci_taps;

/// Resizes along rows of `width` pixels of 1 or 3 interleaved samples; `result` holds height * taps.size of them.
void ci_resample_rows(
    const uint8_t *pixels, size_t height, size_t width, size_t channels, ci_taps taps,
    uint8_t *result);

/// Resizes along columns; rows have `stride` samples, of which `result` holds taps.size * stride.
void ci_resample_columns(const uint8_t *pixels, size_t stride, ci_taps taps, uint8_t *result);

/// The CRC-32 of PNG and gzip; `crc` is 0 at the start or the value so far.
uint32_t ci_crc32(uint32_t crc, const uint8_t *data, size_t length);

#endif
