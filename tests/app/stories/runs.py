#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three runs with different freezing: compared in the table, their curves laid over one another, the best one's settings back in force, one
deleted and brought back, one renamed and described.

usage: runs.py THAW THAW_CLI DRAG_SOURCE   (inside app-test --driven)
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
import time

from driver import App, Tap, wait

THAW, CLI = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
INSECTS = pathlib.Path(os.environ["THAW_SHARED"]).resolve() / "datasets" / "hymenoptera"
SHOTS = os.environ.get("THAW_SCREENSHOTS")

# what is trained, and what the window calls it
FREEZINGS = [
    (["--preset", "head", "--epochs", "4"], "Head"),
    (["--train-from", "blocks.6", "--epochs", "2", "--lr", "3e-4"], None),
    (["--preset", "head", "--epochs", "3", "--lr", "1e-5", "--head", "dropout=0.5,linear=16,relu,linear"], "Head"),
]


def percent(share):
    return f"{100 * share:.1f} %"


class Story:
    def __init__(self, app, project):
        self.app, self.project = app, project
        self.runs = {run["run"]: run for run in self.told()}
        self.best = max(self.runs.values(), key=lambda run: (run["best_val_accuracy"], -run["best_val_loss"]))["run"]

    # --- what the project holds ---

    def told(self):
        done = subprocess.run([CLI, "runs", self.project, "--json"], check=True, capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ask(self, question, *values):
        with sqlite3.connect(f"file:{self.project}?mode=ro", uri=True) as project:
            return project.execute(question, values).fetchall()

    def options(self, run):
        return json.loads(self.ask("SELECT options FROM runs WHERE id = ?", run)[0][0])

    # --- what the window shows ---

    def shot(self, name):
        if SHOTS:
            self.app.move(2, 2)
            self.app.screenshot(pathlib.Path(SHOTS) / f"story-runs-{name}.png")

    def page(self):
        return self.app.find("ThawRunsPage")

    def table(self):
        return self.app.find("Runs", "tree table")

    def rows(self):
        """{row: the texts of its cells}, from above"""
        found = [(row.box()[1], row) for row in self.table().find("GtkColumnListView", "list").children if row.shown]
        return [(row, [label.name for label in row.all(role="label")]) for _, row in sorted(found, key=lambda pair: pair[0])]

    def row(self, run):
        """Each has its own number of epochs, which stands behind the accuracy"""
        epochs = str(self.runs[run]["epochs"])

        def found():
            return next((pair for pair in self.rows() if epochs in pair[1][2:4]), None)

        return wait(found, f"the row of run {run}")

    def columns(self):
        header = self.table().children[0]
        return [label.name for label in header.all(role="label")]

    def select(self, run):
        row, _ = self.row(run)
        row.click(at=(0.3, 0.5))

    def trained(self):
        """Parameters that train, as the footer of the network says"""
        return self.app.find(re.compile(r" of .* parameters train"), "label").name

    # --- the steps ---

    def shows_three(self):
        self.app.show("Runs")
        self.app.find("3 runs", "label")
        for run in self.runs.values():
            _, texts = self.row(run["run"])
            interval = f"{percent(run['best_val_accuracy'])} ({100 * run['low']:.1f} to {100 * run['high']:.1f})"
            assert interval in texts and str(run["epochs"]) in texts, (run, texts)
        _, texts = self.row(self.best)
        assert any("best" in text for text in texts), texts
        self.shot("table")

    def differences_stand_out(self):
        columns = self.columns()
        for name in ("Trains", "Learning rate", "Head"):
            assert name in columns, columns
        for name in ("Backbone", "Batch size"):
            assert name not in columns, columns
        self.app.find(re.compile("Only Differences"), where=lambda node: node.role in ("push button", "toggle button")).click()
        wait(lambda: "Backbone" in self.columns(), "the settings that are the same")
        self.app.find(re.compile("Only Differences"), where=lambda node: node.role in ("push button", "toggle button")).click()
        wait(lambda: "Backbone" not in self.columns(), "only what differs")

    def sorts(self):
        self.table().find("Accuracy", "label").click()
        self.order_is(lambda run: run["best_val_accuracy"])
        self.table().find("Accuracy", "label").click()
        self.order_is(lambda run: -run["best_val_accuracy"])

    def order_is(self, key):
        wanted = [percent(run["best_val_accuracy"]) for run in sorted(self.runs.values(), key=key)]

        def shown():
            return [next(text for text in texts if " to " in text).split(" (")[0] for _, texts in self.rows()] == wanted

        wait(shown, f"rows in the order {wanted}")

    def overlays(self):
        """Every box draws one run more; the legend and the text for those who do not see name them"""
        for row, _ in self.rows():
            check = row.find(re.compile("^Curves of"), "check box")
            if not check.has("checked"):
                check.click()
                wait(lambda: check.has("checked"), "the box of the curves")
        names = self.names = [texts[0] for _, texts in self.rows()]
        page = self.page()
        self.loss = page.find("Loss", "image")
        wanted = {f"{name}: {part}" for name in names for part in ("Training", "Validation", "Training, each step")}
        wait(lambda: set(self.legend(self.loss)) == wanted, "three runs in the legend of the loss")
        self.shot("curves")
        self.curves_are_drawn(page.find("Accuracy", "image"), names)

    @staticmethod
    def legend(plot):
        """{name: button}, which stand below the plot's picture"""
        return {button.name: button for button in plot.parent.find("Curves", "panel").children}

    def curves_are_drawn(self, plot, names):
        """Each run's is seen: without it the picture is another one, and the same again with it"""
        self.app.move(2, 2)
        legend, box = self.legend(plot), plot.settled().box()
        whole = wait(lambda: self.steady(box), "a plot that is drawn")
        for name in names:
            legend[f"{name}: Training"].do()
            wait(lambda: self.app.pixels(box) != whole, f"a plot without {name}")
            legend[f"{name}: Training"].do()
            wait(lambda: self.app.pixels(box) == whole, f"a plot with {name} as it was")

    def steady(self, box):
        before = self.app.pixels(box)
        time.sleep(0.1)
        return before if self.app.pixels(box) == before else None

    def reads_curves(self):
        """By keys: the values of all runs where the cursor is, and what happened there to the run that is shown"""
        loss = self.loss.click(at=(0.9, 0.9))
        self.app.key("Home")
        read = wait(lambda: re.match("Loss, epoch 1: .*", loss.name), "the first epoch's values")[0]
        for name in self.names:
            value, = self.ask("SELECT loss FROM epochs JOIN runs ON runs.id = epochs.run WHERE epoch = 1 AND name = ?", name)[0]
            told = float(re.search(rf"{re.escape(name)}: Training ([\d.]+)", read).group(1))
            assert abs(told - value) < 1e-4, (name, told, value)
        events = [text for (text,) in self.ask("SELECT text FROM events")]
        event = read.split("; ")[-1]
        assert event in events, (read, events)
        self.app.key("Right")
        wait(lambda: loss.name.startswith("Loss, epoch 2: ") and event not in loss.name, "the second epoch, where nothing happened")
        self.app.key("Escape")

    def resizes(self):
        """The edge of a column's title is drawn to the right: it is wider by that much, and what stands behind it moves on"""
        header = self.table().children[0]

        def title(name):
            return header.find(name, "label").parent.parent

        (x, y, width, height), after = title("Accuracy").box(), title("Epochs").box()[0]
        edge = (x + width + after) // 2
        self.app.drag((edge, y + height // 2), (edge + 60, y + height // 2))
        wait(lambda: abs(title("Epochs").box()[0] - after - 60) <= 3, lambda: f"the next column 60 further right than {after}; it is at {title('Epochs').box()[0]}")
        assert abs(title("Accuracy").box()[2] - width - 60) <= 3
        cell = self.row(self.best)[0].find(str(self.runs[self.best]["epochs"]), "label")
        assert abs(cell.box()[0] - title("Epochs").box()[0]) <= 12, "the cells follow their title"

    def compares(self):
        self.select(1)
        self.app.key("ctrl+a")
        self.app.find("Settings", "page tab").click()
        page = self.page()
        for title in ("Trains", "Best epoch", "Loss"):
            page.find(title, "label")
        shown = [label.name for label in page.all(role="label")]
        for run in self.runs.values():
            assert f"{run['best_epoch']}" in " ".join(shown)
        self.shot("settings")
        self.app.find("Curves", "page tab").click()

    def restores(self, run):
        self.select(run)
        self.app.find(re.compile("Restore"), "push button").click()

    def restores_other(self):
        """First one that freezes differently, so that the best one changes something"""
        before = self.trained()
        other = 2 if self.best != 2 else 1
        self.restores(other)
        self.app.toast(rf"^The settings of .* {other} are in force again$")
        wait(lambda: self.trained() != before, "another number of parameters that train")

    def restores_best(self):
        before = self.trained()
        self.restores(self.best)
        self.app.toast(rf"^The settings of .* {self.best} are in force again$")
        wait(lambda: self.trained() != before, "another number of parameters that train")
        self.shot("restored")
        options = self.options(self.best)
        self.app.show("Training")
        self.app.find("ThawTrainingPage")
        rate = self.app.find("Learning rate", where=lambda node: re.match(r"[\d.e-]+$", node.text))
        assert abs(float(rate.text) - options["phases"][0]["lr"]) < 1e-12, (rate.text, options)
        self.app.show("Runs")

    def delete(self, run):
        self.select(run)
        self.app.find("Delete the selected runs", "push button").click()
        wait(lambda: self.ask("SELECT deleted FROM runs WHERE id = ?", run) == [(1,)], "the run marked in the project")

    def back_again(self, run):
        self.app.find("3 runs", "label")
        wait(lambda: self.ask("SELECT deleted FROM runs WHERE id = ?", run) == [(0,)], "the run back in the project")
        assert len(self.told()) == 3

    def deletes(self):
        """Brought back by the toast as long as that is there, and by the key at any time"""
        gone = min(run for run in self.runs if run != self.best)
        self.delete(gone)
        self.app.toast("was deleted$")
        self.app.toast("^Undo$", "push button").click()
        self.back_again(gone)
        self.delete(gone)
        self.app.toast("was deleted$")
        self.app.find("2 runs", "label")
        assert gone not in [run["run"] for run in self.told()]
        self.app.key("ctrl+z")
        self.back_again(gone)

    def renames(self):
        self.select(2)
        self.app.key("F2")
        self.app.find("ThawRunNotes").find("Name", "text")
        self.app.key("ctrl+a")
        self.app.type("With block 6")
        self.app.key("Return")
        wait(lambda: self.ask("SELECT name FROM runs WHERE id = 2") == [("With block 6",)], "the name in the project")
        _, texts = self.row(2)
        assert texts[0] == "With block 6", texts

    def notes(self):
        notes = self.app.find("ThawRunNotes").find(re.compile("^Notes"), "text")
        notes.click()
        self.app.type("Overfits after two epochs.")
        self.select(1)
        wait(lambda: self.ask("SELECT notes FROM runs WHERE id = 2") == [("Overfits after two epochs.",)], "the notes in the project")
        self.select(2)
        wait(lambda: notes.text == "Overfits after two epochs.", "the notes shown again")
        self.shot("notes")

    def ends(self):
        assert self.app.close() == 0, self.app.messages()
        assert {run["run"]: run["name"] for run in self.told()}[2] == "With block 6"


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        project = folder / "insects.thaw"
        for kind in ("ants", "bees"):
            for part, n in (("train", 24), ("val", 16)):
                (folder / part / kind).mkdir(parents=True)
                for path in sorted((INSECTS / part / kind).glob("*.jpg"))[:n]:
                    shutil.copy(path, folder / part / kind)
        for arguments, _ in FREEZINGS:
            subprocess.run([CLI, "train", folder, "--project", project, *arguments], check=True, capture_output=True)
        with App(THAW, project) as app:
            story = Story(app, project)
            tap("three runs with their accuracies", story.shows_three)
            tap("what differs stands out", story.differences_stand_out)
            tap("sorted by accuracy", story.sorts)
            tap("curves over one another", story.overlays)
            tap("their values, and what happened, read by keys", story.reads_curves)
            tap("a column is made wider", story.resizes)
            tap("settings side by side", story.compares)
            tap("another one's settings", story.restores_other)
            tap("the best one's settings are in force again", story.restores_best)
            tap("one is deleted and brought back", story.deletes)
            tap("renamed", story.renames)
            tap("described", story.notes)
            tap("ends in order", story.ends)
    tap.end()


main()
