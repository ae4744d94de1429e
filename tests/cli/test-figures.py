#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is promised on real photographs: accuracy and memory, never time.  test-figures.py THAW-CLI [long]"""
from thawcli import *

DATASETS = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets"
BACKBONES = os.environ["THAW_BACKBONES"]
# the README's command for hundreds to thousands of pictures
TWO_PHASES = ["--phase", "preset=head,epochs=10",
              "--phase", "train-from=blocks.4,epochs=6,lr=3e-4,optimizer=adamw,schedule=cosine"]


def train(box, name, *arguments, timeout=900):
    if not (DATASETS / name).exists():
        raise Skipped("../shared is not there")
    box.env["THAW_BACKBONES"] = BACKBONES
    project = box / f"{name}-{len(list(box.path.glob('*.thaw')))}.thaw"
    result = box.run("train", DATASETS / name, "--project", project, "--threads", "2", "--json", *arguments, timeout=timeout)
    return result.event("done")


def test_hymenoptera(box):
    """the defaults: the head alone"""
    found = [train(box, "hymenoptera", "--seed", str(seed))["best_val_accuracy"] for seed in range(3)]
    print("# hymenoptera, defaults:", *(f"{x:.3f}" for x in found))
    check(min(found) >= 0.947, found)


def test_sign_digits(box):
    found = [train(box, "sign_digits", "--split-seed", str(seed))["best_val_accuracy"] for seed in range(3)]
    print("# sign_digits, defaults:", *(f"{x:.3f}" for x in found))
    check(sum(found) / 3 >= 0.92, found)


def test_memory(box):
    """everything trains, batch of 32, in MiB"""
    peak = train(box, "hymenoptera", "--preset", "all", "--epochs", "1", "--lr", "1e-4")["peak_rss_mib"]
    print(f"# everything trainable: {peak:.0f} MiB")
    check(peak < 700, peak)


def test_fine_tuned(box):
    found = [train(box, "sign_digits", "--split-seed", str(seed), *TWO_PHASES, timeout=3000)["best_val_accuracy"] for seed in range(3)]
    print("# sign_digits, two phases:", *(f"{x:.3f}" for x in found))
    check(sum(found) / 3 >= 0.985, found)


main([test_fine_tuned] if sys.argv[2:] == ["long"] else [test_hymenoptera, test_sign_digits, test_memory])
