# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts that compare whole processes share."""
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".cache/peers-torch/bin/python"  # tools/get-peers torch
THAW = ROOT / "build/thaw-cli"


def last_object(command, environment=None):
    """Runs it; the JSON object in the last line of what it prints"""
    out = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, env=environment).stdout.decode()
    return json.loads(out.strip().splitlines()[-1])


def train(arguments, scratch):
    """thaw-cli train; nothing is left from the run before: its own project and feature cache"""
    with tempfile.TemporaryDirectory(dir=scratch) as home:
        return last_object([THAW, "train", *arguments, "--json"], dict(os.environ, XDG_CACHE_HOME=home, XDG_DATA_HOME=home))


def spread(values, form):
    """Minimum / median / maximum"""
    return " / ".join(form.format(value) for value in (min(values), statistics.median(values), max(values)))
