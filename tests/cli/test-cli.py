#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands end to end on tiny folders: test-cli.py THAW-CLI"""
import csv
import io
import os
import pathlib
import re
import shutil
import subprocess
import time

from thawcli import *

COMMANDS = ["backbones", "inspect", "import", "train", "evaluate", "predict", "export", "runs", "run", "bench"]
QUICK = ["--epochs", "4", "--seed", "1", "--threads", "2"]


def test_help(box):
    check(re.match(rb"thaw-cli \d+\.\d+\.\d+\n$", box.run("--version").out))
    whole = box.run("--help").out.decode()
    for command in COMMANDS:
        check(f"\n  {command} " in whole, command, "is not in --help")
        text = box.run(command, "--help").out.decode()
        check("--json" in text and len(text) > 200, text)


def test_manual(box):
    """Every option of every command is in the manual page"""
    manual = (pathlib.Path(__file__).parents[2] / "src" / "cli" / "thaw-cli.1").read_text().replace("\\-", "-")
    for command in COMMANDS:
        options = set(re.findall(r"--[a-z][a-z-]*", box.run(command, "--help").out.decode().split("Options:", 1)[1])) - {"--help"}
        missing = [option for option in sorted(options) if option not in manual]
        check(not missing, command, missing)


def test_wrong_usage(box):
    cases = [
        ([], "command"),
        (["nonsense"], "nonsense"),
        (["train", "--nonsense"], "nonsense"),
        (["train"], "pictures"),
        (["train", "x", "--epochs", "many"], "epochs"),
        (["train", "x", "--epochs", "0"], "epochs"),
        (["train", "x", "--lr", "-1"], "lr"),
        (["train", "x", "--lr", "0,1"], "0,1"),
        (["train", "x", "--batch", "0"], "--batch"),
        (["train", "x", "--optimizer", "magic"], "magic"),
        (["train", "x", "--preset", "magic"], "magic"),
        (["train", "x", "--preset", "all", "--train-from", "x"], "exclude"),
        (["train", "x", "--augment", "magic"], "magic"),
        (["train", "x", "--class-weights", "magic"], "magic"),
        (["train", "x", "--precision", "half"], "half"),
        (["train", "x", "--phase", "epochs"], "epochs"),
        (["train", "x", "--threads", "1000"], "--threads"),
        (["train", "x", "--resume"], "--project"),
        (["train", "x", "--export", "model.xyz"], ".onnx"),
        (["export", "x"], "-o"),
        (["export", "x", "-o", "y.onnx", "--dtype", "f16"], "--dtype"),
        (["export", "x", "-o", "y.safetensors", "--preprocessing"], "--preprocessing"),
        (["predict", "x"], "missing"),
        (["run", "x", "y"], "-o"),
        (["runs"], "missing"),
        (["runs", "x", "y"], "many"),
        (["bench", "--batch", "x"], "--batch"),
    ]
    for arguments, word in cases:
        result = box.fails(*arguments, status=2, says=word)
        check(not result.out, "something on stdout:", result)


def test_train(box):
    box.pictures = make_pictures(box / "pictures")
    box.backbone = make_backbone(box)
    box.project = box / "first.thaw"
    result = box.run("train", box.pictures, "--backbone", box.backbone, "--project", box.project, "--json", *QUICK)
    check(not result.err, result)
    epochs = result.events("epoch")
    check([e["epoch"] for e in epochs] == [1, 2, 3, 4], epochs)
    for key in ("loss", "accuracy", "val_loss", "val_accuracy", "seconds", "images_per_second"):
        check(all(isinstance(e[key], (int, float)) for e in epochs), key, epochs)
    done = result.event("done")
    check(done["train"] == 36 and done["val"] == 18 and done["classes"] == 3 and done["run"] == 1, done)
    check(done["low"] <= done["best_val_accuracy"] <= done["high"], done)
    check(done["peak_rss_mib"] > 10 and done["wall_seconds"] > 0 and "feature_seconds" in done, done)
    check(result.events()[-1] == done, "done is not the last")
    exported = box.run("train", box.pictures, "--backbone", box.backbone, "--export", box / "at-once.onnx", "--json", *QUICK)
    check([e["event"] for e in exported.events()[-2:]] == ["export", "done"], exported)
    check(sorted(p.name for p in box.path.glob("first*")) == ["first.thaw"], "not a single file")
    box.accuracy = done["best_val_accuracy"]


