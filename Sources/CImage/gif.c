// GIF decoding: the first picture of the file.

#include <gif_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CImage.h"

typedef struct {
  const uint8_t *next;
  size_t left;
} reader;

static int read_bytes(GifFileType *gif, GifByteType *to, int count) {
  reader *state = gif->UserData;
  size_t got = count < 0 ? 0 : (size_t)count < state->left ? (size_t)count : state->left;
  memcpy(to, state->next, got);
  state->next += got;
  state->left -= got;
  return (int)got;
}

static ci_status fail(GifFileType *gif, int code, char *error) {
  const char *message = GifErrorString(code ? code : gif ? gif->Error : 0);
  int early = code == D_GIF_ERR_READ_FAILED || (gif && gif->Error == D_GIF_ERR_READ_FAILED);
  snprintf(
      error, CI_ERROR_CAPACITY, "damaged GIF: %s", early ? "it ends early" : message ? message : "no picture");
  if (gif) DGifCloseFile(gif, NULL);
  return early ? CI_ENDS_EARLY : CI_BAD_DATA;
}

// Goes to the next picture; `transparent` is the number of the clear colour, or negative.
static int find_picture(GifFileType *gif, int *transparent) {
  GifRecordType type;
  while (DGifGetRecordType(gif, &type) == GIF_OK) {
    if (type == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) == GIF_OK;
    if (type != EXTENSION_RECORD_TYPE) return 0;
    int code;
    GifByteType *block;
    if (DGifGetExtension(gif, &code, &block) != GIF_OK) return 0;
    while (block) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE
          && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
        *transparent = control.TransparentColor;
      }
      if (DGifGetExtensionNext(gif, &block) != GIF_OK) return 0;
    }
  }
  return 0;
}

static void fill_header(const GifFileType *gif, int transparent, ci_header *header) {
  const GifImageDesc *image = &gif->Image;
  int right = image->Left + image->Width, bottom = image->Top + image->Height;
  memset(header, 0, sizeof *header);
  header->width = (uint32_t)(gif->SWidth > right ? gif->SWidth : right);
  header->height = (uint32_t)(gif->SHeight > bottom ? gif->SHeight : bottom);
  header->channels = 3;
  header->alpha = transparent >= 0 || (uint32_t)image->Width != header->width
                  || (uint32_t)image->Height != header->height;
  header->depth = 8;
  header->working_bytes = 3 + header->alpha;
  header->mode = header->alpha ? "palette+alpha" : "palette";
}

// Whether another picture follows the one whose data come next; false where the data end.
static int has_more(GifFileType *gif) {
  int size, transparent = -1;
  GifByteType *block;
  if (DGifGetCode(gif, &size, &block) != GIF_OK) return 0;
  while (block) {
    if (DGifGetCodeNext(gif, &block) != GIF_OK) return 0;
  }
  return find_picture(gif, &transparent);
}

static int put_row(
    const GifFileType *gif, const GifPixelType *row, uint8_t *to, int transparent, int wide) {
  const ColorMapObject *colours = gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
  for (int x = 0; x < gif->Image.Width; x++, to += wide) {
    if (!colours || row[x] >= colours->ColorCount) return 0;
    const GifColorType colour = colours->Colors[row[x]];
    to[0] = colour.Red;
    to[1] = colour.Green;
    to[2] = colour.Blue;
    if (wide == 4) to[3] = row[x] == transparent ? 0 : 255;
  }
  return 1;
}

static int read_rows(GifFileType *gif, const ci_header *header, uint8_t *pixels, int transparent) {
  static const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
  const GifImageDesc *image = &gif->Image;
  size_t wide = (size_t)header->working_bytes, stride = header->width * wide;
  GifPixelType *row = malloc((size_t)image->Width + 1);
  int good = row != NULL, passes = image->Interlace ? 4 : 1;
  if (header->alpha) memset(pixels, 0, stride * header->height);
  for (int pass = 0; good && pass < passes; pass++) {
    int step = image->Interlace ? steps[pass] : 1;
    for (int y = image->Interlace ? starts[pass] : 0; good && y < image->Height; y += step) {
      uint8_t *to = pixels + (size_t)(image->Top + y) * stride + (size_t)image->Left * wide;
      good = DGifGetLine(gif, row, image->Width) == GIF_OK
             && put_row(gif, row, to, transparent, (int)wide);
    }
  }
  free(row);
  return good;
}

static ci_status run(
    const uint8_t *data, size_t length, ci_header *header, uint8_t *pixels, size_t capacity,
    char *error) {
  reader state = {data, length};
  int code = 0, transparent = -1;
  GifFileType *gif = DGifOpen(&state, read_bytes, &code);
  if (!gif) return fail(NULL, code, error);
  if (!find_picture(gif, &transparent)) return fail(gif, 0, error);
  fill_header(gif, transparent, header);
  if (!pixels) {
    header->more_frames = has_more(gif);
    DGifCloseFile(gif, NULL);
    return CI_OK;
  }
  size_t stride = (size_t)header->width * (size_t)header->working_bytes;
  if (!stride || capacity / stride < header->height) return fail(gif, 0, error);
  GifRecordType next;
  if (!read_rows(gif, header, pixels, transparent)) return fail(gif, 0, error);
  // Only what comes after the picture shows that it was whole.
  if (DGifGetRecordType(gif, &next) != GIF_OK) return fail(gif, D_GIF_ERR_READ_FAILED, error);
  DGifCloseFile(gif, NULL);
  return CI_OK;
}

ci_status ci_gif_header(const uint8_t *data, size_t length, ci_header *header, char *error) {
  return run(data, length, header, NULL, 0, error);
}

ci_status ci_gif_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error) {
  ci_header header;
  return run(data, length, &header, pixels, capacity, error);
}
