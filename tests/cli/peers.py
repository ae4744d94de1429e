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
SHARED = pathlib.Path(os.environ["THAW_SHARED"]).resolve()
PICTURES = SHARED / "datasets/hymenoptera"


def random_network(make):
    """With random weights that tell pictures apart, and statistics of BatchNorm that are not 0 and 1"""
    torch.manual_seed(0)
    model = make().eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    for parameter in model.parameters():
        if parameter.dim() == 1 and bool((parameter == 0).all()):
            torch.nn.init.normal_(parameter, 0, 0.05)
        elif parameter.dim() > 1 and float(parameter.abs().max()) == 0:
            torch.nn.init.normal_(parameter, 0, 0.05)
        elif parameter.dim() == 1 and float(parameter.abs().max()) < 1e-4:
            torch.nn.init.uniform_(parameter, 0.2, 0.8)  # a layer's scale that begins at 1e-6 would hide the rest
    return model


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
