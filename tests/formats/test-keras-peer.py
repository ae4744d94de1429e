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

from numbers_file import write_safetensors  # noqa: E402

FORWARD = sys.argv[1]
apps = keras.applications

# name: module with preprocess_input, function, pixels a side, more arguments
NETWORKS = {
    "mobilenet": (apps.mobilenet, apps.MobileNet, 96, {"alpha": .5}),
    "mobilenet_v2": (apps.mobilenet_v2, apps.MobileNetV2, 96, {"alpha": .35}),
    "mobilenet_v3_small": (apps.mobilenet_v3, apps.MobileNetV3Small, 96, {}),
    "mobilenet_v3_large": (apps.mobilenet_v3, apps.MobileNetV3Large, 96, {"minimalistic": True}),
    "resnet50": (apps.resnet50, apps.ResNet50, 64, {}),
    "resnet50v2": (apps.resnet_v2, apps.ResNet50V2, 64, {}),
    "vgg16": (apps.vgg16, apps.VGG16, 32, {}),
    "inception_v3": (apps.inception_v3, apps.InceptionV3, 96, {}),
    "inception_resnet_v2": (apps.inception_resnet_v2, apps.InceptionResNetV2, 96, {}),
    "xception": (apps.xception, apps.Xception, 96, {}),
    "densenet121": (apps.densenet, apps.DenseNet121, 64, {}),
    "efficientnet_b0": (apps.efficientnet, apps.EfficientNetB0, 96, {}),
    "efficientnet_v2_b0": (apps.efficientnet_v2, apps.EfficientNetV2B0, 96, {}),
    "nasnet_mobile": (apps.nasnet, apps.NASNetMobile, 96, {}),
    "convnext_tiny": (apps.convnext, apps.ConvNeXtTiny, 64, {}),
}


GAINS = {"efficientnet_b0": 5, "efficientnet_v2_b0": 4, "convnext_tiny": 2}


def set_weights(model, rng, gain):
    """Numbers that keep values in a fair range, none of them what a layer begins with. @gain: more where layers without BatchNorm and
    flat activations would let the pictures' difference die away"""
    def some(weight):
        kind, shape = weight.path.split("/")[-1], weight.shape
        if kind in ("seed_generator_state", "count") or "int" in str(weight.dtype):
            return weight.numpy()
        if "kernel" in kind:
            fan = numpy.prod(shape[:-1]) if kind != "depthwise_kernel" and len(shape) != 4 or shape[-1] != 1 else shape[0] * shape[1]
            return rng.normal(0, (gain / fan) ** .5, shape)
        if "variance" in kind:
            return rng.uniform(.5, 1.5, shape)
        return rng.uniform(.7, 1.3, shape) if "gamma" in kind else rng.normal(0, .1, shape)
    for weight in model.weights:
        weight.assign(some(weight).astype(weight.dtype))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with a copy


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
    module, make, side, more = NETWORKS[name]
    rng = numpy.random.default_rng(7)
    pictures = rng.integers(0, 256, (2, side, side, 3)).astype(numpy.float64)
    pictures[1] = pictures[1] / 3 + 100
    for top in (True, False):
        keras.utils.clear_session()
        model = make(weights=None, include_top=top, input_shape=(side, side, 3), **more)
        set_weights(model, rng, GAINS.get(name, 1.6))
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
