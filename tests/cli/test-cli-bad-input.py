#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: what makes the job impossible is one clear line and exit status 1; one bad picture among good ones is skipped and
listed; nothing is half-written or lost. test-cli-bad-input.py THAW-CLI"""
import csv
import io
import os
import pathlib
import pickle
import resource
import shutil
import signal
import subprocess
import zipfile

from thawcli import *

QUICK = ["--epochs", "2", "--seed", "1", "--threads", "2"]


def train(box, folders, project, *more):
    folders = folders if isinstance(folders, list) else [folders]
    return ["train", *folders, "--backbone", box.backbone, "--project", project, "--json", *QUICK, *more]


def test_prepare(box):
    box.backbone = make_backbone(box)
    box.pictures = make_pictures(box / "good")
    box.project = box / "good.thaw"
    box.run(*train(box, box.pictures, box.project))


def impossible(box, name, make, says):
    """The job cannot be done: one line that names the folder or the class, no project left behind"""
    folder = box / name
    os.makedirs(folder)
    make(folder)
    project = box / f"{name}.thaw"
    box.fails(*train(box, folder, project), says=says)
    check(not list(box.path.glob(f"{name}.thaw*")), "a project was left behind")


def test_empty_folder(box):
    impossible(box, "empty", lambda folder: None, "empty")


def test_missing_folder(box):
    box.fails(*train(box, box / "missing", box / "missing.thaw"), says="missing")


def test_one_class(box):
    impossible(box, "single", lambda folder: make_class(folder, "ants", 0, 4), "class")


def test_no_pictures(box):
    def make(folder):
        write(folder / "ants" / "readme.txt", b"no picture")
        write(folder / "bees" / "notes.md", b"no picture either")

    folder = box / "texts"
    os.makedirs(folder)
    make(folder)
    result = box.run(*train(box, folder, box / "texts.thaw"), status=1)
    check("texts" in result.error_line() or "picture" in result.error_line(), result)
    check(not (box / "texts.thaw").exists())


def test_class_without_pictures(box):
    folder = make_pictures(box / "hole", classes=("ants", "bees"), train=4, val=2)
    write(folder / "train" / "cats" / "broken.png", b"no picture")
    write(folder / "val" / "cats" / "broken.png", b"no picture")
    result = box.run(*train(box, folder, box / "hole.thaw"), status=None)
    if result.status:
        check(result.status == 1 and "cats" in result.error_line(), result)


def with_one_bad(box, name, make, reason=""):
    """Among good pictures: skipped, listed with its reason, and the run goes on"""
    folder = make_pictures(box / name, classes=("ants", "bees"), train=6, val=3)
    bad = make(folder / "train" / "ants")
    result = box.run(*train(box, folder, box / f"{name}.thaw"))
    skipped = result.events("skipped")
    check(len(skipped) == 1, name, skipped)
    check(os.path.basename(bad) in skipped[0]["path"] and reason in skipped[0]["reason"], skipped)
    check(result.event("done")["train"] <= 13, result.event("done"))
    text = box.run(*[a for a in train(box, folder, box / f"{name}-text.thaw") if a != "--json"])
    check(os.path.basename(bad) in text.err.decode(), text)


def test_text_named_jpg(box):
    with_one_bad(box, "named", lambda folder: write(os.fspath(folder / "text.jpg"), b"this is a letter, not a picture\n" * 20))


def test_truncated_jpeg(box):
    with_one_bad(box, "truncated", lambda folder: write(os.fspath(folder / "short.jpg"), JPEG[: len(JPEG) * 2 // 3]))


def test_empty_file(box):
    with_one_bad(box, "nothing", lambda folder: write(os.fspath(folder / "nothing.png"), b""))


def test_truncated_png(box):
    whole = picture(0, 5)
    with_one_bad(box, "cut", lambda folder: write(os.fspath(folder / "cut.png"), whole[: len(whole) // 2]))


def test_huge_picture(box):
    with_one_bad(box, "huge", lambda folder: write(os.fspath(folder / "huge.png"), png_of(20000, 20000, b"\x78\x9c\x03\x00\x00\x00\x00\x01")), "20")


def test_whole_jpeg_and_tiny(box):
    """A 1 x 1 picture and a good JPEG are pictures as any other"""
    folder = make_pictures(box / "tiny", classes=("ants", "bees"), train=6, val=3)
    write(folder / "train" / "ants" / "tiny.png", png_bytes(1, 1, lambda x, y: (9, 99, 199)))
    write(folder / "train" / "ants" / "whole.jpg", JPEG)
    result = box.run(*train(box, folder, box / "tiny.thaw", "--augment", "strong", "--variants", "0"))
    check(result.event("done")["train"] == 14 and not result.events("skipped"), result)


def as_nobody():
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def test_no_permission(box):
    """A class that must not be read: as somebody who is not root"""
    folder = make_pictures(box / "locked", classes=("ants", "bees", "cats"), train=4, val=2)
    own = box / "nobody"
    os.makedirs(own)
    os.chmod(own, 0o777)
    if subprocess.run([PROGRAM, "--version"], preexec_fn=as_nobody, capture_output=True).returncode:
        raise Skipped("the program cannot be reached by another user here")
    os.chmod(folder / "train" / "cats", 0)
    env = {"XDG_CACHE_HOME": str(own / "cache"), "XDG_DATA_HOME": str(own / "data")}
    result = box.run(*train(box, folder, own / "locked.thaw"), status=None, env=env, preexec_fn=as_nobody)
    check("cats" in (result.err + result.out).decode(), result)
    check(result.status in (0, 1), result)
    if result.status:
        check(len(result.err.decode().splitlines()) == 1, result)
    os.chmod(folder, 0)
    box.fails(*train(box, folder, own / "locked2.thaw"), says="locked", env=env, preexec_fn=as_nobody)
    os.chmod(folder, 0o755)
    os.chmod(folder / "train" / "cats", 0o755)
    os.chmod(own, 0o555)
    box.fails(*train(box, box.pictures, own / "no.thaw"), says="no.thaw", env={}, preexec_fn=as_nobody)


def test_not_utf8(box):
    """A class and pictures whose names are not UTF-8"""
    root = os.fsencode(make_pictures(box / "latin", classes=("ants", "bees"), train=4, val=2))
    for split in (b"train", b"val"):
        shutil.copytree(os.path.join(root, split, b"ants"), os.path.join(root, split, b"caf\xe9"))
        source = os.path.join(root, split, b"bees")
        os.rename(os.path.join(source, sorted(os.listdir(source))[0]), os.path.join(source, b"\xfcber \\ all.png"))
    project, table = box / "latin.thaw", box / "latin.csv"
    result = box.run(*train(box, root, project))
    check(result.event("done")["classes"] == 3, result)
    box.run("evaluate", project, "--predictions", table)
    rows = list(csv.DictReader(io.StringIO(table.read_bytes().decode("utf-8"), newline="")))
    check(any(row["path"].endswith("\\xFCber \\\\ all.png") for row in rows), [row["path"] for row in rows])
    check(len(rows) == 6, rows)
    picture_path = os.path.join(root, b"val", b"bees", b"\xfcber \\ all.png")
    (line,) = box.run("predict", project, picture_path, "--json").events()
    check(line["path"].endswith("\\xFCber \\\\ all.png"), line)
    box.run("inspect", project, "--json").events()


def test_same_class_twice(box):
    """Two folders with a class of the same name: one class"""
    for name, classes in (("here", ("ants", "bees")), ("there", ("ants", "cats"))):
        for label, one in enumerate(classes):
            make_class(box / name, one, label, 5)
    result = box.run(*train(box, [box / "here", box / "there"], box / "twice.thaw"))
    check(result.event("done")["classes"] == 3, result)
    start = result.event("start")
    check(start["train"] + start["val"] == 20, start)


class Attack:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


def test_code_in_pth(box):
    target = box / "was-run"
    raw = pickle.dumps({"weight": Attack(target)})
    plain = write(os.fspath(box / "plain.pth"), raw)
    packed = os.fspath(box / "packed.pth")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("archive/data.pkl", raw)
        archive.writestr("archive/version", "3\n")
    for path in (plain, packed):
        for command in (["inspect", path], ["import", path], ["train", box.pictures, "--backbone", path, "--project", box / "attack.thaw"]):
            box.fails(*command, says=os.path.basename(path))
    check(not target.exists(), "code in a .pth was run")


def test_damaged_model(box):
    whole = pathlib.Path(box.backbone).read_bytes()
    bad = os.fspath(box / "bad.safetensors")
    for share in (0, 0.001, 0.01, 0.5, 0.999):
        write(bad, whole[: int(len(whole) * share)])
        box.fails("inspect", bad, says="bad.safetensors")
    box.fails("train", box.pictures, "--backbone", bad, "--project", box / "bad.thaw", says="bad.safetensors")
    for i in range(12):
        flipped = bytearray(whole)
        flipped[i * 331 % 4000] ^= 0x41
        write(bad, bytes(flipped))
        result = box.run("inspect", bad, status=None)
        check(result.status == 0 or (result.status == 1 and len(result.err.decode().splitlines()) == 1), result)


def test_damaged_project(box):
    whole = box.project.read_bytes()
    bad = box / "damaged.thaw"
    for content in (b"", b"SQLite format 3\0", whole[:5000], b"PK\3\4" + whole[4:]):
        write(bad, content)
        for command in (["runs", bad], ["evaluate", bad], ["export", bad, "-o", box / "damaged.onnx"],
                        ["train", box.pictures, "--backbone", box.backbone, "--project", bad]):
            box.fails(*command, says="damaged.thaw")
            check(bad.read_bytes() == content, "it was changed")
    check(not list(box.path.glob("damaged.onnx*")) and len(list(box.path.glob("damaged*"))) == 1, "leftovers")


def test_newer_project(box):
    newer = box / "newer.thaw"
    content = bytearray(box.project.read_bytes())
    content[60:64] = (999).to_bytes(4, "big")
    write(newer, content)
    for command in (["runs", newer], ["inspect", newer], ["train", box.pictures, "--backbone", box.backbone, "--project", newer]):
        box.fails(*command, says=["newer.thaw", "newer version"])
    check(newer.read_bytes() == content and len(list(box.path.glob("newer*"))) == 1, "it was touched")


def test_unknown_model(box):
    box.fails("inspect", "no-such-backbone", says="no-such-backbone")
    box.fails("inspect", box.pictures / "val" / "ants" / "1000.png", says="1000.png")
    box.fails("export", box / "nowhere.thaw", "-o", box / "x.onnx", says="nowhere.thaw")
    other = make_pictures(box / "other", classes=("dogs", "wolves"), train=2, val=1)
    box.fails("evaluate", box.project, other, says="dogs")


def full(size):
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return set_limit


def test_full_disk_at_export(box):
    """Nothing half-written, and an older file stays"""
    for name, more in (("full.onnx", []), ("full.safetensors", []), ("full2.onnx", ["--preprocessing"])):
        target = box / "full" / name
        os.makedirs(target.parent, exist_ok=True)
        box.fails("export", box.project, "-o", target, *more, says=name, preexec_fn=full(20000))
        check(not os.listdir(target.parent), os.listdir(target.parent))
        write(target, b"an older file")
        box.fails("export", box.project, "-o", target, *more, says=name, preexec_fn=full(20000))
        check(target.read_bytes() == b"an older file" and len(os.listdir(target.parent)) == 1, os.listdir(target.parent))
        target.unlink()
    table = box / "full" / "table.csv"
    box.fails("evaluate", box.project, "--predictions", table, says="table.csv", preexec_fn=full(100))
    check(not os.listdir(table.parent), os.listdir(table.parent))


def test_full_disk_of_its_own(box):
    """A real disk of 400 kB, where one can be mounted"""
    mount = box / "disk"
    os.makedirs(mount)
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", mount], capture_output=True).returncode:
        raise Skipped("no disk can be mounted here")
    try:
        target = mount / "model.safetensors"
        box.fails("export", box.project, "-o", target, says="model.safetensors")
        check(not os.listdir(mount), os.listdir(mount))
        project = mount / "small.thaw"
        result = box.run(*train(box, box.pictures, project, "--preset", "all"), status=1)
        check("full" in result.error_line() and "small.thaw" in result.error_line(), result)
        if project.exists():
            box.run("runs", project)
    finally:
        subprocess.run(["umount", mount])


def test_stdout_full(box):
    if not os.path.exists("/dev/full"):
        raise Skipped("/dev/full is not there")
    with open("/dev/full", "wb") as sink:
        done = subprocess.run([PROGRAM, "runs", box.project], stdout=sink, stderr=subprocess.PIPE, env=box.env)
    check(done.returncode == 1 and len(done.stderr.decode().splitlines()) == 1, done)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
