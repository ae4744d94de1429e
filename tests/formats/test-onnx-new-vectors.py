#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vectors that the onnx package makes for operator sets which Debian's libonnx-testdata does not have yet.
usage: test-onnx-new-vectors.py TEST-ONNX-VECTORS PEER-PYTHON FIRST-SET LAST-SET, where the second has onnx (tools/get-peers)"""
import os
import pathlib
import sys
import tempfile
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from peer_python import begin_anew  # noqa: E402

PROGRAM, _, FIRST, LAST = sys.argv[1:5]
try:
    from onnx import numpy_helper
    from onnx.backend.test.case.node import collect_testcases
except ImportError:
    begin_anew("onnx is not there: run tools/get-peers")


def write(folder, kind, values):
    for number, value in enumerate(values):
        proto = numpy_helper.from_array(value) if hasattr(value, "dtype") else value
        data = proto.SerializeToString() if hasattr(proto, "SerializeToString") else b""
        (folder / f"{kind}_{number}.pb").write_bytes(data)


def write_case(target, case):
    folder = target / case.name / "test_data_set_0"
    folder.mkdir(parents=True)
    (target / case.name / "model.onnx").write_bytes(case.model.SerializeToString())
    for kind, values in zip(("input", "output"), case.data_sets[0]):
        write(folder, kind, values)


def main():
    with tempfile.TemporaryDirectory() as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cases = collect_testcases(None)
        for case in cases:
            versions = [entry.version for entry in case.model.opset_import if entry.domain in ("", "ai.onnx")]
            if versions and int(FIRST) <= versions[0] <= int(LAST):
                write_case(pathlib.Path(folder), case)
        sys.exit(os.spawnl(os.P_WAIT, PROGRAM, PROGRAM, folder))


main()
