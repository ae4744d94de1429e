#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Thaw trained, in the hands of PyTorch and ONNX Runtime: torchvision's and timm's own networks take the state dict strictly, timm makes a network
of the folder, ONNX Runtime runs the ONNX file, and each says the same of hymenoptera's validation pictures as Thaw, all of them.
test-pytorch.py THAW-CLI PEER-PYTHON [NETWORK...], where the second has torch, torchvision, timm and onnxruntime (tools/get-peers torch)
"""
import csv
import runpy
import sys

from peers import *
from onnx_peer import session

# (network, where from, head); torchvision's of every family, timm's of every family that timm builds in its own way
NETWORKS = [
    ("resnet18", "torchvision", "dropout=0.2,linear"), ("mobilenet_v2", "torchvision", "linear"), ("mobilenet_v3_small", "torchvision", "linear"),
    ("efficientnet_b0", "torchvision", "linear=16,relu,batchnorm,dropout=0.1,linear"), ("densenet121", "torchvision", "linear"), ("convnext_tiny", "torchvision", "linear"),
    ("regnet_y_400mf", "torchvision", "linear"), ("squeezenet1_1", "torchvision", "linear"), ("googlenet", "torchvision", "linear"), ("vit_b_32", "torchvision", "linear"),
    ("swin_t", "torchvision", "linear"), ("swin_v2_t", "torchvision", "linear"), ("maxvit_t", "torchvision", "linear"), ("shufflenet_v2_x0_5", "torchvision", "linear"),
    ("alexnet", "torchvision", "linear"), ("vgg11", "torchvision", "linear"), ("vgg11_bn", "torchvision", "linear"), ("resnext50_32x4d", "torchvision", "linear"),
    ("wide_resnet50_2", "torchvision", "linear"), ("inception_v3", "torchvision", "linear"), ("mnasnet0_5", "torchvision", "linear"),
    ("efficientnet_v2_s", "torchvision", "linear"), ("regnet_x_400mf", "torchvision", "linear"),
    ("resnet18", "timm", "linear"), ("tf_efficientnet_b0", "timm", "dropout=0.2,linear"), ("mobilenetv2_050", "timm", "linear"), ("mobilenetv3_small_050", "timm", "linear"),
    ("convnext_atto", "timm", "linear"), ("vit_tiny_patch16_224", "timm", "linear"), ("regnetx_002", "timm", "linear"), ("tf_efficientnet_lite0", "timm", "linear"),
]


def answers(model, transform, labels):
    """path -> label"""
    found = {}
    with torch.no_grad():
        for path in sorted((PICTURES / "val").rglob("*.jpg")):
            with Image.open(path) as image:
                found[str(path)] = labels[int(model(transform(image.convert("RGB"))[None]).argmax())]
    return found


def in_onnx_runtime(path):
    """A function of pictures, as PyTorch's networks are"""
    runner = session(path)
    return lambda pictures: torch.from_numpy(runner.run(None, {"input": pictures.numpy()})[0])


def thaw_answers(box, project):
    box.run("evaluate", project, PICTURES / "val", "--predictions", box / "predictions.csv", timeout=900)
    with open(box / "predictions.csv", newline="") as file:
        return {row["path"]: max(("ants", "bees"), key=lambda name: float(row[name])) for row in csv.DictReader(file)}


def backbone(box, name, source):
    if source == "timm":
        model = random_network(lambda: timm.create_model(name, num_classes=1000))
        timm.models.save_for_hf(model, box / name, safe_serialization=True)
        return box / name
    extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model = random_network(lambda: torchvision.models.get_model(name, weights=None, **extra))
    torch.save(model.state_dict(), box / (name + ".pth"))
    return box / (name + ".pth")


def compare(ours, theirs, what):
    check(len(theirs) == 153, len(theirs))
    other = [path for path in theirs if ours[path] != theirs[path]]
    print(f"# {what}: the same class on {len(theirs) - len(other)} of {len(theirs)}")
    check(not other, what, "says otherwise of", other[:3])


def exporting(name, source, head):
    def test(box):
        project = box / "project.thaw"
        project.unlink(missing_ok=True)
        box.run("train", PICTURES, "--project", project, "--backbone", backbone(box, name, source), "--head", head, "--epochs", "1", timeout=1800)
        ours = thaw_answers(box, project)
        event = box.run("export", project, "-o", box / "state.pth", "--json", timeout=900).event("export")
        check(event["same_top1"] == event["checked"] == 153, event)
        told = runpy.run_path(str(box / "state.py"))
        compare(ours, answers(told["model"], told["transform"], told["labels"]), "state dict")
        box.run("export", project, "--format", "pytorch", "-o", box / "same.safetensors", timeout=900)
        same = runpy.run_path(str(box / "same.py"))["model"].state_dict()
        check(all(torch.equal(value, same[key]) for key, value in told["model"].state_dict().items()), "another state dict as safetensors")
        event = box.run("export", project, "-o", box / "model.onnx", "--json", timeout=900).event("export")
        check(event["same_top1"] == event["checked"] == 153, event)
        compare(ours, answers(in_onnx_runtime(box / "model.onnx"), told["transform"], told["labels"]), "ONNX")
        if source == "timm":
            box.run("export", project, "--format", "timm", "-o", box / "folder", timeout=900)
            model = timm.create_model("local-dir:" + str(box / "folder"), pretrained=True).eval()
            transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
            compare(ours, answers(model, transform, model.pretrained_cfg["label_names"]), "folder")
            shutil.rmtree(box / "folder")

    test.__name__ = "test_%s_%s" % (source, name)
    return test


main([exporting(*network) for network in NETWORKS if not sys.argv[3:] or network[0] in sys.argv[3:]])
