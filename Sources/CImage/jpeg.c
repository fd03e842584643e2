// JPEG decoding. libjpeg's defaults (print and exit on errors, carry on with grey after damage) are
// replaced: every failure jumps back here and becomes a status and a message.

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "CImage.h"

// More scans than any encoder writes; a hostile progressive file can ask for thousands.
enum { max_scans = 256 };

typedef struct {
  struct jpeg_error_mgr manager;  // First, so that the library's pointer is ours too.
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  ci_status status;
  char *error;
} reader;

static void fail(j_common_ptr info) {
  reader *state = (reader *)info->err;
  char message[JMSG_LENGTH_MAX];
  state->manager.format_message(info, message);
  int early = state->manager.msg_code == JWRN_JPEG_EOF || state->manager.msg_code == JERR_INPUT_EOF;
  state->status = early ? CI_ENDS_EARLY : CI_BAD_DATA;
  snprintf(state->error, CI_ERROR_CAPACITY, "damaged JPEG: %s", message);
  longjmp(state->failed, 1);
}

// Warnings after which pixels would be invented are errors; oddities of the file's wrapping are not.
static void judge_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
  case JWRN_JPEG_EOF:
  case JWRN_HIT_MARKER:
  case JWRN_HUFF_BAD_CODE:
  case JWRN_ARITH_BAD_CODE:
  case JWRN_MUST_RESYNC:
    fail(info);
  default:
    break;
  }
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void count_scans(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (((j_decompress_ptr)info)->input_scan_number <= max_scans) return;
  reader *state = (reader *)info->err;
  snprintf(state->error, CI_ERROR_CAPACITY, "damaged JPEG: more than %d scans", max_scans);
  state->status = CI_BAD_DATA;
  longjmp(state->failed, 1);
}

static const char *mode_name(J_COLOR_SPACE space) {
  switch (space) {
  case JCS_GRAYSCALE: return "grey";
  case JCS_RGB: return "RGB";
  case JCS_YCbCr: return "YCbCr";
  case JCS_CMYK: return "CMYK";
  case JCS_YCCK: return "YCCK";
  default: return NULL;
  }
}

// Reads the header and chooses the output colours. Called with the jump buffer set.
static int read_header(
    j_decompress_ptr info, const uint8_t *data, size_t length, ci_header *header) {
  jpeg_mem_src(info, data, length);
  jpeg_read_header(info, TRUE);
  header->mode = mode_name(info->jpeg_color_space);
  if (!header->mode) return 0;
  int inks = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
  int grey = info->jpeg_color_space == JCS_GRAYSCALE;
  info->out_color_space = inks ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
  header->width = info->image_width;
  header->height = info->image_height;
  header->channels = grey ? 1 : 3;
  header->working_bytes = inks ? 4 : header->channels;
  header->alpha = header->more_frames = 0;
  header->depth = 8;
  return 1;
}

static void read_pixels(j_decompress_ptr info, uint8_t *pixels, size_t stride) {
  jpeg_start_decompress(info);
  while (info->output_scanline < info->output_height) {
    JSAMPROW row = pixels + info->output_scanline * stride;
    jpeg_read_scanlines(info, &row, 1);
  }
  jpeg_finish_decompress(info);
}

// Programs that write an Adobe marker store inks inverted (255 is none); the others do not.
static void inks_to_rgb(uint8_t *pixels, size_t count, int inverted) {
  const uint8_t *from = pixels;
  uint8_t *to = pixels;
  for (size_t i = 0; i < count; i++, from += 4) {
    unsigned light = inverted ? from[3] : 255u - from[3];
    for (int c = 0; c < 3; c++) {
      unsigned passed = inverted ? from[c] : 255u - from[c];
      *to++ = (uint8_t)((passed * light + 127) / 255);
    }
  }
}

static ci_status finish(j_decompress_ptr info, const reader *state) {
  jpeg_destroy_decompress(info);
  return state->status;
}

static ci_status refuse(j_decompress_ptr info, reader *state, const char *message) {
  snprintf(state->error, CI_ERROR_CAPACITY, "%s", message);
  state->status = CI_BAD_DATA;
  return finish(info, state);
}

// One pass over the file: the header only when `pixels` is null.
static ci_status run(
    const uint8_t *data, size_t length, unsigned eighths, ci_header *header, uint8_t *pixels,
    size_t capacity, char *error) {
  struct jpeg_decompress_struct info;
  reader state = {.status = CI_OK, .error = error};
  memset(&info, 0, sizeof info);
  info.err = jpeg_std_error(&state.manager);
  state.manager.error_exit = fail;
  state.manager.emit_message = judge_message;
  state.manager.output_message = print_nothing;
  state.progress.progress_monitor = count_scans;
  if (setjmp(state.failed)) return finish(&info, &state);
  jpeg_create_decompress(&info);
  info.progress = &state.progress;
  if (!read_header(&info, data, length, header)) {
    return refuse(&info, &state, "JPEG of an unsupported colour space");
  }
  if (!pixels) return finish(&info, &state);
  info.scale_num = eighths;
  info.scale_denom = 8;
  jpeg_calc_output_dimensions(&info);
  size_t stride = (size_t)info.output_width * (size_t)header->working_bytes;
  if (capacity / stride < info.output_height) {
    return refuse(&info, &state, "output buffer is too small");
  }
  read_pixels(&info, pixels, stride);
  if (header->working_bytes == 4) {
    inks_to_rgb(pixels, (size_t)info.output_width * info.output_height, info.saw_Adobe_marker);
  }
  return finish(&info, &state);
}

ci_status ci_jpeg_header(const uint8_t *data, size_t length, ci_header *header, char *error) {
  return run(data, length, 8, header, NULL, 0, error);
}

ci_status ci_jpeg_decode(
    const uint8_t *data, size_t length, unsigned eighths, uint8_t *pixels, size_t capacity,
    char *error) {
  ci_header header;
  return run(data, length, eighths, &header, pixels, capacity, error);
}