def test_train_text(box):
    result = box.run("train", box.pictures, "--backbone", box.backbone, "--project", box / "text.thaw", *QUICK)
    text = result.out.decode()
    check("Validation accuracy" in text and " to " in text and str(box / "text.thaw") in text, text)
    check(text.count("epoch ") >= 4, text)
    check("\033" not in result.err.decode(), "a progress bar without a terminal")


def test_default_project(box):
    result = box.run("train", box.pictures, "--backbone", box.backbone, "--json", *QUICK)
    path = result.event("done")["project"]
    check(path.startswith(str(box / "data" / "thaw" / "projects" / "pictures-")) and os.path.exists(path), path)


def test_same_bits(box):
    """Same seed and threads: the same weights; another seed: others"""
    hashes = []
    for seed in ("1", "1", "2"):
        project = box / f"bits-{len(hashes)}.thaw"
        box.run("train", box.pictures, "--backbone", box.backbone, "--project", project, "--epochs", "4", "--seed", seed, "--threads", "2",
                "--preset", "all", "--augment", "light", "--variants", "0")
        hashes.append(weights_hash(box, project))
    check(hashes[0] == hashes[1] != hashes[2], hashes)


def test_precision(box):
    """bfloat16 for what does not train: said, kept by the run, with a cache of its own; refused where the processor has it not"""
    train = ["train", box.pictures, "--backbone", box.backbone, "--json", "--cache", box / "precision-cache", *QUICK]
    box.fails(*train, "--precision", "fast", says="choose float32", env={"THAW_ISA": "baseline"})
    if "avx512_bf16" not in pathlib.Path("/proc/cpuinfo").read_text() or os.environ.get("THAW_ISA"):
        return
    project = box / "precision.thaw"
    box.run(*train)
    result = box.run(*train, "--precision", "fast", "--project", project)
    check(b"what does not train is computed in bfloat16" in result.out, result)
    check(b"in bfloat16, " in result.out and b"in float32" in result.out, "accuracy is not said in both:", result)
    text = box.run("evaluate", project, "--precision", "fast").out
    check(b"in float32: accuracy" in text, text)
    check(b'bfloat16' in box.run("inspect", project, "--plan", "--precision", "fast").out, "not in the plan")


def test_options(box):
    """Everything at once, in two phases"""
    result = box.run(
        "train", box.pictures, "--backbone", box.backbone, "--project", box / "options.thaw", "--json", "--batch", "8", "--seed", "3",
        "--head", "dropout=0.1,linear=8,relu,batchnorm,linear", "--weight-decay", "0.01", "--clip", "1", "--warmup", "1",
        "--label-smoothing", "0.1", "--class-weights", "balanced", "--patience", "5", "--optimizer", "adamw", "--schedule", "cosine",
        "--rate", "head=2", "--bn", "blocks.0*=frozen", "--memory", "64", "--disk", "16", "--cache", box / "own-cache", "--nice", "1",
        "--split-seed", "4", "--augment", "strong", "--variants", "2",
        "--phase", "preset=head,epochs=2,lr=1e-3", "--phase", "preset=last,epochs=2,lr=1e-4,optimizer=sgd,momentum=0.8",
    )
    epochs = result.events("epoch")
    check([(e["phase"], e["epoch"]) for e in epochs] == [(1, 1), (1, 2), (2, 3), (2, 4)], epochs)
    check(result.event("done")["epochs"] == 4, result)


def test_frozen(box):
    """What is frozen is the backbone's to the bit, with weight decay and momentum on"""
    target = box / "frozen.safetensors"
    box.run("train", box.pictures, "--backbone", box.backbone, "--project", box / "frozen.thaw", "--optimizer", "sgd", "--momentum", "0.9",
            "--weight-decay", "0.1", "--epochs", "3", "--lr", "0.01", "--freeze", "blocks.0", "--freeze", "blocks.1", "--freeze", "conv_stem",
            "--export", target)
    before, after = read_safetensors(box.backbone), read_safetensors(target)
    moved = {name for name in after if name in before and before[name] != after[name]}
    frozen = {name for name in after if name.startswith(("blocks.0.", "blocks.1.", "conv_stem."))}
    check(frozen and not moved & frozen, "moved:", sorted(moved & frozen))
    check(any(name.startswith("blocks.4.") for name in moved), "nothing trained")
    check(not any("running" in name for name in moved), "stored statistics moved")


def test_limits(box):
    result = box.run("train", box.pictures, "--backbone", box.backbone, "--project", box / "limits.thaw", "--per-class", "5",
                     "--val-per-class", "2", "--json", *QUICK)
    done = result.event("done")
    check(done["train"] == 15 and done["val"] == 6, done)


