#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way pictures come in: dropped as files and as addresses, folders and loose ones, onto the page and onto a class, pasted, chosen;
moved between classes inside the window; tried on the network; refused with the reason; and pictures that other programs stumble over.

usage: drag-and-drop.py THAW THAW_CLI DRAG_SOURCE   (inside app-test --driven)
"""
import fcntl
import os
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile

import awkward
from driver import App, DragSource, Missing, Tap, wait

THAW, CLI, SOURCE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
INSECTS = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets" / "hymenoptera" / "train"


def copy(name, start, end, folder):
    """Pictures start to end of a class, in a folder of their own"""
    folder.mkdir(parents=True)
    for path in sorted((INSECTS / name).glob("*.jpg"))[start:end]:
        shutil.copy(path, folder)
    return folder


def close_to(pixel, red, green, blue, far=70):
    return all(abs(have - want) < far for have, want in zip(pixel, (red, green, blue)))


class Story:
    def __init__(self, app, folder):
        self.app, self.folder = app, pathlib.Path(folder)

    def source(self, *files, form=None):
        return DragSource(SOURCE, *files, form=form)

    # --- looking ---

    def classes(self):
        """{name: count} as the list of classes shows them"""
        rows = [[label.name for label in row.all(role="label")] for row in self.app.find("Classes", "list").all("ThawClassRow")]
        return {name: int(count) for name, count in rows}

    def row(self, name):
        return self.app.find("Classes", "list").find(name, "label").parent.parent

    def counts(self, **wanted):
        wanted = {"All pictures" if name == "all_" else name: n for name, n in wanted.items()}
        wait(lambda: wanted.items() <= self.classes().items(), f"{wanted}")

    def lights_up(self, drop, box):
        """What the box shows while something hovers over it differs all over from before, and is as before afterwards"""
        before, during = self.app.pixels(box), []
        drop(lambda: during.append(wait(lambda: self.differs(before, box), "the target to light up")))
        assert during

    def differs(self, before, box):
        now = self.app.pixels(box)
        return sum(a != b for a, b in zip(before, now)) > len(now) * 0.6

    def tile(self, name):
        return wait(lambda: next((t for t in self.app.all("ThawPictureTile") if t.all(name, "label")), None), f"the tile of {name}")

    def show_class(self, name):
        self.row(name).click()
        self.app.says(rf"^{re.escape(name)} · ")

    # --- dropping ---

    def refuses_text(self):
        with self.source(form="text") as source:
            source.drop_on(self.app, self.app.find("Drop folders of images here", "label"))
        self.app.says(r"That is no file\. Drop folders or pictures from a file manager")

    def refuses_without_network(self):
        self.app.show("Results")
        with self.source(next((INSECTS / "ants").glob("*.jpg"))) as source:
            source.drop_on(self.app, (900, 500))
        self.app.says("Train a network first")
        self.dismiss()
        self.app.show("Images")

    def dismiss(self):
        """A dialog or a toast, whichever tells"""
        for button in self.app.all(re.compile("^(_?OK|_?Close)"), "push button", where=lambda node: node.app.window.it != node.it):
            if button.name.endswith(("OK", "Close")) and button.parent.role != "panel":
                button.click()

    def drops_files(self):
        top = self.folder / "two classes"
        copy("ants", 0, 6, top / "ants")
        copy("bees", 0, 6, top / "bees")
        page = self.app.find("ThawImagesPage")
        x, y, _, height = page.box()
        corner = (x + 8, y + height - 40, 60, 30)
        with self.source(top) as source:
            self.lights_up(lambda over: source.drop_on(self.app, self.app.find("Drop folders of images here", "label"), over), corner)
        self.app.says("Added 12 pictures in 2 classes")
        self.counts(all_=12, ants=6, bees=6)

    def drops_addresses(self):
        """Several folders, one a class, as older programs drop them; a class of the same name grows"""
        bees = copy("bees", 6, 9, self.folder / "more" / "bees")
        flies = copy("bees", 9, 12, self.folder / "more" / "hover flies v1.2")
        with self.source(bees, flies, form="uris") as source:
            source.drop_on(self.app, self.app.find("ThawPictureGrid").centre())
        self.app.says("Added 6 pictures in 2 classes")
        self.counts(all_=18, ants=6, bees=9, **{"hover flies v1.2": 3})

    def drops_on_class(self):
        loose = sorted(copy("ants", 6, 10, self.folder / "loose").iterdir())
        row = self.row("ants")
        x, y, width, height = row.box()
        with self.source(*loose) as source:
            self.lights_up(lambda over: source.drop_on(self.app, row, over), (x + 60, y + 4, width - 140, 10))
        self.app.says("Added 4 pictures in 1 class")
        self.counts(all_=22, ants=10)

    def asks_for_class(self):
        loose = sorted(copy("ants", 10, 12, self.folder / "whose").iterdir())
        self.row("All pictures").click()
        with self.source(*loose) as source:
            source.drop_on(self.app, self.app.find("ThawPictureGrid").centre())
        self.app.says("Which Class Are These Pictures")
        self.app.answer("Add")
        self.app.says("Added 2 pictures in 1 class")
        self.counts(all_=24, ants=12)

    def folder_with_a_dot(self):
        """A folder is a folder whatever it is called and whichever class is shown"""
        moths = copy("bees", 12, 15, self.folder / "moths.2024")
        self.show_class("bees")
        with self.source(moths) as source:
            source.drop_on(self.app, self.app.find("ThawPictureGrid").centre())
        self.app.says("Added 3 pictures in 1 class")
        self.counts(bees=9, **{"moths.2024": 3})
        self.app.key("ctrl+z")
        self.counts(all_=24)
        self.row("All pictures").click()

    def moves_inside(self):
        self.show_class("ants")
        row = self.row("bees")
        x, y, width, height = row.box()
        tile = wait(lambda: self.app.all("ThawPictureTile"), "pictures")[0]
        self.lights_up(lambda over: self.app.carry(tile, row, over=over), (x + 60, y + 4, width - 140, 10))
        self.counts(ants=11, bees=10)
        self.app.key("ctrl+z")
        self.counts(ants=12, bees=9)
        self.app.key("ctrl+shift+z")
        self.counts(ants=11, bees=10)
        self.row("All pictures").click()

    def refuses_inside(self):
        tile = wait(lambda: self.app.all("ThawPictureTile"), "pictures")[0]
        self.app.carry(tile, self.row("All pictures"))
        self.app.says("Drop it on a class")
        self.counts(all_=24, ants=11, bees=10)

    # --- pasting and choosing ---

    def pastes(self):
        wasps = copy("ants", 12, 15, self.folder / "wasps")
        with self.source(wasps) as source:
            source.copy()
            self.app.raise_()
            self.app.key("ctrl+v")
            self.app.says("Added 3 pictures in 1 class")
        self.counts(all_=27, wasps=3)

    def chooses(self):
        gnats = copy("ants", 15, 18, self.folder / "gnats")
        self.app.find(re.compile("^Add"), "push button").click()
        self.app.find(re.compile("Folders…"), "menu item").click()
        self.app.choose(gnats, "Choose", "ctrl+l")
        self.app.says("Added 3 pictures in 1 class")
        self.counts(all_=30, gnats=3)

    # --- what goes wrong elsewhere ---

    def drops_awkward(self):
        self.counted, self.passed = awkward.folder(self.folder / "my pictures (été)")
        with self.source(self.folder / "my pictures (été)") as source:
            source.drop_on(self.app, self.app.find("ThawPictureGrid").centre())
        self.app.says(rf"Added {sum(self.counted.values())} pictures in 2 classes\. {len(self.passed)} files were passed over")
        self.total = 30 + sum(self.counted.values())
        self.counts(all_=self.total, **{"été 🐜": self.counted["odd"]})

    def tells_passed_over(self):
        self.app.find(re.compile("What Was Passed Over"), "push button").click()
        self.app.says("Problems found")
        row = self.app.find(re.compile("passed over"), "list item")
        row.click(at=(0.3, 0.2))
        for name, reason in self.passed.items():
            self.app.says(rf"{re.escape(name)}.*{re.escape(reason)}")
        self.app.find(re.compile("Show _?All"), "push button").click()

    def shows_awkward(self):
        """Upright, and in their colours"""
        self.show_class("été 🐜")
        assert len(self.app.all("ThawPictureTile")) == self.counted["odd"]
        self.app.move(2, 2)
        wait(lambda: self.column("turned.jpg", 0.1, close_to, 255, 0, 0) and self.column("turned.jpg", 0.6, close_to, 0, 0, 255), "the turned picture upright")
        wait(lambda: self.column("cmyk.jpg", 0.35, close_to, 0, 192, 0), "the picture of printing colours")
        wait(lambda: self.column("gray.png", 0.1, close_to, 255, 255, 255), "the gray picture")
        wait(lambda: self.column("sixteen.png", 0.1, close_to, 255, 0, 0), "the picture of sixteen bits")
        wait(lambda: self.column("moving.gif", 0.35, close_to, 192, 0, 0), "the first of several pictures in one")

    def column(self, name, share, check, *colour):
        """Of the middle of a tile, at this share of its height"""
        x, y, width, height = self.tile(name).box()
        return check(self.app.pixels((x + width // 2, y + int(height * share), 1, 1))[0], *colour)

    # --- trying ---

    def tries(self):
        app = self.app
        app.find("Train", "push button").click()
        app.says(r"^(\d+\.\d) % \((\d+\.\d) to (\d+\.\d)\)", seconds=240)
        app.show("Results")
        app.find("Try a Picture", "page tab").click()
        picture = sorted((INSECTS / "ants").glob("*.jpg"))[30]
        with self.source(picture) as source:
            x, y, _, height = app.find("ThawResultsPage").box()
            corner = (x + 30, y + height - 60, 60, 40)
            self.lights_up(lambda over: source.drop_on(app, (900, 500), over), corner)
        app.says(rf"{re.escape(picture.name)}")
        app.says(r"“.*” \(\d+\.\d %\)")
        with self.source(form="text") as source:
            source.drop_on(app, (900, 500))
        app.says("That is no file")
        app.show("Images")

    # --- the end ---

    def read_only(self):
        """Somebody else has the project: nothing is taken, and the reason is told"""
        project = self.project()
        late = copy("ants", 18, 20, self.folder / "late")
        with open(project.with_name(project.name + "-lock"), "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.refuses_locked(project, late)

    def refuses_locked(self, project, late):
        with App(THAW, project) as second:
            story = Story(second, self.folder)
            wait(lambda: story.classes().get("All pictures") == self.total, "the pictures of the project")
            with story.source(late) as source:
                source.drop_on(second, second.find("ThawPictureGrid").centre())
            second.says("This project is open elsewhere, so nothing can be changed here")
            story.counts(all_=self.total)
            assert second.close() == 0, second.messages()

    @staticmethod
    def project():
        return next((pathlib.Path(os.environ["XDG_DATA_HOME"]) / "thaw" / "projects").glob("*.thaw"))

    def ends(self):
        self.app.raise_()
        assert self.app.close() == 0, self.app.messages()

    def project_agrees(self):
        base = sqlite3.connect(f"file:{self.project()}?mode=ro", uri=True)
        held = dict(base.execute("SELECT name, count(*) FROM images JOIN classes USING (label) GROUP BY label"))
        wanted = {"ants": 11, "bees": 10, "hover flies v1.2": 3, "wasps": 3, "gnats": 3, "été 🐜": self.counted["odd"]}
        assert wanted.items() <= held.items() and len(held) == 7 and sum(held.values()) == self.total, held
        names = {os.path.basename(path) for path, in base.execute("SELECT CAST(path AS BLOB) FROM files")}
        assert b"caf\xe9.jpg" in names and b"-rf.jpg" in names and b"two\nlines.jpg" in names and "🐝 bee.jpg".encode() in names, names
        told = [(os.path.basename(path), reason) for path, reason in base.execute("SELECT path, reason FROM problems")]
        assert sorted(name for name, _ in told) == sorted(self.passed), told
        base.close()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        try:
            tell(tap, folder)
        except Missing:
            pass  # each step stands on those before it
    tap.end()


def tell(tap, folder):
    with App(THAW, folder=folder) as app:
        story = Story(app, folder)
        for name, step in (
            ("what is no file is refused, with the reason", story.refuses_text),
            ("a picture to try is refused where no network is trained", story.refuses_without_network),
            ("a folder is dropped as files; the page lights up", story.drops_files),
            ("several folders are dropped as addresses; a class grows", story.drops_addresses),
            ("loose pictures are dropped on a class, which lights up", story.drops_on_class),
            ("loose pictures are dropped on the page, which asks for their class", story.asks_for_class),
            ("a folder called like a file stays a folder", story.folder_with_a_dot),
            ("a picture moves between classes; the class lights up; undo and redo", story.moves_inside),
            ("a picture dropped on no class stays, and the reason is told", story.refuses_inside),
            ("a folder is pasted", story.pastes),
            ("a folder is chosen", story.chooses),
            ("awkward names and pictures come in, others are counted", story.drops_awkward),
            ("what was passed over is listed with the reasons", story.tells_passed_over),
            ("awkward pictures are shown upright and in their colours", story.shows_awkward),
            ("a picture is dropped on Try a Picture and answered", story.tries),
            ("it ends in order", story.ends),
            ("the project holds what the window showed", story.project_agrees),
            ("a project that is open elsewhere refuses a drop and says why", story.read_only),
        ):
            tap(name, step)
            if tap.failed:
                raise Missing(name)


main()
