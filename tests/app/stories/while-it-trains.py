#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""While it trains: pause, go on, another rate, another freezing, stop; close the window and come back; kill it and come back.

usage: while-it-trains.py THAW THAW_CLI DRAG_SOURCE   (inside app-test --driven)
"""
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from driver import App, DragSource, Tap, wait
from project import few_pictures, rows

THAW, CLI, DRAG_SOURCE = sys.argv[1:4]
RUNNING, DONE, STOPPED = 0, 1, 2
EPOCHS = 8
LONG = 120  # what training takes on a busy machine


class Story:
    def __init__(self, folder):
        self.pictures = few_pictures(folder / "insects", 20)
        self.app = None
        self.project = None

    def events(self, run_id):
        return [text for (text,) in rows(self.project, "SELECT text FROM events WHERE run = ? ORDER BY id", run_id)]

    def last_run(self):
        return rows(self.project, "SELECT id, status FROM runs ORDER BY id DESC LIMIT 1")[0]

    def click(self, name):
        """A button of the window; those for training are in its header and on the page"""
        self.app.find(name, "push button", where=lambda node: node.has("sensitive")).click()

    def epoch(self, number):
        self.app.says(rf"^Epoch ([{number}-9]|\d\d+) of", LONG)

    # --- a run that is steered ---

    def begin(self):
        self.app = App(THAW)
        with DragSource(DRAG_SOURCE, self.pictures) as source:
            source.drop_on(self.app, self.app.find("ThawImagesPage"))
        self.app.find(re.compile("ants"), where=lambda node: node.role == "label")
        self.click("All")
        self.app.says(r"3\.4 M of 3\.4 M parameters train")
        self.app.show("Training")
        self.app.find("Epochs", "spin button").enter("60")
        self.app.find("Batch size", "spin button").enter("4")
        self.click("Train")
        self.epoch(2)
        self.project = next((pathlib.Path(re.search(r"XDG_DATA_HOME=([^\0]+)", environment(self.app)).group(1)) / "thaw/projects").glob("*.thaw"))
        assert self.last_run()[1] == RUNNING

    def pause(self):
        self.click("Pause")
        self.app.says("^Paused in epoch")
        wait(lambda: "paused" in self.events(1), "the pause in the project")
        before = rows(self.project, "SELECT count(*) FROM steps")
        assert rows(self.project, "SELECT state FROM runs WHERE id = 1")[0][0], "a pause is a checkpoint"
        assert "Pause" not in [node.name for node in self.app.all(role="push button")]
        assert before == rows(self.project, "SELECT count(*) FROM steps")

    def go_on(self):
        self.click("Go On")
        self.epoch(3)
        assert self.events(1)[-1] == "resumed"

    def change_rate(self):
        button = self.app.find("Apply to This Run", "push button")
        assert not button.has("sensitive"), "there is nothing to apply yet"
        before = rows(self.project, "SELECT lr FROM steps ORDER BY step DESC LIMIT 1")[0][0]
        self.app.find("Learning rate", "text").enter("0.00002")
        wait(lambda: button.has("sensitive"), "the button")
        button.click()
        wait(lambda: self.events(1)[-1] == f"learning rate {before:g} -> 2e-05", "the change of the rate in the project", LONG)
        wait(lambda: rows(self.project, "SELECT lr FROM steps ORDER BY step DESC LIMIT 1")[0][0] == 0.00002, "steps at the new rate", LONG)
        assert not button.has("sensitive")
        self.app.says("^4 events of this run")

    def freeze_and_thaw(self):
        box = self.app.find("blocks.5 trains", "check box")
        box.click()
        wait(lambda: self.events(1)[-1].startswith("trains all but blocks.5"), "the freezing in the project", LONG)
        step = rows(self.project, "SELECT step FROM events ORDER BY id DESC LIMIT 1")[0][0]
        wait(lambda: rows(self.project, "SELECT max(step) FROM steps")[0][0] >= step + 4, "steps with less that trains", LONG)
        box.click()
        wait(lambda: self.events(1)[-1].startswith("trains everything"), "the thawing in the project", LONG)
        self.app.says("^6 events of this run")
        self.app.find("6 events of this run", "push button").click()
        self.app.says("trains everything: 3.4 M weights")
        self.app.find("6 events of this run", "push button").click()

    def stop(self):
        self.click("Stop")
        self.app.says(r"^The run was stopped in epoch \d+ of 60. Epoch \d+, the best, is kept\.", LONG)
        wait(lambda: self.last_run() == (1, STOPPED), "the end in the project", LONG)
        best, = rows(self.project, "SELECT best_epoch FROM runs WHERE id = 1")[0]
        assert best > 0
        self.app.says(rf"Epoch {best}, the best, is kept")
        answer = subprocess.run([CLI, "evaluate", str(self.project), str(self.pictures), "--json"], capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr

    def marked(self):
        """On both plots: by keys, from epoch to epoch, what happened on the way is read out"""
        self.app.show("Training")
        happened = self.events(1)
        assert len(happened) >= 6, happened
        for title in ("Loss", "Accuracy"):
            self.read_out(title, happened)

    def read_out(self, title, happened):
        plot = self.app.find(title, "image").click(at=(0.5, 0.5))
        self.app.key("Home")
        wait(lambda: plot.name.startswith(f"{title}, "), "the cursor of the keys")
        self.app.key("Down")  # to validation, which has a point an epoch
        self.app.key("Home")
        read, last = "", rows(self.project, "SELECT max(epoch) FROM epochs WHERE run = 1")[0][0]
        for epoch in range(1, last + 1):
            wait(lambda: re.match(rf"{title}, epoch {epoch}\b", plot.name), lambda: f"the values of epoch {epoch}; it says {plot.name!r}")
            read += plot.name + "\n"
            self.app.key("Right")
        self.app.key("End")
        wait(lambda: re.match(rf"{title}, epoch {last}\b", plot.name), f"the values of epoch {last}")
        for text in happened[:-1]:  # the end itself comes after the last epoch
            assert text in read, (text, read)
        self.app.key("Escape")

    # --- a run that is left ---

    def again(self):
        self.app.find("Epochs", "spin button").enter(str(EPOCHS))
        self.app.find("Learning rate", "text").enter("0.001")
        self.click("Train")
        self.epoch(1)

    def close_button(self):
        self.app.find("Close", "push button", where=lambda node: node.box()[0] > 1200).click()
        self.app.says("still being trained")

    def keep_open(self):
        self.again()
        self.close_button()
        self.app.answer("Cancel")
        wait(lambda: len(self.app.root.children) == 1, "the question to go")
        assert self.app.find("Pause", "push button")

    def background(self):
        self.close_button()
        self.app.answer("Keep Training in the Background")
        wait(lambda: not self.app.x_windows(), "the window to go")
        # the program is there already: a second start shows its window
        assert subprocess.run([THAW], timeout=30).returncode == 0
        self.app.look_again()
        assert self.app.alive() and self.last_run() == (2, RUNNING)
        self.app.says("^Epoch")

    def pause_and_close(self):
        self.close_button()
        self.app.answer("Pause and Close")
        assert self.app.ended(LONG) == 0, self.app.messages()
        assert self.last_run() == (2, RUNNING)
        assert rows(self.project, "SELECT state FROM runs WHERE id = 2")[0][0]

    def next_start(self):
        self.steps = rows(self.project, "SELECT count(*) FROM steps WHERE run = 2")[0][0]
        self.app = App(THAW)
        self.app.says("^The last run is not finished")
        self.app.show("Training")
        self.app.says("^A run was interrupted")
        assert rows(self.project, "SELECT count(*) FROM steps WHERE run = 2")[0][0] == self.steps, "nothing is trained unasked"
        self.click("Go On")
        self.epoch(3)

    def kill(self):
        self.epoch(4)
        self.app.kill()
        assert self.last_run() == (2, RUNNING)
        assert rows(self.project, "SELECT max(epoch) FROM epochs WHERE run = 2")[0][0] < EPOCHS

    def after_kill(self):
        self.app = App(THAW)
        self.app.says("^The last run is not finished")
        self.app.key("ctrl+g")
        self.finish(2)

    def finish(self, number):
        wait(lambda: self.last_run() == (number, DONE), f"the end of run {number}", 300)
        self.app.says("of 8 validation pictures")
        assert [epoch for (epoch,) in rows(self.project, "SELECT epoch FROM epochs WHERE run = ? ORDER BY epoch", number)] == list(range(1, EPOCHS + 1))

    def uninterrupted(self):
        self.app.show("Training")
        self.click("Train")
        self.app.says("^Epoch")
        self.finish(3)
        assert len(self.weights(3)) > 100
        assert self.weights(2) == self.weights(3), "the run that was closed and killed has other weights"
        assert self.losses(2) == self.losses(3), "the run that was closed and killed has other losses"
        assert self.weights(1) != self.weights(3)
        assert self.settings(2) == self.settings(3)
        assert self.app.close() == 0, self.app.messages()

    def weights(self, number):
        return rows(self.project, "SELECT kind, name, hash FROM tensors LEFT JOIN blobs ON blobs.id = blob WHERE run = ? ORDER BY kind, position", number)

    def losses(self, number):
        return rows(self.project, "SELECT epoch, loss, accuracy, val_loss, val_accuracy FROM epochs WHERE run = ? ORDER BY epoch", number)

    def settings(self, number):
        return rows(self.project, "SELECT options, dataset, model_metadata FROM runs WHERE id = ?", number)

    def exported(self):
        """The same bytes for whoever takes the weights elsewhere"""
        digests = []
        for number in (2, 3):
            path = self.project.with_name(f"run-{number}.safetensors")
            subprocess.run([CLI, "export", str(self.project), "--run", str(number), "-o", str(path)], check=True, capture_output=True)
            digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        assert digests[0] == digests[1]


def environment(app):
    return pathlib.Path(f"/proc/{app.process.pid}/environ").read_text(errors="surrogateescape")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        story = Story(pathlib.Path(folder))
        try:
            tap("everything trains", story.begin)
            tap("a pause saves and holds the run", story.pause)
            tap("it goes on", story.go_on)
            tap("a lower rate counts from the next step on, and is an event", story.change_rate)
            tap("a block is frozen and thawed", story.freeze_and_thaw)
            tap("stopped, the best epoch is kept", story.stop)
            tap("what was changed is marked on the curves", story.marked)
            tap("closing asks; cancel goes on", story.keep_open)
            tap("it goes on in the background, and the next start shows it", story.background)
            tap("pause and close", story.pause_and_close)
            tap("the next start offers to go on", story.next_start)
            tap("killed inside an epoch", story.kill)
            tap("after that it goes on to the end", story.after_kill)
            tap("to the same bits as a run that nothing interrupted", story.uninterrupted)
            tap("its exports are the same bytes", story.exported)
        finally:
            if story.app and story.app.alive():
                story.app.kill()
    tap.end()


main()