def test_runs(box):
    runs = box.run("runs", box.project, "--json").events("run")
    check(len(runs) == 1 and runs[0]["status"] == "done" and runs[0]["epochs"] == 4, runs)
    check(runs[0]["best_val_accuracy"] == box.accuracy, runs)
    box.run("train", box.pictures, "--backbone", box.backbone, "--project", box.project, "--epochs", "2", "--json")
    check(len(box.run("runs", box.project, "--json").events("run")) == 2)
    check(len(box.run("runs", box.project, "--run", "2", "--json").events("epoch")) == 2)
    text = box.run("runs", box.project).out.decode()
    check("done" in text and " to " in text, text)
    box.run("runs", box.project, "--delete", "2")
    check(len(box.run("runs", box.project, "--json").events("run")) == 1)
    box.fails("runs", box.project, "--run", "9", says="9")
    box.fails("runs", box.project, "--delete", "9", says="9")


def test_evaluate(box):
    table = box / "predictions.csv"
    result = box.run("evaluate", box.project, box.pictures / "val", "--predictions", table, "--json")
    got = result.event("evaluation")
    check(got["pictures"] == 18 and abs(got["accuracy"] - box.accuracy) < 1e-9, got)
    check(sum(cell["pictures"] for cell in got["confusion"]) == 18, got)
    check(len(got["classes"]) == 3 and all(0 <= c["f1"] <= 1 for c in got["classes"]), got)
    raw = table.read_bytes()
    check(raw.count(b"\r\n") == 19 and raw.count(b"\n") == 19, "line ends")
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    right = sum(row["label"] == row["prediction"] for row in rows)
    check(right / 18 == got["accuracy"], rows)
    for row in rows:
        check(abs(sum(float(row[c]) for c in ("ants", "bees", "cats")) - 1) < 1e-4, row)
        check(row["path"].startswith(str(box.pictures / "val" / row["label"])), row)
    own = box.run("evaluate", box.project, "--json").event("evaluation")
    check(own["accuracy"] == got["accuracy"] and own["split"] == "val", own)
    text = box.run("evaluate", box.project).out.decode()
    check("accuracy" in text and "PRECISION" in text and "IS \\ SAID" in text, text)


def test_csv_quoting(box):
    folder = make_pictures(box / "quoting", ('one, "two"', "three"), 6, 2)
    project, table = box / "quoting.thaw", box / "quoting.csv"
    box.run("train", folder, "--backbone", box.backbone, "--project", project, *QUICK)
    box.run("evaluate", project, "--predictions", table)
    rows = list(csv.reader(io.StringIO(table.read_bytes().decode(), newline="")))
    check(len(rows) == 5 and all(len(row) == 7 for row in rows), rows)
    check({row[2] for row in rows[1:]} == {'one, "two"', "three"}, rows)
    check(len(box.run("evaluate", project, "--json").events()) == 1)


def test_predict(box):
    good = box.pictures / "val" / "ants" / "1000.png"
    result = box.run("predict", box.project, good, "--json")
    (line,) = result.events()
    check(abs(sum(c["probability"] for c in line["classes"]) - 1) < 1e-5 and line["class"] == line["classes"][0]["class"], line)
    bad = write(os.fspath(box / "bad.png"), b"no picture")
    result = box.run("predict", box.project, bad, good, "--json", status=1)
    lines = result.events()
    check("error" in lines[0] and lines[1]["class"] == line["class"], lines)
    check(bad in result.err.decode(), result)
    check(len(box.run("predict", box.project, good, "--top", "1").out.decode().strip().split(",")) == 1)


def test_inspect(box):
    result = box.run("inspect", box.project, "--json")
    layers, model = result.events("layer"), result.event("model")
    check(model["parameters"] == model["trainable"] + model["non_trainable"] and model["classes"] == 3, model)
    head = [layer for layer in layers if layer["name"] == "head.1"][0]
    check(head["kind"] == "linear" and head["state"] == "trains" and head["parameters"] == 256 * 3 + 3, head)
    check(model["trainable"] == 256 * 3 + 3, model)
    whole = box.run("inspect", box.backbone, "--preset", "all", "--bn", "batch", "--json")
    check(all(layer["state"] != "frozen" for layer in whole.events("layer")), whole)
    check({layer["statistics"] for layer in whole.events("layer") if "statistics" in layer} == {"batch"}, whole)
    box.fails("inspect", box.backbone, "--train-from", "nonsense", says="nonsense")
    text = box.run("inspect", box.project).out.decode()
    check("non-trainable weights:" in text and "head" in text, text)


