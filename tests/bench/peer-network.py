#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer's side of bench-network: one figure of one network, as one JSON object.

usage: peer-network.py make NETWORK FOLDER            writes NETWORK.pth and NETWORK.onnx (random weights, 10 classes)
       peer-network.py PEER FIGURE NETWORK FOLDER THREADS SECONDS
PEER:   onnxruntime
        usual       PyTorch eager, float32, as its tutorial has it
        last        the same, channels_last
        compiled    channels_last and torch.compile
        bfloat16    channels_last and autocast to bfloat16
FIGURE: forward     32 pictures
        one         one picture
        all         training step of everything, BatchNorm with its stored statistics
        all-batch   the same with the batch's statistics
        else        the name of the first module that trains (PyTorch's), BatchNorm with its stored statistics
Pictures are random numbers; the optimizer's update is not counted, as in thaw-cli bench.
"""
import contextlib
import json
import pathlib
import resource
import sys
import time

BATCH = 32


def network(name):
    import timm
    import torch
    import torchvision

    torch.manual_seed(0)
    if name == "efficientnet_lite0":
        return timm.create_model("tf_efficientnet_lite0", num_classes=10)
    return torchvision.models.get_model(name, weights=None, num_classes=10)


def make(name, folder):
    import torch

    model = network(name).eval()
    torch.save(model.state_dict(), folder / f"{name}.pth")
    torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), folder / f"{name}.onnx", dynamo=False, opset_version=13,
                      input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}})


def onnxruntime(figure, name, folder, threads):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"])
    n = 1 if figure == "one" else BATCH
    pictures = numpy.random.default_rng(0).uniform(-1, 1, (n, 3, 224, 224)).astype(numpy.float32)
    return n, lambda: session.run(None, {"input": pictures}), onnxruntime.__version__


def freeze(model, first):
    """Everything before the module @first keeps still"""
    frozen = first not in ("all", "all-batch")
    for name, module in model.named_modules():
        frozen = frozen and name != first
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(not frozen)


def stored_statistics(model):
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()


def pytorch(peer, figure, name, folder, threads):
    import torch

    torch.set_num_threads(threads)
    layout = torch.contiguous_format if peer == "usual" else torch.channels_last
    model = network(name).to(memory_format=layout)
    n = 1 if figure == "one" else BATCH
    pictures = torch.rand(n, 3, 224, 224).mul(2).sub(1).contiguous(memory_format=layout)
    labels = torch.arange(n) % 10
    precision = torch.autocast("cpu", torch.bfloat16) if peer == "bfloat16" else contextlib.nullcontext()
    if figure in ("forward", "one"):
        model.eval()
    else:
        model.train()
        freeze(model, figure)
        if figure != "all-batch":
            stored_statistics(model)
    run = torch.compile(model) if peer == "compiled" else model

    def forward():
        with torch.inference_mode(), precision:
            run(pictures)

    def step():
        for parameter in model.parameters():
            parameter.grad = None
        with precision:
            loss = torch.nn.functional.cross_entropy(run(pictures), labels)
        loss.backward()

    return n, forward if figure in ("forward", "one") else step, torch.__version__


def main():
    if sys.argv[1] == "make":
        make(sys.argv[2], pathlib.Path(sys.argv[3]))
        return
    peer, figure, name, folder = sys.argv[1:4] + [pathlib.Path(sys.argv[4])]
    threads, seconds = int(sys.argv[5]), float(sys.argv[6])
    n, act, version = (onnxruntime(figure, name, folder, threads) if peer == "onnxruntime"
                       else pytorch(peer, figure, name, folder, threads))
    act()
    act()
    passes, start = 0, time.monotonic()
    while passes < 3 or time.monotonic() - start < seconds:
        act()
        passes += 1
    took = (time.monotonic() - start) / passes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(peer=peer, what=figure, model=name, images_per_second=n / took, milliseconds=took * 1e3,
                          peak_rss_mib=peak, version=version)))


main()
