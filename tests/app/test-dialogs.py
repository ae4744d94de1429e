#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens every dialog, popover and menu of the window, and the states that pages can be in; each has a name for all that takes the focus, and a picture.

usage: test-dialogs.py THAW THAW_CLI FOLDER   (inside app-test --driven); pictures go to FOLDER
"""
import fcntl
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from driver import App, PAGES, Tap, run, wait
from names import offenders
from project import few_pictures

THAW, CLI, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
LOOKS = {"light": (1280, 800), "dark": (800, 600)}


class Tour:
    def __init__(self, app, tap, scheme):
        self.app, self.tap, self.scheme = app, tap, scheme
        self.known = ()

    def stop(self, name, opening):
        """A stop on the way: what @opening shows is looked at"""
        self.tap(f"{name}, {self.scheme}", self.look, name, opening)

    def opens(self, name, opening, *closing):
        """A stop at what has a window of its own, a popover too; @closing are the keys that end it"""
        self.app.move(2, 2)
        wait(self.no_popover, f"the end of what was open before {name}")
        before = len(self.app.x_windows())

        def opened():
            opening()
            wait(lambda: len(self.app.x_windows()) > before, f"{name} to open")

        self.stop(name, opened)
        if closing:
            self.app.key(*closing)
            self.app.move(2, 2)
            wait(lambda: len(self.app.x_windows()) <= before, f"the end of {name}")

    def no_popover(self):
        return len(self.app.x_windows()) <= len(self.app.root.children)

    def look(self, name, opening):
        opening()
        time.sleep(0.5)  # until it has come up, for the picture
        run("import", "-window", "root", "-crop", "1600x1000+0+0", "+repage", str(FOLDER / f"dialog-{name}-{self.scheme}.png"))
        found = offenders(self.app, self.known)
        assert not found, "; ".join(found)
        node = wait(self.app.focused, "the focus somewhere")
        assert node.has("sensitive"), f"the focus on what cannot be used: {node.role} {node.name!r}"

    def keys(self, *names):
        return lambda: self.app.key(*names)

    def click(self, name, role="push button", button=1, at=None):
        return lambda: self.in_view(self.app.find(name, role)).click(button, at=at)

    def in_view(self, node):
        """By the wheel, beside what it would change"""
        bottom = LOOKS[self.scheme][1] - 60  # above the tabs of a narrow window
        for _ in range(30):
            x, y, _, height = node.settled().box()
            if y + height <= bottom:
                break
            self.app.click(x + 2, bottom // 2, 5)
        return node

    def tile(self):
        """One that can be seen: those above and below are there too"""
        bottom = LOOKS[self.scheme][1] - 60  # above the tabs of a narrow window

        def seen():
            top = self.app.find("Search pictures by name").box()
            return next((tile for tile in self.app.all("ThawPictureTile") if top[1] + top[3] < tile.box()[1] and tile.box()[1] + tile.box()[3] < bottom), None)

        return wait(seen, "a tile of a picture in view")

    # --- of the window ---

    def window(self):
        app = self.app
        self.opens("menu", self.keys("F10"), "Escape")
        self.known = ("Layers",)  # many, and always the same from here on
        self.opens("recent", self.click("Recent projects"), "Escape")
        self.opens("preferences", self.keys("ctrl+comma"), "Escape")
        self.opens("shortcuts", self.keys("F1"), "Escape")
        self.opens("about", self.about, "Escape")
        self.opens("export", self.keys("ctrl+e"))
        self.opens("export-formats", self.formats, "Escape")
        for n in range(4):
            self.formats()
            app.key("Down", "Return")
            self.stop(f"export-format-{n + 2}", lambda: app.tab_to("Format", "combo box"))
        app.key("Escape")
        wait(lambda: len(app.root.children) == 1, "the end of the export")

    def formats(self):
        self.app.tab_to("Format", "combo box")
        self.app.key("Return")
        wait(lambda: (node := self.app.focused()) and node.role == "list item", "the focus in the list of formats")

    def about(self):
        self.app.key("F10")
        self.app.tab_to("About Thaw", "menu item", key="Up")
        self.app.key("Return")
        self.app.says("Details")

    def network(self):
        app = self.app
        self.opens("backbones", self.click(re.compile("^Backbone: ")), "Escape")
        for layer in ("conv_stem", "bn1", "blocks"):
            self.opens(f"layer-menu-{layer}", self.click(layer, "label", 3), "Escape")
        self.opens("head", lambda: app.key("End", "F2"))
        self.opens("head-add", self.click("Add Layer"), "Escape")
        self.click("Add Layer")()
        self.stop("head-layers", self.click("Activation", "menu item"))
        self.opens("head-kinds", self.click(re.compile("^Kind of layer"), "combo box"), "Escape")
        app.key("Escape")
        wait(lambda: len(app.root.children) == 1, "the end of the head's window")
        app.key("ctrl+z")

    # --- of the pages ---

    def images(self):
        app = self.app
        app.show("Images")
        self.opens("class-menu", self.click("ants", "list item", 3), "Escape")
        self.opens("class-rename", lambda: app.find("ants", "list item").click() and app.key("F2"), "Escape")
        self.stop("class-delete", self.keys("Delete"))
        app.key("ctrl+z")
        app.find("ants", "list item")
        self.click("All pictures", "list item")()
        self.opens("picture-menu", lambda: self.tile().click(3), "Escape")
        self.opens("picture-move", lambda: self.tile().click() and app.key("m"), "Escape")
        self.opens("picture-large", lambda: self.tile().click(times=2), "Escape")
        self.opens("split", self.click("Split"), "Escape")
        self.opens("add", self.click("Add"), "Escape")
        self.opens("order", self.click(re.compile("^Order of the pictures")), "Escape")
        self.stop("problems", self.click(re.compile("problems? found")))
        self.click(re.compile("problems? found"))()

    def training(self):
        app = self.app
        app.show("Training")
        self.stop("all-options", self.click("All Options", "list item"))
        self.opens("choices", self.click(re.compile("^Optimizer: ")), "Escape")
        self.opens("plot-menu", self.click("Loss", "image", 3), "Escape")
        self.opens("along", self.click(re.compile("^Along: ")), "Escape")

    def results(self):
        app = self.app
        app.show("Results")
        self.stop("cell", self.cell)
        self.stop("mistake-large", lambda: app.find(re.compile("^Labelled"), "table cell").click(times=2) and app.find("Back to the pictures"))
        app.key("Escape")
        self.stop("figures-of-classes", self.click("Classes", "page tab"))
        self.stop("try", self.click("Try a Picture", "page tab"))

    def cell(self):
        """That of all who are what they are called: it has pictures"""
        self.app.find(re.compile("^Confusion matrix"), "table").click(at=(0.4, 0.3))
        self.app.key("Home", "Return")
        self.app.find(re.compile("^Labelled"), "table cell")

    def runs(self):
        app = self.app
        app.show("Runs")
        self.opens("run-menu", lambda: self.run_row().click(3, at=(0.3, 0.5)), "Escape")
        self.run_row().click(at=(0.3, 0.5))
        self.stop("runs-curves", self.keys("ctrl+a", "o"))
        self.stop("runs-settings", self.click("Settings", "page tab"))
        self.run_row().click(at=(0.3, 0.5))
        self.stop("run-notes", self.click("Notes", "page tab"))
        self.stop("runs-all-columns", self.click("Only Differences"))

    def run_row(self):
        rows = self.app.find("Runs", "tree table").find("GtkColumnListView", "list")
        return wait(lambda: [row for row in rows.children if row.shown], "rows of runs")[0]

    # --- while something happens ---

    def closing(self):
        app = self.app
        self.click("All", "push button")()
        app.key("ctrl+Return")
        app.find("Pause", "push button")
        self.stop("training", lambda: app.says("Epoch|epoch"))
        self.opens("close", self.keys("ctrl+w"), "Escape")
        self.opens("quit", self.keys("ctrl+q"), "Escape")
        self.stop("paused", self.keys("ctrl+p"))
        app.key("ctrl+shift+Return")
        wait(lambda: app.find("Train", "push button").has("sensitive"), "the end of the run", 240)


def empty_states(tap, scheme):
    with App(THAW, env={"ADW_DEBUG_COLOR_SCHEME": f"prefer-{scheme}"}, size=LOOKS[scheme]) as app:
        tour = Tour(app, tap, scheme)
        app.says("Drop folders of images here")
        for number, page in enumerate(PAGES.values(), 1):
            tour.stop(f"empty-{page.lower()}", tour.keys(f"alt+{number}"))
        assert app.close(60) == 0, app.messages()


def read_only(tap, project, scheme):
    """Somebody else writes into it"""
    with open(f"{project}-lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with App(THAW, project, env={"ADW_DEBUG_COLOR_SCHEME": f"prefer-{scheme}"}, size=LOOKS[scheme]) as app:
            tour = Tour(app, tap, scheme)
            app.says("read-only")
            for number, page in enumerate(PAGES.values(), 1):
                tour.stop(f"read-only-{page.lower()}", tour.keys(f"alt+{number}"))
            app.close(60)


def whole(tap, project, scheme):
    with App(THAW, project, env={"ADW_DEBUG_COLOR_SCHEME": f"prefer-{scheme}"}, size=LOOKS[scheme]) as app:
        app.find(re.compile(r"parameters"), "label")
        tour = Tour(app, tap, scheme)
        tour.window()
        if scheme == "light":  # beside the page
            tour.network()
        tour.images()
        tour.training()
        tour.results()
        tour.runs()
        if scheme == "light":
            tour.closing()
        # with a list open in a dialog
        app.key("ctrl+e")
        tour.formats()
        app.key("ctrl+q")
        assert app.ended(60) == 0, app.messages()


def main():
    tap = Tap()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pictures, project = few_pictures(folder / "insects", 24), folder / "insects.thaw"
        for epochs in ("3", "2"):
            subprocess.run([CLI, "train", pictures, "--project", project, "--epochs", epochs], check=True, capture_output=True)
        for scheme in LOOKS:
            for part in (lambda: whole(tap, project, scheme), lambda: read_only(tap, project, scheme), lambda: empty_states(tap, scheme)):
                tap(f"{scheme}: the way through", part)
    tap.end()


main()
