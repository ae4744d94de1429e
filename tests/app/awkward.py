# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and names that go wrong in programs: made here, by ImageMagick where a real coder is wanted."""
import os
import pathlib
import struct
import subprocess
import zlib


def draw(path, *arguments):
    """ImageMagick's convert, whose output may have any name, also one that begins like an option"""
    ending = os.fsdecode(path).rsplit(".", 1)[-1]
    data = subprocess.run(["convert", *arguments, f"{ending}:-"], check=True, capture_output=True).stdout
    pathlib.Path(os.fsdecode(path)).write_bytes(data)
    return data


def turned(path, orientation=6):
    """A JPEG that is red on top and blue below once it is turned as its EXIF data say"""
    jpeg = draw(path, "-size", "100x100", "xc:#ff0000", "xc:#0000ff", "+append", "-quality", "95")
    entry = struct.pack("<HHII", 0x112, 3, 1, orientation)
    body = b"Exif\0\0" + b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + bytes(4)
    pathlib.Path(path).write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:])


def huge(path, side=60000):
    """A PNG of a few bytes whose header claims side x side pixels"""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    pathlib.Path(path).write_bytes(data)


def folder(top):
    """A folder with two classes of awkward names; the names of its pictures that can be used, and why each other one cannot"""
    odd, plain = os.fsencode(top) + "/été 🐜".encode(), os.fsencode(top) + b"/-fl\xfcgel"
    for path in (odd, plain):
        os.makedirs(path)
    at = lambda name: os.path.join(os.fsdecode(odd), os.fsdecode(name))  # noqa: E731
    for i, name in enumerate((b"caf\xe9.jpg", "two  words.jpg", "🐝 bee.jpg", "-rf.jpg", "a'b\"c;d&e.jpg")):
        draw(at(name), "-size", "64x64", f"gradient:#{40 * i:06x}-#{255 - 40 * i:02x}80ff")
    turned(at("turned.jpg"))
    draw(at("cmyk.jpg"), "-size", "80x80", "xc:#00c000", "-colorspace", "CMYK", "-quality", "95")
    draw(at("gray.png"), "-size", "80x80", "gradient:white-black", "-colorspace", "Gray")
    unusual(at)
    for i in range(4):
        draw(os.path.join(os.fsdecode(plain), f"{i}.png"), "-size", "64x64", f"plasma:#{40 * i:02x}40ff-#ff{40 * i:02x}40")
    broken(odd)
    passed = {"broken.jpg": "not a picture", "empty.png": "empty", "huge.png": "60000 x 60000"}
    return {"odd": 13, "plain": 4}, passed | {"pipe.jpg": "neither a file nor a folder", "self.jpg": "Too many levels of symbolic links"}


def unusual(at):
    """Sixteen bits, one pixel, a thin line, several pictures in one, a name of two lines"""
    draw(at("sixteen.png"), "-size", "80x80", "gradient:#ff0000-#0000ff", "-depth", "16")
    draw(at("one.png"), "-size", "1x1", "xc:#00c000")
    draw(at("line.png"), "-size", "4000x1", "xc:#0000c0")
    subprocess.run(["convert", "-delay", "10", "-size", "80x80", "xc:#c00000", "xc:#00c000", "xc:#0000c0", at("moving.gif")], check=True)
    draw(at("two\nlines.jpg"), "-size", "64x64", "gradient:#804000-#0080ff")


def broken(path):
    """Also what is no file: a pipe, which nobody may wait at, and links that lead nowhere else, one of them to the folder above"""
    at = lambda name: os.path.join(os.fsdecode(path), name)  # noqa: E731
    os.mkfifo(at("pipe.jpg"))
    os.symlink("self.jpg", at("self.jpg"))
    os.symlink("..", at("above"))
    pathlib.Path(at("broken.jpg")).write_bytes(b"this was a picture once " * 40)
    pathlib.Path(at("empty.png")).write_bytes(b"")
    huge(at("huge.png"))
