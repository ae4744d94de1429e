# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what a screen reader could not name, or would say twice."""
import re

from driver import Atspi

# the parts of GTK's and libadwaita's own widgets that take the focus without a name, and are no controls of ours:
# (role, name as GTK gives it, role of what it is in, name of that; None: any)
INTERNALS = {
    ("scroll pane", "", None, None),
    ("list", "GtkColumnListView", "tree table", None),  # the rows of a column view, which has the name
    ("table row", "GtkListItemWidget", "tree table", None),  # its header
    ("filler", "GtkListItemWidget", "panel", "GtkStackPage"),  # what a drop-down shows of what is chosen; its button has the name
    ("image", "GtkImage", "filler", "AdwIndicatorBin"),  # the icon of a tab, which has the name
    ("push button", "GtkImage", "filler", "AdwToastWidget"),  # a toast's cross, libadwaita's own
}
# what a row for choices of libadwaita shows inside of what is chosen; the row has the name
COMBO_ROW = {("list", "GtkListView"), ("list item", ""), ("image", "GtkImage")}
TYPE_NAME = re.compile(r"^(Gtk|Adw|Thaw|Gdk)[A-Z]\w*$")
TWICE = re.compile(r"^_?(.+) \1$")
CONTROLS = {"push button", "toggle button", "check box", "combo box", "entry", "text", "spin button", "menu item", "page tab", "slider"}


def inside(node, role):
    for _ in range(5):
        node = node.parent
        if node.role == role:
            return True
        if node.role in ("frame", "dialog", "application"):
            return False
    return False


def internal(node):
    if any(
        (node.role, node.name) == (role, name) and outer_role in (None, node.parent.role) and outer in (None, node.parent.name)
        for role, name, outer_role, outer in INTERNALS
    ):
        return True
    return (node.role, node.name) in COMBO_ROW and inside(node, "combo box")


def offence(node):
    if node.role in CONTROLS and TWICE.match(node.name):
        return "said twice"
    if not node.it.get_state_set().contains(Atspi.StateType.FOCUSABLE) and node.role not in ("image", "icon"):
        return None
    nameless = not node.name.strip() or TYPE_NAME.match(node.name)
    return "without a name" if nameless and not node.text.strip() and not internal(node) else None


def walk(node, known):
    yield node
    for child in node.children:
        if child.name not in known and child.shown:
            yield from walk(child, known)


def offenders(app, known=()):
    """What the program has of that: sentences. Of the window if it is alone, else of the dialogs before it; known: names of what was looked at before,
    such as a table of a thousand rows"""
    found = set()
    for window in app.root.children[1:] or app.root.children:
        for node in walk(window, known):
            what = offence(node)
            if what:
                found.add(f"{what}: {node.role} {node.name!r} in {node.parent.role} {node.parent.name!r}")
    return sorted(found)
