#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""keras.applications, one of each family with random weights, saved by Keras and computed by both.
test-keras-peer.py KERAS-FORWARD PEER-PYTHON [NAME...], where the second has keras and jax (tools/get-peers keras)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from peer_python import begin_anew  # noqa: E402

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
try:
    import h5py
    import keras
    import numpy
    from keras.src.legacy.saving import legacy_h5_format
except ImportError:
    begin_anew("Keras is not there: run tools/get-peers keras")

from keras_networks import NETWORKS, make_network  # noqa: E402
from numbers_file import write_safetensors  # noqa: E402

FORWARD = sys.argv[1]


def without_softmax(model):
    last = model.layers[-1]
    if isinstance(last, keras.layers.Activation) and last.activation is keras.activations.softmax:
        return keras.Model(model.input, last.input)
    if isinstance(last, keras.layers.Dense) and last.activation is keras.activations.softmax:
        last.activation = keras.activations.linear
    return model


def compare(path, inner, prepared, pictures, folder):
    result = numpy.asarray(without_softmax(inner).predict(prepared, verbose=0), numpy.float32)
    if result.ndim == 4:
        result = result.mean((1, 2))
    write_safetensors(folder / "numbers.safetensors", {"pictures": pictures.astype(numpy.float32), "result": result})
    done = subprocess.run([FORWARD, path, folder / "numbers.safetensors"], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{path.name}: {done.stderr.strip()}")
    error, spread, width = map(float, done.stdout.split())
    print(f"# {path.name}: error {error:.3g}, {error / spread:.3g} of the pictures' difference, {width:.0f} numbers", flush=True)
    assert width == result.shape[1] and spread > 1e-3 and error < 1e-3 * spread, f"{path.name}: {error} of {spread}"


def save(model, path):
    """Whole, or the weights alone as Keras 3 or, as keras.applications' files have them, Keras 2 saves them"""
    if path.name.endswith(".old.h5"):
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)


def check_network(name, folder):
    module, _, side, _ = NETWORKS[name]
    rng = numpy.random.default_rng(7)
    pictures = rng.integers(0, 256, (2, side, side, 3)).astype(numpy.float64)
    pictures[1] = pictures[1] / 3 + 100
    for top in (True, False):
        keras.utils.clear_session()
        model = make_network(name, rng, include_top=top)
        for ending in ("keras", "h5") if top else ("keras", "weights.h5", "old.h5"):
            path = folder / f"{name}{'' if top else '_notop'}.{ending}"
            save(model, path)
            compare(path, model, module.preprocess_input(pictures.copy()), pictures, folder)
            path.unlink()


def main():
    names = sys.argv[3:] or list(NETWORKS)
    failed = 0
    print(f"1..{len(names)}", flush=True)
    for number, name in enumerate(names, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check_network(name, pathlib.Path(folder))
                print(f"ok {number} {name}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"# {error}\nnot ok {number} {name}", flush=True)
    sys.exit(1 if failed else 0)


main()
