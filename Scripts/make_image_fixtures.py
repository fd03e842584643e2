#!/usr/bin/env python3
"""Writes Tests/GANDataTests/Fixtures: tiny image files of every kind and what Pillow makes of them.

    python3 -m venv .venv && .venv/bin/pip install pillow==13.0.0
    .venv/bin/python Scripts/make_image_fixtures.py

Kinds of PNG that Pillow cannot write (16-bit colour, 16-bit grey with alpha, Adam7) are put together
here from zlib and the PNG specification; their expected pixels are computed from the samples.
Everything else is expected to decode as Pillow decodes it, composited over black (and, for CMYK
without Adobe's marker, with the inks not inverted).
"""

import io
import json
import struct
import zlib
from pathlib import Path

from PIL import Image

FIXTURES = Path(__file__).parent.parent / "Tests/GANDataTests/Fixtures"
WIDTH, HEIGHT = 7, 5


def sample(x, y, c):
    """A pattern with gradients and no symmetry."""
    return (x * 37 + y * 23 + c * 71 + x * y * 5) % 256


def picture(channels, width=WIDTH, height=HEIGHT):
    data = bytes(sample(x, y, c) for y in range(height) for x in range(width) for c in range(channels))
    return Image.frombytes({1: "L", 3: "RGB", 4: "RGBA"}[channels], (width, height), data)


