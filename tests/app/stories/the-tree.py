#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What trains, chosen in the tree by pointer and keys; the footer follows; the project file holds what the run was told."""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

import footer
from driver import App, Atspi, Tap, wait

THAW, CLI = sys.argv[1:3]
PICTURES = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets" / "hymenoptera"
LAYER = "conv_pwl"  # of the only block of blocks.6


def inspect(*arguments):
    lines = subprocess.run([CLI, "inspect", "--json", *map(str, arguments)], check=True, capture_output=True, text=True).stdout.splitlines()
    return {layer["name"]: layer for layer in map(json.loads, lines) if layer["event"] == "layer" and layer["kind"] != "group"}


def count(number):
    """As the window writes it"""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if number >= size:
            value = number / size
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return str(number)


class Tree:
    def __init__(self, app):
        self.app = app

    def rows(self):
        """(name of the first cell, row), read straight from the list: walking every widget of a thousand rows takes seconds"""
        table = self.table = getattr(self, "table", None) or self.app.find("Layers", "tree table")
        rows = table.children[-1].children
        found = []
        for row in rows:
            cell = row.it.get_child_at_index(0)
            content = cell and cell.get_child_at_index(0)
            if content:  # one that was just taken away has none
                found.append((content.get_name() or "", row))
        return found

    def find(self, label):
        return wait(lambda: next(((name, row) for name, row in self.rows() if name.split(",")[0] == label), None), f"row {label}")

    def box(self, label):
        """Its check box, straight from the row, which may be off the screen"""
        row = self.find(label)[1]
        return next(cell.children[0] for cell in row.children if cell.children and cell.children[0].role == "check box")

    def click(self, label):
        self.go_to(label)
        self.box(label).click()

    def state(self, label):
        box = self.box(label)
        return "some" if box.has("indeterminate") else "all" if box.has("checked") else "no"

    def says(self, label):
        return self.find(label)[0]

    def labels(self):
        return [name.split(",")[0] for name, _ in self.rows()]

    def focused(self):
        for name, row in self.rows():
            if row.it.get_child_at_index(0).get_child_at_index(0).get_state_set().contains(Atspi.StateType.FOCUSED):
                return name
        return ""

    def footer(self):
        footer = self.footers = getattr(self, "footers", None) or self.app.find("ThawFooter")
        return [label.name for label in footer.all(role="label") if label.name != "GtkLabel"]

    def trains(self, number):
        wait(lambda: self.footer()[0].startswith(f"{count(number)} of "), lambda: f"{count(number)} that train; the footer says {self.footer()}")

    def go_to(self, label):
        """By keys alone"""
        for _ in range(5):
            if self.focused():
                break
            self.app.key("F6")
            time.sleep(0.3)
        self.find(label)
        self.app.key("Home", *["Down"] * self.labels().index(label))
        wait(lambda: self.focused().split(",")[0] == label, lambda: f"the focus on {label}; it is on {self.focused()!r}")

    def bytes(self):
        return footer.memory(" ".join(self.footer()))

    def seconds(self):
        """What the footer says of an epoch"""
        return footer.seconds(" ".join(self.footer()))


