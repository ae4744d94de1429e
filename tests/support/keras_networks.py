# SPDX-License-Identifier: GPL-3.0-or-later
"""keras.applications, one of each family, small and with random weights that tell pictures apart."""
import keras
import numpy

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

# Without BatchNorm, flat activations would let the pictures' difference die away.
GAINS = {"convnext_tiny": 2}
# Swish after swish does that too, and a larger gain makes logits of millions: here the stored statistics are those of some pictures.
CALIBRATED = ["efficientnet_b0", "efficientnet_v2_b0"]


def set_weights(model, rng, gain):
    """Numbers that keep values in a fair range, none of them what a layer begins with"""
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


def calibrate(model, rng):
    """Statistics of BatchNorm as they are on pictures of stripes and noise"""
    side = model.input_shape[1]
    at = numpy.arange(side)
    pictures = numpy.stack([127 + 80 * numpy.sin(at[:, None, None] * (i + 1) / 9 + at[None, :, None] * (7 - i) / 11 + numpy.arange(3)) for i in range(6)])
    pictures += rng.normal(0, 20, pictures.shape)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.
    model(pictures.astype("float32"), training=True)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum


def make_network(name, rng, side=None, **more):
    _, make, usual, special = NETWORKS[name]
    side = side or usual
    model = make(weights=None, input_shape=(side, side, 3), **special, **more)
    set_weights(model, rng, GAINS.get(name, 1.6))
    if name in CALIBRATED:
        calibrate(model, rng)
    return model
