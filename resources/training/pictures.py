# SPDX-License-Identifier: 0BSD
"""The pictures of a training that Thaw exported: which ones, in which order, and what is done to them.

Everything that is random in it is a number of a documented stream (see Stream), so that any process on any machine draws the same
augmentation for the same picture, and the same as Thaw does.
"""
import csv
import gzip
import math
import os
from functools import lru_cache
from pathlib import Path

import numpy
import torch
from PIL import Image, ImageOps

# What a stream is for; part of the documented sequence, as are all numbers below
SHUFFLE, AUGMENT, DROPOUT = 2, 3, 4
MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


class Stream:
    """Random numbers by counting (splitmix64): value i of (seed, purpose, epoch, item) depends on these five numbers and nothing else."""

    def __init__(self, seed, purpose, epoch, item):
        self.key = mix((mix((mix((mix(seed) + purpose) & MASK) + epoch) & MASK) + item) & MASK)
        self.counter = 0

    def next(self):
        self.counter += 1
        return mix((self.key + self.counter * GOLDEN) & MASK)

    def unit(self):
        """[0, 1)"""
        return (self.next() >> 11) * 2.0**-53

    def range(self, low, high):
        return low + (high - low) * self.unit()

    def below(self, n):
        """0 .. n - 1, each as likely (Lemire 2019)"""
        product = self.next() * n
        while product & MASK < (1 << 64) % n:
            product = self.next() * n
        return product >> 64

    def shuffled(self, items):
        """Fisher-Yates from the end"""
        items = list(items)
        for i in range(len(items), 1, -1):
            j = self.below(i)
            items[j], items[i - 1] = items[i - 1], items[j]
        return items

    def units_at(self, first, n):
        """Values first .. first + n - 1 as numbers in [0, 1), without moving: an array"""
        with numpy.errstate(over="ignore"):
            z = numpy.uint64(self.key) + (numpy.arange(n, dtype=numpy.uint64) + numpy.uint64((first + 1) & MASK)) * numpy.uint64(GOLDEN)
            z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
            return ((z ^ (z >> numpy.uint64(31))) >> numpy.uint64(11)) * 2.0**-53


class Manifest:
    """manifest.csv: a line a picture. A picture's number, which its random numbers depend on, is its place in the file."""

    def __init__(self, folder, settings, root=None):
        with open(folder / "manifest.csv", newline="", encoding="utf-8", errors="surrogateescape") as file:
            rows = list(csv.DictReader(file))
        root = Path(os.fsdecode(root or settings["pictures"]))
        classes = {name: label for label, name in enumerate(settings["labels"])}
        self.paths = [root / row["path"] for row in rows]
        self.places = [int(row["place"] or -1) for row in rows]  # inside a file of many pictures
        self.labels = [classes[row["class"]] for row in rows]
        self.parts = {part: [i for i, row in enumerate(rows) if row["part"] == part] for part in ("training", "validation", "test")}
        missing = [path for path in self.paths if not path.exists()]
        if missing:
            raise SystemExit(f"{len(missing)} of {len(rows)} pictures are not there, the first of them {missing[0]}: "
                             "say where the pictures are on this machine with --pictures FOLDER")


@lru_cache(maxsize=4)
def idx_file(path):
    """MNIST's form: pictures of one channel behind a head of four numbers"""
    with open(path, "rb") as file:
        data = file.read()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    n, height, width = (int.from_bytes(data[i : i + 4], "big") for i in (4, 8, 12))
    return numpy.frombuffer(data, numpy.uint8, n * height * width, 16).reshape(n, height, width)


def load(path, place=-1):
    """An upright picture in RGB: what is see-through lies on white, 16 bits become 8, of an animation the first frame is taken."""
    if place >= 0:
        return Image.fromarray(idx_file(path)[place]).convert("RGB")
    with Image.open(path) as file:
        image = ImageOps.exif_transpose(file)
        image.load()
    if image.mode.startswith("I"):
        image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8))
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


