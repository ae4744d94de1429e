#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes resources/backbones/catalogue.json: every classification weight that torchvision publishes, from torchvision's own metadata.

Nothing is downloaded. Where an exact size is not known it is torchvision's "_file_size", MiB rounded to three decimals, and the entry says so
("bytes_are": "rounded"). The hash is what the file's own name says: the beginning of its SHA-256.

usage: .cache/peers-torch/bin/python tools/make-catalogue.py resources/backbones/catalogue.json     (tools/get-peers torch)
"""
import importlib.metadata
import json
import os
import re
import sys

import torchvision

MIB = 1 << 20
# What an entry's "meta" names as its licence, by the address it gives; the others have the licence of torchvision itself.
LICENCES = {"https://github.com/facebookresearch/SWAG/blob/main/LICENSE": "CC-BY-NC-4.0"}
OURS = "BSD-3-Clause"
# How the kinds of weights are told apart where a network has several
VARIANTS = {
    "IMAGENET1K_V1": "V1",
    "IMAGENET1K_V2": "V2",
    "IMAGENET1K_SWAG_E2E_V1": "SWAG",
    "IMAGENET1K_SWAG_LINEAR_V1": "SWAG, linear",
}
ABOUT = [
    "Made by tools/make-catalogue.py from the metadata of torchvision %s: one entry a file, in the order of torchvision's list.",
    "bytes: of the file; rounded where torchvision says it in MiB to three decimals (bytes_are). sha256: its beginning, from the file's name.",
    "multiply_adds: of one picture. top1: accuracy on ImageNet in percent, as published.",
    "Pictures: the shorter side to resize, the centre of size x size, (x / 255 - mean) / std.",
    "Not here: quantised networks, whose tensors are no weights to train; left_out says what else and why.",
]


def entry(architecture, weights, several):
    """What is known of one file; None where it has no classifier"""
    rule, meta = weights.transforms(), weights.meta
    (crop,), (resize,) = rule.crop_size, rule.resize_size
    stem, ending = os.path.splitext(os.path.basename(weights.url))
    digits = re.search(r"-([0-9a-f]{8,64})$", stem)
    top1 = meta["_metrics"]["ImageNet-1K"]["acc@1"]
    assert ending == ".pth" and digits, weights.url
    if top1 != top1:
        return None
    address = meta.get("license")
    made = {
        "name": stem,
        "architecture": architecture,
        "weights": weights.name,
        "variant": VARIANTS[weights.name] if several else None,
        "standard": weights == type(weights).DEFAULT,
        "url": weights.url,
        "bytes": round(meta["_file_size"] * MIB),
        "bytes_are": "rounded",
        "sha256": digits.group(1),
        "parameters": meta["num_params"],
        "multiply_adds": round(meta["_ops"] * 1e9),
        "top1": top1,
        "resize": resize,
        "size": crop,
        "interpolation": rule.interpolation.value,
        "mean": list(rule.mean),
        "std": list(rule.std),
        "licence": LICENCES[address] if address else OURS,
    }
    if address:
        made["licence_url"] = address
    return made


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[-1])
    licence = importlib.metadata.metadata("torchvision").get("License", "")
    assert "BSD" in licence, licence
    entries, left_out = [], []
    for name in torchvision.models.list_models(module=torchvision.models):
        kinds = [w for w in torchvision.models.get_model_weights(name) if w.name in VARIANTS]
        for weights in torchvision.models.get_model_weights(name):
            made = entry(name, weights, len(kinds) > 1)
            if made:
                entries.append(made)
            else:
                left_out.append({"url": weights.url, "why": "it has no classifier"})
    version = torchvision.__version__.partition("+")[0]
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        dump = lambda value: json.dumps(value, ensure_ascii=False)  # noqa: E731
        lines = lambda values: ",\n".join("    " + dump(v) for v in values)  # noqa: E731
        about = [ABOUT[0] % version] + ABOUT[1:]
        out.write('{\n  "about": [\n%s\n  ],\n  "left_out": [\n%s\n  ],\n  "weights": [\n%s\n  ]\n}\n' % (lines(about), lines(left_out), lines(entries)))
    print(f"{len(entries)} files of {len({e['architecture'] for e in entries})} networks, {len(left_out)} left out")


if __name__ == "__main__":
    main()
