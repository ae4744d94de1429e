#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How time and memory grow with the number of pictures: trains the head for one epoch on N of them, whole process.

usage: bench-growth.py FOLDER [--numbers 1000,10000,50000] [--preset head] [--threads N] [OPTION OF thaw-cli train, as --memory 64]...
FOLDER has a folder a class; its pictures are copied as often as it takes, each copy with bytes of its own behind the picture,
so that nothing can take two for the same. Prints seconds, milliseconds a picture and peak memory. Needs ./run --build.
"""
import argparse
import itertools
import pathlib
import tempfile

from comparison import train


def pictures_of(folder):
    return {kind.name: [path.read_bytes() for path in sorted(kind.iterdir()) if path.suffix.lower() in (".jpg", ".jpeg")]
            for kind in sorted(pathlib.Path(folder).iterdir()) if kind.is_dir()}


def fill(folder, classes, n):
    """The classes get equal shares"""
    for name in classes:
        (folder / name).mkdir(parents=True)
    sources = itertools.zip_longest(*(itertools.islice(itertools.cycle(pictures), n // len(classes) + 1)
                                      for pictures in classes.values()))
    for number, (name, data) in enumerate(itertools.islice(
            ((name, data) for row in sources for name, data in zip(classes, row)), n)):
        (folder / name / f"{number:06}.jpg").write_bytes(data + number.to_bytes(4, "little"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--numbers", default="1000,10000,50000")
    parser.add_argument("--preset", default="head")
    parser.add_argument("--threads", type=int, default=2)
    options, more = parser.parse_known_args()
    classes = pictures_of(options.folder)

    for n in (int(word) for word in options.numbers.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            fill(scratch / "pictures", classes, n)
            result = train([scratch / "pictures", "--epochs", "1", "--preset", options.preset, "--threads", options.threads, *more], scratch)
            print(f"{n:6} pictures: {result['wall_seconds']:7.1f} s, {result['wall_seconds'] / n * 1e3:.2f} ms a picture,"
                  f" peak {result['peak_rss_mib']:.0f} MiB", flush=True)


main()
