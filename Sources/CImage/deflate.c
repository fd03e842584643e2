// gzip, zlib streams and CRC-32. zlib counts in 32 bits, so long buffers are handed over in pieces.

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "CImage.h"

enum { gzip_window = 15 + 16, raw_window = -15 };

static uInt piece(size_t left) { return left > UINT_MAX ? UINT_MAX : (uInt)left; }

static ci_status explain(int code, const z_stream *stream, char *error) {
  const char *message = stream->msg ? stream->msg : zError(code);
  // zlib has no code of its own for this: both checks at a member's end are plain data errors.
  int checksum = stream->msg && strstr(stream->msg, "check") && !strstr(stream->msg, "header");
  snprintf(error, CI_ERROR_CAPACITY, "damaged compressed data: %s", message);
  return checksum ? CI_BAD_CHECKSUM : CI_BAD_DATA;
}

// Inflates one member, or as much as fits.
static ci_status inflate_member(
    z_stream *stream, size_t *in_left, size_t *out_left, char *error) {
  for (;;) {
    uInt in_piece = piece(*in_left), out_piece = piece(*out_left);
    stream->avail_in = in_piece;
    stream->avail_out = out_piece;
    int code = inflate(stream, Z_NO_FLUSH);
    size_t consumed = in_piece - stream->avail_in, produced = out_piece - stream->avail_out;
    *in_left -= consumed;
    *out_left -= produced;
    if (code == Z_STREAM_END) return CI_OK;
    if (code != Z_OK && code != Z_BUF_ERROR) return explain(code, stream, error);
    if (consumed || produced) continue;
    if (*out_left == 0) {
      snprintf(error, CI_ERROR_CAPACITY, "compressed data is longer than expected");
      return CI_OUTPUT_FULL;
    }
    snprintf(error, CI_ERROR_CAPACITY, "compressed data ends early");
    return CI_ENDS_EARLY;
  }
}

ci_status ci_gunzip(
    const uint8_t *data, size_t length, uint8_t *output, size_t capacity, size_t *written,
    char *error) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  *written = 0;
  if (inflateInit2(&stream, gzip_window) != Z_OK) {
    snprintf(error, CI_ERROR_CAPACITY, "no memory for zlib");
    return CI_BAD_DATA;
  }
  stream.next_in = (z_const Bytef *)data;
  stream.next_out = output;
  size_t in_left = length, out_left = capacity;
  ci_status status;
  do {
    status = inflate_member(&stream, &in_left, &out_left, error);
    // What follows a member is another one, or padding that gzip itself ignores.
  } while (status == CI_OK && in_left > 1 && stream.next_in[0] == 0x1f
           && stream.next_in[1] == 0x8b && inflateReset(&stream) == Z_OK);
  *written = capacity - out_left;
  inflateEnd(&stream);
  return status;
}

ci_status ci_inflate_raw(
    const uint8_t *data, size_t length, uint8_t *output, size_t capacity, size_t *written,
    char *error) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  *written = 0;
  if (inflateInit2(&stream, raw_window) != Z_OK) {
    snprintf(error, CI_ERROR_CAPACITY, "no memory for zlib");
    return CI_BAD_DATA;
  }
  stream.next_in = (z_const Bytef *)data;
  stream.next_out = output;
  size_t in_left = length, out_left = capacity;
  ci_status status = inflate_member(&stream, &in_left, &out_left, error);
  *written = capacity - out_left;
  inflateEnd(&stream);
  return status;
}

size_t ci_deflate_bound(size_t length) { return compressBound(length); }

ci_status ci_deflate(
    const uint8_t *data, size_t length, uint8_t *output, size_t capacity, size_t *written,
    char *error) {
  uLongf size = capacity;
  int code = compress2(output, &size, data, length, Z_DEFAULT_COMPRESSION);
  *written = code == Z_OK ? size : 0;
  if (code == Z_OK) return CI_OK;
  snprintf(error, CI_ERROR_CAPACITY, "zlib cannot compress: %s", zError(code));
  return CI_BAD_DATA;
}

uint32_t ci_crc32(uint32_t crc, const uint8_t *data, size_t length) {
  return (uint32_t)crc32_z(crc, data, length);
}
