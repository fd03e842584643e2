"""Reads the TensorBoard event files of a run and prints each event as a line of JSON.

    python Scripts/read_events.py RUN

An implementation of its own of TFRecord framing, CRC-32C and the protocol buffer wire format, from
their specifications and without any package, by which the writer in GANTraining is tested. A
checksum or a field that is wrong ends it with a message and status 1.
"""

import json
import pathlib
import struct
import sys
from collections.abc import Iterator


def crc32c(data: bytes) -> int:
    """The CRC-32 of Castagnoli's polynomial, bit by bit."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    """The checksum as a record holds it."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(data: bytes) -> Iterator[bytes]:
    """The payloads of a file of records."""
    position = 0
    while position < len(data):
        head = data[position : position + 12]
        if len(head) < 12:
            raise ValueError(f"cut short at {position}")
        length, checksum = struct.unpack("<QI", head)
        if masked(head[:8]) != checksum:
            raise ValueError(f"wrong checksum of the length at {position}")
        payload = data[position + 12 : position + 12 + length]
        (checksum,) = struct.unpack("<I", data[position + 12 + length : position + 16 + length])
        if masked(payload) != checksum:
            raise ValueError(f"wrong checksum of the payload at {position}")
        yield payload
        position += 16 + length


def varint(data: bytes, position: int) -> tuple[int, int]:
    """A number of variable length and where it ends."""
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The numbers and raw values of a message's fields."""
    position = 0
    while position < len(data):
        key, position = varint(data, position)
        kind = key & 7
        if kind == 0:
            value, position = varint(data, position)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, position = data[position : position + size], position + size
        elif kind == 2:
            size, position = varint(data, position)
            value, position = data[position : position + size], position + size
        else:
            raise ValueError(f"wire type {kind}")
        yield key >> 3, value


def summary_value(data: bytes) -> dict:
    """`Summary.Value`: a tag with a number or an image."""
    result: dict = {}
    for number, value in fields(data):
        if number == 1:
            result["tag"] = value.decode()
        elif number == 2:
            result["value"] = struct.unpack("<f", value)[0]
        elif number == 4:
            image = dict(fields(value))
            if not image[4].startswith(b"\x89PNG"):
                raise ValueError("an image that is no PNG")
            size = struct.unpack(">II", image[4][16:24])
            if size != (image[2], image[1]):
                raise ValueError(f"an image of {size}, not {image[2]}x{image[1]}")
            result["image"] = [image[1], image[2], image[3]]
        else:
            raise ValueError(f"unknown field {number} of a value")
    return result


def event(data: bytes) -> dict:
    """`Event`."""
    result: dict = {"step": 0, "values": []}
    for number, value in fields(data):
        if number == 1:
            result["time"] = struct.unpack("<d", value)[0]
        elif number == 2:
            result["step"] = value
        elif number == 3:
            result["version"] = value.decode()
        elif number == 5:
            result["values"] = [summary_value(part) for _, part in fields(value)]
        elif number == 7:
            result["session"] = dict(fields(value))[1]
        else:
            raise ValueError(f"unknown field {number} of an event")
    return result


def main() -> int:
    """Prints the events of all files in the order of their names."""
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*tfevents*")):
        try:
            for payload in records(path.read_bytes()):
                print(json.dumps({"file": path.name, **event(payload)}))
        except (ValueError, IndexError, KeyError, struct.error) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
