#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A training that goes on elsewhere: the folder that is exported, and results that come back, good ones and such as nobody would send.
test-training.py THAW-CLI
"""
import copy
import csv

from thawcli import *

NETWORK = "shufflenet_v2_x0_5"


def metadata_of(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length])["__metadata__"]


def epoch(number, accuracy, **more):
    return {"phase": 0, "epoch": number, "loss": 0.5 / (number + 1), "accuracy": 0.5, "val_loss": 0.4 / (number + 1), "val_accuracy": accuracy, "lr": 1e-3, "seconds": 2.5,
            "images_per_second": 14.4, "best": accuracy > 0.5, **more}


def metrics(box, **more):
    """What train.py would write after two epochs"""
    settings = json.loads((box / "folder/settings.json").read_text())
    training = {**settings["training"], "phases": [{key: value for key, value in phase.items() if key not in ("trains", "rates", "batch-statistics-of")}
                                                  for phase in settings["training"]["phases"]]}
    return {"format": "thaw-result", "version": 1, "run": settings["run"]["id"], "started": settings["run"]["started"], "finished": True, "processes": 2, "device": "cuda",
            "training": training, "epochs": [epoch(1, 0.5), epoch(2, 0.75)], "steps": [[1, 0.69, 1e-3, 0.5], [2, 0.6, 1e-3, 1.0], [3, 0.5, 1e-3, 1.5], [4, 0.4, 1e-3, 2.0]], **more}


def put_result(box, found, weights=None):
    result = box / "folder/result"
    shutil.rmtree(result, ignore_errors=True)
    write(result / "metrics.json", found if isinstance(found, bytes) else json.dumps(found).encode())
    tensors = read_safetensors(box / "folder/weights.safetensors")
    shape = tensors["fc.bias"][1]
    write_safetensors(result / "weights.safetensors", weights if weights is not None else {
        name: (shape_of, floats(raw) if name != "fc.bias" else [0.5] * shape[0]) for name, (kind, shape_of, raw) in tensors.items() if kind == "F32"})
    return result


def run_count(box):
    return len(box.run("runs", box / "p.thaw", "--json").events("run"))


def test_folder(box):
    make_pictures(box / "pictures, with a comma", train=5, val=3)
    box.run("train", box / "pictures, with a comma", "--project", box / "p.thaw", "--backbone", NETWORK, "--random-weights", "--input", "32", "--batch", "8", "--epochs", "2",
            "--augment", "light", "--label-smoothing", "0.1", "--rate", "head=3", "--seed", "9223372036854775807")
    box.run("export", box / "p.thaw", "--format", "pytorch-training", "-o", box / "folder")
    found = sorted(path.name for path in (box / "folder").iterdir())
    check(found == ["README.md", "manifest.csv", "network.py", "pictures.py", "progress.safetensors", "rules.py", "settings.json", "train.py", "weights.safetensors"], found)
    settings = json.loads((box / "folder/settings.json").read_text())
    check(settings["labels"] == ["ants", "bees", "cats"] and settings["library"] == "torchvision" and settings["architecture"] == NETWORK, settings)
    training, phase = settings["training"], settings["training"]["phases"][0]
    check(phase["trains"] == ["fc.weight", "fc.bias"] and phase["rates"] == {"fc.weight": 3.0, "fc.bias": 3.0} and phase["batch-statistics-of"] == {}, phase)
    check(int(training["seed"]) == 2**63 - 1 and training["batch"] == 8 and training["label-smoothing"] == 0.1 and "threads" not in training, training)
    check([(drop["before"], round(drop["p"], 6)) for drop in settings["dropout"]] == [("fc", 0.2)], settings["dropout"])
    with open(box / "folder/manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    check(len(rows) == 24 and sum(row["part"] == "training" for row in rows) == 15 and {row["class"] for row in rows} == {"ants", "bees", "cats"}, rows)
    check(all((pathlib.Path(settings["pictures"]) / row["path"]).exists() for row in rows), settings["pictures"])
    progress = json.loads(metadata_of(box / "folder/progress.safetensors")["progress"])
    check(progress["epoch"] == 2 and "changed" not in progress, progress)
    names = set(read_safetensors(box / "folder/progress.safetensors"))
    check({"model/fc.weight", "best/fc.bias", "slot0/fc.weight", "slot1/fc.bias"} <= names, names)
    for name in ("train.py", "pictures.py", "rules.py", "network.py"):
        compile((box / "folder" / name).read_text(), name, "exec")


def test_refused_exports(box):
    box.fails("export", make_backbone(box), "--format", "pytorch-training", "-o", box / "other", says="a run is in a project")
    box.fails("export", box / "backbone.thaw", "--format", "pytorch-training", "-o", box / "other", says="PyTorch has no network")
    check(not list(box.path.glob("other*")), "something was left behind")


def test_import(box):
    result = put_result(box, metrics(box))
    event = box.run("import-run", box / "p.thaw", box / "folder", "--json").event("imported")
    check(event["run"] == 2 and event["status"] == "done" and event["epochs"] == 2 and event["best_val_accuracy"] == 0.75, event)
    run = box.run("runs", box / "p.thaw", "--json").events("run")[-1]
    check(run["best_epoch"] == 2 and run["train"] == 15 and run["val"] == 9 and run["classes"] == 3, run)
    epochs = box.run("runs", box / "p.thaw", "--run", "2", "--json").events("epoch")
    check([e["val_accuracy"] for e in epochs] == [0.5, 0.75] and epochs[1]["best"], epochs)
    box.run("evaluate", box / "p.thaw", box / "pictures, with a comma" / "val")
    box.run("export", box / "p.thaw", "--run", "2", "-o", box / "back.safetensors")
    check(set(floats(read_safetensors(box / "back.safetensors")["head.1.bias"][2])) == {0.5}, "other weights")
    # result/ alone is enough
    check(box.run("import-run", box / "p.thaw", result, "--json").event("imported")["run"] == 3, "result/ alone")
    box.fails("export", box / "p.thaw", "--format", "pytorch-training", "-o", box / "folder", says="has the result of an earlier training")


def test_unfinished_goes_on(box):
    found = metrics(box, finished=False)
    found["training"]["phases"][0]["epochs"] = 3
    result = put_result(box, found)
    box.fails("import-run", box / "p.thaw", box / "folder", says="checkpoint.safetensors")
    shutil.copy(box / "folder/progress.safetensors", result / "checkpoint.safetensors")
    event = box.run("import-run", box / "p.thaw", box / "folder", "--json").event("imported")
    check(event["status"] == "stopped", event)
    done = box.run("train", "--project", box / "p.thaw", "--resume", "--json").event("done")
    check(done["run"] == event["run"] and done["epochs"] == 3, done)


def changed(box, **more):
    return lambda: (metrics(box, **more), None)


def test_hostile(box):
    good, raw = metrics(box), json.dumps(metrics(box))
    own = {name: (shape, list(floats(data))) for name, (kind, shape, data) in read_safetensors(box / "folder/weights.safetensors").items() if kind == "F32"}
    options = copy.deepcopy(good["training"])
    options["phases"] = "all"
    without = {name: tensor for name, tensor in own.items() if name != "fc.weight"}
    cases = [
        (b"", None, "JSON"), (raw[:-5].encode(), None, "JSON"), (b"[" * 100000, None, "JSON"), (b"{}", None, "no result of a training"), (b"[1]", None, "no result of a training"),
        ({**good, "format": "thaw"}, None, "no result of a training"), ({**good, "version": 2}, None, "newer version"), ({**good, "run": 99}, None, "open the project"),
        ({**good, "started": 1}, None, "open the project"), ({**good, "processes": 0}, None, "the description"), ({**good, "device": "x" * 50}, None, "the description"),
        ({**good, "training": options}, None, "training options"), ({**good, "training": {**good["training"], "batch": -1}}, None, "batch"),
        ({**good, "training": {**good["training"], "more": "x" * 300000}}, None, "the settings"),
        ({**good, "epochs": []}, None, "no whole epoch"), ({**good, "epochs": [epoch(1, 2.0)]}, None, "the list of epochs"), ({**good, "epochs": [epoch(1, 0.5), epoch(3, 0.5)]}, None, "the list of epochs"),
        ({**good, "epochs": [epoch(1, 0.5, phase=1)]}, None, "the list of epochs"), ({**good, "epochs": [epoch(0, 0.5)]}, None, "the list of epochs"),
        ({**good, "epochs": [epoch(10**7, 0.5)]}, None, "the list of epochs"), ({**good, "steps": [[2, 1, 1, 1], [1, 1, 1, 1]]}, None, "the list of steps"),
        ({**good, "steps": [[1, 1, 1]]}, None, "the list of steps"), ({**good, "steps": {}}, None, "the list of steps"),
        (raw.replace("0.69", "NaN").encode(), None, "JSON"), (raw.replace("0.69", "1e999").encode(), None, "the list of steps"),
        (good, without, "weights.safetensors"), (good, {**own, "fc.bias": ([2], [0.0, 0.0])}, "weights.safetensors"), (good, {**own, "fc.bias": ([3], [0.0, float("nan"), 0.0])}, "no numbers"),
    ]
    before = run_count(box)
    for found, weights, says in cases:
        put_result(box, found, weights)
        box.fails("import-run", box / "p.thaw", box / "folder", says=says)
    result = put_result(box, good)
    whole = (result / "weights.safetensors").read_bytes()
    for content in (b"", whole[:1000], whole[:-1], struct.pack("<Q", 2**60) + whole[8:], b"\x80\x02cos\nsystem\n(S'touch /tmp/x'\ntR.", b"PK\3\4" + bytes(200)):
        write(result / "weights.safetensors", content)
        box.fails("import-run", box / "p.thaw", box / "folder", says="weights.safetensors")
    (result / "metrics.json").unlink()
    os.mkfifo(result / "metrics.json")
    box.fails("import-run", box / "p.thaw", box / "folder", says="metrics.json")
    box.fails("import-run", box / "p.thaw", box / "nowhere", says=["nowhere", "no result of a training"])
    box.fails("import-run", box / "p.thaw", status=2)
    check(run_count(box) == before, "a run was added")


main([test_folder, test_refused_exports, test_import, test_unfinished_goes_on, test_hostile])