class Preparation:
    """From a picture of any size to the network's input: [3, height, width] in float32"""

    def __init__(self, settings):
        how = settings["preprocessing"]
        self.width, self.height = how["width"], how["height"]
        self.side = how["resize"] or max(self.width, self.height)
        self.stretch = how["stretch"]
        self.torchvision = how.get("rounding") == "torchvision"
        self.filter = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}[how["filter"]]
        self.mean, self.std = numpy.float32(how["mean"]), numpy.float32(how["std"])
        self.seed = int(settings["training"]["seed"])
        self.augmentation = settings["training"]["augmentation"]

    def plain(self, image):
        """The shorter side is scaled, the longer one rounded as the network wants it; the middle is cut out. Too small: black around."""
        shorter, longer = min(image.size), max(image.size)
        scaled = self.side * longer // shorter if self.torchvision else (2 * self.side * longer + shorter) // (2 * shorter)
        size = (self.side, scaled) if image.width <= image.height else (scaled, self.side)
        pixels = numpy.asarray(image.resize((self.width, self.height) if self.stretch else size, self.filter))
        return middle(middle(pixels, self.height, 0, self.torchvision), self.width, 1, self.torchvision)

    def normalised(self, pixels):
        return (pixels.astype(numpy.float32) - self.mean) / self.std

    def __call__(self, image, variant, number):
        """variant 0: as it is; above: augmented, by the stream (seed, AUGMENT, variant, the picture's number)"""
        values = self.augmented(image, Stream(self.seed, AUGMENT, variant, number)) if variant else self.normalised(self.plain(image))
        return torch.from_numpy(numpy.ascontiguousarray(values.transpose(2, 0, 1)))

    def augmented(self, image, stream):
        """The order in which numbers are drawn matters; what is switched off draws none."""
        a = self.augmentation
        if a["crop-min-area"] > 0:
            x, y, w, h = draw_crop(stream, *image.size, a["crop-min-area"])
            pixels = numpy.asarray(image.crop((x, y, x + w, y + h)).resize((self.width, self.height), self.filter))
        else:
            pixels = self.plain(image)
        if a["flip"] > 0 and stream.unit() < a["flip"]:
            pixels = pixels[:, ::-1]
        if a["rotation"] > 0:
            pixels = rotated(pixels, a["rotation"] * stream.range(-1, 1), self.mean)
        if a["colour"] > 0:
            pixels = jittered(pixels, stream, a["colour"])
        values = self.normalised(pixels)
        if a["erase"] > 0 and stream.unit() < a["erase"]:
            hole = draw_rectangle(stream, self.width, self.height, (0.02, 0.33), (0.3, 3.3))
            if hole:
                x, y, w, h = hole
                values[y : y + h, x : x + w] = 0  # the mean colour
        return values


def middle(pixels, n, axis, even=False):
    """even: half a pixel of the margin goes to the even side, as torchvision's CenterCrop has it"""
    size = pixels.shape[axis]
    if size >= n:
        first = round((size - n) / 2) if even else (size - n) // 2
        return pixels.take(range(first, first + n), axis)
    before = (n - size) // 2
    return numpy.pad(pixels, [(before, n - size - before) if i == axis else (0, 0) for i in range(3)])


def draw_rectangle(stream, width, height, area, aspect):
    """A share of the whole in area, of a form in aspect, up to ten times until it fits"""
    for _ in range(10):
        wanted = width * height * stream.range(*area)
        ratio = math.exp(stream.range(math.log(aspect[0]), math.log(aspect[1])))
        w, h = round(math.sqrt(wanted * ratio)), round(math.sqrt(wanted / ratio))
        if 1 <= w <= width and 1 <= h <= height:
            y = stream.below(height - h + 1)
            return stream.below(width - w + 1), y, w, h
    return None


def draw_crop(stream, width, height, min_area):
    """As torchvision's RandomResizedCrop, its crop from the middle where nothing fits included"""
    found = draw_rectangle(stream, width, height, (min(min_area, 1), 1), (3 / 4, 4 / 3))
    if found:
        return found
    w, h = width, height
    if width / height < 3 / 4:
        h = round(width / (3 / 4))
    elif width / height > 4 / 3:
        w = round(height * (4 / 3))
    return (width - w) // 2, (height - h) // 2, w, h


