#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch's side of bench-train: trains EfficientNet-Lite0 as its transfer-learning tutorial does and prints one JSON object.

usage: peer-pytorch.py MODE FOLDER BACKBONE.safetensors EPOCHS THREADS
MODE: frozen      the tutorial's loop: the whole network forward every epoch, only the head trains
      cached      the frozen part once, the head on its output
      everything  all layers train, BatchNorm in training mode as in the tutorial
FOLDER has train/ and val/ inside.
"""
import json
import resource
import sys
import time

start = time.monotonic()
import timm
import torch
import torchvision
from safetensors.torch import load_file
from torchvision import transforms

mode, folder, weights, epochs, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
torch.set_num_threads(threads)
torch.manual_seed(0)
BATCH = 32

transform = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.PILToTensor(),
    transforms.Lambda(lambda x: (x.float() - 127) / 128)])
sets = {part: torchvision.datasets.ImageFolder(f"{folder}/{part}", transform) for part in ("train", "val")}
# one loader process; the pictures are the same every epoch, so nothing but decoding happens there
loaders = {part: torch.utils.data.DataLoader(s, BATCH, shuffle=part == "train", num_workers=1) for part, s in sets.items()}

model = timm.create_model("tf_efficientnet_lite0", num_classes=1000)
model.load_state_dict(load_file(weights), strict=False)  # without num_batches_tracked
model.reset_classifier(len(sets["train"].classes))
head = model.get_classifier()
if mode != "everything":
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith("classifier"))
    optimizer = torch.optim.Adam(head.parameters(), 1e-3)
else:
    optimizer = torch.optim.SGD(model.parameters(), 2e-3, momentum=.9)


def features(loader):
    model.eval()
    with torch.inference_mode():
        parts = [(model.forward_head(model.forward_features(x), pre_logits=True), y) for x, y in loader]
    return torch.cat([x for x, _ in parts]).clone(), torch.cat([y for _, y in parts])


def step(network, x, y):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(network(x), y).backward()
    optimizer.step()


def accuracy(network, batches):
    network.eval()
    right = total = 0
    with torch.inference_mode():
        for x, y in batches:
            right += int((network(x).argmax(1) == y).sum())
            total += len(y)
    return right / total


best = 0.0
if mode == "cached":
    (train_x, train_y), (val_x, val_y) = (features(loaders[part]) for part in ("train", "val"))
    for epoch in range(epochs):
        head.train()
        for indices in torch.randperm(len(train_x)).split(BATCH):
            step(head, train_x[indices], train_y[indices])
        best = max(best, accuracy(head, [(val_x, val_y)]))
else:
    for epoch in range(epochs):
        model.train()
        for x, y in loaders["train"]:
            step(model, x, y)
        best = max(best, accuracy(model, loaders["val"]))

peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(mode=mode, epochs=epochs, best_val_accuracy=best, wall_seconds=time.monotonic() - start,
                      peak_rss_mib=peak, torch=torch.__version__)))