def smooth(width=16, height=12):
    """Gentle colours, so that JPEG keeps them."""
    data = bytes(v for y in range(height) for x in range(width) for v in (40 + 9 * x, 200 - 11 * y, 90 + 3 * x + 4 * y))
    return Image.frombytes("RGB", (width, height), data)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def raw_png(width, height, depth, color, rows, interlaced=0, extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def deep_rows(channels):
    """16-bit samples whose low bytes decide how they round."""
    return [[(sample(x, y, c) << 8 | sample(y, x, c + 1)) & 0xFFFF for x in range(WIDTH) for c in range(channels)]
            for y in range(HEIGHT)]


def rounded(value):
    return (value * 255 + 32767) // 65535


def deep_png(channels, color):
    rows = deep_rows(channels)
    packed = [struct.pack(f">{len(row)}H", *row) for row in rows]
    eight = [[rounded(v) for v in row] for row in rows]
    if color == 4:
        pixels = bytes((v * a + 127) // 255 for row in eight for v, a in zip(row[::2], row[1::2]))
        return raw_png(WIDTH, HEIGHT, 16, color, packed), 1, pixels
    return raw_png(WIDTH, HEIGHT, 16, color, packed), channels, bytes(v for row in eight for v in row)


def adam7_png():
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = []
    for left, top, dx, dy in passes:
        for y in range(top, HEIGHT, dy):
            row = bytes(sample(x, y, c) for x in range(left, WIDTH, dx) for c in range(3))
            if row:
                rows.append(row)
    return raw_png(WIDTH, HEIGHT, 8, 2, rows, interlaced=1), 3, picture(3).tobytes()


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pillow_pixels(data):
    image = Image.open(io.BytesIO(data))
    if image.mode == "CMYK" and "adobe" not in image.info:
        # Pillow takes all inks for inverted; libjpeg's manual says that only Adobe's are.
        image = image.point(lambda ink: 255 - ink)
    if image.mode in ("LA", "RGBA") or "transparency" in image.info:
        grey = image.mode in ("LA", "L")
        rgba = image.convert("RGBA").tobytes()
        pixels = bytes((rgba[i + c] * rgba[i + 3] + 127) // 255
                       for i in range(0, len(rgba), 4) for c in range(1 if grey else 3))
        return image.size, 1 if grey else 3, pixels
    image = image.convert("L" if image.mode in ("1", "L") else "RGB")
    return image.size, len(image.getbands()), image.tobytes()


def without_adobe_marker(data):
    start = data.index(b"\xff\xee")
    return data[:start] + data[start + 2 + struct.unpack(">H", data[start + 2:start + 4])[0]:]


def as_ycck(data):
    """The Adobe marker's last byte says how the inks are coded: 2 is YCCK."""
    end = data.index(b"Adobe") + 11
    return data[:end] + b"\x02" + data[end + 1:]


def files():
    palette = picture(3).quantize(6)
    cmyk = encoded(smooth().convert("CMYK"), "JPEG", quality=90)
    yield "grey.png", encoded(picture(1), "PNG"), "grey"
    yield "bilevel.png", encoded(picture(1).convert("1"), "PNG"), "grey"
    yield "rgb.png", encoded(picture(3), "PNG"), "RGB"
    yield "rgba.png", encoded(picture(4), "PNG"), "RGBA"
    yield "grey_alpha.png", encoded(picture(4).convert("LA"), "PNG"), "grey+alpha"
    yield "palette.png", encoded(palette, "PNG"), "palette"
    yield "palette_alpha.png", encoded(palette, "PNG", transparency=bytes([0, 90, 255, 180, 255, 7])), "palette+alpha"
    yield "grey.jpg", encoded(smooth().convert("L"), "JPEG", quality=90), "grey"
    yield "ycbcr.jpg", encoded(smooth(), "JPEG", quality=90, subsampling=0), "YCbCr"
    yield "ycbcr420.jpg", encoded(smooth(), "JPEG", quality=90, subsampling=2), "YCbCr"
    yield "progressive.jpg", encoded(smooth(), "JPEG", quality=90, progressive=True), "YCbCr"
    yield "cmyk.jpg", cmyk, "CMYK"
    yield "cmyk_plain.jpg", without_adobe_marker(cmyk), "CMYK"
    yield "ycck.jpg", as_ycck(cmyk), "YCCK"
    yield "lossy.webp", encoded(smooth(), "WEBP", quality=90), "WebP"
    yield "lossless.webp", encoded(picture(3), "WEBP", lossless=True), "WebP lossless"
    yield "alpha.webp", encoded(picture(4), "WEBP", lossless=True, exact=True), "WebP lossless+alpha"
    yield "grey.tif", encoded(picture(1), "TIFF"), "grey"
    yield "rgb.tif", encoded(picture(3), "TIFF", compression="tiff_lzw"), "RGB"
    yield "rgba.tif", encoded(picture(4), "TIFF", compression="tiff_deflate"), "RGBA"
    yield "bilevel.tif", encoded(picture(1).convert("1"), "TIFF", compression="group4"), "grey"
    yield "palette.tif", encoded(palette, "TIFF"), "palette"
    yield "palette.gif", encoded(palette, "GIF"), "palette"
    yield "interlaced.gif", encoded(picture(3, 17, 19).quantize(5), "GIF", interlace=1), "palette"
    yield "alpha.gif", encoded(palette, "GIF", transparency=2), "palette+alpha"
    yield "bilevel.bmp", encoded(picture(1).convert("1"), "BMP"), "grey"
    yield "grey.bmp", encoded(picture(1), "BMP"), "grey"
    yield "palette.bmp", encoded(palette, "BMP"), "palette"
    yield "rgb.bmp", encoded(picture(3), "BMP"), "RGB"


def wide_first(image, new, method):
    """Pillow chooses the order of its two passes by size; rounding in between makes it matter."""
    return image.resize((new[0], image.height), method).resize(new, method)


def resizes():
    for channels, width, height in ((3, 13, 9), (1, 8, 11)):
        image = picture(channels, width, height)
        for new in ((5, 4), (7, 9), (20, 15), (1, 1)):
            for name, method in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
                yield {"channels": channels, "width": width, "height": height, "newWidth": new[0], "newHeight": new[1],
                       "filter": name, "source": image.tobytes().hex(),
                       "pixels": wide_first(image, new, method).tobytes().hex()}


def letters():
    """Six greys in two rows of three, each large enough for a JPEG to keep."""
    greys = Image.frombytes("L", (3, 2), bytes(range(20, 260, 40)))
    yield "letters.jpg", encoded(greys.resize((48, 32), Image.Resampling.NEAREST), "JPEG", quality=100)
    yield "letters.webp", encoded(greys.convert("RGB"), "WEBP", lossless=True)
    first = picture(3).quantize(6)
    yield "moving.gif", encoded(first, "GIF", save_all=True, append_images=[picture(3, 7, 5).rotate(180).quantize(6)])
    yield "moving.webp", encoded(picture(3), "WEBP", save_all=True, lossless=True,
                                 append_images=[picture(3).rotate(180)])


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    expected = []
    computed = [("grey16.png", *deep_png(1, 0), "grey 16-bit"), ("rgb16.png", *deep_png(3, 2), "RGB 16-bit"),
                ("grey_alpha16.png", *deep_png(2, 4), "grey+alpha 16-bit"), ("adam7.png", *adam7_png(), "RGB")]
    for name, data, channels, pixels, mode in computed:
        (FIXTURES / name).write_bytes(data)
        expected.append({"file": name, "mode": mode, "width": WIDTH, "height": HEIGHT, "channels": channels,
                         "pixels": pixels.hex()})
    for name, data, mode in files():
        (FIXTURES / name).write_bytes(data)
        (width, height), channels, pixels = pillow_pixels(data)
        expected.append({"file": name, "mode": mode, "width": width, "height": height, "channels": channels,
                         "pixels": pixels.hex()})
    for name, data in letters():
        (FIXTURES / name).write_bytes(data)
    lines = ",\n".join(json.dumps(entry) for entry in expected)
    (FIXTURES / "decoding.json").write_text(f"[\n{lines}\n]\n")
    lines = ",\n".join(json.dumps(entry) for entry in resizes())
    (FIXTURES / "resizing.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
