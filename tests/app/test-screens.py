#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows every page of a trained project in both themes and two sizes, writes pictures of them, and looks for controls without a name.

usage: test-screens.py THAW THAW_CLI FOLDER   (inside app-test --driven); pictures go to FOLDER
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from driver import App, PAGES, Tap
from names import offenders

THAW, CLI, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
PICTURES = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets" / "hymenoptera"


def trained_project(folder):
    path = pathlib.Path(folder) / "insects.thaw"
    subprocess.run([CLI, "train", str(PICTURES), "--project", str(path), "--epochs", "6"], check=True, capture_output=True)
    subprocess.run([CLI, "train", str(PICTURES), "--project", str(path), "--epochs", "10", "--lr", "3e-4"], check=True, capture_output=True)
    return path


def check_names(app, page):
    app.show(page)
    found = offenders(app)
    assert not found, f"{page}: " + "; ".join(found)


def shoot(app, page, name):
    app.show(page)
    if page == "Results":  # the network is asked first
        app.find(re.compile("^Confusion matrix"), "table", seconds=120)
    app.move(2, 2)
    app.screenshot(FOLDER / f"{page.lower()}-{name}.png")


def screens(tap, project, scheme, size):
    name = f"{scheme}-{size[0]}x{size[1]}"
    with App(THAW, project, env={"ADW_DEBUG_COLOR_SCHEME": f"prefer-{scheme}"}, size=size) as app:
        app.find(re.compile(r"parameters"), "label")
        for page in PAGES.values():
            tap(f"{page} {name}", shoot, app, page, name)
            if (scheme, size[0]) == ("light", 1280):
                tap(f"{page}: every control has a name", check_names, app, page)
        tap(f"{name}: ends in order", lambda: app.close() == 0 or (_ for _ in ()).throw(AssertionError(app.messages())))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        project = trained_project(folder)
        for scheme in ("light", "dark"):
            for size in ((1280, 800), (800, 600)):
                screens(tap, project, scheme, size)
    tap.end()


main()
