#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading a file of 100 MB takes: ResNet-50 as every format that Thaw writes and reads. Its weights are in memory once.
test-import-cost.py THAW-CLI
"""
from thawcli import *

# of the weights in float32
MOST = 1.3
FILES = ["resnet50.safetensors", "resnet50.pth", "resnet50.onnx", "resnet50.tflite", "resnet50.keras"]


def measured(box, *arguments):
    """Peak memory in bytes and seconds of the processor"""
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(box.command(*arguments), stdout=nothing, env=box.env, cwd=box.path)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    check(process.returncode == 0, "status", process.returncode, "of", arguments)
    return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime


def test_make(box):
    pictures = make_pictures(box / "pictures", train=2, val=1)
    box.run("train", pictures, "--project", box / "project.thaw", "--backbone", "resnet50", "--random-weights", "--input", "64", "--epochs", "1", timeout=900)
    for name in FILES:
        box.run("export", box / "project.thaw", "-o", box / name, timeout=900)
    # the weights and a short header; they are not read: what this process takes would count as the peak of those it starts
    box.weights = (box / FILES[0]).stat().st_size
    check(box.weights > 90e6, box.weights)


def reading(name, command):
    def test(box):
        peak, seconds = measured(box, command, box / name)
        print(f"# {command} {name}: {peak / 1e6:.0f} MB, {peak / box.weights:.2f} of the weights, {seconds:.2f} s of the processor")
        check(peak < MOST * box.weights, peak / box.weights)

    test.__name__ = f"test_{command}_{name}"
    return test


main([test_make] + [reading(name, command) for name in FILES for command in ("inspect", "import")])
