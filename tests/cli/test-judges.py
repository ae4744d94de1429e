#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports judged by others: onnx.checker and ONNX Runtime, on hymenoptera's validation pictures, decoded and scaled by Pillow.
test-judges.py THAW-CLI PEER-PYTHON, where the second has onnx, onnxruntime, numpy and pillow (tools/get-peers)
"""
import csv
import os
import sys

from thawcli import *
from peer_python import begin_anew

try:
    import numpy
    import onnx

    from onnx_peer import session
    from pixels import cropped, decoded
except ImportError:
    begin_anew("onnxruntime is not there: run tools/get-peers")

SHARED = pathlib.Path(os.environ["THAW_SHARED"])
PICTURES = SHARED / "datasets/hymenoptera"
BACKBONES = os.environ["THAW_BACKBONES"]


def prepared(image, preprocessing):
    """Normalised, [3, H, W]"""
    normal = (cropped(image, preprocessing) - numpy.float32(preprocessing["mean"])) / numpy.float32(preprocessing["std"])
    return normal.transpose(2, 0, 1)


def test_train(box):
    if not PICTURES.exists():
        raise Skipped("../shared is not there")
    box.env["THAW_BACKBONES"] = BACKBONES
    box.project = box / "hymenoptera.thaw"
    box.run("train", PICTURES, "--project", box.project, "--epochs", "5", "--json", timeout=900)
    for name, more in (("plain.onnx", []), ("whole.onnx", ["--preprocessing"]), ("model.safetensors", [])):
        box.run("export", box.project, "-o", box / name, *more, timeout=600)


def test_checker(box):
    for name in ("plain.onnx", "whole.onnx"):
        onnx.checker.check_model(str(box / name), full_check=True)
    model = onnx.load(box / "plain.onnx")
    metadata = {item.key: item.value for item in model.metadata_props}
    check(model.opset_import[0].version == 18)
    check(json.loads(metadata["labels"]) == ["ants", "bees"], metadata["labels"])
    box.preprocessing = json.loads(metadata["preprocessing"])


def test_logits(box):
    """The same pictures, prepared by Pillow, through ONNX Runtime and through Thaw"""
    paths = sorted((PICTURES / "val").rglob("*.jpg"))
    check(len(paths) == 153, len(paths))
    inputs = numpy.stack([prepared(decoded(path), box.preprocessing) for path in paths])
    runner = session(box / "plain.onnx")
    check(runner.get_inputs()[0].name == "input" and runner.get_outputs()[0].name == "logits")
    theirs = numpy.concatenate([runner.run(None, {"input": inputs[i : i + 17]})[0] for i in range(0, len(inputs), 17)])
    header = json.dumps({"input": {"dtype": "F32", "shape": inputs.shape, "data_offsets": [0, inputs.nbytes]}}).encode()
    header += b" " * (-len(header) % 8)
    write(box / "input.safetensors", struct.pack("<Q", len(header)) + header + inputs.astype("<f4").tobytes())
    for model in ("plain.onnx", "model.safetensors"):
        box.run("run", box / model, box / "input.safetensors", "-o", box / "output.safetensors")
        (_, shape, raw), = read_safetensors(box / "output.safetensors").values()
        ours = numpy.frombuffer(raw, "<f4").reshape(shape)
        check(numpy.abs(ours - theirs).max() < 1e-3, model, "differs by", numpy.abs(ours - theirs).max())
        check((ours.argmax(1) == theirs.argmax(1)).all(), model, "has another top-1")
    print(f"# largest difference of the logits: {numpy.abs(ours - theirs).max():.1e}")


def test_probabilities(box):
    """Decoded pictures of any size into the file with preprocessing inside, against what thaw-cli says of the files"""
    box.run("evaluate", box.project, PICTURES / "val", "--predictions", box / "predictions.csv", timeout=600)
    runner = session(box / "whole.onnx")
    same, largest = 0, 0.0
    with open(box / "predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    check(len(rows) == 153, len(rows))
    for row in rows:
        theirs = runner.run(None, {"image": numpy.asarray(decoded(row["path"]))})[0]
        ours = numpy.array([float(row[name]) for name in ("ants", "bees")])
        same += theirs.argmax() == ours.argmax()
        largest = max(largest, float(numpy.abs(theirs - ours).max()))
    print(f"# largest difference of the probabilities: {largest:.4f}; top-1 equal on {same} of {len(rows)}")
    check(largest < 0.05, largest)
    check(same >= 0.98 * len(rows), same)


main([test_train, test_checker, test_logits, test_probabilities])