class Story:
    def __init__(self, app, tree, path):
        self.app, self.tree, self.path = app, tree, path
        self.layers = inspect("efficientnet_lite0")
        self.head = 2562  # 1280 to 2 classes

    def columns(self):
        table = self.app.find("Layers", "tree table")
        self.app.key("ctrl+F9", "ctrl+F9")  # the network is made wider: all of its columns have room
        for title in ("Layer", "Kind", "Output", "Weights", "Trains"):
            table.find(title, "label")
        self.app.says("112 × 112 × 32")
        self.app.says("convolution 3 × 3")

    def widen(self):
        """It is dragged by its edge as well"""
        sidebar = self.app.find("ThawSidebar")
        for by in (-60, 60):
            x, y, width, height = sidebar.box()
            self.app.drag((x + width + 3, y + height // 2), (x + width + 3 + by, y + height // 2))
            wait(lambda wide=width + by: abs(sidebar.box()[2] - wide) <= 3, lambda: f"{by} pixels more than {width}; it is {sidebar.box()[2]}")

    def expand(self):
        tree = self.tree
        tree.go_to("EfficientNet-Lite0")
        self.app.key("ctrl+Right")
        wait(lambda: len(tree.labels()) > 120, "every layer in the tree")
        assert {"conv_dw", "blocks.6.0", "bn3"} <= set(tree.labels())
        self.app.key("ctrl+Left")
        wait(lambda: len(tree.labels()) < 20, "the tree to be shut")
        for label in ("blocks", "blocks.6", "blocks.6.0"):
            tree.go_to(label)
            self.app.key("Right")
        assert LAYER in tree.labels()

    def one_layer(self):
        tree = self.tree
        before = tree.bytes(), tree.seconds()
        tree.click(LAYER)
        wait(lambda: tree.state(LAYER) == "all", "the layer to train")
        assert [tree.state(label) for label in ("blocks.6.0", "blocks.6", "blocks", "blocks.5")] == ["some", "some", "some", "no"]
        tree.trains(self.head + self.layers[f"blocks.6.0.{LAYER}"]["parameters"])
        wait(lambda: tree.bytes() > before[0] and tree.seconds() > before[1], lambda: f"more memory and time than {before}; the footer says {tree.footer()}")
        tree.click(LAYER)
        tree.trains(self.head)

    def block(self):
        tree = self.tree
        tree.click(LAYER)
        wait(lambda: tree.state("blocks.6") == "some")
        tree.click("blocks.6")
        wait(lambda: tree.state("blocks.6") == "all")
        assert {tree.state(label) for label in ("conv_pw", "conv_dw", LAYER, "bn3")} == {"all"}
        weights = sum(layer["trainable"] for name, layer in inspect("efficientnet_lite0", "--preset", "all").items() if name.startswith("blocks.6."))
        tree.trains(self.head + weights)
        tree.click("blocks.6")
        wait(lambda: tree.state("blocks.6") == "no" and tree.state(LAYER) == "no")
        tree.trains(self.head)

    def statistics(self):
        tree, app = self.tree, self.app
        tree.go_to("bn3")
        assert "normalises by stored statistics" in tree.says("bn3")

        def button():
            return next(n for n in tree.find("bn3")[1].walk() if n.role == "push button" and n.name in ("stored", "batch"))

        assert not button().has("sensitive"), "a frozen layer has no choice"
        tree.click("bn3")
        wait(lambda: button().has("sensitive"), "the choice of a layer that trains")
        button().click()
        wait(lambda: "normalises by the batch" in tree.says("bn3"), "the row to say so")
        app.key("ctrl+z", "ctrl+z")
        wait(lambda: "stored" in tree.says("bn3") and tree.state("bn3") == "no", "both to be undone")

    def from_here(self):
        tree = self.tree
        tree.go_to("blocks.6")
        self.app.key("shift+t")
        wait(lambda: tree.state("blocks.6") == "all", "the block to train")
        assert [tree.state(label) for label in (LAYER, "conv_head", "bn2", "head")] == ["all"] * 4
        assert tree.state("blocks.5") == "no" and tree.state("blocks") == "some"
        assert tree.focused().startswith("blocks.6,"), "the row keeps the focus"
        tree.trains(self.backbone("--train-from", "blocks.6") + self.head)

    @staticmethod
    def backbone(*arguments):
        """What trains before the classifier of the file, in whose place the window has a head for two classes"""
        return sum(layer["trainable"] for name, layer in inspect("efficientnet_lite0", *arguments).items() if not re.match("classifier|head", name))

    def presets(self):
        tree, app = self.tree, self.app
        seen = []
        for name, preset in (("All", "all"), ("Last blocks", "last"), ("Head", "head")):
            button = app.find(name, where=lambda n: n.role in ("push button", "toggle button"))
            button.click()
            wait(lambda: button.has("pressed") or button.has("checked"), f"{name} to be pressed")
            tree.trains(self.backbone("--preset", preset) + self.head)
            seen.append((tree.bytes(), tree.seconds()))
            print(f"# {name}: {tree.footer()}", flush=True)
        assert seen == sorted(seen, reverse=True), f"memory and time follow what trains: {seen}"
        app.key("ctrl+z", "ctrl+z", "ctrl+z")
        wait(lambda: tree.state("blocks.6") == "all" and tree.state("blocks.5") == "no", "undo back to what was chosen before")

    def search(self):
        tree, app = self.tree, self.app
        tree.go_to("blocks.5")
        app.key("ctrl+f")
        app.type("conv_dw")
        wait(lambda: "conv_dw" in tree.labels() and "conv_pw" not in tree.labels(), "what was searched for")
        assert {"EfficientNet-Lite0", "blocks", "blocks.0", "blocks.0.0"} <= set(tree.labels()), "what is above it stays"
        assert tree.labels().count("conv_dw") == 16, tree.labels().count("conv_dw")
        app.key("ctrl+a")
        app.type("no such layer")
        app.says("No layer found")
        app.key("Escape")
        wait(lambda: "conv_stem" in tree.labels() and "conv_dw" in tree.labels() and tree.labels().count("conv_dw") == 1, "what was open before")

    def sort(self):
        tree, app = self.tree, self.app
        weights = app.find("Weights", "label", where=lambda n: n.parent.parent.name == "GtkColumnViewTitle")
        weights.click()
        app.find("Network order", "push button")
        weights.click()
        wait(lambda: tree.labels().index("blocks.5") < tree.labels().index("blocks.3") < tree.labels().index("blocks.0"), "the largest first")
        app.find("Network order", "push button").click()
        wait(lambda: tree.labels().index("blocks.0") < tree.labels().index("blocks.3") < tree.labels().index("blocks.5"), "the network's order")

    def resize(self):
        """The edge of a column's title is drawn to the left: the layers' names take what it gives up"""
        titles = self.app.find("Layers", "tree table").children[0]

        def title(name):
            return titles.find(name, "label").parent.parent

        (x, y, width, height), after, before = title("Kind").box(), title("Output").box()[0], title("Layer").box()[2]
        edge = (x + width + after) // 2
        self.app.drag((edge, y + height // 2), (edge - 30, y + height // 2))
        wait(lambda: abs(title("Kind").box()[2] - width + 30) <= 3, lambda: f"a column 30 narrower than {width}; it has {title('Kind').box()[2]}")
        assert abs(title("Layer").box()[2] - before - 30) <= 3, (before, title("Layer").box()[2])

    def menu(self):
        """A row whose menu was open looks as before, and its tooltip does not come up over the menu"""
        tree, app = self.tree, self.app
        tree.go_to("conv_stem")
        row = tree.find("conv_stem")[1]
        app.move(2, 2)
        wait(lambda: len(set(app.pixels(self.edge(row)))) == 1, "a row that is done changing")
        before = app.pixels(self.edge(row))
        row.click(3, at=(0.2, 0.5))
        app.find("Train From Here", "menu item")
        time.sleep(1)  # a tooltip comes half a second after the pointer has settled
        assert len(app.x_windows()) == 2, "a tooltip over the menu"
        app.key("Escape")
        app.move(2, 2)
        wait(lambda: app.pixels(self.edge(row)) == before, "the row as it looked before")

    @staticmethod
    def edge(row):
        """Where a row shows nothing but itself"""
        x, y, _, height = row.box()
        return x + 4, y + 4, 6, height - 8

    # --- the run ---

    def ask(self, query):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def events(self):
        return [row[0] for row in self.ask("SELECT text FROM events WHERE run = 2 ORDER BY id")]

    def train(self):
        memory = self.tree.bytes()
        self.app.find("Train", "push button").click()
        wait(lambda: self.ask("SELECT epochs FROM runs WHERE id = 2 AND epochs > 0"), "an epoch in the file", 240)
        print(f"# memory: {memory / 1e6:.0f} MB predicted, {self.app.rss_mib() * 1.048576:.0f} MB in use", flush=True)
        phase = json.loads(self.ask("SELECT options FROM runs WHERE id = 2")[0][0])["phases"][0]
        assert phase.get("train-from") == "blocks.6", phase
        print(f"# {self.events()}", flush=True)
        weights = self.backbone("--train-from", "blocks.6") + self.head
        trained = inspect(self.path, "--run", "2").values()
        assert sum(layer["trainable"] for layer in trained) == weights, (weights, trained)

    def ended(self):
        """As the one that the command line trained"""
        wait(lambda: len(set(self.ask("SELECT status FROM runs"))) == 1, "the end of the run", 240)
        assert self.ask("SELECT best_epoch FROM runs WHERE id = 2")[0][0] == 1


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "insects.thaw"
        subprocess.run([CLI, "train", str(PICTURES), "--project", str(path), "--epochs", "1"], check=True, capture_output=True)
        with App(THAW, path) as app:
            app.says(r"s an epoch")
            story = Story(app, Tree(app), path)
            tap("kind, output, weights and trains have a column each", story.columns)
            tap("the network is made wider by its edge", story.widen)
            tap("expanded to single layers", story.expand)
            tap("one layer trains", story.one_layer)
            tap("a block trains: its box has three states", story.block)
            tap("a BatchNorm layer offers its statistics", story.statistics)
            tap("train from here, by keyboard alone", story.from_here)
            tap("presets, and undo of them", story.presets)
            tap("search", story.search)
            tap("sorting, and back to the network's order", story.sort)
            tap("a column is made narrower", story.resize)
            tap("the menu of a row", story.menu)
            tap("a run has this freezing in the project's file", story.train)
            tap("the run ends, and keeps its best epoch", story.ended)
            tap("ends in order", lambda: wait(lambda: app.close(60) == 0, "the end"))
    tap.end()


main()
