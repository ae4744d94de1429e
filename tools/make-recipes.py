#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes src/zoo/thaw-zoo-recipes.inc: how each weights file that torchvision publishes wants its pictures.

The files' names say which they are ("resnet50-11ad3fa6.pth"): what is in them does not.

usage: make-recipes.py OUT.inc     (needs torch and torchvision)
"""
import os
import sys

import torchvision

HEAD = """/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * THAW_RECIPE (file, architecture, resize, size, filter, top1): one line a file, made by tools/make-recipes.py
 */
"""


def main():
    lines = []
    for name in torchvision.models.list_models(module=torchvision.models):
        for weights in torchvision.models.get_model_weights(name):
            rule = weights.transforms()
            (crop,), (resize,) = rule.crop_size, rule.resize_size
            stem = os.path.splitext(os.path.basename(weights.url))[0]
            top1 = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
            if top1 == top1:  # a file without a classifier has none
                row = (stem, name, resize, crop, rule.interpolation.name, top1)
                lines.append('THAW_RECIPE ("%s", "%s", %d, %d, %s, %g)\n' % row)
    with open(sys.argv[1], "w") as out:
        out.write(HEAD + "".join(lines))


if __name__ == "__main__":
    main()
