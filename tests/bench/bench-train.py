#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch's loop and Thaw in turns on the same folder; prints the ratios of time, memory and accuracy.

usage: bench-train.py FOLDER [--rounds N] [--threads N] [--modes frozen,cached,everything]
FOLDER has train/ and val/ inside. Needs ./run --build and tools/get-peers torch. Both sides are whole processes, decoding
included, with the same backbone, batch of 32, optimizer, rate and number of epochs.
"""
import argparse
import tempfile

from comparison import PYTHON, ROOT, last_object, spread, train

EPOCHS = dict(frozen=3, cached=20, everything=3)
HEAD = ["--preset", "head", "--optimizer", "adam", "--lr", "1e-3"]
# the tutorial's "everything" uses batch statistics; Thaw's default for fine-tuning is the stored ones: both are measured
THAW = {
    "frozen": {"thaw": HEAD},
    "cached": {"thaw": HEAD},
    "everything": {
        "thaw, stored statistics": ["--preset", "all", "--optimizer", "sgd", "--lr", "2e-3"],
        "thaw, batch statistics": ["--preset", "all", "--optimizer", "sgd", "--lr", "2e-3", "--bn", "batch"],
    },
}


def run_peer(mode, options):
    return last_object([PYTHON, ROOT / "tests/bench/peer-pytorch.py", mode, options.folder,
                        ROOT / "build/backbones/efficientnet_lite0.safetensors",
                        str(EPOCHS[mode]), str(options.threads)])


def run_thaw(mode, arguments, options, scratch):
    return train([options.folder, "--epochs", EPOCHS[mode], "--batch", "32", "--threads", options.threads, *arguments], scratch)


def report(mode, name, peer, ours):
    ratio = [p["wall_seconds"] / o["wall_seconds"] for p, o in zip(peer, ours)]
    memory = [p["peak_rss_mib"] / o["peak_rss_mib"] for p, o in zip(peer, ours)]
    print(f"{mode}, {EPOCHS[mode]} epochs, {name} (minimum / median / maximum)")
    print(f"  seconds   PyTorch {spread([p['wall_seconds'] for p in peer], '{:.1f}')}"
          f"   Thaw {spread([o['wall_seconds'] for o in ours], '{:.1f}')}   PyTorch / Thaw {spread(ratio, '{:.2f}')}")
    print(f"  peak MiB  PyTorch {spread([p['peak_rss_mib'] for p in peer], '{:.0f}')}"
          f"   Thaw {spread([o['peak_rss_mib'] for o in ours], '{:.0f}')}   PyTorch / Thaw {spread(memory, '{:.1f}')}")
    print(f"  accuracy  PyTorch {spread([p['best_val_accuracy'] for p in peer], '{:.3f}')}"
          f"   Thaw {spread([o['best_val_accuracy'] for o in ours], '{:.3f}')}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--modes", default="frozen,cached,everything")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        for mode in options.modes.split(","):
            peer, ours = [], {name: [] for name in THAW[mode]}
            for _ in range(options.rounds):
                peer.append(run_peer(mode, options))
                for name, arguments in THAW[mode].items():
                    ours[name].append(run_thaw(mode, arguments, options, scratch))
            for name, results in ours.items():
                report(mode, name, peer, results)


main()
