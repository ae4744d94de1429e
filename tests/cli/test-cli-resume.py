#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted at any moment and resumed, a run ends with the bits of one that was not: test-cli-resume.py THAW-CLI KILLS"""
import random
import resource
import shutil
import signal
import sys
import time

from thawcli import *

KILLS = int(sys.argv[2])
random.seed(int.from_bytes(os.urandom(4), "little"))

# Everything trains, in two phases, with statistics that move, dropout, augmentation and a checkpoint after nearly every step
SETTINGS = ["--head", "dropout=0.3,linear=8,batchnorm,relu,linear", "--batch", "6", "--seed", "5", "--threads", "2", "--checkpoint", "0.02",
            "--optimizer", "adamw", "--weight-decay", "0.01", "--schedule", "cosine", "--augment", "light", "--variants", "0",
            "--phase", "preset=head,epochs=6,lr=3e-3", "--phase", "preset=all,epochs=8,lr=1e-3,bn=batch"]
EPOCHS = 14


def train(box, project, *more):
    return ["train", box.pictures, "--backbone", box.backbone, "--project", project, "--json", *SETTINGS, *more]


def result_of(box, project):
    target = project.with_suffix(".safetensors")
    box.run("export", project, "-o", target)
    (run,) = box.run("runs", project, "--json", "--hash").events("run")
    check(run["status"] == "done", run)
    epochs = [{k: v for k, v in e.items() if k not in ("seconds", "images_per_second")}
              for e in box.run("runs", project, "--run", "1", "--json").events("epoch")]
    return run["weights"], target.read_bytes(), epochs


def same_result(box, project):
    for a, b, what in zip(result_of(box, project), box.wanted, ("hash", "file", "epochs")):
        check(a == b, what, "differs from the uninterrupted run's")


def test_uninterrupted(box):
    box.pictures = make_pictures(box / "pictures", train=16, val=6)
    box.backbone = make_backbone(box)
    start = time.monotonic()
    box.run(*train(box, box / "whole.thaw"))
    box.seconds = time.monotonic() - start
    box.wanted = result_of(box, box / "whole.thaw")


def kill_at(box, running, epochs):
    """kill -9 at a random moment after so many of its epochs; how many it told of, and whether it was hit before its end.
    Moments go by its own news: a busy machine may train several times slower than a moment before."""
    def told():
        return running.output().count(b'"event":"epoch"')
    while told() < epochs and running.process.poll() is None:
        time.sleep(0.005)
    time.sleep(random.uniform(0, box.seconds / EPOCHS))
    status = running.end(signal.SIGKILL).status
    return told(), status == -signal.SIGKILL


def kill_and_resume(box, i, times):
    """Killed so many times at random moments of what is left; the next start goes on. Returns how often it was hit."""
    project = box / f"killed-{i}.thaw"
    hits = done = 0
    for _ in range(times):
        told, hit = kill_at(box, box.start(*train(box, project, "--resume")), random.randrange(max(EPOCHS - done, 1)))
        hits += hit
        done += told
    last = box.run(*train(box, project, "--resume")).event("done")
    check(last["epochs"] == EPOCHS, last)
    same_result(box, project)
    check([p.name for p in box.path.glob(f"killed-{i}.*")].__len__() == 2, "leftovers:", list(box.path.glob(f"killed-{i}*")))
    project.unlink()
    return hits


def test_kill(box):
    """kill -9 at random moments, from the very start to the very end"""
    hits = sum(kill_and_resume(box, i, 1 + i % 3) for i in range(KILLS))
    print(f"# {KILLS} of {KILLS} runs ended with the same bits; {hits} kills hit a run", flush=True)
    check(hits >= KILLS / 2, "only", hits, "kills hit a run")


def interrupt(box, name, number):
    project = box / name
    running = box.start(*train(box, project))
    running.wait_for('"epoch":3')
    result = running.end(number)
    check(result.status == 130, result)
    (line,) = result.err.decode().splitlines()
    check("interrupted" in line and "--resume" in line and str(project) in line, line)
    check(box.run("runs", project, "--json").events("run")[0]["status"] == "stopped")
    check(sorted(p.name for p in box.path.glob(name + "*")) == [name], "not a single file")
    box.run("train", "--resume", "--project", project)
    same_result(box, project)


def test_interrupt(box):
    interrupt(box, "interrupted.thaw", signal.SIGINT)


def test_terminate(box):
    interrupt(box, "terminated.thaw", signal.SIGTERM)


def test_interrupt_while_reading(box):
    """Before there is a run there is nothing to keep"""
    running = box.start(*train(box, box / "early.thaw"))
    result = running.end(signal.SIGINT)
    check(result.status in (130, -signal.SIGINT), result)


def test_resume_complete(box):
    """There is nothing to go on with: that is no failure"""
    result = box.run("train", "--resume", "--project", box / "whole.thaw", "--json")
    check(result.event("done")["epochs"] == EPOCHS and not result.events("epoch"), result)
    same_result(box, box / "whole.thaw")


def test_other_threads(box):
    project = box / "threads.thaw"
    running = box.start(*train(box, project))
    running.wait_for('"epoch":2')
    check(running.end(signal.SIGINT).status == 130)
    result = box.run("train", "--resume", "--project", project, "--threads", "1", "--json")
    check("2 threads" in result.err.decode() and "bits" in result.err.decode(), result)


def test_nothing_to_resume(box):
    box.fails("train", "--resume", "--project", box / "missing.thaw", status=2, says="pictures")
    check(not (box / "missing.thaw").exists())


def limit_files(size):
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return set_limit


def test_full_disk(box):
    """A file cannot grow at an epoch's end: one line; nothing is lost, and with room again the bits are the same"""
    project = box / "full.thaw"
    whole = (box / "whole.thaw").stat().st_size
    hit = 0
    for share in (0.3, 0.6, 0.9, 1.2):
        result = box.run(*train(box, project, "--resume"), status=None, preexec_fn=limit_files(int(whole * share)))
        if result.status:
            hit += 1
            check(result.status == 1 and "disk is full" in result.error_line() and str(project) in result.error_line(), result)
        if project.exists():
            box.run("runs", project, "--json")
    check(hit > 0, "never full")
    box.run(*train(box, project, "--resume"))
    same_result(box, project)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
