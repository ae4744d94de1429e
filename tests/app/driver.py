# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the window as a person would: accessibility tree to look, real pointer and keys (xdotool) to act.

Run inside `app-test --driven PROGRAM`, which provides the X server, window manager, message bus and private folders.
"""
import collections
import itertools
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback

# a program under test that breaks the accessibility bus's rules must not end the test that looks at it
os.environ.pop("G_DEBUG", None)

import gi  # noqa: E402

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

import leaks  # noqa: E402
from cursor import Cursor  # noqa: E402

PATIENCE = float(os.environ.get("THAW_PATIENCE", "60"))  # seconds that something may take to appear
SLOWNESS = max(1, PATIENCE / 30)  # of this machine or of a program with sanitizers: what is given in seconds is that much longer


# what a program may take to answer, in milliseconds: 800 are too few where others have the processors
Atspi.set_timeout(int(5000 * SLOWNESS), int(15000 * SLOWNESS))

# the pages' widgets and their tabs
PAGES = {"ThawImagesPage": "Images", "ThawTrainingPage": "Training", "ThawResultsPage": "Results", "ThawRunsPage": "Runs"}


# below this width the window has its tabs at the bottom
NARROW = 1000


class Missing(AssertionError):
    pass


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wait(condition, what="something", seconds=None, progress=None, rest=10):
    """Calls condition until it gives something true, and returns that. what: a text, or a function that gives one in the end.
    rest: the most seconds between two looks; a toast is there for five
    progress: as long as what this gives changes, it goes on, and the seconds begin anew: training runs at nice 19, and a busy machine leaves it little"""
    patience = seconds * SLOWNESS if seconds else PATIENCE
    deadline = time.monotonic() + patience
    last = None
    while True:
        failure = None
        begun = time.monotonic()
        now = progress and progress()
        if now != last:
            last, deadline = now, time.monotonic() + patience
        try:
            found = condition()
        except (GLib.Error, IndexError, subprocess.CalledProcessError) as error:
            found, failure = None, error  # a widget or a window went while it was looked at
        if found:
            return found
        if time.monotonic() > deadline:
            raise Missing(f"{what() if callable(what) else what}: not within {patience:g} s") from failure
        # looking keeps a program busier than what it is to do, which is at nice 19; most of all one with sanitizers
        time.sleep(max(0.05, min((3 if SLOWNESS > 2 else 1) * (time.monotonic() - begun), rest)))


class Node:
    """A widget as an assistive technology sees it."""

    def __init__(self, app, accessible):
        self.app, self.it = app, accessible

    @property
    def name(self):
        return self.it.get_name() or ""

    @property
    def description(self):
        return self.it.get_description() or ""

    @property
    def role(self):
        return self.it.get_role_name()

    @property
    def text(self):
        text = self.it.get_text_iface()
        return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)) if text else ""

    @property
    def value(self):
        value = self.it.get_value_iface()
        return Atspi.Value.get_current_value(value) if value else None

    def has(self, state):
        """state: "checked", "sensitive", "focused", "indeterminate", "expanded", "selected", "pressed" ... ("showing" is not told by GTK 4.8)"""
        return self.it.get_state_set().contains(getattr(Atspi.StateType, state.upper()))

    @property
    def children(self):
        found = (self.it.get_child_at_index(i) for i in range(self.it.get_child_count()))
        return [Node(self.app, child) for child in found if child]

    @property
    def parent(self):
        return Node(self.app, self.it.get_parent())

    @property
    def shown(self):
        """Has a place. A page of the window that was shown once keeps its place: the page's tab tells."""
        name = self.name
        if name in PAGES:
            return self.app.page == PAGES[name]
        component = self.it.get_component_iface()
        if component is None:
            return True
        extents = Atspi.Component.get_extents(component, Atspi.CoordType.WINDOW)
        return extents.width > 0 and extents.height > 0

    def walk(self, backwards=False):
        """This and everything below that is shown, in order; backwards: the last child of each first."""
        try:
            yield self
            for child in reversed(self.children) if backwards else self.children:
                if child.role in ("frame", "application") or child.shown:
                    yield from child.walk(backwards)
        except GLib.Error:
            return

    def levels(self):
        """As walk(), but what holds others before what those hold: long lists, whose rows lie deep, come last"""
        level = [self]
        while level:
            below = []
            for node in level:
                yield node
                try:
                    below += [child for child in node.children if child.role in ("frame", "application") or child.shown]
                except GLib.Error:
                    pass  # it went
            level = below

    def all(self, name=None, role=None, where=None):
        """name: a string (whole) or a compiled pattern (searched for)"""
        return [node for node in self.walk() if node.matches(name, role, where)]

    def matches(self, name, role, where):
        if role and self.role != role:
            return False
        if name is not None and not (name.search(self.name) if isinstance(name, re.Pattern) else self.name == name):
            return False
        return not where or where(self)

    def find(self, name=None, role=None, where=None, seconds=None):
        def first():
            for node in self.walk():
                if node.matches(name, role, where):
                    return node
            return None

        return wait(first, f"{role or 'widget'} {getattr(name, 'pattern', name)!r}", seconds)

    def gone(self, name=None, role=None, seconds=None):
        wait(lambda: not self.all(name, role), f"{name!r} to go", seconds)

    # --- where it is ---

    def box(self):
        """x, y, width, height on the screen"""
        extents = Atspi.Component.get_extents(self.it.get_component_iface(), Atspi.CoordType.WINDOW)
        x, y = self.app.origin(self)
        return x + extents.x, y + extents.y, extents.width, extents.height

    def extents(self):
        extents = Atspi.Component.get_extents(self.it.get_component_iface(), Atspi.CoordType.WINDOW)
        return extents.x, extents.y, extents.width, extents.height

    def settled(self):
        """Waits until it has a place in its window, and stays there: what was just opened or filled is still being laid out"""
        def still():
            before = self.extents()
            time.sleep(0.03)
            return before[2] > 0 and before[3] > 0 and self.extents() == before

        wait(still, f"a place of {self.name!r} that stays")
        return self

    def centre(self):
        x, y, width, height = self.settled().box()
        return x + width // 2, y + height // 2

    # --- acting ---

    def click(self, button=1, times=1, at=None):
        place = None
        while place != self.extents():  # it may go elsewhere while the pointer comes
            place = self.extents()
            x, y = self.at(at)
            self.app.move(x, y)
        self.app.click(x, y, button, times)
        return self

    def at(self, share=None):
        """A point inside: shares of width and height, the centre without"""
        if share is None:
            return self.centre()
        x, y, width, height = self.settled().box()
        return int(x + share[0] * width), int(y + share[1] * height)

    def hover(self, at=None):
        self.app.move(*self.at(at))
        return self

    def do(self, action=0):
        """The widget's own accessible action"""
        iface = self.it.get_action_iface()
        names = [Atspi.Action.get_action_name(iface, i) for i in range(Atspi.Action.get_n_actions(iface))]
        index = names.index(action) if isinstance(action, str) else action
        assert Atspi.Action.do_action(iface, index), f"{self.name}: {action} of {names}"
        return self

    def enter(self, text):
        """Replaces the text of an entry and confirms it"""
        # the middle of a spin button is its button for less
        self.click(times=3, at=(0.25, 0.5) if self.role == "spin button" else None)
        self.app.key("ctrl+a")
        self.app.type(text)
        self.app.key("Return")
        return self

    def describe(self, depth=99, indent=0):
        states = [s for s in ("focused", "checked", "indeterminate", "selected", "expanded") if self.has(s)]
        line = f"{'  ' * indent}{self.role} {self.name!r} {self.text[:60]!r} {' '.join(states)}"
        lines = [line + ("" if self.has("sensitive") else " (insensitive)")]
        if depth:
            for child in self.children:
                if child.role == "frame" or child.shown:
                    lines += child.describe(depth - 1, indent + 1)
        return lines


