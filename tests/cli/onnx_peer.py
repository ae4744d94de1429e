# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX Runtime, as the tests of the command line use it."""
import onnxruntime


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
