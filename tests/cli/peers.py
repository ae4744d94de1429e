# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests share that ask PyTorch: the interpreter that has it, random networks, their logits beside Thaw's."""
import os

from thawcli import *
from peer_python import begin_anew

try:
    import numpy
    import safetensors.torch
    import timm
    import torch
    import torchvision
    from PIL import Image
except ImportError:
    begin_anew("torch and timm are not there: run tools/get-peers torch")

torch.set_num_threads(2)
SHARED = pathlib.Path(os.environ["THAW_SHARED"])
PICTURES = SHARED / "datasets/hymenoptera"


def random_network(make):
    """With random weights that tell pictures apart, and statistics of BatchNorm that are not 0 and 1"""
    torch.manual_seed(0)
    model = make().eval()
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
    for parameter in model.parameters():
        if parameter.dim() == 1 and bool((parameter == 0).all()):
            torch.nn.init.normal_(parameter, 0, 0.05)
        elif parameter.dim() > 1 and float(parameter.abs().max()) == 0:
            torch.nn.init.normal_(parameter, 0, 0.05)
        elif parameter.dim() == 1 and float(parameter.abs().max()) < 1e-4:
            torch.nn.init.uniform_(parameter, 0.2, 0.8)  # a layer's scale that begins at 1e-6 would hide the rest
    if norms:
        set_statistics(model, norms)
    return model


def set_statistics(model, norms):
    """Those of noise, slightly off: with any others the values of a deep network grow until PyTorch in float32 and in float64 say different things"""
    usual = 299 if isinstance(model, torchvision.models.Inception3) else 224
    _, height, width = getattr(model, "default_cfg", {}).get("input_size", (3, usual, usual))
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1
    with torch.no_grad():
        model.train()(torch.randn(4, 3, height, width))
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
            norm.running_mean += 0.02 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.95, 1.05)
    model.eval()


def thaw_logits(box, model, inputs):
    safetensors.torch.save_file({"input": inputs.contiguous()}, str(box / "input.safetensors"))
    box.run("run", model, box / "input.safetensors", "-o", box / "output.safetensors", timeout=600)
    return safetensors.torch.load_file(str(box / "output.safetensors"))["logits"]


def compare_logits(box, model, inputs, theirs, tolerance=1e-3):
    """The error is judged by how much two pictures' logits differ."""
    ours = thaw_logits(box, model, inputs)
    check(ours.shape == theirs.shape, tuple(ours.shape), "is not", tuple(theirs.shape))
    spread = max(float((a - b).abs().max()) for a in theirs for b in theirs)
    error = float((ours - theirs).abs().max())
    check(spread > 0 and error <= tolerance * spread, "differs by", error, "where pictures differ by", spread)
    print(f"# {error / spread:.1e} of what pictures differ by")