class App:
    """The program, started and looked at. Messages go to `log`; a critical message kills it (G_DEBUG)."""

    started = []  # what a failure tells of

    def __init__(self, program, *arguments, env=None, size=(1280, 800), folder=None):
        """folder: the one it is started in, which its file choosers show first"""
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", prefix="thaw-", delete=False)
        self.acts = collections.deque(maxlen=12)
        App.started.append(self)
        settings = dict(os.environ, G_DEBUG="fatal-criticals", **(env or {}))
        settings.pop("GTK_A11Y", None)
        self.process = subprocess.Popen([str(program), *map(str, arguments)], env=settings, cwd=folder, stdout=self.log, stderr=subprocess.STDOUT)
        self.root = Node(self, wait(self._accessible, "the program on the accessibility bus"))
        self._focus = None
        self.cursor = Cursor()
        self._listener = Atspi.EventListener.new(self._focus_moved)
        self._listener.register("object:state-changed:focused")
        self.look_again()
        self.resize(*size)

    def look_again(self):
        """After a window came (back)"""
        self.window = self.root.find(role="frame")
        self.x_window = wait(self._x_window, "the window on the screen")

    def _accessible(self):
        assert self.process.poll() is None, f"the program ended with {self.process.returncode}: {self.messages()}"
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child and child.get_process_id() == self.process.pid and child.get_child_count():
                return child
        return None

    def x_windows(self):
        """Of the window itself, its dialogs, popovers and tooltips: those that can be seen"""
        out = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)], capture_output=True, text=True).stdout
        return [int(line) for line in out.split()]

    def _x_window(self):
        sized = [(math.prod(self._geometry(w)[2:]), w) for w in self.x_windows()]
        return max(sized)[1] if sized and max(sized)[0] > 10000 else None

    @staticmethod
    def _geometry(window):
        # not xdotool, which counts the title bar of a decorated window twice
        text = run("xwininfo", "-id", str(window))
        return tuple(int(re.search(rf"{what}:\s+(-?\d+)", text).group(1)) for what in ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height"))

    def origin(self, node):
        """Where the accessible's surface begins on the screen: that of the top window, or of the X window of a popover or dialog"""
        top = node
        while top.role not in ("frame", "dialog", "alert", "window", "popup menu", "menu", "tool tip") and top.it.get_parent():
            if top.parent.role == "application":
                break
            top = top.parent
        extents = Atspi.Component.get_extents(top.it.get_component_iface(), Atspi.CoordType.WINDOW)
        best = min(wait(self.x_windows, "the windows on the screen"), key=lambda w: self._unlike(w, extents))
        x, y, width, height = self._geometry(best)
        return x + (width - extents.width) // 2 - extents.x, y + (height - extents.height) // 2 - extents.y

    def _unlike(self, window, extents):
        try:
            _, _, width, height = self._geometry(window)
        except subprocess.CalledProcessError:
            return math.inf  # it went, as tooltips do
        return abs(width - extents.width) + abs(height - extents.height)

    # --- acting ---

    def resize(self, width, height):
        """The visible part of the window, without the shadow"""
        run("xdotool", "windowactivate", "--sync", str(self.x_window))
        extents = Atspi.Component.get_extents(self.window.it.get_component_iface(), Atspi.CoordType.WINDOW)
        _, _, x_width, x_height = self._geometry(self.x_window)
        border = max(x_width - extents.width, 0), max(x_height - extents.height, 0)
        run("xdotool", "windowsize", str(self.x_window), str(width + border[0]), str(height + border[1]))
        run("xdotool", "windowmove", str(self.x_window), "0", "0")
        time.sleep(0.5)

    def raise_(self):
        run("xdotool", "windowraise", str(self.x_window), "windowfocus", "--sync", str(self.x_window))
        time.sleep(0.2)

    def move(self, x, y):
        run("xdotool", "mousemove", str(x), str(y))
        time.sleep(0.05)

    def acted(self, what):
        self.acts.append(f"{time.strftime('%H:%M:%S')} {what}")

    def click(self, x, y, button=1, times=1):
        self.acted(f"{times} clicks of button {button} at {x}, {y}")
        self.move(x, y)
        # held as long as a finger holds it
        run("xdotool", *["mousedown", str(button), "sleep", "0.04", "mouseup", str(button), "sleep", "0.04"] * times)
        time.sleep(0.15)

    def key(self, *names):
        self.acted(f"keys {' '.join(names)}")
        for name in names:
            run("xdotool", "key", "--clearmodifiers", name)
            time.sleep(0.05)

    def type(self, text):
        self.acted(f"text {text!r}")
        run("xdotool", "type", "--delay", "15", text)
        time.sleep(0.1)

    def drag(self, start, end, steps=20):
        """Points or nodes: the pointer goes from one to the other with its button pressed, which takes nothing along"""
        start, end = self._press(start), end.centre() if isinstance(end, Node) else end
        self._pull(start, end, range(1, steps + 1), steps)
        time.sleep(0.3)
        run("xdotool", "mouseup", "1")
        time.sleep(1)

    def carry(self, start, end, steps=20, over=None):
        """Points or nodes: drags and drops; over: called when the pointer is at the end, before the button is let go"""
        start, end = self._press(start), end.centre() if isinstance(end, Node) else end
        try:
            self._pull(start, end, range(1, 3), steps)
            wait(self._dragging, "the drag to begin")
            self._pull(start, end, range(3, steps + 1), steps)
            wait(lambda: self._taken(end), "a target that takes what is dragged")
            if over:
                over()
        finally:
            run("xdotool", "mouseup", "1")
        wait(lambda: not self._dragging(), "the drag to end")

    def _press(self, start):
        start = start.centre() if isinstance(start, Node) else start
        self.acted(f"drag from {start}")
        self.move(*start)
        run("xdotool", "mousedown", "1")
        time.sleep(0.15)
        return start

    def _pull(self, start, end, which, steps):
        for i in which:
            self.move(start[0] + (end[0] - start[0]) * i // steps, start[1] + (end[1] - start[1]) * i // steps)

    def _dragging(self):
        return self.cursor.name().startswith("dnd-")

    def _taken(self, end):
        """What is below the pointer is asked when the pointer moves; its answer is the pointer's shape"""
        if self.cursor.name() in ("dnd-copy", "dnd-move"):
            return True
        self.move(end[0] + 1, end[1])
        self.move(*end)
        return False

    # --- looking ---

    @property
    def page(self):
        """The name of the tab that is chosen"""
        return next((tab.name for tab in self._tabs() if tab.has("selected")), None)

    def _tabs(self):
        def below(node):
            if node.name in PAGES or node.name == "ThawSidebar":
                return
            for child in node.children:
                if child.shown:
                    if child.role == "page tab":
                        yield child
                    else:
                        yield from below(child)

        return below(self.window)

    def show(self, page):
        """Clicks the tab"""
        wait(lambda: self._tab(page), f"tab {page}").click()
        wait(lambda: self.page == page, f"page {page}")

    def _tab(self, page):
        """A narrow window has its tabs at the bottom; those of the title keep the place that they had"""
        bottom = self.window.box()
        tabs = [tab for tab in self._tabs() if tab.name == page]
        low = [tab for tab in tabs if tab.box()[1] + tab.box()[3] <= bottom[1] + bottom[3]] if bottom[2] < NARROW else []
        return (low or tabs)[-1 if low else 0] if tabs else None

    def find(self, name=None, role=None, where=None, seconds=None):
        return self.root.find(name, role, where, seconds)

    def toast(self, pattern, role="label"):
        """Text of a toast, or its button"""
        expression = re.compile(pattern)
        return wait(lambda: next((node for node in self._passing() if node.matches(expression, role, None)), None), f"the toast {pattern!r}", rest=0)

    def all(self, name=None, role=None, where=None):
        return self.root.all(name, role, where)

    def says(self, pattern, seconds=None):
        """Waits for a text anywhere in the window; the match"""
        expression = re.compile(pattern)

        def told(nodes):
            return next(filter(None, (expression.search(node.name) or expression.search(node.text) for node in nodes)), None)

        def seen():
            passing = 0
            # dialogs first, which come after the window and have less in them
            for node in (node for top in reversed(self.root.children) for node in top.levels()):
                if time.monotonic() > passing:  # a toast may go before all is looked at
                    match = told(self._passing())
                    if match:
                        return match
                    passing = time.monotonic() + 1
                match = told([node])
                if match:
                    return match
            return None

        return wait(seen, f"the text {pattern!r}", seconds, rest=1)

    def _passing(self):
        """What stands over all else for a while: a dialog, a toast"""
        return itertools.islice(self.root.walk(backwards=True), 40)

    def answer(self, label):
        """Clicks a button of the dialog that is open (the last one of several)"""
        def button():
            dialog = next((node for node in reversed(self.root.children) if node.role in ("dialog", "alert")), None)
            return dialog and next((node for node in dialog.all(role="push button") if self._is_answer(dialog, node, label)), None)

        wait(button, f"the answer {label!r}").click()

    @staticmethod
    def _is_answer(dialog, button, label):
        """libadwaita keeps its answers twice, in a row and in a column: the ones that have no room lie outside the dialog"""
        x, _, width, _ = dialog.box()
        places = [node.box() for node in button.parent.all(role="push button")]
        return button.name.endswith(label) and all(x <= left and left + wide <= x + width for left, _, wide, _ in places)

    def choose(self, path, accept, *keys):
        """Writes a path in GTK's file chooser, whose button is called @accept; keys bring the cursor to where it can be written"""
        button = re.compile(f"^_?{accept}$")
        self.find(button, "push button")
        wait(lambda: int(run("xdotool", "getwindowfocus")) not in (0, self.x_window), "the keys to go to the chooser")
        self.key(*keys)
        name = wait(self._written, "the cursor where a path can be written")
        self.type(str(path))
        wait(lambda: name.text.rstrip("/") == str(path), lambda: f"the path {path}; there is {name.text!r}")
        self.key("Return")
        wait(lambda: not [node for window in self.root.children[1:] for node in window.all(button, "push button")], "the chooser to close")

    def _written(self):
        node = self.focused()
        return node if node and node.role == "text" else None

    def focused(self):
        """As the program told last, where that still holds: looking at every widget takes long"""
        while GLib.MainContext.default().iteration(False):
            pass
        try:
            if self._focus and self._focus.has("focused"):
                return self._focus
        except GLib.Error:
            pass  # it is gone
        return next((node for node in self.root.walk() if node.has("focused")), None)

    def _focus_moved(self, event):
        try:
            if event.detail1 and event.source and event.source.get_process_id() == self.process.pid:
                self._focus = Node(self, event.source)
        except GLib.Error:
            pass  # a program that ended meanwhile

    def tab_to(self, name=None, role=None, key="Tab", most=40):
        """Presses the key until what has the focus is that; the node"""
        seen = []
        for _ in range(most):
            node = wait(self.focused, "something with the focus")
            if node.matches(name, role, None):
                return node
            seen.append(node.name)
            self.key(key)
            self._moved(node)
        raise Missing(f"{key} does not lead to {getattr(name, 'pattern', name)!r}: {seen}")

    def _moved(self, node):
        """The focus may stay where it is: then it is not waited for long"""
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            now = self.focused()
            if now and now.it != node.it:
                return
            time.sleep(0.02)

    def tree(self, depth=99):
        return "\n".join(self.root.describe(depth))

    def screenshot(self, path):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        x, y, width, height = self.window.box()
        run("import", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}", "+repage", str(path))

    def pixels(self, box):
        """What the screen shows in x, y, width, height: three bytes a pixel"""
        x, y, width, height = box
        shot = ["import", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}", "+repage", "-depth", "8", "rgb:-"]
        raw = subprocess.run(shot, check=True, capture_output=True).stdout
        return [raw[i : i + 3] for i in range(0, len(raw), 3)]

    def colours(self, box):
        return len(set(self.pixels(box)))

    def messages(self):
        return pathlib.Path(self.log.name).read_text()

    def rss_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0

    # --- ending ---

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self, seconds=20):
        """Asks the window to close, as its button does; the exit status, which is not 0 where a sanitizer found a leak or an error"""
        if self.alive():
            self.raise_()
            self.key("ctrl+q")
        return self.ended(seconds)

    def ended(self, seconds=20):
        """Waits for the program to end by itself; the exit status"""
        status = self.process.wait(seconds * SLOWNESS)
        if status and leaks.of_libraries_alone(self.messages()):
            print(f"# libraries left {len(leaks.records(self.messages()))} kinds of things behind, nothing of ours", flush=True)
            return 0
        return status

    def report(self):
        """What there is to see and what was done last, for a log that is all that there is to look at"""
        lines = ["done last:", *(f"  {act}" for act in self.acts)]
        if self.alive():
            lines += ["windows: " + ", ".join(f"{window.role} {window.name!r}" for window in self.root.children), "the topmost one:"]
            # what holds others and has no name of its own says nothing
            lines += [line for line in self.root.children[-1].describe() if not re.match(r" *(panel|filler) '\w*' '' $", line)][:500]
        else:
            lines.append(f"the program ended with {self.process.returncode}")
        return lines + ["messages:", *self.messages().splitlines()[-20:]]

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind and not issubclass(kind, SystemExit):
            tell_failure(value)
        if self.alive():
            self.kill()


def tell_failure(error):
    """The exception, what the programs show, and the name of a picture of the screen, as comments of TAP; once, while there is something to see"""
    if getattr(error, "told", False):
        return
    error.told = True
    lines = "".join(traceback.format_exception(error)).splitlines()
    for app in App.started:
        try:
            if app.alive() or app is App.started[-1]:
                lines += app.report()
        except Exception as error:  # the first failure is what matters
            lines.append(f"nothing to be seen of the program: {error!r}")
    folder = pathlib.Path(os.environ.get("THAW_FAILURES") or tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{pathlib.Path(sys.argv[0]).stem}-{Tap.number + 1}.png"
    done = subprocess.run(["import", "-window", "root", str(picture)], capture_output=True, text=True)
    lines.append(f"the screen: {picture}" if done.returncode == 0 else f"no picture of the screen: {done.stderr.strip()}")
    print("\n".join(f"# {line}" for line in lines), flush=True)


class DragSource:
    """The small program that files are dragged from"""

    def __init__(self, program, *files, form=None, place=(1300, 20)):
        arguments = ([f"--{form}"] if form else []) + list(map(str, files))
        self.told = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(program), *arguments], stdout=self.told, stderr=subprocess.DEVNULL)
        self.window = wait(self._window, "the drag source")
        run("xdotool", "windowmove", "--sync", self.window, *map(str, place))
        run("xdotool", "windowraise", self.window)
        time.sleep(0.3)

    def _window(self):
        out = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return out[-1] if out else None

    def centre(self):
        x, y, width, height = App._geometry(self.window)
        return x + width // 2, y + height // 2

    def copy(self):
        run("xdotool", "windowraise", self.window, "windowfocus", "--sync", self.window)
        run("xdotool", "key", "ctrl+c")
        time.sleep(0.3)

    def drop_on(self, app, target, over=None):
        """@target: a node of @app, or a point; over: as App.carry()"""
        run("xdotool", "windowraise", self.window)
        before = self._ended()
        app.carry(self.centre(), target, over=over)
        wait(lambda: self._ended() > before, "the target to have what was dragged")

    def _ended(self):
        """How many drags ended, as the program tells"""
        self.told.seek(0)
        return len(self.told.readlines())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Tap:
    """Test points: each function given is one; prints TAP. One inside of another has its number before that"""

    number = 0

    def __init__(self):
        self.failed = 0

    def __call__(self, name, function, *arguments):
        try:
            function(*arguments)
            said, failure = "ok", ""
        except Exception as error:  # every failure is a result
            self.failed += 1
            tell_failure(error)
            # one line: what was looked for
            said, failure = "not ok", f": {type(error).__name__}: {' '.join(str(error).split())[:300].replace('#', '')}"
        Tap.number += 1
        print(f"{said} {Tap.number} {name}{failure}", flush=True)

    def end(self):
        print(f"1..{self.number}", flush=True)
        raise SystemExit(1 if self.failed else 0)
