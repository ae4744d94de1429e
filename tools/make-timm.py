#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes src/zoo/thaw-zoo-timm.inc, the networks of timm that Thaw builds, and tests/golden/timm.json, what timm calls their tensors.

A row says which of Thaw's own architectures a network is, how it pads and which eps its BatchNorm has (asked of its modules), and how its default
weights want their pictures. "digest" is that of tools/make-architectures.py.

usage: make-timm.py OUT.inc OUT.json [FOLDER]     (needs torch and timm; FOLDER: the names and shapes too, a file a network)
"""
import hashlib
import json
import math
import re
import sys

import timm
import torch
from timm.layers import Conv2dSame

MEANS = {(0.485, 0.456, 0.406): "IMAGENET", (0.5, 0.5, 0.5): "HALF"}
VIT = {"tiny": "ti", "small": "s", "base": "b", "large": "l", "huge": "h"}
# timm's name -> Thaw's
RULES = [
    (r"(resnet(?:18|34|50|101|152)|resnext50_32x4d|resnext101_(?:32x8d|64x4d)|wide_resnet(?:50|101)_2)", r"\1"),
    (r"(densenet(?:121|161|169|201))", r"\1"),
    (r"(vgg(?:11|13|16|19)(?:_bn)?)", r"\1"),
    (r"(?:tf_)?(efficientnet_(?:b[0-7]|lite[0-4]))", r"\1"),
    (r"(?:tf_)?efficientnetv2_([sml])", r"efficientnet_v2_\1"),
    (r"mobilenetv2_(\d)(\d\d)", "WIDTH"),
    (r"(?:tf_)?mobilenetv3_(?:large|small)_(\d)(\d\d)", "WIDTH"),
    (r"(convnext_(?:atto|femto|pico|nano|tiny|small|base|large|xlarge))", r"\1"),
    (r"regnet([xy])_(\d\d\d\d?)(_tv)?", "REGNET"),
    (r"(?:vit|deit)_(tiny|small|base|large|huge)_patch(\d+)_(224|384)", "VIT"),
]
# which of those whose stages come out narrower than torchvision's, where both have them
NARROW = ("regnetx_004", "regnety_008", "regnety_080")


def own_name(name):
    for pattern, own in RULES:
        m = re.fullmatch(pattern, name)
        if not m:
            continue
        if own == "WIDTH":
            base = re.sub(r"mobilenetv", "mobilenet_v", re.sub(r"^tf_|_\d+$", "", name))
            width = float(m[1] + "." + m[2])
            return base if width == 1 else base + "_x" + ("%g" % width).replace(".", "_")
        if own == "REGNET":
            # "004" is 400 MF, "016" 1.6 GF
            hundreds = int(m[2])
            size = "%dmf" % (hundreds * 100) if hundreds < 10 else ("%g" % (hundreds / 10)).replace(".", "_") + "gf"
            return "regnet_%s_%s%s" % (m[1], size, "_narrow" if name in NARROW else "")
        if own == "VIT":
            return "vit_%s_%s" % (VIT[m[1]], m[2])
        return m.expand(own)
    return None


def row(name, own):
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=1000)  # some are published without a classifier
    modules = list(model.modules())
    same = any(isinstance(m, Conv2dSame) for m in modules)
    eps = {m.eps for m in modules if isinstance(m, torch.nn.BatchNorm2d)}
    assert len(eps) <= 1, name
    cfg = timm.data.resolve_data_config(pretrained_cfg=model.pretrained_cfg)
    size = cfg["input_size"][1]
    stretch = cfg["crop_mode"] == "squash" and cfg["crop_pct"] == 1
    resize = 0 if stretch else math.floor(size / cfg["crop_pct"])
    text = 'THAW_TIMM ("%s", "%s", %s, %s, %d, %d, %s, %s, %s)' % (
        name, own, "SAME" if same else "EXPLICIT", ("%g" % eps.pop()).replace("e-0", "e-") if eps else "0", size, resize,
        "TRUE" if stretch else "FALSE", {"bicubic": "BICUBIC", "bilinear": "BILINEAR"}[cfg["interpolation"]], MEANS[tuple(cfg["mean"])])
    kept = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    parameters = {k for k, _ in model.named_parameters()}
    lines = sorted("%s %s\n" % (k, "x".join(map(str, v.shape))) for k, v in kept.items())
    golden = {"tensors": len(kept), "parameters": sum(v.numel() for k, v in kept.items() if k in parameters),
              "digest": hashlib.sha256("".join(lines).encode()).hexdigest()}
    return text, golden, lines


def main():
    goldens = {}
    with open(sys.argv[1], "w") as inc:
        inc.write("/* SPDX-License-Identifier: GPL-3.0-or-later\n *\n"
                  " * THAW_TIMM (name, own, padding, eps, size, resize, stretch, filter, mean): one line a network, made by tools/make-timm.py\n */\n")
        # where several have the same tensors, the first is what a file without a word is taken for
        for name in sorted(timm.list_models(), key=lambda name: name.startswith(("deit", "tf_"))):
            own = own_name(name)
            if not own:
                continue
            try:
                text, goldens[name], lines = row(name, own)
            except (KeyError, RuntimeError) as error:
                print("left out:", name, repr(error))
                continue
            inc.write(text + "\n")
            if len(sys.argv) > 3:
                open("%s/%s.txt" % (sys.argv[3], name), "w").writelines(lines)
    with open(sys.argv[2], "w") as out:
        json.dump({"timm": timm.__version__, "models": goldens}, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
