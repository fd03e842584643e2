// WebP decoding. Of an animation the first frame is the picture.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "CImage.h"

static ci_status fail(char *error, ci_status status, const char *message) {
  snprintf(error, CI_ERROR_CAPACITY, "%s", message);
  return status;
}

static const char *mode_name(const WebPBitstreamFeatures *features) {
  if (features->has_animation) return "WebP animation";
  if (features->format == 2) return features->has_alpha ? "WebP lossless+alpha" : "WebP lossless";
  return features->has_alpha ? "WebP+alpha" : "WebP";
}

ci_status ci_webp_header(const uint8_t *data, size_t length, ci_header *header, char *error) {
  WebPBitstreamFeatures features;
  VP8StatusCode code = WebPGetFeatures(data, length, &features);
  if (code == VP8_STATUS_NOT_ENOUGH_DATA) return fail(error, CI_ENDS_EARLY, "WebP data ends early");
  if (code != VP8_STATUS_OK) return fail(error, CI_BAD_DATA, "damaged WebP");
  memset(header, 0, sizeof *header);
  header->width = (uint32_t)features.width;
  header->height = (uint32_t)features.height;
  header->channels = 3;
  // A frame may leave parts of the canvas free.
  header->alpha = features.has_alpha || features.has_animation;
  header->depth = 8;
  header->working_bytes = 3 + header->alpha;
  header->more_frames = features.has_animation;
  header->mode = mode_name(&features);
  return CI_OK;
}

// libwebp accepts a file that has lost its end as long as the picture is whole.
static int is_whole(const uint8_t *data, size_t length) {
  if (length < 12) return 0;
  size_t claimed = (size_t)data[4] | (size_t)data[5] << 8 | (size_t)data[6] << 16
                   | (size_t)data[7] << 24;
  return claimed <= length - 8;
}

static int decode_still(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, int stride, int alpha) {
  return alpha ? WebPDecodeRGBAInto(data, length, pixels, capacity, stride) != NULL
               : WebPDecodeRGBInto(data, length, pixels, capacity, stride) != NULL;
}

static int decode_first_frame(
    const uint8_t *data, size_t length, uint8_t *pixels, const ci_header *header) {
  WebPData file = {data, length};
  WebPDemuxer *demuxer = WebPDemux(&file);
  WebPIterator frame;
  int good = demuxer && WebPDemuxGetFrame(demuxer, 1, &frame);
  if (good) {
    size_t stride = (size_t)header->width * 4;
    size_t start = (size_t)frame.y_offset * stride + (size_t)frame.x_offset * 4;
    size_t total = stride * header->height;
    memset(pixels, 0, total);
    good = (uint32_t)(frame.x_offset + frame.width) <= header->width
           && (uint32_t)(frame.y_offset + frame.height) <= header->height
           && decode_still(
               frame.fragment.bytes, frame.fragment.size, pixels + start, total - start, (int)stride,
               1);
    WebPDemuxReleaseIterator(&frame);
  }
  WebPDemuxDelete(demuxer);
  return good;
}

ci_status ci_webp_decode(
    const uint8_t *data, size_t length, uint8_t *pixels, size_t capacity, char *error) {
  ci_header header;
  ci_status status = ci_webp_header(data, length, &header, error);
  if (status != CI_OK) return status;
  if (!is_whole(data, length)) return fail(error, CI_ENDS_EARLY, "WebP data ends early");
  size_t stride = (size_t)header.width * (size_t)header.working_bytes;
  if (capacity / stride < header.height) {
    return fail(error, CI_BAD_DATA, "output buffer is too small");
  }
  int good = header.more_frames
                 ? decode_first_frame(data, length, pixels, &header)
                 : decode_still(data, length, pixels, capacity, (int)stride, header.alpha);
  return good ? CI_OK : fail(error, CI_BAD_DATA, "damaged WebP");
}