def test_plan(box):
    result = box.run("inspect", box.backbone, "--plan", "--preset", "all", "--threads", "2", "--batch", "8", "--json")
    totals, steps = {event["part"]: event for event in result.events("plan")}, result.events("plan-step")
    check(set(totals) == {"prediction", "trained part"}, totals)
    for part, total in totals.items():
        rows = [step for step in steps if step["part"] == part]
        check(total["threads"] == 2 and total["batch"] == 8 and total["cache_bytes"] >= 1 << 17, total)
        check(abs(total["milliseconds"] - sum(row["milliseconds"] for row in rows)) < 1e-9 and total["milliseconds"] > 0, total)
        check(all(row["pictures"] >= 1 and row["kernel"] and (row["chain"] == 0) == (row["lines"] == 0) for row in rows), rows)
        check([row["stage"] for row in rows] == sorted(row["stage"] for row in rows), rows)
    check(totals["trained part"]["buffer_bytes"] > totals["prediction"]["buffer_bytes"], totals)
    head = box.run("inspect", box.backbone, "--plan", "--json").events("plan")
    check([event["part"] for event in head] == ["prediction", "frozen part", "trained part"], head)
    text = box.run("inspect", box.backbone, "--plan").out.decode()
    check("KERNEL" in text and "PICTURES" in text and "on one core" in text, text)
    measured = box.run("inspect", box.backbone, "--measure", "--batch", "2", "--json").events("plan-step")
    check(all(("measured_milliseconds" in row) == (row["part"] == "prediction") for row in measured), measured)
    check(sum(row.get("measured_milliseconds", 0) for row in measured) > 0, measured)
    box.fails("inspect", box.backbone, "--plan", "--batch", "0", says="--batch", status=2)


def test_export(box):
    for name, more in (("a.onnx", []), ("b.onnx", ["--preprocessing"]), ("c.safetensors", []), ("d.safetensors", ["--dtype", "f16"]),
                       ("e.safetensors", ["--dtype", "bf16"]), ("f.bin", ["--format", "onnx"])):
        target = box / "exports" / name
        os.makedirs(target.parent, exist_ok=True)
        got = box.run("export", box.project, "-o", target, "--json", *more).event("export")
        limit = .05 if "--preprocessing" in more else 1e-3
        check(got["checked"] == 18 and got["difference"] <= limit and target.exists(), got)
        again = box.run("evaluate", target, box.pictures / "val", "--json").event("evaluation")
        check("--dtype" in more or abs(again["accuracy"] - box.accuracy) < 1e-9, name, again)
    check(len(list((box / "exports").iterdir())) == 6, list((box / "exports").iterdir()))
    dtypes = {entry[0] for entry in read_safetensors(box / "exports" / "d.safetensors").values()}
    check(dtypes == {"F16"}, dtypes)
    made_up = box.run("export", box.backbone, "-o", box / "exports" / "g.onnx", "--json").event("export")
    check(made_up["checked"] > 0, made_up)


