#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small network with most kinds of layers, its weights from a formula, as Keras 3 and 2 and TensorFlow.js save it, and what Keras
computes with it: tests/formats/keras/. Run with the Python of tools/get-peers keras:
    .cache/peers-keras/bin/python tools/make-keras-fixtures.py
"""
import gzip
import json
import os
import pathlib
import sys
import tempfile
import zipfile

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
import h5py  # noqa: E402
import keras  # noqa: E402
import numpy  # noqa: E402
from keras import layers  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests/formats/keras"
sys.path.insert(0, str(ROOT / "tests/formats"))
from numbers_file import write_safetensors  # noqa: E402

SIDE = 16
LABELS = ["ants", "bees", "wasps"]


def network():
    picture = keras.Input((SIDE, SIDE, 3), name="picture")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(picture)
    x = layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = layers.BatchNormalization(scale=False, epsilon=1e-3, momentum=.9, name="stem_bn")(x)
    x = layers.Activation("relu", name="stem_relu")(x)
    y = layers.ZeroPadding2D(((0, 1), (0, 1)), name="block_1_pad")(x)
    y = layers.DepthwiseConv2D(3, strides=2, padding="valid", depth_multiplier=2, name="block_1_depthwise")(y)
    y = layers.ReLU(6.0, name="block_1_relu")(y)
    y = layers.SeparableConv2D(8, 3, padding="same", activation="swish", name="block_1_separable")(y)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="block_1_squeeze")(y)
    gate = layers.Conv2D(8, 1, activation="sigmoid", name="block_1_gate")(gate)
    y = layers.Multiply(name="block_1_scale")([y, gate])
    small = layers.MaxPooling2D(3, strides=2, padding="same", name="max_pool")(x)
    mean = layers.AveragePooling2D(3, strides=2, padding="same", name="average_pool")(x)
    x = layers.Concatenate(name="join")([y, small, mean])
    x = layers.Cropping2D(((1, 0), (0, 1)), name="crop")(x)
    x = layers.LayerNormalization(epsilon=1e-6, name="norm")(x)
    inner = keras.Sequential([layers.Dense(10, activation="gelu", name="wide"), layers.Dense(20, name="narrow")], name="inner")
    x = layers.Add(name="add")([x, inner(x)])
    x = layers.Conv2D(12, (1, 3), groups=2, dilation_rate=1, padding="same", activation="tanh", name="grouped")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(.25, name="dropout")(x)
    return keras.Model(picture, layers.Dense(len(LABELS), activation="softmax", name="predictions")(x), name="small")


def formula(index, shape):
    """In [-1, 1), exact in float32, other numbers for each weight"""
    n = int(numpy.prod(shape))
    return ((numpy.arange(n, dtype=numpy.int64) * 2654435761 + 40503 * (index + 1)) % 65536 / 32768 - 1).astype(numpy.float32).reshape(shape)


def set_weights(model):
    for index, weight in enumerate(model.weights):
        values, kind = formula(index, weight.shape), weight.path.split("/")[-1]
        if "kernel" in kind:
            values = values * (3 / numpy.prod(weight.shape[:-1])) ** .5
        weight.assign(1 + values / 4 if kind in ("gamma", "moving_variance") else values / 8 if "kernel" not in kind else values)


def logits(model, pictures):
    last = model.layers[-1]
    features = keras.Model(model.input, last.input).predict(pictures, verbose=0)
    return features @ numpy.asarray(last.kernel) + numpy.asarray(last.bias)


def write_zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, 9)


def write_tfjs(path, old, quantise, labels):
    """From what the legacy file has: the converter is a package of its own that wants TensorFlow"""
    weights, data = [], b""

    def add(name, item):
        nonlocal data
        if not isinstance(item, h5py.Dataset):
            return
        array = numpy.asarray(item, numpy.float32)
        entry = {"name": "/".join(name.split(":")[0].split("/")[-2:]), "shape": list(array.shape), "dtype": "float32"}
        if quantise and array.size > 1:
            low, high = float(array.min()), float(array.max())
            scale = (high - low) / 255 or 1
            stored = numpy.round((array - low) / scale).astype(numpy.uint8)
            entry["quantization"] = {"dtype": "uint8", "min": low, "scale": scale, "original_dtype": "float32"}
            QUANTISED[entry["name"]] = stored.astype(numpy.float64) * scale + low
            array = stored
        weights.append(entry)
        data += array.tobytes()

    old["model_weights"].visititems(add)
    half = len(data) // 2
    model = {"format": "layers-model", "generatedBy": "keras", "modelTopology": {"keras_version": "2.15.0", "backend": "tensorflow",
             "model_config": json.loads(old.attrs["model_config"])},
             "weightsManifest": [{"paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"], "weights": weights}]}
    entries = [("model.json", json.dumps(model, separators=(",", ":"))), ("group1-shard1of2.bin", data[:half]), ("group1-shard2of2.bin", data[half:])]
    if labels:
        entries.append(("metadata.json", json.dumps({"labels": LABELS, "imageSize": SIDE})))
    write_zip(path, entries)


QUANTISED = {}


def write_tiny(path, version):
    """Little but structure, for the fuzz target"""
    with h5py.File(path, "w", libver=version) as file:
        file.attrs["model_config"] = "{}"
        file.attrs["fixed"] = numpy.bytes_(b"text")
        for name, dtype in (("a", "f4"), ("b", "f2"), ("c", "i8")):
            file.create_dataset(f"group/{name}/vars/0", data=numpy.arange(6).reshape(2, 3).astype(dtype))
        file.create_dataset("empty", (2, 2), "f4")


def write_packed(path):
    """Arrays in pieces, some compressed, one of which there is nothing yet"""
    with h5py.File(path, "w") as file:
        file.create_dataset("group/a", data=(numpy.arange(37 * 5 * 3) * .25).astype("<f4").reshape(37, 5, 3), chunks=(8, 2, 3), compression="gzip",
                            shuffle=True, fletcher32=True)
        file.create_dataset("b", data=numpy.arange(300).astype("<f2"), chunks=(64,), compression="gzip")
        file.create_dataset("c", shape=(4, 6), dtype="<f4", chunks=(2, 2))
        file.create_dataset("d", data=numpy.arange(7).astype("<f4"), chunks=(3,))


def write_lzf(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=numpy.arange(64).astype("<f4"), chunks=(32,), compression="lzf")


def main():
    FOLDER.mkdir(exist_ok=True)
    model = network()
    set_weights(model)
    pictures = numpy.round((formula(99, (2, SIDE, SIDE, 3)) + 1) * 127.5).astype(numpy.float32)
    write_safetensors(FOLDER / "small.safetensors", {"pictures": pictures, "result": logits(model, pictures).astype(numpy.float32)})
    with tempfile.TemporaryDirectory() as temporary:
        new, old = pathlib.Path(temporary) / "small.keras", pathlib.Path(temporary) / "small.h5"
        tiny = [pathlib.Path(temporary) / name for name in ("tiny.h5", "tiny-latest.h5", "packed.h5", "packed-lzf.h5")]
        model.save(new)
        model.save(old)
        write_tiny(tiny[0], "earliest")
        write_tiny(tiny[1], "latest")
        write_packed(tiny[2])
        write_lzf(tiny[3])
        for path in new, old, *tiny:
            (FOLDER / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        with h5py.File(old) as file:
            write_tfjs(FOLDER / "small-tfjs.zip", file, False, True)
            write_tfjs(FOLDER / "small-tfjs-quantised.zip", file, True, False)
    for weight in model.weights:
        name = "/".join(weight.path.split("/")[-2:])
        if name in QUANTISED:
            weight.assign(QUANTISED[name])
    write_safetensors(FOLDER / "small-quantised.safetensors", {"pictures": pictures, "result": logits(model, pictures).astype(numpy.float32)})


main()
