#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole flow with the keyboard alone, from the welcome to the exported file: the pointer is never touched, and the focus is always somewhere."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from driver import App, DragSource, Tap, run, wait
from project import PICTURES, few_pictures, rows

THAW, CLI, SOURCE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
SHOTS = os.environ.get("THAW_SCREENSHOTS")
EPOCHS = 12


class Story:
    def __init__(self, app, folder):
        self.app, self.folder = app, folder
        self.project = folder / "insects.thaw"
        self.pointer = self.pointer_at()

    @staticmethod
    def pointer_at():
        """x and y: which window lies there is no matter of the pointer's"""
        return run("xdotool", "getmouselocation").split()[:2]

    # --- where the keys go ---

    def focus_on(self, name=None, role=None):
        """Waits until that has the focus"""

        def there():
            node = self.app.focused()
            return node if node and node.matches(name, role, None) else None

        try:
            return wait(there, f"the focus on {getattr(name, 'pattern', name)!r}")
        except AssertionError as error:
            node = self.app.focused()
            raise AssertionError(f"{error}; it is on {node and (node.role, node.name)}") from None

    def focus_in(self, name):
        """Waits until something in that has it"""

        def there():
            node = self.app.focused()
            while node and node.role not in ("frame", "application") and node.name != name:
                node = node.parent
            return node and node.name == name

        wait(there, f"the focus in {name}; it is on {self.app.focused() and self.app.focused().name!r}")

    def to_tree(self):
        return self.app.tab_to(re.compile("^.*, "), "panel", key="F6", most=8)

    def to_row(self, layer, key="Down"):
        self.to_tree()
        self.app.key("Home" if key == "Down" else "End")
        return self.app.tab_to(re.compile(rf"^{re.escape(layer)}, "), "panel", key=key)

    def footer(self, pattern):
        self.app.window.find(re.compile(pattern), "label")

    def choose(self, path, accept):
        """GTK's own chooser: a path can be written"""
        self.app.find(accept, "push button")
        self.app.key("ctrl+l")
        self.app.key("ctrl+a")
        self.app.type(str(path))
        self.app.key("Return")

    def shot(self, name):
        if SHOTS:
            self.app.screenshot(pathlib.Path(SHOTS) / f"story-keyboard-{name}.png")

    def ask(self, query, *values):
        return rows(self.project, query, *values)

    # --- pictures ---

    def welcome(self):
        self.focus_on("Choose Folders…", "push button")
        for offer in ("Try the Sample Pictures", "Open Project…"):
            self.app.tab_to(offer, "push button")
        self.app.tab_to("Choose Folders…", "push button", key="shift+Tab")
        self.app.key("Return")
        self.choose(few_pictures(self.folder / "insects", 20), "Choose")
        self.app.says("Added 40 pictures in 2 classes")
        self.focus_in("ThawImagesPage")

    def pastes(self):
        more = few_pictures(self.folder / "more", 26, ("bees",)) / "bees"
        for path in sorted(more.iterdir())[:20]:
            path.unlink()
        with DragSource(SOURCE, more) as source:
            source.copy()
            self.app.raise_()
            self.app.key("ctrl+v")
            self.app.says("Added 6 pictures")
        self.focus_in("ThawImagesPage")

    def names_project(self):
        self.app.key("ctrl+shift+s")
        self.choose(self.project, "Save")
        wait(self.project.exists, "the project's file")
        self.focus_in("ThawImagesPage")

    def moves_picture(self):
        """One picture to the other class, and back"""
        self.app.tab_to(re.compile(r"\.jpg$"), "table cell")
        self.app.key("Right")
        moved = self.focus_on(re.compile(r"\.jpg$"), "table cell").name
        self.app.key("m")
        self.focus_on(re.compile("^Class: "), "push button")
        self.app.key("Return")
        self.focus_on(role="list item")
        self.app.tab_to("bees", "list item", key="Down")
        self.app.key("Return")
        self.app.tab_to("Move", "push button")
        self.app.key("Return")
        wait(lambda: self.label_of(moved) == "bees", f"{moved} among the bees")
        self.focus_in("ThawImagesPage")
        self.app.key("ctrl+z")
        wait(lambda: self.label_of(moved) == "ants", f"{moved} among the ants again")
        self.focus_in("ThawImagesPage")

    def label_of(self, name):
        query = "SELECT classes.name FROM images JOIN files ON files.id = images.file JOIN classes ON classes.label = images.label WHERE CAST(files.path AS TEXT) LIKE ?"
        return [label for (label,) in self.ask(query, f"%{name}")][0]

    def pages(self):
        for number, page in enumerate(("Images", "Training", "Results", "Runs"), 1):
            self.app.key(f"alt+{number}")
            wait(lambda: self.app.page == page, f"page {page}")
            self.focus_in(f"Thaw{page}Page")
        self.app.key("F6")
        self.focus_on("Open", "push button")
        self.app.key("F6")
        self.focus_on(re.compile("^Backbone"), "push button")
        self.to_tree()
        self.app.key("F6")
        self.focus_in("ThawRunsPage")
        self.app.key("shift+F6")
        self.focus_on(re.compile("^EfficientNet-Lite0, "), "panel")

    # --- the network ---

    def backbone(self):
        button = self.app.tab_to(re.compile("^Backbone"), "push button", key="shift+F6")
        self.app.key("Return")
        self.focus_on(re.compile("^EfficientNet-Lite0, .*chosen"), "list item")
        self.app.key("Down")
        self.focus_on(re.compile("^EfficientNet-Lite1, "), "list item")
        self.app.key("Up", "Return")
        self.focus_on(button.name, "push button")

    def tree(self):
        self.to_row("blocks.6")
        self.app.key("space")
        self.focus_on(re.compile("^blocks.6, .*, trains"), "panel")
        self.app.key("ctrl+z")
        self.focus_on(re.compile("^blocks.6, .*, frozen"), "panel")
        self.app.tab_to("All", "push button", key="shift+Tab")
        self.app.key("space")
        self.footer("^3.4 M of 3.4 M parameters train")
        self.focus_on("All", "push button")
        self.to_row("blocks.6")
        self.app.key("shift+t")
        self.footer("^1.0 M of 3.4 M parameters train")
        self.focus_on(re.compile("^blocks.6, .*, trains"), "panel")

    def tree_menu(self):
        self.app.key("Menu")
        self.focus_on(role="menu item")
        self.app.key("Escape")
        self.focus_on(re.compile("^blocks.6, "), "panel")

    def search(self):
        self.app.key("ctrl+f")
        self.focus_on("Search layers")
        self.app.type("conv_pwl")
        self.app.tab_to(re.compile("^conv_pwl, "), "panel", key="Down")
        self.app.key("ctrl+f", "Escape")
        wait(lambda: not self.app.find("Search layers", "entry").text, "an empty search")
        self.to_row("blocks.6")

    def head(self):
        self.to_tree()
        self.app.key("End", "F2")
        self.focus_on(re.compile("^Layer 2"), "list item")
        self.app.tab_to("Add Layer", "push button", key="shift+Tab")
        self.app.key("Return")
        self.app.tab_to("Linear", "menu item", key="Down")
        self.app.key("Return")
        row = self.focus_on(re.compile("^Layer 2"), "list item")
        row.find(role="spin button", where=lambda node: node.text == "128")
        self.app.tab_to(re.compile("^Layer 1"), "list item", key="Up")
        self.app.tab_to(role="spin button")
        self.app.key("ctrl+a")
        self.app.type("0.5")
        self.app.key("Return")
        self.app.window.find(re.compile("^dropout 0.5, "), "panel")
        self.shot("head")
        self.app.key("Escape")
        self.focus_on(re.compile("^linear "), "panel")

    # --- training ---

    def options(self):
        self.app.key("alt+2")
        wait(lambda: self.app.page == "Training", "the Training page")
        self.app.tab_to("Epochs", "spin button", key="F6")
        self.app.key("ctrl+a")
        self.app.type(str(EPOCHS))
        self.app.key("Return")
        self.app.tab_to(re.compile("^Varied pictures"), "push button")
        self.app.key("Return")
        self.focus_on(role="list item")
        self.app.tab_to(re.compile("Light"), "list item", key="Down")
        self.app.key("Return")
        self.focus_on("Varied pictures: Light", "push button")

    def trains(self):
        self.app.tab_to("Train", "push button", key="shift+Tab")
        self.app.key("Return")
        self.focus_on("Pause", "push button")
        self.app.key("space")
        self.focus_on("Go On", "push button")
        self.to_tree()
        self.shot("paused")

    def goes_on(self):
        """By key, while the focus is elsewhere: there it stays"""
        wait(lambda: self.ask("SELECT id FROM runs"), "a run in the project", 120)
        self.app.key("ctrl+g")
        self.app.says(r"^\d+\.\d % \(\d+\.\d to \d+\.\d\)", seconds=300)
        self.to_tree()
        assert self.ask("SELECT status, epochs FROM runs") == [(1, EPOCHS)], self.ask("SELECT status, epochs FROM runs")

    # --- what came of it ---

    def cell(self):
        """From the top left: a cell that has pictures"""
        matrix = self.app.tab_to(re.compile("^Confusion matrix"), "table")
        self.app.key("Home")
        for key in ("Down", "Right", "Up"):
            if re.search(r": [1-9]\d* of", matrix.name):
                break
            self.app.key(key)
        self.app.key("Return")
        return matrix

    def results(self):
        self.app.key("alt+3")
        wait(lambda: self.app.page == "Results", "the Results page")
        self.app.key("F6")  # from the tree
        self.focus_in("ThawResultsPage")
        self.cell()
        self.app.tab_to(re.compile("^Labelled"), "table cell")
        self.shot("cell")
        self.app.key("Return")
        self.focus_on("Back to the pictures", "push button")
        title = self.app.find(re.compile(r"\.jpg$"), "label").name
        before = self.label_of(title)
        other = {"ants": "bees", "bees": "ants"}[before]
        self.app.key("1" if other == "ants" else "2")
        wait(lambda: self.label_of(title) == other, f"{title} among the {other}")
        self.focus_in("ThawResultsPage")
        self.app.key("ctrl+z")
        wait(lambda: self.label_of(title) == before, f"{title} among the {before} again")
        self.app.key("Escape")
        self.focus_on(re.compile("^Labelled"), "table cell")

    def tries(self):
        picture = next(iter(sorted((PICTURES.parent / "val" / "bees").glob("*.jpg"))))
        with DragSource(SOURCE, picture) as source:
            source.copy()
            self.app.raise_()
            self.app.key("ctrl+v")
            self.app.find(str(picture), "label")
        self.app.says(r"^“(ants|bees)” \(|^The network is not sure")
        self.focus_in("ThawResultsPage")
        self.shot("try")

    def second_run(self):
        self.to_tree()
        self.app.tab_to("Head", "push button", key="shift+Tab")
        self.app.key("space", "ctrl+Return")
        wait(lambda: self.ask("SELECT status FROM runs") == [(1,), (1,)], "the second run to end", 240)
        wait(lambda: self.app.find("Train", "push button").has("sensitive"), "the end of the run", 60)

    def runs(self):
        self.app.key("alt+4")
        wait(lambda: self.app.page == "Runs", "the Runs page")
        self.app.key("F6")
        self.to_runs()
        self.app.key("Home", "F2")
        self.focus_on("Name", "text")
        self.app.key("ctrl+a")
        self.app.type("By keys")
        self.app.key("Return")
        wait(lambda: self.ask("SELECT count(*) FROM runs WHERE name = 'By keys'") == [(1,)], "the name in the project")
        self.focus_in("ThawRunsPage")

    def to_runs(self):
        """The table of runs: it comes after the buttons above it"""

        def in_table(node):
            while node and node.role not in ("frame", "application"):
                if node.role == "tree table" and node.name == "Runs":
                    return True
                node = node.parent
            return False

        for _ in range(30):
            if in_table(self.app.focused()):
                return
            self.app.key("Tab")
        raise AssertionError("Tab does not lead to the table of runs")

    def restores(self):
        self.to_runs()
        self.app.key("End")
        self.app.tab_to("Restore", "push button", key="shift+Tab")
        self.app.key("space")
        self.app.toast("are in force again")
        self.focus_in("ThawRunsPage")
        self.to_runs()

    def deletes(self):
        self.app.key("Delete")
        self.app.toast("was deleted")
        wait(lambda: sorted(self.ask("SELECT deleted FROM runs")) == [(0,), (1,)], "the run marked in the project")
        self.focus_in("ThawRunsPage")
        self.app.tab_to("Undo", "push button", key="F6", most=8)
        self.app.key("space")
        wait(lambda: self.ask("SELECT deleted FROM runs") == [(0,), (0,)], "the run back in the project")
        self.focus_in("ThawRunsPage")

    def exports(self):
        self.app.key("ctrl+e")
        self.focus_on("Run", "combo box")
        self.app.tab_to("Format", "combo box")
        self.app.key("Return")
        self.focus_on("ONNX, picture in", "list item")
        self.app.key("Return")
        self.app.tab_to("Export…", "push button")
        self.app.key("Return")
        self.app.find("Name:", "text")
        self.app.key("ctrl+a")
        self.app.type(str(self.folder / "insects.onnx"))
        self.app.key("Return")
        self.app.says("Exported and Checked", seconds=240)
        self.app.says(r"Read back and compared on \d+ pictures: same class on all")
        self.focus_on(re.compile("Open Folder|Export Another"), "push button")
        self.shot("exported")
        self.app.key("Escape")
        self.focus_in("ThawRunsPage")

    # --- the program itself ---

    def preferences(self):
        self.app.key("ctrl+comma")
        threads = self.app.tab_to("Threads", "spin button")
        self.app.key("Up")
        wait(lambda: threads.text == "1", f"one thread; it says {threads.text!r}")
        self.app.key("Escape")
        self.focus_in("ThawRunsPage")
        self.app.key("F1")
        self.app.says("Stop and keep the best epoch")
        self.app.key("Escape")
        self.focus_in("ThawRunsPage")
        self.app.key("F10")
        self.app.tab_to("About Thaw", "menu item", key="Up")
        self.app.key("Return")
        self.app.says("Details")
        self.app.key("Escape")
        self.app.window.gone("About", seconds=10)

    def no_pointer(self):
        assert self.pointer_at() == self.pointer

    def ends(self):
        self.app.key("ctrl+q")
        assert self.app.ended(60) == 0, self.app.messages()

    def file_agrees(self):
        """What was done by keys is what the project holds, and the exported file is a network"""
        assert dict(self.ask("SELECT name, count(*) FROM images JOIN classes USING (label) GROUP BY label")) == {"ants": 20, "bees": 26}
        first, second = self.ask("SELECT options, model_metadata, epochs, status FROM runs ORDER BY id")
        options = json.loads(first[0])
        assert options["phases"][0]["train-from"] == "blocks.6" and first[2:] == (EPOCHS, 1), options
        assert json.loads(first[1])["head"] == "dropout=0.5,linear=128,linear", first[1]
        light = {"flip": 0.5, "crop-min-area": 0.5, "rotation": 0, "colour": 0, "erase": 0}
        assert options["augmentation"] == light, options
        assert json.loads(second[0])["phases"][0].get("preset") == "head", second[0]
        answer = subprocess.run([CLI, "evaluate", self.folder / "insects.onnx", self.folder / "insects", "--json"], check=True, capture_output=True)
        assert json.loads(answer.stdout.splitlines()[0])["accuracy"] > 0.5, answer.stdout


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        run("xdotool", "mousemove", "1590", "990")
        with App(THAW, folder=folder) as app:
            story = Story(app, folder)
            tap("the welcome has the focus; folders are chosen", story.welcome)
            tap("a folder is pasted", story.pastes)
            tap("the project gets a name", story.names_project)
            tap("a picture moves to another class, and back", story.moves_picture)
            tap("each page, and each pane of the window", story.pages)
            tap("the backbone", story.backbone)
            tap("layers, presets and “train from here”", story.tree)
            tap("a layer's menu", story.tree_menu)
            tap("a search for layers", story.search)
            tap("the head", story.head)
            tap("options", story.options)
            tap("Train, Pause, and from there to the tree", story.trains)
            tap("the run goes on, to its end", story.goes_on)
            tap("a cell of the matrix, a picture large, another class", story.results)
            tap("another picture, pasted", story.tries)
            tap("a second run, with a preset", story.second_run)
            tap("a run gets a name", story.runs)
            tap("its settings are in force again", story.restores)
            tap("a run is deleted, and brought back by the toast's button", story.deletes)
            tap("an ONNX file is written and checked", story.exports)
            tap("preferences, keys, menu", story.preferences)
            tap("the pointer was never moved", story.no_pointer)
            tap("it ends in order", story.ends)
            tap("the project and the file hold what was done", story.file_agrees)
    tap.end()


main()