def test_run(box):
    values = [((i * 7919) % 2003) / 1001 - 1 for i in range(2 * 3 * 32 * 32)]
    source = write_safetensors(os.fspath(box / "input.safetensors"), {"input": ([2, 3, 32, 32], values)})
    one = write_safetensors(os.fspath(box / "one.safetensors"), {"anything": ([1, 3, 32, 32], values[3 * 32 * 32 :])})
    out = box / "output.safetensors"
    box.run("run", box.project, source, "-o", out, "--layer", "blocks.2", "--layer", "conv_stem")
    got = read_safetensors(out)
    check(got["logits"][1] == [2, 3] and got["conv_stem"][1] == [2, 8, 16, 16] and got["blocks.2"][1][2:] == [4, 4], {k: v[1] for k, v in got.items()})
    box.run("run", box / "exports" / "a.onnx", source, "-o", box / "output2.safetensors", "--threads", "1")
    twin = floats(read_safetensors(box / "output2.safetensors")["logits"][2])
    check(max(abs(a - b) for a, b in zip(floats(got["logits"][2]), twin)) < 1e-4, "ONNX and the project differ")
    # the other picture makes no difference, to the bit
    box.run("run", box.project, source, "-o", box / "output2.safetensors")
    box.run("run", box.project, one, "-o", box / "output1.safetensors")
    both, alone = (read_safetensors(box / name)["logits"][2] for name in ("output2.safetensors", "output1.safetensors"))
    check(alone == both[12:], "a picture depends on its neighbour")
    wide = write_safetensors(os.fspath(box / "wide.safetensors"), {"input": ([1, 3, 48, 64], values[: 3 * 48 * 64 // 2] * 2)})
    box.run("run", box.project, wide, "-o", box / "output3.safetensors")
    box.fails("run", box.project, source, "-o", out, "--layer", "nonsense", says="nonsense")
    flat = write_safetensors(os.fspath(box / "flat.safetensors"), {"input": ([2, 3], values[:6])})
    box.fails("run", box.project, flat, "-o", out, says="[N, 3, H, W]")


def test_import(box):
    name = box.run("import", box / "exports" / "c.safetensors", "--json").events()[0]["name"]
    listed = {b["name"]: b for b in box.run("backbones", "--json").events()}
    check(listed[name]["installed"] and "efficientnet_lite0" in listed, listed)
    check(name in box.run("backbones").out.decode())
    box.run("train", box.pictures, "--backbone", name, "--project", box / "again.thaw", *QUICK)
    box.run("train", box.pictures, "--backbone", box.project, "--project", box / "again2.thaw", "--cut", "blocks.3", *QUICK)
    model = box.run("inspect", box / "again2.thaw", "--json").event("model")
    check(model["cut_at"] == "blocks.3", model)
    box.fails("import", box.pictures / "val" / "ants" / "1000.png", says="1000.png")


def test_two_programs(box):
    """While one trains, another may read and not write"""
    project = box / "two.thaw"
    writer = box.start("train", box.pictures, "--backbone", box.backbone, "--project", project, "--epochs", "100000", "--json", "--threads", "1")
    try:
        writer.wait_for('"epoch"')
        time.sleep(1.2)
        runs = box.run("runs", project, "--json").events("run")
        check(runs[0]["status"] == "running", runs)
        check(len(box.run("runs", project, "--run", "1", "--json").events("epoch")) > 0)
        box.fails("train", box.pictures, "--backbone", box.backbone, "--project", project, says=["being written", str(writer.pid)])
        box.fails("runs", project, "--delete", "1", says="being written")
    finally:
        writer.end(signal.SIGKILL)
    check(len(box.run("runs", project, "--json").events("run")) == 1)
    check(sorted(p.name for p in box.path.glob("two*")) == ["two.thaw"], "leftovers")


def comma_locale(box):
    target = box / "locales" / "de_DE.UTF-8"
    os.makedirs(target.parent, exist_ok=True)
    if not shutil.which("localedef"):
        raise Skipped("localedef is not installed")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", target], capture_output=True)
    env = {"LOCPATH": str(target.parent), "LC_ALL": "de_DE.UTF-8"}
    if subprocess.run(["/usr/bin/printf", "%.1f", "1,5"], env=dict(box.env, **env), capture_output=True).stdout != b"1,5":
        raise Skipped("no locale with a decimal comma can be made here")
    return env


def test_decimal_comma(box):
    env = comma_locale(box)
    results = []
    for kind, more in (("c", {}), ("de", env)):
        project, table = box / f"locale-{kind}.thaw", box / f"locale-{kind}.csv"
        trained = box.run("train", box.pictures, "--backbone", box.backbone, "--project", project, "--lr", "1.5e-3", "--val", "0.25",
                          "--augment", "light", "--json", *QUICK, env=more)
        epochs = [{k: v for k, v in e.items() if k not in ("seconds", "images_per_second")} for e in trained.events("epoch")]
        box.run("evaluate", project, "--predictions", table, env=more)
        onnx = box / f"locale-{kind}.onnx"
        box.run("export", project, "-o", onnx, "--preprocessing", env=more)
        inspected = box.run("inspect", project, "--json", env=more).events()
        results.append((epochs, table.read_bytes(), onnx.read_bytes(), inspected, weights_hash(box, project)))
        text = box.run("runs", project, env=more).out.decode()
        check(not re.search(r"\d,\d", text), text)
    for a, b, what in zip(*results, ("epochs", "CSV", "ONNX", "inspect", "weights")):
        check(a == b, what, "depends on the locale")


def test_bench(box):
    got = box.run("bench", "--backbone", box.backbone, "--batch", "4", "--seconds", "0.05", "--json").events("bench")
    check({"forward", "one image", "train head", "train head, cached", "train last", "train all"} <= {b["what"] for b in got}, got)
    check(all(b["images_per_second"] > 0 for b in got), got)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
