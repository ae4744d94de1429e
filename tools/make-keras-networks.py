#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of keras.applications' networks, for files that have weights alone: resources/backbones/keras-networks.json.gz.
Widths are left out: the weights say them. Run with the Python of tools/get-peers keras:
    .cache/peers-keras/bin/python tools/make-keras-networks.py
"""
import gzip
import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
import keras  # noqa: E402
import numpy  # noqa: E402

# no weights are needed
for initializer in (keras.initializers.GlorotUniform, keras.initializers.VarianceScaling, keras.initializers.Zeros, keras.initializers.Ones):
    initializer.__call__ = lambda self, shape, dtype=None: numpy.zeros(shape, "float32")

ROOT = pathlib.Path(__file__).resolve().parent.parent
apps = keras.applications
# one of each depth: others differ in their widths alone
NETWORKS = [(name, {}) for name in (
    "MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2",
    "VGG16", "VGG19", "InceptionV3", "InceptionResNetV2", "Xception", "DenseNet121", "DenseNet169", "DenseNet201", "EfficientNetB0", "EfficientNetB1",
    "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6", "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
    "EfficientNetV2B3", "EfficientNetV2S", "EfficientNetV2M", "EfficientNetV2L", "NASNetMobile", "NASNetLarge", "ConvNeXtTiny", "ConvNeXtSmall")]
NETWORKS += [(name, {"minimalistic": True}) for name in ("MobileNetV3Small", "MobileNetV3Large")]
KEPT = {"kernel_size", "strides", "padding", "dilation_rate", "use_bias", "activation", "axis", "epsilon", "momentum", "scale", "center", "max_value",
        "keepdims", "target_shape", "cropping", "pool_size", "rate", "offset", "mean", "variance", "depth_multiplier"}
USUAL = {"strides": [1, 1], "dilation_rate": [1, 1], "activation": "linear", "use_bias": True, "depth_multiplier": 1, "center": True, "keepdims": False,
         "max_value": None}


def slim_config(layer):
    config = {key: value for key, value in layer["config"].items() if key in KEPT and not (key in USUAL and USUAL[key] == value)}
    if layer["class_name"] == "BatchNormalization":
        config = {key: value for key, value in config.items() if (key, value) not in (("scale", True), ("axis", -1), ("axis", 3))}
    if layer["class_name"] == "Reshape":
        config["target_shape"] = [*config["target_shape"][:-1], -1]
    if layer["class_name"] == "InputLayer":
        config["batch_shape"] = layer["config"]["batch_shape"]
    if "layers" in layer["config"]:
        config["layers"] = [slim(inner) for inner in layer["config"]["layers"]]
    config["name"] = layer["config"]["name"]
    return config


def slim(layer):
    small = {"class_name": layer["class_name"], "config": slim_config(layer)}
    for node in layer.get("inbound_nodes", []):
        arguments = node["args"][0] if isinstance(node["args"][0], list) else node["args"]
        tensors = [a["config"]["keras_history"] for a in arguments if isinstance(a, dict)]
        numbers = [a for a in arguments if not isinstance(a, dict)]
        small["inbound_nodes"] = [[[name, 0, 0, *([{"y": number} for number in numbers])] for name, _, _ in tensors]]
    return small


def describe(name, model, end):
    config = json.loads(model.to_json())["config"]
    print(name, len(model.layers), end, flush=True)
    return {"title": name, "end": end, "model": {"class_name": "Functional", "config": {
        "name": name, "layers": [slim(layer) for layer in config["layers"]], "output_layers": [[model.layers[-1].name, 0, 0]]}}}


def networks(name, more):
    """The whole, with the layer that it ends with without its classifier; two where that is not just left out"""
    keras.utils.clear_session()
    whole = getattr(apps, name)(weights=None, **more)
    keras.utils.clear_session()
    bare = getattr(apps, name)(weights=None, include_top=False, input_shape=whole.input_shape[1:], **more)
    last = whole.layers[len(bare.layers) - 1]
    if type(last) is type(bare.layers[-1]):
        return [describe(name, whole, last.name)]
    return [describe(name, model, model.layers[-1].name) for model in (whole, bare)]


def main():
    text = json.dumps([network for item in NETWORKS for network in networks(*item)], separators=(",", ":"))
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (ROOT / "resources/backbones/keras-networks.json.gz").write_bytes(packed)
    print(len(text), len(packed))


main()
