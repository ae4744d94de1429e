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

THAW, CLI, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
PICTURES = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets" / "hymenoptera"

# the parts of GTK's and libadwaita's own widgets that take the focus without a name, and are no controls of ours:
# (role, name as GTK gives it, role of what it is in, name of that; None: any)
INTERNALS = {
    ("scroll pane", "", None, None),
    ("list", "GtkColumnListView", "tree table", None),  # the rows of a column view, which has the name
    ("table row", "GtkListItemWidget", "tree table", None),  # its header
    ("filler", "GtkListItemWidget", "panel", "GtkStackPage"),  # what a drop-down shows of what is chosen; its button has the name
    ("image", "GtkImage", "filler", "AdwIndicatorBin"),  # the icon of a tab, which has the name
}
TYPE_NAME = re.compile(r"^(Gtk|Adw|Thaw|Gdk)[A-Z]\w*$")


def trained_project(folder):
    path = pathlib.Path(folder) / "insects.thaw"
    subprocess.run([CLI, "train", str(PICTURES), "--project", str(path), "--epochs", "6"], check=True, capture_output=True)
    subprocess.run([CLI, "train", str(PICTURES), "--project", str(path), "--epochs", "10", "--lr", "3e-4"], check=True, capture_output=True)
    return path


def internal(node):
    return any(
        (node.role, node.name) == (role, name) and outer_role in (None, node.parent.role) and outer in (None, node.parent.name)
        for role, name, outer_role, outer in INTERNALS
    )


def offenders(app):
    for node in app.root.walk():
        if not node.it.get_state_set().contains(FOCUSABLE) and node.role not in ("image", "icon"):
            continue
        bad = not node.name.strip() or TYPE_NAME.match(node.name)
        if bad and not node.text.strip() and not internal(node):
            yield f"{app.page}: {node.role} {node.name!r} in {node.parent.role} {node.parent.name!r}"


def check_names(app, page):
    app.show(page)
    found = sorted(set(offenders(app)))
    assert not found, "without a name: " + "; ".join(found)


def shoot(app, page, name):
    app.show(page)
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


import gi  # noqa: E402

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

FOCUSABLE = Atspi.StateType.FOCUSABLE
main()
