#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Pillow makes of pictures that a formula draws, for tests/data: sizes and SHA-256 of the RGB pixels, so that the test programs,
which draw the same pictures, can compare to the bit. Files that Thaw's tests cannot write themselves are kept whole (they are tiny).

The picture "W x H" has the bytes z >> 56, z being value i of the generator of ../shared/golden/make_goldens.py for the name "picture WxH".

usage: make-image-goldens.py > tests/golden/images.json          (needs pillow and numpy; the result names their versions)
"""
import base64, hashlib, io, itertools, json, sys
import numpy as np, PIL
from PIL import Image, ImageEnhance, ImageOps
from golden_formula import generated

FILTERS = {'bilinear': Image.BILINEAR, 'bicubic': Image.BICUBIC}


def noise(name, n):
    return (generated(name, n) >> np.uint64(56)).astype(np.uint8)


def picture(w, h, channels=3):
    return noise(f'picture {w}x{h}', w * h * channels).reshape(h, w, channels)


def sha(image):
    return hashlib.sha256(np.ascontiguousarray(np.asarray(image)).tobytes()).hexdigest()


def resample():
    cases = [(13, 7, 5, 3), (13, 7, 29, 31), (1, 1, 7, 5), (7, 5, 1, 1), (64, 48, 64, 48), (101, 67, 64, 64), (67, 101, 224, 150),
             (300, 3, 17, 90), (3, 300, 90, 17), (256, 256, 224, 224), (31, 17, 31, 9), (31, 17, 8, 17), (500, 375, 341, 256),
             (1000, 2, 3, 2), (2, 2, 33, 65), (97, 89, 96, 90), (20, 60, 10, 39), (20, 60, 10, 40),
             (2, 500, 31, 17), (30, 61, 29, 50), (61, 130, 64, 64)]
    boxes = [(40, 30, 20, 20, [3.5, 2.25, 33.1, 29.9]), (40, 30, 20, 20, [5, 4, 25, 24]), (40, 30, 51, 47, [.125, 0, 39.75, 30]),
             (40, 30, 7, 3, [17.3, 11.1, 18.2, 12.7]), (99, 77, 64, 64, [10, 20, 74, 77]),
             (30, 90, 20, 20, [3.5, 2.25, 23.1, 89.9])]
    for w, h, tw, th, box in [c + (None,) for c in cases] + boxes:
        for name, f in FILTERS.items():
            out = Image.fromarray(picture(w, h)).resize((tw, th), f, box=box)
            yield dict(source=[w, h], to=[tw, th], filter=name, box=box, sha256=sha(out), first=np.asarray(out).reshape(-1)[:6].tolist())


def resize_shorter(image, size, f, rounding):                  # the longer side to the nearest integer, or as torchvision's Resize
    w, h = image.size
    short, long = (w, h) if w <= h else (h, w)
    new_long = int(size * long / short) if rounding == 'torchvision' else (2 * size * long + short) // (2 * short)
    return image.resize((size, new_long) if w <= h else (new_long, size), f)


def center_crop(image, cw, ch, rounding):                      # torchvision's; "nearest" rounds halves down
    w, h = image.size
    if cw > w or ch > h:
        left = (cw - w) // 2 if cw > w else 0
        top = (ch - h) // 2 if ch > h else 0
        right = (cw - w + 1) // 2 if cw > w else 0
        bottom = (ch - h + 1) // 2 if ch > h else 0
        image = ImageOps.expand(image, (left, top, right, bottom), 0)
        w, h = image.size
        if (cw, ch) == (w, h):
            return image
    top, left = (h - ch) // 2, (w - cw) // 2
    if rounding == 'torchvision':
        top, left = int(round((h - ch) / 2.)), int(round((w - cw) / 2.))
    return image.crop((left, top, left + cw, top + ch))


def prepare():
    settings = [(256, 224, 224, 'bilinear', False), (235, 224, 224, 'bicubic', False), (64, 64, 64, 'bilinear', False),
                (40, 33, 27, 'bicubic', False), (20, 33, 27, 'bilinear', False), (20, 24, 16, 'bilinear', False),
                (0, 48, 31, 'bicubic', True)]
    for w, h in [(500, 375), (375, 500), (333, 500), (97, 61), (28, 28), (1, 1), (2, 300), (300, 7), (225, 224)]:
        for (resize, cw, ch, f, stretch), rounding in itertools.product(settings, ('nearest', 'torchvision')):
            image = Image.fromarray(picture(w, h))
            image = image.resize((cw, ch), FILTERS[f]) if stretch else center_crop(resize_shorter(image, resize, FILTERS[f], rounding), cw, ch, rounding)
            yield dict(source=[w, h], resize=resize, crop=[cw, ch], filter=f, stretch=stretch, rounding=rounding, sha256=sha(image))


def enhance():
    kinds = dict(brightness=ImageEnhance.Brightness, contrast=ImageEnhance.Contrast, saturation=ImageEnhance.Color)
    for kind, make in kinds.items():
        for factor in (.7, 1.0, 1.25, 0.0, 1.7):
            yield dict(kind=kind, factor=factor, sha256=sha(make(Image.fromarray(picture(31, 17))).enhance(factor)))


def upright_rgb(data):
    image = Image.open(io.BytesIO(data))
    image.seek(0)
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith('I;16') or image.mode == 'I':     # GdkPixbuf keeps the upper eight bits
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)).convert('RGB')
    if image.mode in ('LA', 'RGBA', 'PA') or 'transparency' in image.info:
        image = image.convert('RGBA')
        white = Image.new('RGB', image.size, 'white')
        white.paste(image, mask=image.getchannel('A'))
        return white
    return image.convert('RGB')


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    return e


def frames():
    small = Image.fromarray(picture(9, 6)).quantize(8)
    return [small.rotate(90 * i) for i in range(3)]


def files():
    rgb, rgba = Image.fromarray(picture(9, 6)), Image.fromarray(picture(9, 6, 4), 'RGBA')
    cmyk = Image.fromarray(picture(16, 8, 4), 'CMYK').resize((32, 16), Image.BICUBIC)
    gray = Image.fromarray(picture(9, 6)[:, :, 0])
    wide = Image.fromarray((picture(9, 6)[:, :, 0].astype(np.uint16) << 8) + picture(9, 6)[:, :, 1])
    blocks = Image.fromarray(picture(5, 3)).resize((40, 24), Image.NEAREST)
    yield 'jpeg-cmyk', saved(cmyk, 'JPEG', quality=90)
    yield 'jpeg-gray', saved(gray, 'JPEG', quality=90)
    yield 'jpeg-444', saved(blocks, 'JPEG', quality=90, subsampling=0)
    yield 'jpeg-420', saved(blocks, 'JPEG', quality=70, subsampling=2)
    yield 'jpeg-420-progressive', saved(blocks, 'JPEG', quality=70, subsampling=2, progressive=True)
    yield 'jpeg-rgb', saved(blocks, 'JPEG', quality=90, keep_rgb=True)
    for o in range(1, 9):
        yield f'jpeg-orientation-{o}', saved(Image.fromarray(picture(5, 3)).resize((40, 24), Image.NEAREST), 'JPEG', exif=exif(o))
    yield 'png-rgb', saved(rgb, 'PNG')
    yield 'png-rgba', saved(rgba, 'PNG')
    yield 'png-gray', saved(gray, 'PNG')
    yield 'png-gray-alpha', saved(Image.merge('LA', [gray, rgba.getchannel('A')]), 'PNG')
    yield 'png-gray-16', saved(wide, 'PNG')
    yield 'png-1-bit', saved(gray.convert('1'), 'PNG')
    yield 'png-palette', saved(rgb.quantize(7), 'PNG')
    yield 'png-palette-alpha', saved(rgb.quantize(7), 'PNG', transparency=2)
    yield 'png-orientation-6', saved(rgb, 'PNG', exif=exif(6))
    yield 'webp-lossless', saved(rgb, 'WEBP', lossless=True)
    yield 'webp-alpha', saved(rgba, 'WEBP', lossless=True, exact=True)
    yield 'webp-orientation-8', saved(rgb, 'WEBP', lossless=True, exif=exif(8))
    yield 'gif', saved(rgb.quantize(8), 'GIF')
    yield 'gif-animated', saved(frames()[0], 'GIF', save_all=True, append_images=frames()[1:], duration=50)
    yield 'gif-transparent', saved(rgb.quantize(8), 'GIF', transparency=3)
    yield 'bmp', saved(rgb, 'BMP')
    yield 'bmp-palette', saved(rgb.quantize(8), 'BMP')
    yield 'tiff', saved(rgb, 'TIFF')
    yield 'tiff-lzw', saved(rgb, 'TIFF', compression='tiff_lzw')
    yield 'tiff-gray', saved(gray, 'TIFF')
    yield 'tiff-rgba', saved(rgba, 'TIFF')
    for o in range(2, 9):
        yield f'tiff-orientation-{o}', saved(rgb, 'TIFF', tiffinfo={0x0112: o})
    yield 'ppm', saved(rgb, 'PPM')


def decoded():
    for name, data in files():
        image = upright_rgb(data)
        yield dict(name=name, size=list(image.size), sha256=sha(image), first=np.asarray(image).reshape(-1)[:6].tolist(),
                   base64=base64.b64encode(data).decode())


def main():
    sections = dict(resample=resample(), prepare=prepare(), enhance=enhance(), files=decoded())
    text = [f'"source": "Pillow {PIL.__version__}, numpy {np.__version__}: tools/make-image-goldens.py"']
    for name, cases in sections.items():
        text.append(f'"{name}": [\n' + ',\n'.join(json.dumps(c) for c in cases) + '\n]')
    print('{\n' + ',\n'.join(text) + '\n}')


if __name__ == '__main__':
    sys.exit(main())
