#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""timm's networks, saved as timm saves them for the Hugging Face hub, read by Thaw: each is recognised, and answers as timm does.
test-timm.py THAW-CLI PEER-PYTHON, where the second has torch, torchvision and timm (tools/get-peers torch)
"""
import sys

from peers import *

# (name, arguments of timm.create_model): every family, its odd members, other picture sizes
NETWORKS = [
    ("resnet18", {}), ("resnet50", {}), ("resnext50_32x4d", {}), ("wide_resnet50_2", {}),
    ("efficientnet_b0", {}), ("tf_efficientnet_b0", {}), ("tf_efficientnet_b3", {}), ("tf_efficientnetv2_s", {}), ("efficientnetv2_s", {}),
    ("efficientnet_lite0", {}), ("tf_efficientnet_lite0", {}), ("tf_efficientnet_lite3", {}),
    ("mobilenetv2_050", {}), ("mobilenetv2_100", {}), ("mobilenetv2_140", {}),
    ("mobilenetv3_small_050", {}), ("mobilenetv3_small_100", {}), ("mobilenetv3_large_075", {}), ("tf_mobilenetv3_small_100", {}), ("tf_mobilenetv3_large_100", {}),
    ("convnext_atto", {}), ("convnext_nano", {}), ("convnext_tiny", {}),
    ("vit_tiny_patch16_224", {}), ("vit_small_patch32_384", {}), ("vit_tiny_patch16_224", {"img_size": 160}), ("deit_tiny_patch16_224", {}), ("deit_small_patch16_224", {}),
    ("regnetx_002", {}), ("regnetx_004", {}), ("regnety_008", {}), ("regnety_008_tv", {}),
    ("densenet121", {}), ("vgg11", {}), ("vgg11_bn", {}),
]


def reading(name, arguments, classes):
    def test(box):
        model = random_network(lambda: timm.create_model(name, num_classes=classes, **arguments))
        folder = box / ("%s-%s" % (name, "-".join(map(str, arguments.values()))))
        labels = ["class %d" % i for i in range(classes)]
        timm.models.save_for_hf(model, folder, model_config={"label_names": labels}, model_args=arguments, safe_serialization="both")
        config = timm.data.resolve_model_data_config(model)
        if "img_size" in arguments:
            config["input_size"] = (3, arguments["img_size"], arguments["img_size"])
        found = box.run("inspect", folder, "--json").event("model")
        size = config["input_size"][1]
        check(found["width"] == size and found["height"] == size, found["width"], "x", found["height"], "is not", size)
        check(found["classes"] == classes and not found["assumption"], found)
        if not arguments:
            check(found["architecture"] in (name, "timm/" + name), found["architecture"])
        inputs = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            theirs = model(inputs)
        compare_logits(box, folder, inputs, theirs)
        layers = {event["name"] for event in box.run("inspect", folder, "--json").events("layer")}
        missing = {key.rpartition(".")[0] for key in model.state_dict()} - layers - {""}
        check(not missing, "not in the tree:", sorted(missing)[:5])
        if (folder / "model.safetensors").exists():
            (folder / "model.safetensors").unlink()
        compare_logits(box, folder, inputs, theirs)
        shutil.rmtree(folder)

    test.__name__ = "test_%s%s" % (name, "".join("_%s" % value for value in arguments.values()))
    return test


main([reading(name, arguments, 5 + i) for i, (name, arguments) in enumerate(NETWORKS) if not sys.argv[3:] or name in sys.argv[3:]])
