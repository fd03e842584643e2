// WebP animations, without loss. libwebpmux keeps of every frame what differs from the one before.

#include <stdio.h>
#include <stdlib.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "CImage.h"

struct ci_webp_animation {
  WebPAnimEncoder *encoder;
  WebPConfig config;
  int width;
  int height;
};

static ci_status fail(char *error, const char *message) {
  snprintf(error, CI_ERROR_CAPACITY, "%s", message);
  return CI_BAD_DATA;
}

ci_webp_animation *ci_webp_animation_begin(uint32_t width, uint32_t height, char *error) {
  if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION) {
    snprintf(
        error, CI_ERROR_CAPACITY, "sides of %u and %u pixels, of which WebP takes at most %d", width,
        height, WEBP_MAX_DIMENSION);
    return NULL;
  }
  ci_webp_animation *animation = calloc(1, sizeof *animation);
  WebPAnimEncoderOptions options;
  if (animation && WebPConfigInit(&animation->config)
      && WebPConfigLosslessPreset(&animation->config, 6) && WebPAnimEncoderOptionsInit(&options)) {
    options.anim_params.loop_count = 0;  // for ever
    animation->width = (int)width;
    animation->height = (int)height;
    animation->encoder = WebPAnimEncoderNew((int)width, (int)height, &options);
  }
  if (animation && animation->encoder) return animation;
  free(animation);
  fail(error, "no memory for a WebP animation");
  return NULL;
}

ci_status ci_webp_animation_add(
    ci_webp_animation *animation, const uint8_t *pixels, int milliseconds, char *error) {
  WebPPicture picture;
  if (!WebPPictureInit(&picture)) return fail(error, "libwebp is of another version");
  picture.width = animation->width;
  picture.height = animation->height;
  picture.use_argb = 1;
  int good = WebPPictureImportRGB(&picture, pixels, 3 * animation->width)
             && WebPAnimEncoderAdd(animation->encoder, &picture, milliseconds, &animation->config);
  WebPPictureFree(&picture);
  return good ? CI_OK : fail(error, WebPAnimEncoderGetError(animation->encoder));
}

ci_status ci_webp_animation_end(
    ci_webp_animation *animation, int milliseconds, uint8_t **file, size_t *length, char *error) {
  WebPData data;
  WebPDataInit(&data);
  if (!WebPAnimEncoderAdd(animation->encoder, NULL, milliseconds, NULL)
      || !WebPAnimEncoderAssemble(animation->encoder, &data)) {
    return fail(error, WebPAnimEncoderGetError(animation->encoder));
  }
  *file = (uint8_t *)data.bytes;
  *length = data.size;
  return CI_OK;
}

void ci_webp_free(uint8_t *file) { WebPFree(file); }

void ci_webp_animation_free(ci_webp_animation *animation) {
  WebPAnimEncoderDelete(animation->encoder);
  free(animation);
}
