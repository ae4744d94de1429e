# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as other programs bring them to a network's size: torchvision's Resize and CenterCrop, by Pillow."""
import numpy
from PIL import Image

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def decoded(path):
    with Image.open(path) as image:
        return image.convert("RGB")


def cropped(image, preprocessing):
    """[H, W, 3], 0 to 255"""
    side, width, height = (preprocessing[key] for key in ("resize", "width", "height"))
    short = min(image.size)
    scaled = image.resize([side if n == short else int(side * n / short) for n in image.size], FILTERS[preprocessing["filter"]])
    left, top = (round((n - crop) / 2) for n, crop in zip(scaled.size, (width, height)))
    return numpy.asarray(scaled.crop((left, top, left + width, top + height)), numpy.float32)
