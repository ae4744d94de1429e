#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The head, layer by layer: a hidden layer is added, dropout set and removed, the order changed by button, keys and drag, each undone; what cannot
be is refused with the reason; a run is trained with what was built.

usage: the-head.py THAW THAW_CLI DRAG_SOURCE   (inside app-test --driven)
"""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from driver import App, Tap, wait

THAW, CLI = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
INSECTS = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets" / "hymenoptera" / "train"
SHOTS = os.environ.get("THAW_SCREENSHOTS")

DROPOUT, HALF, HIDDEN, RELU, LAST = "Dropout 0.20", "Dropout 0.50", "Linear 128", "Activation ReLU", "Linear 2 classes"


def few_pictures(folder):
    for name in ("ants", "bees"):
        (folder / name).mkdir(parents=True)
        for path in sorted((INSECTS / name).glob("*.jpg"))[:8]:
            shutil.copy(path, folder / name)
    return folder


class Story:
    def __init__(self, app, project):
        self.app, self.project = app, project

    # --- looking ---

    def editors(self):
        """Straight from the program: what else its windows show need not be walked"""
        return [window for window in self.app.root.children if window.name == "Head"]

    def editor(self):
        return wait(self.editors, "the editor")[0]

    def closed(self):
        wait(lambda: not self.editors(), "the editor to close")

    def rows(self):
        return self.editor().find("Layers of the head", "list").all(re.compile("^Layer .* of the head$"), "list item")

    def layers(self):
        return [self.words(row) for row in self.rows()]

    @staticmethod
    def words(row):
        """What a row tells: kind and value"""
        shown = [label.name for label in row.all(role="label") if not label.name.startswith("Always")]
        shown += [spin.text for spin in row.all(role="spin button")]
        return " ".join(shown)

    def is_now(self, *layers):
        wait(lambda: self.layers() == list(layers), lambda: f"{layers}; the editor shows {self.layers()}")

    def in_tree(self, name):
        """The tree behind the editor follows"""
        self.app.window.find(re.compile(rf"^{re.escape(name)}, "), "panel")

    def footer(self, weights):
        """So does what it says of the parameters that train"""
        told = f"{weights / 1e3:.0f} k" if weights > 9950 else f"{weights / 1e3:.1f} k"
        self.app.window.find(re.compile(f"^{told} of .* parameters train"), "label")

    def row(self, index):
        return self.rows()[index]

    def button(self, index, name):
        return self.row(index).find(name, "push button")

    def shot(self, name):
        if SHOTS:
            self.app.screenshot(pathlib.Path(SHOTS) / f"story-head-{name}.png")

    # --- acting ---

    def open(self):
        """By keys, from the last row of the tree, which is a layer of the head"""
        for _ in range(6):
            focused = self.app.focused()
            if focused and focused.role == "panel":
                break
            self.app.key("F6")
        self.app.key("End", "F2")
        self.editor()

    def go_to(self, index):
        """By keys, from the last row, which an editor that was just opened shows"""
        self.app.key("Escape")
        self.closed()
        self.open()
        self.app.key(*["Up"] * (len(self.rows()) - 1 - index))
        wait(lambda: self.row(index).has("focused"), f"the focus on row {index}")

    def add(self, kind):
        button = self.editor().find("Add Layer", "push button", where=lambda node: node.parent.name == "GtkMenuButton")
        button.click()
        self.editor().find(kind, "menu item").click()
        wait(lambda: not self.editor().all(kind, "menu item"), "the menu to close")

    def undo(self, *layers):
        self.app.key("ctrl+z")
        self.is_now(*layers)

    def set_value(self, index, text):
        self.write_value(index, text)
        self.app.key("Return")

    def write_value(self, index, text):
        self.row(index).find(role="spin button").click(at=(0.15, 0.5))
        self.app.key("ctrl+a")
        self.app.type(text)

    def begin_with(self, *layers):
        """What a step begins with, whatever became of the one before"""
        if not self.editors():
            self.open()
        if self.layers() == list(layers):
            return
        print(f"# {self.layers()} are made {layers}", flush=True)
        # the first may close a menu
        self.app.key("Escape", "Escape")
        self.closed()
        self.open()
        self.app.key(*["ctrl+z"] * 40)
        self.is_now(DROPOUT, LAST)
        for layer in layers[1:-1]:
            self.add({HIDDEN: "Linear", RELU: "Activation"}[layer])
        if layers[0] == HALF:
            self.set_value(0, "0.5")
        self.is_now(*layers)

    # --- the steps ---

    def opens(self):
        self.open()
        self.is_now(DROPOUT, LAST)
        self.app.key("Escape")
        self.closed()
        self.open()
        self.is_now(DROPOUT, LAST)

    def adds(self):
        self.begin_with(DROPOUT, LAST)
        self.add("Linear")
        self.is_now(DROPOUT, HIDDEN, LAST)
        self.in_tree("linear 1280 → 128")
        self.footer(1280 * 128 + 128 + 128 * 2 + 2)
        self.add("Activation")
        self.is_now(DROPOUT, HIDDEN, RELU, LAST)
        self.shot("added")

    def undoes_adding(self):
        self.begin_with(DROPOUT, HIDDEN, RELU, LAST)
        self.undo(DROPOUT, HIDDEN, LAST)
        self.undo(DROPOUT, LAST)
        self.in_tree("linear 1280 → 2")
        self.footer(1280 * 2 + 2)
        self.app.key("ctrl+shift+z", "ctrl+shift+z")
        self.is_now(DROPOUT, HIDDEN, RELU, LAST)

    def drops_half(self):
        self.begin_with(DROPOUT, HIDDEN, RELU, LAST)
        self.set_value(0, "0.5")
        self.is_now(HALF, HIDDEN, RELU, LAST)
        self.in_tree("dropout 0.5")
        self.undo(DROPOUT, HIDDEN, RELU, LAST)
        self.in_tree("dropout 0.2")
        self.app.key("ctrl+shift+z")
        self.is_now(HALF, HIDDEN, RELU, LAST)

    def removes(self):
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        self.button(0, "Remove").click()
        self.is_now(HIDDEN, RELU, LAST)
        self.undo(HALF, HIDDEN, RELU, LAST)
        self.go_to(0)
        self.app.key("Delete")
        self.is_now(HIDDEN, RELU, LAST)
        self.undo(HALF, HIDDEN, RELU, LAST)

    def reorders(self):
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        self.button(0, "Move down").click()
        self.is_now(HIDDEN, HALF, RELU, LAST)
        self.app.key("alt+Down")
        self.is_now(HIDDEN, RELU, HALF, LAST)
        self.undo(HIDDEN, HALF, RELU, LAST)
        self.undo(HALF, HIDDEN, RELU, LAST)
        self.app.carry(self.row(0).at((0.03, 0.5)), self.row(2).at((0.4, 0.6)))
        self.is_now(HIDDEN, RELU, HALF, LAST)
        self.shot("reordered")
        self.undo(HALF, HIDDEN, RELU, LAST)

    def tells_why(self):
        """What cannot be pressed says the reason"""
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        last = len(self.rows()) - 1
        for name, reason in (("Remove", "cannot be removed"), ("Move up", "cannot be moved"), ("Move down", "cannot be moved")):
            button = self.button(last, name)
            assert not button.has("sensitive") and reason in button.description, (name, button.description)
        assert "This layer is the first" in self.button(0, "Move up").description
        assert "nothing can follow it" in self.button(last - 1, "Move down").description
        assert not self.row(last).all(role="combo box"), "the kind of the last one cannot be chosen"
        self.editor().find("Always the last: one number for each class")

    def refuses(self):
        """Keys and drags that cannot be are answered, and change nothing"""
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        whole = HALF, HIDDEN, RELU, LAST
        self.go_to(3)
        self.app.key("Delete")
        self.app.toast("it cannot be removed")
        self.app.key("alt+Up")
        self.app.toast("it cannot be moved")
        self.is_now(*whole)
        self.app.drag(self.row(3).at((0.3, 0.5)), self.row(0).at((0.45, 0.5)))
        self.is_now(*whole)
        self.set_value(0, "7")
        self.is_now("Dropout 0.99", *whole[1:])
        self.undo(*whole)
        self.set_value(1, "0")
        self.is_now(HALF, "Linear 1", RELU, LAST)
        self.undo(*whole)

    def another_kind(self):
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        self.row(2).find(re.compile("^Kind of layer"), "combo box").click()
        self.row(2).find("Batch normalization", "label").click()
        self.is_now(HALF, HIDDEN, "Batch normalization", LAST)
        self.undo(HALF, HIDDEN, RELU, LAST)

    def keeps_unconfirmed(self):
        """A number that was written counts, also where the editor is closed right after"""
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        self.write_value(0, "0.35")
        self.app.key("Escape")
        self.closed()
        self.in_tree("dropout 0.35")
        self.open()
        self.undo(HALF, HIDDEN, RELU, LAST)

    # --- the run ---

    def ask(self, query):
        base = sqlite3.connect(f"file:{self.project}?mode=ro", uri=True)
        try:
            return base.execute(query).fetchall()
        finally:
            base.close()

    def trains(self):
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        app = self.app
        app.key("Escape")
        self.closed()
        app.find("Train", "push button").click()
        wait(lambda: self.ask("SELECT 1 FROM runs WHERE id = 2 AND status = 1"), "the run to end", 240)
        app.says(r"^\d+\.\d % \(")

    def file_agrees(self):
        metadata, options = self.ask("SELECT model_metadata, options FROM runs WHERE id = 2")[0]
        head = json.loads(metadata)["head"]
        assert head == "dropout=0.5,linear=128,relu,linear", head
        # as the run began: tensors of kind 0
        found = self.ask("SELECT shape FROM tensors JOIN blobs ON blobs.id = blob WHERE run = 2 AND kind = 0 AND name LIKE 'head.%weight'")
        assert sorted(shape for (shape,) in found) == ["128,1280", "2,128"], found

    def ends(self):
        """With the editor open, and a number in it that was not confirmed: the key is for every window"""
        self.begin_with(HALF, HIDDEN, RELU, LAST)
        self.write_value(0, "0.45")
        self.app.key("ctrl+q")
        assert self.app.ended(60) == 0, self.app.messages()
        network, = self.ask("SELECT value FROM settings WHERE key = 'network'")[0]
        assert json.loads(network)["head"] == "dropout=0.45,linear=128,relu,linear", network


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        project = folder / "few.thaw"
        subprocess.run([CLI, "train", few_pictures(folder / "few"), "--project", project, "--epochs", "1"], check=True, capture_output=True)
        with App(THAW, project) as app:
            story = Story(app, project)
            app.says("s an epoch")
            tap("F2 on a layer of the head opens its editor, Escape closes it", story.opens)
            tap("a linear layer with 128 units and ReLU come before the last one; the tree follows", story.adds)
            tap("both are undone and done again", story.undoes_adding)
            tap("dropout becomes 0.5, and back", story.drops_half)
            tap("a layer is removed by button and by key, and comes back", story.removes)
            tap("the order changes by button, by keys and by drag, each undone", story.reorders)
            tap("what cannot be done says why", story.tells_why)
            tap("what cannot be is refused by keys and drags", story.refuses)
            tap("a layer becomes one of another kind, and back", story.another_kind)
            tap("a number that was not confirmed counts", story.keeps_unconfirmed)
            tap("a run trains with this head", story.trains)
            tap("the project's file holds the head", story.file_agrees)
            tap("the program ends from its editor too", story.ends)
    tap.end()


main()
