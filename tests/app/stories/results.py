#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the network errs: the matrix and the pictures behind a cell, one of them large, two wrong ones relabelled, trained again; figures of
each class; a picture that is tried by drop, paste and choice; a folder without labels that becomes a table, a CSV file and sorted copies.

usage: results.py THAW THAW_CLI DRAG_SOURCE   (inside app-test --driven)
"""
import csv
import json
import math
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from driver import App, DragSource, Tap, wait

THAW, CLI, SOURCE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
SHARED = pathlib.Path(os.environ["THAW_SHARED"]).resolve()
INSECTS = SHARED / "datasets" / "hymenoptera"
SHOTS = os.environ.get("THAW_SCREENSHOTS")


def cli(*arguments):
    """What it prints with --json"""
    done = subprocess.run([CLI, *map(str, arguments), "--json"], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def percent(share):
    return f"{100 * share:.1f} %"


def wilson(k, n, z=1.959963984540054):
    p, middle = k / n, z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (p + middle - half) / (1 + z * z / n), (p + middle + half) / (1 + z * z / n)


def headline(k, n):
    low, high = wilson(k, n)
    return f"{percent(k / n)} ({100 * low:.1f} to {100 * high:.1f})"


class Story:
    def __init__(self, app, project, folder):
        self.app, self.project, self.folder = app, project, folder
        self.answers = self.answers_of(1)

    # --- what the project holds ---

    def answers_of(self, run):
        """The CSV of thaw-cli: path, label, prediction, probability, the surest first"""
        path = self.folder / f"answers-{run}.csv"
        subprocess.run([CLI, "evaluate", self.project, "--run", str(run), "--predictions", path], check=True, capture_output=True)
        with open(path, newline="") as file:
            return sorted(csv.DictReader(file), key=lambda row: -float(row["probability"]))

    def wrong(self, label, prediction):
        return [row for row in self.answers if (row["label"], row["prediction"]) == (label, prediction)]

    def right(self):
        return sum(row["label"] == row["prediction"] for row in self.answers)

    def ask(self, question, *values):
        with sqlite3.connect(f"file:{self.project}?mode=ro", uri=True) as project:
            return project.execute(question, values).fetchall()

    def class_of(self, path):
        """As the project has it now"""
        relative = os.path.relpath(path, self.project.parent)
        question = "SELECT classes.name FROM images JOIN files ON files.id = images.file JOIN classes ON classes.label = images.label WHERE files.path IN (?, ?)"
        found = self.ask(question, os.fsencode(path), os.fsencode(relative))
        return found[0][0] if found else None

    # --- what the window shows ---

    def shot(self, name):
        if SHOTS:
            self.app.move(2, 2)
            self.app.screenshot(pathlib.Path(SHOTS) / f"story-results-{name}.png")

    def matrix(self):
        return self.app.find(re.compile("^Confusion matrix"), "table")

    def cell(self, expression):
        """The point of the cell whose words match: the pointer goes over the matrix until it says so"""
        matrix = self.matrix()
        for down in range(2, 20):
            for across in range(4, 20):
                point = matrix.at((across / 20, down / 20))
                self.app.move(*point)
                if re.search(expression, matrix.name):
                    return point
        raise AssertionError(f"no cell says {expression}")

    def tiles(self):
        grid = self.app.find("Pictures of the chosen cell", "table")
        return [tile for tile in grid.all(role="table cell") if tile.name]

    def words(self):
        return [label.name for label in self.app.find("ThawResultsPage").all(role="label")]

    # --- the steps ---

    def figures(self):
        self.app.show("Results")
        n = len(self.answers)
        self.app.find(headline(self.right(), n), "label")
        self.app.says(rf"of {n} validation pictures, which also chose the best epoch")
        points = round(100 * max(abs(edge - self.right() / n) for edge in wilson(self.right(), n)))
        said = int(self.app.says(rf"With {n} pictures, chance alone moves this figure by about (\d+) points").group(1))
        assert abs(said - points) <= 2, (said, points)
        assert len(self.tiles()) == n - self.right(), "all mistakes are listed"
        self.shot("matrix")

    def shows_cell(self):
        wrong = self.wrong("bees", "ants")
        bees = sum(row["label"] == "bees" for row in self.answers)
        assert wrong, "there are bees called ants"
        point = self.cell(rf": {len(wrong)} of {bees} pictures of “bees” were called “ants”")
        self.app.click(*point)
        self.app.says(rf"^“bees” called “ants”: {len(wrong)} picture")
        names = [tile.name for tile in wait(lambda: len(self.tiles()) == len(wrong) and self.tiles(), "the cell's pictures")]
        expected = [f"Labelled “bees”. The network said “ants” with {percent(float(row['probability']))}." for row in wrong]
        assert names == expected, (names, expected)
        self.shot("cell")

    def opens_large(self):
        first = self.wrong("bees", "ants")[0]
        self.tiles()[0].click(times=2)
        self.app.find(pathlib.Path(first["path"]).name, "label")
        shown = self.words()
        for name in ("ants", "bees"):
            assert percent(float(first[name])) in shown, f"the probability of {name}: {shown}"
        self.shot("large")

    def relabels(self):
        wrong = self.wrong("bees", "ants")[:2]
        n = len(self.answers)
        self.app.find("ants", "push button").click()
        self.app.says(r"^Now “ants”\. The network said “ants”")
        self.app.find(headline(self.right() + 1, n), "label")
        self.app.key("Page_Down")
        self.app.find(pathlib.Path(wrong[1]["path"]).name, "label")
        self.app.key("1")
        self.app.find(headline(self.right() + 2, n), "label")
        self.app.says(r"^2 pictures have been given another class since this run was trained")
        self.shot("relabelled")
        for row in wrong:
            wait(lambda: self.class_of(row["path"]) == "ants", f"{row['path']} among the ants of the project")
        self.app.key("Escape")
        assert len(self.tiles()) == len(self.wrong("bees", "ants")), "what was relabelled stays in the list"

    def undoes(self):
        """Once back and forth: the figures follow"""
        second = self.wrong("bees", "ants")[1]["path"]
        self.app.key("ctrl+z")
        self.app.find(headline(self.right() + 1, len(self.answers)), "label")
        wait(lambda: self.class_of(second) == "bees", "the class from before")
        self.app.key("ctrl+shift+z")
        self.app.find(headline(self.right() + 2, len(self.answers)), "label")
        wait(lambda: self.class_of(second) == "ants", "the class again")

    def trains_again(self):
        relabelled = [row["path"] for row in self.wrong("bees", "ants")[:2]]
        self.app.find("Train Again", "push button").click()
        wait(lambda: self.ask("SELECT id FROM runs WHERE id = 2 AND status = 1 AND EXISTS (SELECT * FROM evaluations WHERE run = 2)"), "the second run to be done", 120)
        first, second = cli("runs", self.project)
        assert second["status"] == "done" and second["epochs"] == first["epochs"], second
        assert second["feature_seconds"] < first["feature_seconds"], "features come from the cache"
        self.answers = self.answers_of(2)
        labels = {row["path"]: row["label"] for row in self.answers}
        assert [labels[path] for path in relabelled] == ["ants", "ants"], labels
        self.app.show("Results")
        self.app.find(headline(self.right(), len(self.answers)), "label")
        assert not self.app.all(re.compile("given another class since"), "label"), "nothing was edited since"
        self.shot("again")

    def figures_of_classes(self):
        self.app.find("Classes", "page tab").click()
        table = self.app.find("Figures of each class", "tree table")
        (evaluation,) = cli("evaluate", self.project, "--run", "2")
        for figures in evaluation["classes"]:
            row = table.find(figures["class"], "table row")
            shown = [label.name for label in row.all(role="label")]
            assert shown == [figures["class"], *(percent(figures[key]) for key in ("precision", "recall", "f1")), str(figures["pictures"])], (shown, figures)
        self.shot("classes")

    def sorts_classes(self):
        table = self.app.find("Figures of each class", "tree table")
        (evaluation,) = cli("evaluate", self.project, "--run", "2")
        order = [row["class"] for row in sorted(evaluation["classes"], key=lambda row: row["recall"])]
        table.find("Recall", "label").click()
        self.rows_are(table, order)
        table.find("Recall", "label").click()
        self.rows_are(table, order[::-1])

    def rows_are(self, table, names):
        def order():
            rows = [row for row in table.all(role="table row") if row.name in names]
            return [row.name for row in sorted(rows, key=lambda row: row.box()[1])] == names

        wait(order, f"rows in the order {names}")

    # --- other pictures ---

    def said_of(self, path):
        """As the command line says it, with the same run: the words of the window"""
        (answer,) = cli("predict", self.project, path, "--run", "2")
        sure = answer["probability"] >= 0.6
        share = percent(answer["probability"])
        return f"“{answer['class']}” ({share})" if sure else f"The network is not sure: most likely “{answer['class']}” ({share})."

    def tries(self, path, how):
        how(path)
        self.app.find(self.said_of(path), "label")
        self.app.find(str(path), "label")

    def by_drop(self, path):
        with DragSource(SOURCE, path) as source:
            source.drop_on(self.app, self.app.find("ThawResultsPage").centre())

    def by_paste(self, path):
        with DragSource(SOURCE, path) as source:
            source.copy()
            self.app.raise_()
            self.app.key("ctrl+v")
            self.app.find(str(path), "label")

    def by_choice(self, path):
        self.app.find("Choose a picture…", "push button").click()
        self.app.choose(path, "Try", "ctrl+l")

    def tries_drop(self):
        self.tries(INSECTS / "val" / "bees" / "1032546534_06907fe3b3.jpg", self.by_drop)
        self.shot("try")

    def tries_paste(self):
        self.tries(sorted((SHARED / "imagenet-samples").glob("*.jpg"))[2], self.by_paste)

    def tries_choice(self):
        self.tries(INSECTS / "val" / "ants" / "10308379_1b6c72e180.jpg", self.by_choice)

    def unlabelled(self):
        folder = self.folder / "unlabelled"
        (folder / "below").mkdir(parents=True)
        for i, path in enumerate(sorted((INSECTS / "val" / "bees").glob("*.jpg"))[:5] + sorted((INSECTS / "val" / "ants").glob("*.jpg"))[:4]):
            shutil.copy(path, folder / ("below" if i % 3 == 0 else "") / f"picture {i}, “{i}”.jpg")
        (folder / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
        return folder

    def tries_folder(self):
        folder = self.unlabelled()
        self.by_drop(folder)
        self.app.says(r"10 pictures?\. 1 could not be read\.")
        table = self.app.find("What the network says of each picture", "tree table")
        rows = wait(lambda: {pathlib.Path(row.name).name: row for row in table.all(role="table row")}, "the rows")
        seen = [path for path in self.good() if path.name in rows]  # those below the edge are in the file that is saved
        assert len(seen) >= 5, rows
        for path in seen:
            (answer,) = cli("predict", self.project, path, "--run", "2")
            shown = [label.name for label in rows[path.name].all(role="label")]
            assert shown[1:3] == [answer["class"], percent(answer["probability"])], (shown, answer)
        if "broken.jpg" in rows:
            assert re.match("Not read: ", rows["broken.jpg"].all(role="label")[1].name)
        self.shot("folder")

    def good(self):
        return sorted((self.folder / "unlabelled").rglob("picture*.jpg"))

    def saves(self):
        path = self.folder / "saved.csv"
        self.app.find("Save as CSV…", "push button").click()
        self.app.choose(path, "Save", "ctrl+a")
        self.app.says(r"^The table was saved\.")
        with open(path, newline="") as file:
            rows = {row["path"]: row for row in csv.DictReader(file)}
        assert len(rows) == 10, rows
        said = {answer["path"]: answer for answer in cli("predict", self.project, "--run", "2", *self.good())}
        for name, answer in said.items():
            self.same(rows[name], answer)

    @staticmethod
    def same(row, answer):
        assert row["class"] == answer["class"], (row, answer)
        for entry in answer["classes"]:
            assert math.isclose(float(row[entry["class"]]), entry["probability"], abs_tol=1e-5), (row, answer)

    def copies(self):
        target = self.folder / "sorted"
        target.mkdir()
        self.app.find("Copy into folders…", "push button").click()
        self.app.choose(target, "Copy Here", "ctrl+l")
        self.app.says(r"^9 pictures were copied\.")
        said = cli("predict", self.project, "--run", "2", *self.good())
        for answer in said:
            source = pathlib.Path(answer["path"])
            assert (target / answer["class"] / source.name).read_bytes() == source.read_bytes(), answer
        assert len([path for path in target.rglob("*") if path.is_file()]) == len(said)
        assert len(self.good()) == 9, "the pictures stay where they are"

    def ends(self):
        assert self.app.close() == 0, self.app.messages()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = pathlib.Path(name).resolve()
        project = folder / "insects.thaw"
        subprocess.run([CLI, "train", INSECTS, "--project", project, "--epochs", "6"], check=True, capture_output=True)
        with App(THAW, project) as app:
            story = Story(app, project, folder)
            tap("the accuracy, its interval and what it means", story.figures)
            tap("a click on “bees called ants” shows them", story.shows_cell)
            tap("one of them large, with its probabilities", story.opens_large)
            tap("two wrong ones get their class", story.relabels)
            tap("and back, and forth", story.undoes)
            tap("trained again", story.trains_again)
            tap("precision, recall and F1 of each class", story.figures_of_classes)
            tap("sorted by a column", story.sorts_classes)
            tap("a picture to try is dropped", story.tries_drop)
            tap("pasted", story.tries_paste)
            tap("chosen", story.tries_choice)
            tap("a folder becomes a table", story.tries_folder)
            tap("a CSV file", story.saves)
            tap("copies sorted by class", story.copies)
            tap("ends in order", story.ends)
    tap.end()


main()
