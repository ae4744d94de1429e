#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/golden/gradients.json: a training step of a small network of each of torchvision's families.

Weights, pictures and labels come from the formula that tests/support/thaw-test.h describes, so that none are stored. A
network has 10 classes, stored BatchNorm statistics, no dropout; the batch is two pictures. Everything is computed in
float64 from weights that were rounded to float32; "float32_error" is how far PyTorch's own float32 run is from it.

usage: make-gradient-goldens.py OUT.json [NAME...]     (needs torch and torchvision)
"""
import json
import math
import sys

import numpy as np
import torch
import torchvision

from golden_formula import generated

CLASSES = 10
BATCH = 2
# name, side of the pictures, gain of the weights, more parameters to look at than the first, the middle and the last but one
CASES = [
    ("alexnet", 64, 1.0, []),
    ("vgg11_bn", 32, 1.0, []),
    ("resnet18", 64, 1.0, []),
    ("resnext50_32x4d", 64, 1.0, []),
    ("densenet121", 80, 1.0, []),
    ("squeezenet1_1", 64, 1.0, []),
    ("googlenet", 64, 1.0, []),
    ("inception_v3", 107, 1.0, []),
    ("mobilenet_v2", 64, 1.0, []),
    ("mobilenet_v3_small", 64, 1.0, []),
    ("mnasnet0_5", 64, 1.0, []),
    ("shufflenet_v2_x0_5", 64, 1.0, []),
    ("efficientnet_b0", 64, 1.0, []),
    ("efficientnet_v2_s", 64, 0.5, []),
    ("regnet_x_400mf", 64, 1.0, []),
    ("regnet_y_400mf", 64, 1.0, []),
    ("convnext_tiny", 64, 1.0, ["features.1.1.layer_scale"]),
    ("vit_b_32", 224, 1.0, ["class_token", "encoder.layers.encoder_layer_3.self_attention.in_proj_bias"]),
    ("swin_t", 224, 1.0, ["features.1.1.attn.relative_position_bias_table"]),
    ("swin_v2_t", 256, 1.0, ["features.1.1.attn.logit_scale", "features.1.1.attn.cpb_mlp.0.weight", "features.5.1.attn.qkv.bias"]),
    ("maxvit_t", 224, 1.0, ["blocks.1.layers.1.layers.grid_attention.attn_layer.1.relative_position_bias_table"]),
]


def formula(name, n):
    return (generated(name, n) >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1


def value(name, shape, gain):
    u = formula(name, math.prod(shape))
    if len(shape) == 4:
        return gain * math.sqrt(6 / math.prod(shape[1:])) * u
    if len(shape) >= 2 and "class_token" not in name and "pos_embedding" not in name:
        return gain * math.sqrt(3 / math.prod(shape[1:])) * u
    if len(shape) == 1 and name.endswith((".weight", "running_var")):
        return 1 + 0.1 * u
    return 0.1 * u


def build(name, gain):
    extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model = torchvision.models.get_model(name, num_classes=CLASSES, **extra).eval()
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if key in parameters or key.endswith(("running_mean", "running_var")):
                made = value(key, tuple(tensor.shape), gain).astype(np.float32)
                tensor.copy_(torch.from_numpy(made).reshape(tensor.shape))
    return model


def step(model, side):
    pictures = formula("input", BATCH * 3 * side * side).astype(np.float32).reshape(BATCH, 3, side, side)
    dtype = next(model.parameters()).dtype
    logits = model(torch.from_numpy(pictures).to(dtype))
    loss = torch.nn.functional.cross_entropy(logits, torch.arange(BATCH) % CLASSES)
    loss.backward()
    used = {k: p.grad.detach().double() for k, p in model.named_parameters() if p.grad is not None}
    return float(loss.detach()), used


def relative(a, b):
    return float((a - b).norm() / b.norm().clamp_min(1e-300))


def describe(name, side, gain, more):
    loss, gradients = step(build(name, gain).double(), side)
    loss32, gradients32 = step(build(name, gain), side)
    names = list(gradients)
    picked = [names[0], names[len(names) // 2], names[-2]] + more
    return {
        "model": name,
        "size": side,
        "gain": gain,
        "loss": loss,
        "gradients": {
            k: {"l2": float(gradients[k].norm()), "first": [float(v) for v in gradients[k].flatten()[:4]]} for k in picked
        },
        "float32_error": {
            "loss": abs(loss32 / loss - 1),
            "gradients": max(relative(gradients32[k], gradients[k]) for k in picked),
        },
    }


def main():
    torch.set_num_threads(2)
    wanted = sys.argv[2:]
    rows = []
    for name, side, gain, more in CASES:
        if wanted and name not in wanted:
            continue
        rows.append(describe(name, side, gain, more))
        print(name, rows[-1]["loss"], rows[-1]["float32_error"], flush=True)
    with open(sys.argv[1], "w") as out:
        json.dump({"torchvision": torchvision.__version__.split("+")[0], "classes": CLASSES, "cases": rows}, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
