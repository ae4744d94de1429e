#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forward and training steps of whole networks: ONNX Runtime, PyTorch and Thaw in turns on random pictures of 224 x 224.

usage: bench-network.py [--figures F,...] [--networks N,...] [--peers P,...] [--rounds N] [--threads N] [--seconds X] [--isa avx2]
Needs ./run --build and tools/get-peers torch. Prints images a second (minimum / median / maximum of the rounds) of each, and
the ratio Thaw / peer round by round; a ratio over 1 means that Thaw is faster. With --isa avx2 all are held to AVX2 as far
as they can be: THAW_ISA, ONEDNN_MAX_CPU_ISA, ATEN_CPU_CAPABILITY, MKL_ENABLE_INSTRUCTIONS (ONNX Runtime has no such setting).
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile

from comparison import PYTHON, ROOT, THAW, last_object, spread

PEER = ROOT / "tests/bench/peer-network.py"
NETWORKS = ["mobilenet_v2", "efficientnet_lite0", "resnet18", "resnet50"]
PEERS = {
    "forward": ["onnxruntime", "usual"],
    "one": ["onnxruntime", "usual"],
    "all": ["usual", "last", "compiled", "bfloat16"],
    "all-batch": ["usual"],
}
LIMITS = {"THAW_ISA": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}


def run_peer(peer, figure, name, folder, options, environment):
    return last_object([PYTHON, PEER, peer, figure, name, folder, options.threads, options.seconds], environment)


def run_thaw(figure, name, folder, options, environment):
    return last_object([THAW, "bench", "--backbone", folder / f"{name}.pth", "--only", figure, "--json",
                        "--threads", options.threads, "--seconds", options.seconds], environment)


def report(figure, name, results):
    """@results: who -> a result a round; "thaw" is among them"""
    print(f"{name}, {figure} (minimum / median / maximum)")
    for who, rounds in results.items():
        rates = [result["images_per_second"] for result in rounds]
        ratios = [ours["images_per_second"] / rate for ours, rate in zip(results["thaw"], rates)]
        beside = "" if who == "thaw" else f"   Thaw / it {spread(ratios, '{:.2f}')}"
        print(f"  {who:12} images/s {spread(rates, '{:.1f}')}   peak {statistics.median(r['peak_rss_mib'] for r in rounds):.0f} MiB"
              f"   {rounds[0].get('version', '')}{beside}", flush=True)


def compare(figure, name, folder, options, environment):
    peers = [peer for peer in PEERS.get(figure, ["usual"]) if options.peers is None or peer in options.peers.split(",")]
    results = {who: [] for who in ["thaw", *peers]}
    for _ in range(options.rounds):
        for peer in peers:
            results[peer].append(run_peer(peer, figure, name, folder, options, environment))
        results["thaw"].append(run_thaw(figure, name, folder, options, environment))
    report(figure, name, results)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--figures", default="forward,one,all,all-batch")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--peers", help="of onnxruntime, usual, last, compiled, bfloat16: all that a figure has")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--isa", choices=["avx2"])
    options = parser.parse_args()
    environment = dict(os.environ, **(LIMITS if options.isa else {}))

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name in options.networks.split(","):
            subprocess.run([PYTHON, PEER, "make", name, folder], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for figure in options.figures.split(","):
                compare(figure, name, folder, options, environment)


main()
