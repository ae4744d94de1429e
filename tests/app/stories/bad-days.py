#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad days: what goes wrong is told in words that say what, where and what to do, and no run is lost.

usage: bad-days.py THAW THAW_CLI DRAG_SOURCE   (inside app-test --driven)
"""
import contextlib
import hashlib
import pathlib
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from driver import App, DragSource, Gio, Tap, wait
from project import few_pictures, rows

THAW, CLI, DRAG_SOURCE = sys.argv[1:4]
DONE, FAILED = 1, 3
LONG = 120  # what training takes on a busy machine


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def train(project, pictures, *arguments):
    subprocess.run([CLI, "train", str(pictures), "--project", str(project), *arguments], check=True, capture_output=True)


def begin(app, *, epochs, everything=True, batch=8):
    """A run from the Training page"""
    if everything:
        app.find("All", "push button", where=lambda node: node.has("sensitive")).click()
        app.says(r"3\.4 M of 3\.4 M parameters train")
    app.show("Training")
    app.find("Epochs", "spin button").enter(str(epochs))
    app.find("Batch size", "spin button").enter(str(batch))
    app.find("Train", "push button").click()


def drop(app, what, page="ThawImagesPage"):
    with DragSource(DRAG_SOURCE, what) as source:
        source.drop_on(app, app.find(page))


def ends(app):
    assert app.close() == 0, app.messages()


# --- pictures ---


def no_pictures(folder):
    empty = folder / "papers"
    (empty / "letters").mkdir(parents=True)
    (empty / "letters" / "note.txt").write_text("no picture")
    with App(THAW) as app:
        drop(app, empty)
        app.says("^No pictures were added")
        app.says(re.escape(str(empty)) + ".*give a folder whose sub-folders are the classes")
        assert not app.find("Train", "push button").has("sensitive")
        ends(app)


def unreadable_file(folder):
    pictures = few_pictures(folder / "torn", 12)
    torn = sorted((pictures / "ants").iterdir())[0]
    torn.write_bytes(torn.read_bytes()[:3000])
    (pictures / "bees" / "broken.jpg").write_text("this is no picture")
    with App(THAW) as app:
        drop(app, pictures)
        app.says(r"Added 2\d pictures in 2 classes\. \d files? (was|were) passed over")
        # the files are looked at when they are in; what that finds stands above
        app.find("2 problems found", "push button")
        app.find(re.compile("What Was Passed Over$"), "push button").click()
        app.find("1 file was passed over", "label").click()
        app.says("broken.jpg")
        ends(app)


def folder_deleted(folder):
    """A class goes in mid-run: the run ends with what it has, and says why"""
    pictures = few_pictures(folder / "going", 12)
    project = folder / "going.thaw"
    train(project, pictures, "--epochs", "1", "--preset", "head", "--augment", "light")
    with App(THAW, project) as app:
        begin(app, epochs=60)
        app.says("^Epoch 2 of", LONG)
        shutil.rmtree(pictures / "bees")
        app.says(r"^\d+ pictures? could not be read", LONG)
        app.says("Training ended early", LONG)
        app.says("best epoch up to then is kept")
        app.answer("Close")
        wait(lambda: rows(project, "SELECT status FROM runs WHERE id = 2") == [(FAILED,)], "the end of the run", LONG)
        assert rows(project, "SELECT best_epoch FROM runs WHERE id = 2")[0][0] >= 1
        assert any("left out" in text for (text,) in rows(project, "SELECT text FROM events WHERE run = 2"))
        assert subprocess.run([CLI, "export", str(project), "--run", "2", "-o", str(folder / "kept.safetensors")], capture_output=True).returncode == 0
        ends(app)


def moved(folder):
    pictures = few_pictures(folder / "before", 12)
    project = folder / "moved.thaw"
    train(project, pictures, "--epochs", "1")
    elsewhere = folder / "elsewhere" / "deep"
    elsewhere.parent.mkdir()
    shutil.move(pictures, elsewhere)
    with App(THAW, project) as app:
        app.show("Images")
        # “No problems found” stands there until their files were looked for
        app.find(re.compile(r"^\d+ problems? found"), "push button").click()
        app.says("^Problems found$")
        app.find("Locate…", "push button").click()
        app.choose(elsewhere.parent, "Choose", "ctrl+l")
        app.says("Found 24 pictures again")
        app.says("No problems found")
        wait(lambda: all(str(elsewhere) in str(project.parent / path.decode()) for (path,) in rows(project, "SELECT path FROM files")), "the new places")
        begin(app, epochs=1, everything=False)
        wait(lambda: rows(project, "SELECT status FROM runs ORDER BY id DESC LIMIT 1") == [(DONE,)] and len(rows(project, "SELECT id FROM runs")) == 2, "a run on them", LONG)
        ends(app)


# --- training ---


def no_number(folder, pictures):
    """Each step makes the weights a thousand times larger"""
    project = folder / "wild.thaw"
    train(project, pictures, "--epochs", "1", "--preset", "all", "--batch", "8", "--optimizer", "sgd", "--weight-decay", "10", "--lr", "1e-9")
    with App(THAW, project) as app:
        app.show("Training")
        app.find("Learning rate", "text").enter("100")
        begin(app, epochs=20)
        app.says("^The loss is no longer a number", LONG)
        app.says("learning rate")
        app.answer("Close")
        wait(lambda: rows(project, "SELECT status FROM runs WHERE id = 2") == [(FAILED,)], "the end of the run", LONG)
        assert app.find("Train", "push button").has("sensitive")
        ends(app)


def full_disk(folder, pictures):
    """Its file may not grow, which is what a full disk is to it; then there is room again"""
    project = folder / "full.thaw"
    train(project, pictures, "--epochs", "1", "--preset", "all", "--batch", "8")
    with App(THAW, project) as app:
        begin(app, epochs=8)
        app.says("^Epoch 2 of", LONG)
        before = rows(project, "SELECT count(*) FROM epochs WHERE run = 2")[0][0]
        resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
        app.says("^The run cannot be saved", LONG)
        app.says(re.escape(str(project)) + ".*disk is full.*make room and press Go On")
        assert rows(project, "SELECT count(*) FROM epochs WHERE run = 2")[0][0] >= before
        resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        app.answer("Go On")
        wait(lambda: rows(project, "SELECT status FROM runs WHERE id = 2") == [(DONE,)], "the end of the run", LONG)
        assert [epoch for (epoch,) in rows(project, "SELECT epoch FROM epochs WHERE run = 2 ORDER BY epoch")] == list(range(1, 9))
        ends(app)
    assert rows(project, "PRAGMA integrity_check") == [("ok",)]


# --- project files ---


def refused(project, *texts):
    """The message, and a file that is as it was"""
    before = digest(project)
    with App(THAW, project) as app:
        app.says("^The project could not be opened")
        for text in texts:
            app.says(text)
        app.answer("Close")
        app.says("Drop folders of images here")
        ends(app)
    assert digest(project) == before
    assert not list(project.parent.glob(project.name + "-*")), list(project.parent.glob(project.name + "-*"))


def newer(folder, good):
    project = folder / "newer.thaw"
    shutil.copy(good, project)
    with contextlib.closing(sqlite3.connect(project)) as connection:
        connection.execute("PRAGMA user_version = 99")
    refused(project, re.escape(str(project)) + " was written by a newer version of Thaw.*update Thaw")


def damaged(folder, good):
    project = folder / "damaged.thaw"
    data = bytearray(good.read_bytes())
    for at in range(4096, min(len(data), 400 * 4096), 4096):
        data[at:at + 64] = b"\xff" * 64
    project.write_bytes(data)
    refused(project, re.escape(str(project)) + " is damaged")


def no_project(folder):
    project = folder / "letter.thaw"
    project.write_text("Dear Thaw, " * 100)
    refused(project, re.escape(str(project)) + " is not a Thaw project")


def foreign_log(folder, good):
    """The log of another project beside it: it is told of, and the file itself stays as it is"""
    project = folder / "copied.thaw"
    shutil.copy(good, project)
    with contextlib.closing(sqlite3.connect(folder / "other.thaw")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE letters (text)")
        connection.commit()
        shutil.copy(folder / "other.thaw-wal", f"{project}-wal")
    before = digest(project)
    with App(THAW, project) as app:
        app.says("^The project could not be opened")
        app.says(re.escape(f"{project}-wal") + ".*move it away and open the project again")
        app.answer("Close")
        assert digest(project) == before
        pathlib.Path(f"{project}-wal").unlink()
        pathlib.Path(f"{project}-shm").unlink(missing_ok=True)
        ends(app)
    with App(THAW, project) as app:
        app.find("ants", "label")
        ends(app)
    assert rows(project, "SELECT count(*) FROM runs") == [(1,)]


@contextlib.contextmanager
def another_session():
    """What a program needs for which the first one is out of reach, as that of another person or machine; it is looked at over the bus of this test"""
    with subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True) as bus:
        try:
            (looks,) = Gio.bus_get_sync(Gio.BusType.SESSION).call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, 0, -1, None).unpack()
            yield {"DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip(), "AT_SPI_BUS_ADDRESS": looks}
        finally:
            bus.terminate()


def second_window(folder, pictures):
    """The first one has the project; the second one reads it, says why, and can save a copy, which is its own"""
    project, copy = folder / "both.thaw", folder / "copy.thaw"
    train(project, pictures, "--epochs", "1")
    with App(THAW, project) as first, another_session() as session:
        first.find("ants", "label")
        with App(THAW, project, env=session) as second:
            second.says("both .read-only")
            second.says(re.escape(str(project)) + ".*(open|in use|written)")
            button = second.find("Train", "push button")
            assert not button.has("sensitive") and button.description, "why it cannot be trained stands at the button"
            second.key("ctrl+shift+s")
            name = second.find("Name:", "text")
            wait(lambda: name.has("focused") and name.text == project.name, "the chooser with a name for the copy")
            second.choose(copy, "Save", "ctrl+a")
            wait(copy.exists, "the copy")
            second.find("copy", "label")
            wait(lambda: second.find("Train", "push button").has("sensitive"), "the copy to be its own")
            ends(second)
        first.raise_()
        begin(first, epochs=2, everything=False)
        wait(lambda: rows(project, "SELECT status FROM runs WHERE id = 2") == [(DONE,)], "a run in the first window", LONG)
        ends(first)
    assert len(rows(project, "SELECT id FROM runs")) == 2 and len(rows(copy, "SELECT id FROM runs")) == 1


def second_writer(folder, pictures):
    """A command trains into it: the window reads, and says so"""
    project = folder / "shared.thaw"
    train(project, pictures, "--epochs", "1")
    other = subprocess.Popen([CLI, "train", str(pictures), "--project", str(project), "--preset", "all", "--epochs", "500"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: len(rows(project, "SELECT id FROM runs")) == 2, "the other's run")
        with App(THAW, project) as app:
            app.says("shared .read-only")
            app.says("is (being )?(written|in use|open)")
            train_button = app.find("Train", "push button")
            assert not train_button.has("sensitive")
            ends(app)
    finally:
        other.terminate()
        other.wait()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pictures = few_pictures(folder / "insects", 12)
        good = folder / "good.thaw"
        train(good, pictures, "--epochs", "1")
        tap("a folder without pictures", no_pictures, folder)
        tap("files that cannot be read", unreadable_file, folder)
        tap("a class deleted while training", folder_deleted, folder)
        tap("pictures that moved are located", moved, folder)
        tap("a loss that is no number", no_number, folder, pictures)
        tap("a full disk", full_disk, folder, pictures)
        tap("a project of a newer version", newer, folder, good)
        tap("a damaged project", damaged, folder, good)
        tap("no project at all", no_project, folder)
        tap("the log of another project", foreign_log, folder, good)
        tap("a second window", second_window, folder, pictures)
        tap("a second writer", second_writer, folder, pictures)
    tap.end()


main()
