#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Thaw trained, in the hands of TensorFlow Lite's own interpreter: it says the same of hymenoptera's validation pictures as Thaw, all of them,
with float32 weights; with float16 as often as Thaw's own check of the export says. Labels are where TensorFlow Lite's tools look for them.
test-tflite.py THAW-CLI PEER-PYTHON [NETWORK ...], where the second has ai-edge-litert, numpy and pillow (tools/get-peers tflite)
"""
import csv
import os
import re
import sys
import zipfile

from thawcli import *
from peer_python import begin_anew

try:
    import numpy
    from ai_edge_litert.interpreter import Interpreter

    from pixels import cropped, decoded
except ImportError:
    begin_anew("TensorFlow Lite's interpreter is not there: run tools/get-peers tflite")

SHARED = pathlib.Path(os.environ["THAW_SHARED"])
PICTURES = SHARED / "datasets/hymenoptera"
NETWORKS = ["efficientnet_lite0", "mobilenet_v2", "mobilenet_v3_small", "resnet18", "squeezenet1_1", "densenet121", "shufflenet_v2_x0_5", "googlenet", "mnasnet0_5",
            "efficientnet_b0", "efficientnet_v2_s", "regnet_y_400mf", "resnext50_32x4d", "inception_v3", "alexnet", "vgg11", "convnext_tiny", "vit_b_32", "swin_t",
            "swin_v2_t", "maxvit_t"]


def thaw_answers(box, model):
    """path -> probabilities"""
    box.run("evaluate", model, PICTURES / "val", "--predictions", box / "predictions.csv", timeout=1800)
    with open(box / "predictions.csv", newline="") as file:
        return {row["path"]: numpy.array([float(row["ants"]), float(row["bees"])]) for row in csv.DictReader(file)}


def rule_of(path):
    """How pictures are scaled and cut, as the file says"""
    return json.loads(re.search(rb'\{[^{}]*"resize"[^{}]*\}', path.read_bytes()).group())


class Peer:
    def __init__(self, path):
        self.interpreter = Interpreter(model_path=str(path), num_threads=2)
        self.interpreter.allocate_tensors()
        self.input, self.output = self.interpreter.get_input_details()[0], self.interpreter.get_output_details()[0]

    def __call__(self, picture):
        self.interpreter.set_tensor(self.input["index"], picture)
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output["index"])[0].copy()


def export(box, project, dtype):
    path = box / f"{dtype}.tflite"
    event = box.run("export", project, "-o", path, "--dtype", dtype, "--json", timeout=1800).event("export")
    check(event["same_top1"] == event["checked"] == 153, event)
    with zipfile.ZipFile(path) as archive:
        check(archive.read("labels.txt") == b"ants\nbees\n", "labels.txt has", archive.read("labels.txt"))
    return path, event


def judging(name):
    def test(box):
        project = box / "project.thaw"
        box.env["THAW_BACKBONES"] = os.environ["THAW_BACKBONES"]
        project.unlink(missing_ok=True)
        random = [] if name == "efficientnet_lite0" else ["--random-weights"]
        box.run("train", PICTURES, "--project", project, "--backbone", name, *random, "--per-class", "16", "--epochs", "2", timeout=3600)
        ours = thaw_answers(box, project)
        check(len(ours) == 153, len(ours))
        for dtype in ("f32", "f16"):
            path, event = export(box, project, dtype)
            rule, peer = rule_of(path), Peer(path)
            theirs = {picture: peer(cropped(decoded(picture), rule)[None]) for picture in ours}
            other = [picture for picture in ours if ours[picture].argmax() != theirs[picture].argmax()]
            largest = max(abs(ours[p] - theirs[p]).max() for p in ours)
            spread = numpy.ptp([probabilities[0] for probabilities in ours.values()])
            print(f"# {name} {dtype}: the same class on {153 - len(other)} of 153; probabilities differ by up to {largest:.2g}, those of two pictures by {spread:.2g}; "
                  f"Thaw's own reader: {event['difference']:.2g}; {os.path.getsize(path)} bytes", flush=True)
            check(dtype == "f16" or not other, name, "says otherwise of", other[:3])
            check(dtype == "f16" or largest <= 1e-3 * spread, name, "differs by", largest, "where pictures differ by", spread)
            check(len(other) <= 153 - event.get("rounding_same_top1", 153) + 1, "float16 changes", len(other), "classes, the export said", event)

    test.__name__ = "test_" + name
    return test


main([judging(name) for name in sys.argv[3:] or NETWORKS])
