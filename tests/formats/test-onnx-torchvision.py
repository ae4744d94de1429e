#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""torchvision's classifiers, exported by PyTorch with random weights, read by Thaw and written again: the logits are ONNX Runtime's,
and 20 steps of training make the loss fall.
usage: test-onnx-torchvision.py ONNX-PROBE PEER-PYTHON old|new OPSET [ARCHITECTURE ...]
PEER-PYTHON has torch, torchvision, onnx and onnxruntime (tools/get-peers torch); old and new are PyTorch's two exporters."""
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from peer_python import begin_anew  # noqa: E402

PROBE, _, EXPORTER, OPSET = sys.argv[1:5]
try:
    import numpy
    import onnxruntime
    import torch
    import torchvision
except ImportError:
    begin_anew("PyTorch is not there: run tools/get-peers torch")

# what differs by less is rounding
MOST = 1e-3


def pictures(side, count, seed):
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def make(name):
    """The network, its BatchNorm statistics those of noise, so that its answers are of a size that means something"""
    torch.manual_seed(1)
    more = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
    model = torchvision.models.get_model(name, weights=None, **more)
    side = 299 if name == "inception_v3" else 224
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
    if norms:
        with torch.no_grad():
            model.train()(pictures(side, 4, 7))
    for module in model.modules():
        if isinstance(module, torch.nn.Linear) and not module.weight.any():
            torch.nn.init.normal_(module.weight, std=0.02)  # a vision transformer's head begins with zeros
    return model.eval(), side


def export(model, side, path):
    names = {"input_names": ["x"], "output_names": ["y"], "opset_version": int(OPSET), "verbose": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (pictures(side, 1, 3),), str(path), dynamo=EXPORTER == "new", **names)


def peer(path, batch):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return numpy.concatenate([session.run(None, {name: picture[None]})[0] for picture in batch])


def check(name, box):
    model, side = make(name)
    batch = pictures(side, 2, 5).numpy()
    path, again = box / "model.onnx", box / "again.onnx"
    try:
        export(model, side, path)
    except Exception as problem:  # torch has many kinds, and each export that it refuses is one
        return f"# SKIP PyTorch does not export it: {str(problem).splitlines()[0][:90]}"
    batch.tofile(box / "pictures")
    run = subprocess.run([PROBE, path, box / "pictures", box / "logits", again, "train"], capture_output=True, text=True)
    if run.returncode:
        raise AssertionError(run.stderr.strip())
    wanted = peer(path, batch)
    scale = abs(wanted[0] - wanted[1]).max()
    got = numpy.fromfile(box / "logits", numpy.float32).reshape(wanted.shape)
    error, error_again = abs(got - wanted).max() / scale, abs(peer(again, batch) - wanted).max() / scale
    before, after = (float(word) for word in run.stdout.split())
    print(f"# {name}: {error:.1e} of the largest difference, written again {error_again:.1e}, loss {before:.3g} -> {after:.3g}")
    if not (error <= MOST and error_again <= MOST):
        raise AssertionError("other answers")
    if not after < before:
        raise AssertionError("the loss does not fall")
    return ""


def main():
    names = sys.argv[5:] or sorted(torchvision.models.list_models(module=torchvision.models))
    torch.set_num_threads(2)
    failed = 0
    print(f"1..{len(names)}", flush=True)
    for number, name in enumerate(names, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                result = f"ok {number} {name} " + check(name, pathlib.Path(folder))
            except AssertionError as problem:
                failed += 1
                result = f"# {problem}\nnot ok {number} {name}"
        print(result, flush=True)
    sys.exit(1 if failed else 0)


main()
