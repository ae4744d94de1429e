#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A training of Thaw's that goes on in PyTorch: train.py takes the same steps, in one process and in two; it can be stopped; what it trained comes back and says
of the validation pictures what train.py said; and a run goes to and fro between the two.
test-training-peers.py THAW-CLI PEER-PYTHON [TEST...], where the second has torch, torchvision and timm (tools/get-peers torch)
"""
import sqlite3

from peers import *

STEPS = 20
TOLERANCE = 0.01
SIDE = os.environ.get("THAW_TRAINING_SIDE", "96")


def train_py(box, folder, *arguments, processes=1, status=0):
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)] if processes > 1 else []
    command = [sys.executable, *launch, folder / "train.py", "--device", "cpu", "--workers", "0", *arguments]
    env = dict(box.env, OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([str(part) for part in command], capture_output=True, timeout=3600, env=env, cwd=box.path)
    check(done.returncode == status, done.returncode, done.stdout.decode(), done.stderr.decode()[-3000:])
    return done.stdout.decode()


def metrics(folder, result="result"):
    return json.loads((folder / result / "metrics.json").read_text())


def steps_of(project, run):
    """Step, loss and rate, as Thaw keeps them"""
    with sqlite3.connect(f"file:{project}?mode=ro", uri=True) as database:
        return {step: (loss, rate) for step, loss, rate in database.execute("SELECT step, loss, lr FROM steps WHERE run = ?", (run,))}


def compare(ours, theirs, what, least=STEPS):
    worst = 0
    both = [step for step in theirs if step[0] in ours]
    check(len(both) >= least, what, "has", len(both), "steps in common")
    for step, loss, rate, _ in both:
        error = abs(loss - ours[step][0]) / ours[step][0]
        check(error <= TOLERANCE, what, f"step {step}: {ours[step][0]} in Thaw, {loss} in train.py")
        check(abs(rate - ours[step][1]) <= 1e-9 * max(rate, 1e-9), what, f"step {step}: rates {ours[step][1]} and {rate}")
        worst = max(worst, error)
    print(f"# {what}: {len(both)} steps, losses differ by {worst:.1e} at most")


def backbone(box, name, source):
    """Pretrained where Thaw has it, else random"""
    if source == "here":
        return pathlib.Path(os.environ["THAW_BACKBONES"]) / f"{name}.safetensors"
    path = box / f"{source}-{name}.pth"
    if not path.exists():
        model = random_network(lambda: timm.create_model(name, num_classes=1000) if source == "timm" else torchvision.models.get_model(name, weights=None))
        torch.save(model.state_dict(), path)
    return path


def begin(box, name, source, *arguments, epochs=1, folder=PICTURES):
    """A run of Thaw's and its folder"""
    for old in box.path.glob("run*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    project = box / "run.thaw"
    box.run("train", folder, "--project", project, "--backbone", backbone(box, name, source), "--input", SIDE, "--batch", "12", "--epochs", str(epochs), "--seed", "7",
            *arguments, timeout=3600)
    box.run("export", project, "--format", "pytorch-training", "-o", box / "run-folder", timeout=900)
    return project, box / "run-folder"


# network, where from, what trains and how. Stored statistics, no dropout, a small rate: the same arithmetic.
CASES = {
    "efficientnet-lite0-head": ("efficientnet_lite0", "here", "--preset", "head", "--head", "linear", "--augment", "strong", "--lr", "1e-3"),
    "efficientnet-lite0-everything": ("efficientnet_lite0", "here", "--preset", "all", "--head", "linear", "--augment", "light", "--lr", "1e-5", "--schedule", "cosine"),
    "resnet18-everything": ("resnet18", "torchvision", "--preset", "all", "--head", "linear", "--augment", "strong", "--variants", "0", "--optimizer", "sgd", "--lr", "1e-4",
                            "--weight-decay", "1e-3", "--warmup", "0.5", "--clip", "1"),
    "mobilenet-v2-head": ("mobilenet_v2", "torchvision", "--preset", "head", "--head", "linear=16,relu,linear", "--lr", "1e-3", "--optimizer", "rmsprop"),
    "mobilenet-v2-everything": ("mobilenet_v2", "torchvision", "--preset", "all", "--head", "linear", "--augment", "light", "--optimizer", "adamw", "--lr", "1e-5",
                                "--label-smoothing", "0.1", "--class-weights", "balanced", "--rate", "head=10", "--schedule", "one-cycle"),
    # dropout is counted too
    "mobilenet-v2-dropout": ("mobilenet_v2", "torchvision", "--preset", "last", "--head", "dropout=0.3,linear", "--lr", "1e-5"),
}


def same_losses(name):
    def test(box):
        project, folder = begin(box, *CASES[name])
        ours = steps_of(project, 1)
        for processes in (1, 2):
            result = box / f"run-result{processes}"
            train_py(box, folder, "--from-start", "--steps", str(STEPS), "--result", result, processes=processes)
            compare(ours, metrics(box, result)["steps"], f"{processes} process{'es' * (processes > 1)}")

    test.__name__ = "test_" + name
    return test


def test_stopped_and_brought_back(box):
    """Stopped twice within an epoch, once with another number of processes: the same as without a stop; Thaw judges the weights as train.py did."""
    project, folder = begin(box, "efficientnet_lite0", "here", "--preset", "last", "--head", "linear", "--augment", "light", "--lr", "1e-4", epochs=2)
    train_py(box, folder, "--from-start", "--result", box / "run-whole")
    said = train_py(box, folder, "--from-start", "--steps", "8")
    check("stopped" in said, said)
    unfinished = metrics(folder)
    check(not unfinished["finished"] and len(unfinished["steps"]) == 8, unfinished)
    train_py(box, folder, "--from-start", "--steps", "20", processes=2)
    said = train_py(box, folder, "--from-start")
    found, whole = metrics(folder), metrics(box, "run-whole")
    check(found["finished"] and len(found["epochs"]) == 2 and [s[0] for s in found["steps"]] == list(range(1, 43)), found["epochs"])
    compare({step: (loss, rate) for step, loss, rate, _ in whole["steps"]}, found["steps"], "stopped and not stopped", 42)
    compare(steps_of(project, 1), found["steps"], "Thaw and stopped", 42)
    event = box.run("import-run", project, folder, "--json").event("imported")
    best = max(epoch["val_accuracy"] for epoch in found["epochs"])
    check(abs(event["best_val_accuracy"] - best) < 1e-9, event, best)
    judged = box.run("evaluate", project, PICTURES / "val", "--run", str(event["run"]), "--json", timeout=900)
    accuracy = judged.event("evaluation")["accuracy"] if judged.events("evaluation") else judged.events()[-1]["accuracy"]
    check(abs(accuracy - best) < 1e-9, "Thaw finds", accuracy, "where train.py said", best)
    print(f"# {accuracy:.4f} of the validation pictures in both")


def test_to_and_fro(box):
    """Begun by Thaw and interrupted, gone on with by train.py, and brought back before its end: the losses are those of Thaw alone."""
    arguments = ("--preset", "last", "--head", "linear", "--augment", "light", "--lr", "1e-4")
    project, _ = begin(box, "efficientnet_lite0", "here", *arguments, epochs=3)
    alone = steps_of(project, 1)
    project = box / "run-second.thaw"
    running = box.start("train", PICTURES, "--project", project, "--backbone", backbone(box, "efficientnet_lite0", "here"), "--input", SIDE, "--batch", "12", "--epochs", "3", "--seed", "7", *arguments,
                        "--json")
    running.wait_for('"epoch":1', 3600)
    running.end(signal.SIGINT)
    box.run("export", project, "--format", "pytorch-training", "-o", box / "run-second", timeout=900)
    said = train_py(box, box / "run-second", "--steps", "30", processes=2)
    check("going on in epoch 2" in said, said)
    compare(alone, metrics(box / "run-second")["steps"], "gone on with in PyTorch", 21)
    event = box.run("import-run", project, box / "run-second", "--json").event("imported")
    check(event["status"] == "stopped", event)
    done = box.run("train", "--project", project, "--resume", "--json", timeout=3600).event("done")
    check(done["run"] == event["run"] and done["epochs"] == 3, done)
    ours = steps_of(project, event["run"])
    compare(alone, [[step, *ours[step], 0] for step in sorted(ours)], "gone on with in Thaw again", 60)


def test_same_pictures(box):
    """What pictures.py makes of awkward pictures is what a training there sees: of odd sizes, turned, grey, see-through"""
    folder = box / "odd"
    for part, n in (("train", 6), ("val", 2)):
        for label, name in enumerate(("a", "b")):
            for i in range(n):
                image = Image.fromarray(numpy.random.default_rng(100 * label + i).integers(0, 255, (40 + 31 * i, 150 - 20 * i, 3), dtype=numpy.uint8))
                image = [image, image.convert("L"), image.convert("P"), image.convert("LA"), image.convert("CMYK"), image][i]
                path = folder / part / name / f"{i}.{'jpg' if i in (0, 4, 5) else 'png'}"
                path.parent.mkdir(parents=True, exist_ok=True)
                exif = Image.Exif()
                exif[0x0112] = 6
                image.save(path, **({"exif": exif, "quality": 95} if i == 5 else {}))
    arguments = ("--preset", "head", "--head", "linear", "--augment", "strong", "--lr", "1e-4", "--batch", "4")
    project, exported = begin(box, "efficientnet_lite0", "here", *arguments, epochs=3, folder=folder)
    train_py(box, exported, "--from-start", processes=2)
    compare(steps_of(project, 1), metrics(exported)["steps"], "odd pictures", 9)


def test_batch_statistics(box):
    """The statistics of the batch in one process; in two of a CPU they are of each one's share, and it trains all the same."""
    project, folder = begin(box, "mobilenet_v2", "torchvision", "--preset", "last", "--head", "linear=16,batchnorm,relu,linear", "--bn", "batch", "--lr", "1e-5")
    train_py(box, folder, "--from-start", "--steps", str(STEPS))
    compare(steps_of(project, 1), metrics(folder)["steps"], "statistics of the batch, 1 process")
    train_py(box, folder, "--from-start", "--result", box / "run-two", processes=2)
    check(metrics(box, "run-two")["finished"], "two processes")


TESTS = [same_losses(name) for name in CASES] + [test_stopped_and_brought_back, test_to_and_fro, test_same_pictures, test_batch_statistics]
main([test for test in TESTS if not sys.argv[3:] or test.__name__.removeprefix("test_").replace("_", "-") in sys.argv[3:]])