def rotated(pixels, degrees, mean):
    """About the middle, in whole numbers with 16 bits of fraction; from outside comes the mean colour."""
    height, width = pixels.shape[:2]
    cosine, sine = (round(f(degrees * math.pi / 180) * 65536) for f in (math.cos, math.sin))
    dx, dy = 2 * numpy.arange(width) - (width - 1), 2 * numpy.arange(height)[:, None] - (height - 1)
    x, y = cosine * dx + sine * dy, cosine * dy - sine * dx
    x, y = (x + (x < 0) >> 1) + (width - 1) * 32768, (y + (y < 0) >> 1) + (height - 1) * 32768
    inside = (x >= 0) & (y >= 0) & (x >> 16 < width) & (y >> 16 < height)
    x, y = numpy.where(inside, x, 0), numpy.where(inside, y, 0)
    x0, y0, u, v = x >> 16, y >> 16, ((x & 0xFFFF) >> 8)[..., None], ((y & 0xFFFF) >> 8)[..., None]
    x1, y1 = numpy.minimum(x0 + 1, width - 1), numpy.minimum(y0 + 1, height - 1)
    p = pixels.astype(numpy.int64)
    above, below = p[y0, x0] * (256 - u) + p[y0, x1] * u, p[y1, x0] * (256 - u) + p[y1, x1] * u
    result = (above * (256 - v) + below * v + (1 << 15)) >> 16
    return numpy.where(inside[..., None], result, numpy.clip(mean + numpy.float32(0.5), 0, 255).astype(numpy.int64)).astype(numpy.uint8)


def blend(grey, pixels, factor):
    """From grey (0) over the picture (1) and beyond; what is cut off is cut off, not rounded."""
    grey, pixels = numpy.int32(grey), pixels.astype(numpy.int32)
    return numpy.clip(grey.astype(numpy.float32) + numpy.float32(factor) * (pixels - grey).astype(numpy.float32), 0, 255).astype(numpy.uint8)


def luma(pixels):
    return (pixels.astype(numpy.int64) @ numpy.array([19595, 38470, 7471]) + 0x8000) >> 16


def jittered(pixels, stream, strength):
    brightness, contrast, saturation = (1 + strength * stream.range(-1, 1) for _ in range(3))
    turn = strength / 10 * stream.range(-1, 1)
    pixels = blend(0, pixels, brightness)
    pixels = blend(int(luma(pixels).mean() + 0.5), pixels, contrast)
    return turned(blend(luma(pixels)[..., None], pixels, saturation), turn)


def turned(pixels, turn):
    """The hue, by a share of the circle"""
    r, g, b = (pixels[..., c].astype(numpy.float64) for c in range(3))
    largest = numpy.maximum(numpy.maximum(r, g), b)
    spread = largest - numpy.minimum(numpy.minimum(r, g), b)
    by = numpy.where(spread == 0, 1, spread)
    hue = numpy.where(r == largest, (g - b) / by, numpy.where(g == largest, 2 + (b - r) / by, 4 + (r - g) / by)) + 6 * turn
    channels = []
    for offset in (5, 3, 1):
        k = numpy.mod(hue + offset, 6)
        channels.append(largest - spread * numpy.clip(numpy.minimum(k, 4 - k), 0, 1) + 0.5)
    return numpy.where((spread == 0)[..., None], pixels, numpy.stack(channels, -1).astype(numpy.uint8))


class Pictures(torch.utils.data.Dataset):
    """What a process takes of an epoch. Keys are (number, count): count 0 is a picture that only fills an empty share."""

    def __init__(self, manifest, preparation, variant):
        self.manifest, self.preparation, self.variant = manifest, preparation, variant

    def __getitem__(self, key):
        number, count = key
        path = self.manifest.paths[number]
        try:
            image = load(path, self.manifest.places[number])
        except Exception as error:
            raise RuntimeError(f"{path} cannot be read ({error}): take its line's part out of manifest.csv (leave the line), or bring the picture back") from error
        return self.preparation(image, self.variant, number), self.manifest.labels[number], number, float(count)


def batches(order, size, rank, world, first=0):
    """Of each batch of the order the share of this process: every world-th picture. A last batch may have fewer pictures than there
    are processes; who has none takes the first, which then counts nothing, so that all processes take the same steps."""
    for start in range(first * size, len(order), size):
        batch = order[start : start + size]
        yield [(number, 1) for number in batch[rank::world]] or [(batch[0], 0)]
