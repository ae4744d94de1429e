#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/golden/architectures.json: what torchvision's classifiers call their tensors.

For every classifier: how many tensors its state dict has, how many parameters, and a digest of all names and shapes, made
without any weights. "digest" is the SHA-256 of the lines "NAME D0xD1x...\\n", sorted, of what a network that was loaded has:
no counters of BatchNorm, no buffers that follow from the architecture, no auxiliary classifiers.

usage: make-architectures.py OUT.json [FOLDER]     (needs torch and torchvision; FOLDER: the lines too, a file a network)
"""
import hashlib
import json
import sys

import torch
import torchvision

LEFT_OUT = ("num_batches_tracked", "relative_position_index", "relative_coords_table")
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")


def widths_by_cpu():
    """RegNet works its widths out with tensors, which must have numbers."""
    params = torchvision.models.regnet.BlockParams
    make = params.from_init_params

    def on_cpu(*args, **kwargs):
        with torch.device("cpu"):
            return make(*args, **kwargs)

    params.from_init_params = on_cpu


def describe(name):
    extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    with torch.device("meta"):
        model = torchvision.models.get_model(name, **extra)
    kept = {k: v for k, v in model.state_dict().items() if not k.endswith(LEFT_OUT) and not k.startswith(AUXILIARY)}
    parameters = {k for k, _ in model.named_parameters()}
    lines = sorted("%s %s\n" % (k, "x".join(map(str, v.shape))) for k, v in kept.items())
    return {
        "tensors": len(kept),
        "parameters": sum(v.numel() for k, v in kept.items() if k in parameters),
        "digest": hashlib.sha256("".join(lines).encode()).hexdigest(),
    }, lines


def main():
    rows = {}
    widths_by_cpu()
    for name in torchvision.models.list_models(module=torchvision.models):
        rows[name], lines = describe(name)
        if len(sys.argv) > 2:
            open("%s/%s.txt" % (sys.argv[2], name), "w").writelines(lines)
    with open(sys.argv[1], "w") as out:
        json.dump({"torchvision": torchvision.__version__.split("+")[0], "models": rows}, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
