#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first minute: a folder is dropped, one click trains, the accuracy is there, an ONNX file is written and checked. At most five actions.

usage: first-minute.py THAW THAW_CLI DRAG_SOURCE   (inside app-test --driven)
"""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

from driver import App, DragSource, Tap, wait

THAW, CLI, SOURCE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
PICTURES = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets" / "hymenoptera"
CLASSES = {"ants": 193, "bees": 204}
ACTIONS = 5


def percent(share):
    return f"{share * 100:.1f}"


def projects():
    return sorted((pathlib.Path(os.environ["XDG_DATA_HOME"]) / "thaw" / "projects").glob("*.thaw"))


def cli(*arguments):
    lines = subprocess.run([CLI, *map(str, arguments), "--json"], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


class Minute:
    def __init__(self, app, folder):
        self.app, self.folder = app, folder
        self.actions = 0
        self.headline = None

    def act(self, action, *arguments):
        self.actions += 1
        return action(*arguments)

    def welcome(self):
        app = self.app
        app.find("Drop folders of images here", "label")
        for offer in ("Choose Folders", "Sample Pictures", "Open Project"):
            assert app.find(re.compile(offer.replace(" ", " _?")), "push button").has("sensitive"), offer
        train = app.find("Train", "push button")
        assert not train.has("sensitive"), "there is nothing to train on"
        assert "pictures" in train.description, f"why it cannot be pressed: {train.description!r}"

    def default_network(self):
        app = self.app
        app.find("Backbone: EfficientNet-Lite0", "push button")
        assert app.find("Head", "push button").has("pressed"), "the preset for the head alone"
        boxes = [node for node in app.all(re.compile(r" trains$"), "check box") if not node.name.startswith(("EfficientNet", "head", "classifier"))]
        assert len(boxes) > 10 and not any(box.has("checked") or box.has("indeterminate") for box in boxes), "frozen up to the head"

    def drop(self):
        app = self.app
        with DragSource(SOURCE, PICTURES) as source:
            self.act(source.drop_on, app, app.find("Drop folders of images here", "label"))
        total = sum(CLASSES.values())
        app.says(rf"Added {total} pictures in {len(CLASSES)} classes")
        rows = [[label.name for label in row.all(role="label")] for row in app.find("Classes", "list").all("ThawClassRow")]
        assert rows == [["All pictures", str(total)]] + [[name, str(n)] for name, n in CLASSES.items()], rows

    def thumbnails(self):
        tile = wait(lambda: self.app.all("ThawPictureTile"), "tiles of pictures")[0]
        wait(lambda: self.app.colours(tile.box()) > 500, "a thumbnail in the first tile")
        assert self.app.find("Train", "push button").has("sensitive")

    def drawn(self, plot):
        """How many points of the plot have a colour: axes and words have none"""
        box = self.app.find(plot, "image").box()
        return sum(max(pixel) - min(pixel) > 80 for pixel in self.app.pixels(box))

    def progress(self):
        """What the Training page says of how far it is"""
        return [label.name for label in self.app.all(re.compile(r"picture \d+ of|^Epoch \d+ of"), "label")]

    def train(self):
        app = self.app
        self.act(app.find("Train", "push button").click)
        wait(lambda: app.page == "Training", "the Training page")
        wait(lambda: self.drawn("Loss"), "curves", 120, self.progress)

    def trained(self):
        app = self.app
        self.headline = app.says(r"^(\d+\.\d) % \((\d+\.\d) to (\d+\.\d)\)", seconds=240).groups()
        app.says(r"of 153 validation pictures")
        wait(lambda: app.find("Export", "push button").has("sensitive"), "Export to come alive")
        for plot in ("Loss", "Accuracy"):
            assert self.drawn(plot) > 200, f"{plot} shows its curves"

    def export(self):
        app = self.app
        self.act(app.find("Export", "push button").click)
        self.act(app.find("Export…", "push button").click)
        name = app.find("Name:", "text")
        wait(lambda: name.has("focused") and name.text.endswith(".onnx"), "the chooser with a name for the file")
        self.act(app.key, "Return")
        app.says("Exported and Checked", seconds=240)
        app.says(r"Read back and compared on \d+ pictures: same class on all")

    def few_actions(self):
        assert self.actions <= ACTIONS, f"{self.actions} actions"

    def file_agrees(self):
        files = list(pathlib.Path(self.folder).glob("*.onnx"))
        assert len(files) == 1, files
        answer = cli("evaluate", files[0], PICTURES / "val")[0]
        told = tuple(percent(answer[name]) for name in ("accuracy", "low", "high"))
        assert told == self.headline, f"the file: {told}, the window: {self.headline}"

    def project_agrees(self):
        project = wait(projects, "the project file")[0]
        run = cli("runs", project)[0]
        assert run["status"] == "done" and run["train"] == 244 and run["val"] == 153, run
        assert tuple(percent(run[name]) for name in ("best_val_accuracy", "low", "high")) == self.headline, run
        base = sqlite3.connect(f"file:{project}?mode=ro", uri=True)
        labels = dict(base.execute("SELECT name, count(*) FROM images JOIN classes USING (label) GROUP BY label"))
        assert labels == CLASSES, labels
        assert base.execute("SELECT count(*) FROM epochs").fetchone()[0] == run["epochs"]
        own = [name for name, in base.execute("SELECT name FROM tensors WHERE kind = 0 AND blob IS NOT NULL")]
        assert own and all("classifier" in name or "head" in name for name in own), f"the head alone has weights of its own: {own}"
        base.close()

    def ends(self):
        self.app.key("Escape")
        assert self.app.close() == 0, self.app.messages()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        with App(THAW, folder=folder) as app:
            minute = Minute(app, folder)
            tap("the welcome offers what one can do", minute.welcome)
            tap("the default network is chosen, frozen up to the head", minute.default_network)
            tap("a folder that is dropped brings classes and counts", minute.drop)
            tap("thumbnails appear", minute.thumbnails)
            tap("one click trains, and curves move", minute.train)
            tap("it ends with an accuracy and its interval", minute.trained)
            tap("the network is exported, read back and checked", minute.export)
            tap("all that took at most five actions", minute.few_actions)
            tap("the file has the accuracy that the window told", minute.file_agrees)
            tap("the project holds the pictures and the run", minute.project_agrees)
            tap("it ends in order", minute.ends)
    tap.end()


main()
