# SPDX-License-Identifier: 0BSD
"""The rules that Thaw trains by, for PyTorch: dropout, schedules, optimizers."""
import math

import torch

from pictures import DROPOUT, Stream


class Dropout:
    """Before a layer of the network: a number is left out where value FNV-1a (name) + i of the stream (seed, DROPOUT, epoch, picture) is
    below p. So it does not depend on the process that has the picture."""

    seed, epoch, numbers, on = 0, 0, (), False

    def __init__(self, module, name, p):
        self.p, self.start = p, 0xCBF29CE484222325
        for byte in name.encode():
            self.start = (self.start ^ byte) * 0x100000001B3 & (1 << 64) - 1
        module.register_forward_pre_hook(self)

    def __call__(self, module, inputs):
        x = inputs[0]
        if not Dropout.on:
            return None
        rows = [torch.from_numpy(Stream(Dropout.seed, DROPOUT, Dropout.epoch, n).units_at(self.start, x[0].numel()) >= self.p) for n in Dropout.numbers]
        keep = torch.stack(rows).to(x.device)
        # Thaw counts through a picture's rows, columns, then channels
        keep = keep.view(len(x), x.shape[2], x.shape[3], x.shape[1]).permute(0, 3, 1, 2) if x.dim() == 4 else keep.view_as(x)
        return x * keep / (1 - self.p)


def schedule(kind, step, steps, warmup):
    """The factor on the rate at a step: it rises along a line first, then goes as PyTorch's schedules of these names do."""
    if step < warmup:
        return (step + 1) / (warmup + 1)
    left = steps - warmup
    step = min(step - warmup, max(left - 1, 0))

    def along(start, end, t):
        return end + (start - end) * (1 + math.cos(math.pi * min(max(t, 0), 1))) / 2

    if kind == "step":
        return 0.1 ** math.floor(3 * step / left) if left > 0 else 1
    if kind == "cosine":
        return along(1, 0, step / left) if left > 0 else 1
    if kind == "one-cycle":
        low, bottom, peak, end = 1 / 25, 1 / 25 * 1e-4, 0.3 * left - 1, left - 1
        if step <= peak and peak > 0:
            return along(low, 1, step / peak)
        return along(1, bottom, (step - max(peak, 0)) / (end - max(peak, 0))) if end > max(peak, 0) else 1
    return 1


# What PyTorch's optimizers call the moments that a checkpoint has as slot0 and slot1
SLOTS = {"sgd": ["momentum_buffer"], "rmsprop": ["square_avg"], "adam": ["exp_avg", "exp_avg_sq"], "adamw": ["exp_avg", "exp_avg_sq"]}


def make_optimizer(phase, network):
    """One group for each factor on the rate; frozen weights are in none, so that nothing touches them."""
    groups = {}
    for name in phase["trains"]:
        groups.setdefault(phase["rates"].get(name, 1.0), []).append(network.get_parameter(name))
    groups = [{"params": group, "factor": factor} for factor, group in groups.items()]
    kind, decay, lr, eps = phase["optimizer"], phase["weight-decay"], phase["lr"], phase["eps"]
    if kind == "sgd":
        return torch.optim.SGD(groups, lr, phase["momentum"], weight_decay=decay, nesterov=phase["nesterov"] and phase["momentum"] > 0)
    if kind == "rmsprop":
        return torch.optim.RMSprop(groups, lr, phase["alpha"], eps, decay)
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind](groups, lr, (phase["beta1"], phase["beta2"]), eps, decay)
