#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window's figures, from the window itself in an X server of its own; prints a table of figure and goal.

usage: bench-window.py [start] [first] [tree] [try] [frames] [memory] [predicted] [import] [many] [speed] [--folder FOLDER] [--seconds 60] [--trainings 10] [--pictures 50000]
                       [--threads 2] [--per-class 100]
Without names: all of them, some twenty minutes. Needs ninja -C build thaw thaw-cli tests/app/drag-source and the default backbone
(tools/get-backbone efficientnet_lite0 build); nothing else should run meanwhile.

start   from the start of the process to the first frame with the tree filled (the first of several is not counted: it warms the caches)
first   from pressing Train on the folder, defaults throughout, to the first epoch's accuracy on the screen
tree    from a click on a layer's check box to the frame with the footer's new figures
try     from Ctrl+V of a picture to the frame with the network's answer; the first of several has to make the network ready
frames  the preset All trains, four curves are shown, the pointer moves over them: gaps between frames by the frame clock
memory  of the process after so many trainings of the head, against that after the second
predicted  memory and time of a training, as the footer tells, against what then happened
import  so many small pictures dropped onto the window; then the grid is scrolled from end to end
many    a project with so many small pictures, most of them for validation, most of them called wrong: what each thing that one does there takes
speed   training everything with the window open against thaw-cli, both at nice 19, in turns
"""
import argparse
import ctypes
import json
import math
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
FOLDER = ROOT / "../shared/datasets/hymenoptera"

if "THAW_TEST_DRIVEN" not in os.environ:
    os.environ.setdefault("THAW_BACKBONES", str(BUILD / "backbones"))
    # the system's Python: it has the accessibility library
    os.execv(ROOT / "tests/app/app-test", ["app-test", "--driven", "/usr/bin/python3", *sys.argv])

sys.path.insert(0, str(ROOT / "tests/app"))
import footer  # noqa: E402
from driver import App, Atspi, DragSource, GLib, run, wait  # noqa: E402

os.environ["GSETTINGS_BACKEND"] = "keyfile"


class Frames:
    """What THAW_FRAME_LOG wrote: (done, took, processor time of the main thread so far, drawn, rows), seconds"""

    def __init__(self, path):
        self.path = path

    def read(self):
        lines = [line.split() for line in self.path.read_text().splitlines()]
        return [(int(l[0]) / 1e6, int(l[1]) / 1e6, int(l[2]) / 1e6, int(l[3]), int(l[4])) for l in lines if len(l) == 5]

    def gaps(self, begin, end):
        """Milliseconds between one frame and the next, sorted"""
        done = [frame[0] for frame in self.read() if begin <= frame[0] <= end]
        # what is cut off at the ends counts as well: a window that stands still has no frames at all
        done = [begin, *done, end]
        return sorted(1e3 * (b - a) for a, b in zip(done, done[1:]))

    def explain(self, begin, end):
        """The longest gaps: what the main thread computed in them, and what it waited for others or the processor"""
        frames = [frame for frame in self.read() if begin <= frame[0] <= end]
        pairs = sorted(zip(frames, frames[1:]), key=lambda pair: pair[0][0] - pair[1][0])
        for a, b in pairs[:5]:
            print(f"#   {1e3 * (b[0] - a[0]):.0f} ms at {a[0] - begin:.1f} s: the main thread computed {1e3 * (b[2] - a[2]):.0f} ms,"
                  f" the frame took {1e3 * b[1]:.0f} ms", flush=True)

    def report(self, what, begin, end, longest, high=None):
        gaps = self.gaps(begin, end)
        row(f"{what}: longest gap between frames", f"{gaps[-1]:.0f} ms", f"{longest} ms", gaps[-1] <= longest)
        self.explain(begin, end)
        if high:
            row(f"{what}: 99th percentile of {len(gaps)} gaps", f"{percentile(gaps, 99):.0f} ms", f"{high} ms", percentile(gaps, 99) <= high)


    def first_after(self, moment):
        """The end of the first frame that was begun after it"""
        return wait(lambda: [frame[0] for frame in self.read() if frame[0] - frame[1] >= moment], "a frame")[0]

    def longest_step(self, begin, end):
        """Of the main thread between two frames, by its own clock, which a busy machine does not stretch; milliseconds"""
        frames = [frame for frame in self.read() if begin <= frame[0] <= end]
        return 1e3 * max((b[2] - a[2] for a, b in zip(frames, frames[1:])), default=0)


class Screen:
    """Keys and the pointer's button without a process in between: it is known when they were pressed"""

    def __init__(self):
        self.x11, self.test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(None))

    def _send(self, *events):
        moment = time.clock_gettime(time.CLOCK_MONOTONIC)
        for fake, detail, down in events:
            fake(self.display, detail, down, 0)
        self.x11.XSync(self.display, 0)
        return moment

    def click(self):
        """The moment, on the clock of the frames"""
        return self._send(*((self.test.XTestFakeButtonEvent, 1, down) for down in (1, 0)))

    def key(self, *names):
        """All of them at once, such as Control_L and v"""
        codes = [self.x11.XKeysymToKeycode(self.display, self.x11.XStringToKeysym(name.encode())) for name in names]
        down, up = [(self.test.XTestFakeKeyEvent, code, 1) for code in codes], [(self.test.XTestFakeKeyEvent, code, 0) for code in reversed(codes)]
        return self._send(*down, *up)


def below(node):
    """It and everything in it, seen or not"""
    yield node
    for child in node.children:
        yield from below(child)


class Watch:
    """When a label of the window came to say something, by the accessibility bus, which tells only of what was seen already"""

    def __init__(self, app):
        self.app, self.told = app, []
        self.listener = Atspi.EventListener.new(self._told)
        for event in ("object:property-change:accessible-name", "object:text-changed:insert"):
            self.listener.register(event)

    def _told(self, event):
        if event.source and event.source.get_process_id() == self.app.process.pid:
            self.told.append((time.clock_gettime(time.CLOCK_MONOTONIC), event.source.get_name() or ""))

    def until(self, act, name, pattern, pause=0.01, seconds=60):
        """As after(), by looking again and again what is below the widget of that name; looking costs the window time too, and the
        figure is up to a pause too large"""
        expression = re.compile(pattern)
        node = next((node for node in below(self.app.window) if node.name == name), None)
        begin = act()
        node = node or self.app.find(name)
        deadline = time.monotonic() + seconds
        while not any(expression.search(label.name) for label in below(node)):
            assert time.monotonic() < deadline, f"{pattern} was not said"
            time.sleep(pause)
        return 1e3 * (time.clock_gettime(time.CLOCK_MONOTONIC) - begin)

    def after(self, act, pattern, seconds=30):
        """Milliseconds from what @act gives, the moment of a press, to the end of the first frame with a label that says @pattern"""
        expression = re.compile(pattern)
        while GLib.MainContext.default().iteration(False):
            pass
        self.told.clear()
        begin = act()
        deadline = begin + seconds
        while time.clock_gettime(time.CLOCK_MONOTONIC) < deadline:
            if not GLib.MainContext.default().iteration(False):
                time.sleep(0.0005)
            for moment, text in self.told:
                if moment > begin and expression.search(text):
                    return 1e3 * (self.app.frames.first_after(moment) - begin)
        raise AssertionError(f"{pattern} was not told; but {[text for _, text in self.told]}")


def percentile(values, share):
    return values[min(len(values) - 1, math.ceil(len(values) * share / 100))]


ROWS = []


def row(what, figure, goal, good):
    ROWS.append((what, figure, goal, "yes" if good else "NO"))
    print(f"# {what}: {figure} (goal {goal})", flush=True)


def table():
    ROWS.insert(0, ("what", "figure", "goal", "met"))
    widths = [max(len(r[i]) for r in ROWS) for i in range(4)]
    for r in ROWS:
        print("  ".join(cell.ljust(width) for cell, width in zip(r, widths)).rstrip())


class Window(App):
    """@watched: with a log of its frames, for which it makes one all the time, 60 a second, also where nothing moves"""

    def __init__(self, *arguments, watched=True):
        self.frames = Frames(pathlib.Path(tempfile.mkstemp(prefix="frames-", dir=os.environ["XDG_RUNTIME_DIR"])[1]))
        super().__init__(BUILD / "thaw", *arguments, env={"THAW_FRAME_LOG": str(self.frames.path)} if watched else {})

    def choose_training(self, preset, epochs):
        self.show("Training")
        self.find(preset, "push button").do()
        spin = self.find("Epochs", "spin button")
        spin.click(times=3, at=(0.2, 0.5))  # its middle is a button already
        self.key("ctrl+a")
        self.type(str(epochs))
        self.key("Return")
        wait(lambda: spin.value == epochs, f"{epochs} epochs to be asked for")

    def train(self, preset, epochs):
        self.choose_training(preset, epochs)
        self.press_train()

    def press_train(self):
        wait(lambda: self.find("Train", "push button").has("sensitive"), "Train to be possible")
        self.find("Train", "push button").do()

    def __exit__(self, *what):
        if self.alive():
            self.kill()


def set_threads(threads):
    path = pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "glib-2.0/settings/keyfile"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[org/thaw/Thaw]\nthreads=uint32 {threads}\n")


def ask(project, query, *values):
    """The first row that the project answers with"""
    with sqlite3.connect(f"file:{project}?mode=ro", uri=True, timeout=10) as database:
        return database.execute(query, values).fetchone()


def command(options, project, preset, epochs, nice=0, per_class=None):
    """thaw-cli train; its JSON lines"""
    per_class = per_class or options.per_class
    out = run("nice", "-n", str(nice), str(BUILD / "thaw-cli"), "train", str(options.folder), "--json", "--preset", preset, "--epochs", str(epochs),
              "--threads", str(options.threads), "--per-class", str(per_class), "--val-per-class", str(max(per_class // 4, 2)), "--project", str(project))
    return [json.loads(line) for line in out.splitlines()]


def bench_start(options):
    times = []
    for _ in range(6):
        path = pathlib.Path(tempfile.mkstemp(dir=os.environ["XDG_RUNTIME_DIR"])[1])
        begun = time.clock_gettime(time.CLOCK_MONOTONIC)
        process = subprocess.Popen([BUILD / "thaw"], env=dict(os.environ, THAW_FRAME_LOG=str(path)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            full = wait(lambda p=path: [f for f in Frames(p).read() if f[3] and f[4]], "a frame with the tree")
        finally:
            process.kill()
            process.wait()
        times.append(full[0][0] - begun)
    longest = max(times[1:])
    row("start to the first frame with the tree filled (slowest of 5)", f"{longest:.2f} s", "0.7 s", longest < 0.7)
    print(f"# all: {', '.join(f'{t:.2f}' for t in times)} s")


def bench_first(options):
    with Window() as app:
        with DragSource(BUILD / "tests/app/drag-source", options.folder) as source:
            source.drop_on(app, app.find("Drop folders of images here"))
        button = wait(lambda: app.find("Train", "push button", where=lambda node: node.has("sensitive")), "Train to be possible")
        app.says("an epoch", 120)  # the footer knows how long it will take: nothing else is going on
        watch, screen = Watch(app), Screen()
        app.move(*button.centre())
        took = watch.until(screen.click, "ThawTrainingPage", r"^Epoch ([2-9]|\d\d)|right$", pause=0.25)
        row("from Train to the first accuracy, defaults", f"{took / 1e3:.1f} s", "6 s", took < 6000)


def bench_tree(options, project):
    command(options, project, "head", 1, per_class=min(options.per_class, 20))
    times = []
    with Window(project) as app:
        app.says("an epoch", 120)
        watch, screen = Watch(app), Screen()
        boxes = [box for box in app.find("Layers", "tree table").all(re.compile(" trains$"), "check box") if 0 < box.extents()[1] < 600]
        for box in boxes[1:9]:
            app.move(*box.centre())
            time.sleep(1)  # what it says of itself when the pointer comes has been said
            times += [watch.after(screen.click, "of memory") for _ in range(2)]
    row(f"from a click in the tree to the footer's new figures (slowest of {len(times)})", f"{max(times):.0f} ms", "50 ms", max(times) < 50)
    print(f"# all: {', '.join(f'{t:.0f}' for t in times)} ms")


def bench_try(options, project):
    command(options, project, "head", 1, per_class=min(options.per_class, 20))
    times = []
    with Window(project) as app:
        app.show("Results")
        app.says("validation picture")
        watch, screen = Watch(app), Screen()
        for path in sorted((options.folder / "val").rglob("*.jpg"))[:6]:
            with DragSource(BUILD / "tests/app/drag-source", path) as source:
                source.copy()
                app.raise_()
                act, answer = lambda: screen.key("Control_L", "v"), "“|not sure"
                times.append(watch.after(act, answer) if times else watch.until(act, "ThawResultsPage", answer))
                time.sleep(1)
    row("from Ctrl+V of a picture to the answer, the first one", f"{times[0]:.0f} ms", "300 ms", times[0] < 300)
    row(f"the same, slowest of {len(times) - 1} more", f"{max(times[1:]):.0f} ms", "300 ms", max(times[1:]) < 300)
    print(f"# all: {', '.join(f'{t:.0f}' for t in times)} ms")


def wander(box, seconds):
    """The pointer moves over the plot in loops for so long, fifty times a second; one xdotool, so that it costs little"""
    x, y, width, height = box
    moves = []
    for i in range(int(seconds * 50)):
        across, down = 0.5 + 0.45 * math.sin(i / 40), 0.5 + 0.4 * math.sin(i / 23)
        moves.append(f"mousemove {int(x + across * width)} {int(y + down * height)}\nsleep 0.018\n")
    subprocess.run(["xdotool", "-"], input="".join(moves), text=True, check=True)


def bench_frames(options, project):
    command(options, project, "head", 1)
    with Window(project) as app:
        app.train("All", 500)
        # after the first epoch training and validation, loss and accuracy, are drawn
        wait(lambda: ask(project, "SELECT count(*) FROM epochs WHERE run > 1")[0] >= 2, "the second epoch to end", 900)
        box = app.find("Loss", "image").box()
        time.sleep(2)  # what the accessibility bus asked has been answered
        begin = time.clock_gettime(time.CLOCK_MONOTONIC)
        wander(box, options.seconds)
        end = time.clock_gettime(time.CLOCK_MONOTONIC)
        app.frames.report(f"training everything on {options.threads} threads, pointer over the plot, {end - begin:.0f} s", begin, end, 50, 34)
        if os.environ.get("THAW_SCREENSHOTS"):
            app.screenshot(pathlib.Path(os.environ["THAW_SCREENSHOTS"]) / "bench-frames.png")


def bench_memory(options, project):
    command(options, project, "head", 1, per_class=min(options.per_class, 40))
    sizes = []
    with Window(project) as app:
        app.train("Head", 5)
        for i in range(options.trainings):
            if i:
                app.press_train()
            wait(lambda n=i: ask(project, "SELECT count(*) FROM runs WHERE status = 1")[0] >= n + 2, f"training {i + 1} to end", 300)
            time.sleep(2)
            sizes.append(app.rss_mib())
    growth = sizes[-1] / sizes[min(1, len(sizes) - 1)] - 1
    row(f"memory after {len(sizes)} trainings against that after the second", f"{100 * growth:+.1f} %", "10 %", growth <= 0.1)
    print(f"# all: {', '.join(f'{s:.0f}' for s in sizes)} MiB")


def told(app, epochs):
    """What the footer says of such a training: bytes, seconds of an epoch, seconds of all"""
    def said():
        text = " ".join(label.name for label in app.find("ThawFooter").all(role="label"))
        return text if re.search(rf" for {epochs} epochs", text) else None

    text = wait(said, "the footer to tell", 120)
    print(f"# {text}", flush=True)
    return footer.memory(text), footer.seconds(text), footer.seconds(text, f"for {epochs} epochs")


def bench_predicted(options, project):
    command(options, project, "head", 1)
    for preset, epochs in (("Head", 20), ("Last blocks", 4), ("All", 3)):
        shutil.rmtree(pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "thaw", ignore_errors=True)  # what the training before made ready
        before = ask(project, "SELECT max(id) FROM runs")[0]
        with Window(project, watched=False) as app:
            app.choose_training(preset, epochs)
            memory, epoch, whole = told(app, epochs)
            pathlib.Path(f"/proc/{app.process.pid}/clear_refs").write_text("5")  # the peak begins anew
            app.press_train()
            begin, seen = wait(lambda n=before: ask(project, "SELECT count(*) FROM runs WHERE id > ?", n)[0] and time.monotonic(), "the training to begin"), []
            while not ask(project, "SELECT count(*) FROM runs WHERE id > ? AND status = 1", before)[0]:
                if ask(project, "SELECT count(*) FROM epochs WHERE run > ?", before)[0] > len(seen):
                    seen.append(time.monotonic())
                time.sleep(0.03)
            took, peak = time.monotonic() - begin, peak_mib(app.process.pid) * 2**20
        # from one to the next as they come to be in the file; those of the head are too short for that
        seconds = (seen[-1] - seen[0]) / (epochs - 1) if len(seen) == epochs else ask(project, "SELECT avg(seconds) FROM epochs WHERE run > ? AND epoch > 1", before)[0]
        for what, ours, theirs, most in (("memory", memory, peak, 25), ("an epoch's time", epoch, seconds, 30), ("the whole time", whole, took, 30)):
            ours = theirs if ours == footer.UNDER and theirs < 0.01 else ours
            off = 100 * (ours / theirs - 1)
            row(f"{preset}: {what}, predicted against what it took", f"{off:+.0f} %", f"{most} %", abs(off) <= most)
            print(f"#   {ours:.4g} predicted, {theirs:.4g} taken", flush=True)


def png(width, height, seed):
    """A small grey picture; no two are the same"""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + bytes((x * (1 + seed % 7) + y * (1 + seed % 5) + (seed >> (y % 16)) * (x < 4)) & 255 for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b"")


def small_pictures(n):
    folder = BUILD / f"bench-pictures-{n}"
    if not (folder / "done").exists():
        print(f"# writing {n} pictures to {folder}", flush=True)
        for i in range(n):
            place = folder / "pictures" / f"class {i % 10}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{i:06}.png").write_bytes(png(40, 40, i))
        (folder / "done").touch()
    return folder / "pictures"


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0


def scroll_through(app):
    """Along the scroll bar from end to end, and back with the wheel"""
    grid = app.find(role="scroll bar", where=lambda node: node.box()[3] > 200 and node.box()[0] > 600)
    x, y, width, height = grid.box()
    app.move(x + width // 2, y + 12)
    moves = "".join(f"mousemove {x + width // 2} {y + 12 + (height - 24) * i // 600}\nsleep 0.02\n" for i in range(601))
    wheel = f"mousemove {x - 200} {y + height // 2}\nsleep 0.2\n" + "click 4\nsleep 0.02\n" * 300
    subprocess.run(["xdotool", "-"], input=f"mousedown 1\nsleep 0.1\n{moves}mouseup 1\nsleep 0.3\n{wheel}", text=True, check=True)


def bench_import(options):
    folder = small_pictures(options.pictures)
    with Window() as app:
        begin = time.clock_gettime(time.CLOCK_MONOTONIC)
        with DragSource(BUILD / "tests/app/drag-source", folder) as source:
            source.drop_on(app, app.find("Drop folders of images here"))
        wait(lambda: app.find("Train", "push button").has("sensitive"), "the import to end", 900)
        end = time.clock_gettime(time.CLOCK_MONOTONIC)
        row(f"import of {options.pictures} small pictures", f"{end - begin:.0f} s", "-", True)
        app.frames.report("importing", begin, end, 100)
        time.sleep(3)
        begin = time.clock_gettime(time.CLOCK_MONOTONIC)
        scroll_through(app)
        end = time.clock_gettime(time.CLOCK_MONOTONIC)
        app.frames.report("scrolling the grid from end to end", begin, end, 100)
        row("memory of the process at most", f"{peak_mib(app.process.pid):.0f} MiB", "450 MiB", peak_mib(app.process.pid) < 450)


class Steps:
    """What one does in a window, and how long it stood still with that"""

    def __init__(self, app):
        self.app = app

    def __call__(self, what, act, done=None, rest=2):
        begin = time.clock_gettime(time.CLOCK_MONOTONIC)
        act()
        if done:
            wait(done, what, 300)
        time.sleep(rest)
        end = time.clock_gettime(time.CLOCK_MONOTONIC)
        gap, step = self.app.frames.gaps(begin, end)[-1], self.app.frames.longest_step(begin, end)
        row(f"{what}: longest step of the main thread (gap between frames {gap:.0f} ms)", f"{step:.0f} ms", "50 ms", step <= 50)


def bench_many(options, project):
    run(str(BUILD / "thaw-cli"), "train", str(small_pictures(options.pictures)), "--random-weights", "--backbone", "mobilenet_v3_small", "--input", "32",
        "--epochs", "1", "--val", "0.8", "--project", str(project))
    with Window(project) as app:
        step = Steps(app)
        app.says("an epoch", 120)
        time.sleep(3)
        step("all of them asked, and Results", lambda: (app.show("Results"), app.find(re.compile("^Confusion matrix"), seconds=300)))
        matrix = app.find(re.compile("^Confusion matrix"))
        step("a cell of the matrix", lambda: matrix.click(at=(0.6, 0.5)))
        step("all mistakes", lambda: app.find("All mistakes", "push button").do())
        grid = app.find("Pictures of the chosen cell")
        step("scrolling the mistakes to the end", lambda: (grid.click(at=(0.5, 0.2)), app.key("End")))
        step("one of them large", lambda: app.key("Return"))
        step("back", lambda: app.key("Escape"))
        step("choosing all of them", lambda: app.key("ctrl+a"))
        step("giving them a class", lambda: app.key("4"))
        step("undone", lambda: app.key("ctrl+z"))
        step("figures of the classes", lambda: app.find("Classes", "page tab").do())
        step("Images", lambda: app.show("Images"))
        app.find("Split", "push button").click()
        app.find("Test, %", "spin button")
        step("a new split", lambda: app.key("alt+s"), rest=4)
        assert app.find("Undo", "push button").has("sensitive"), "the split is done"
        step("undone", lambda: app.key("ctrl+z"), rest=4)
        step("Runs", lambda: app.show("Runs"))
        row("memory of the process at most", f"{peak_mib(app.process.pid):.0f} MiB", "450 MiB", peak_mib(app.process.pid) < 450)


def window_speed(project, epochs):
    with Window(project, watched=False) as app:
        before = ask(project, "SELECT max(id) FROM runs")[0]
        app.train("All", epochs)
        wait(lambda: ask(project, "SELECT count(*) FROM runs WHERE id > ? AND status = 1", before)[0], "the training to end", 1800)
        return ask(project, "SELECT avg(images_per_second) FROM epochs WHERE run > ?", before)[0]


def bench_speed(options, scratch):
    ratios, epochs = [], 3
    for i in range(3):
        project = scratch / f"speed-{i}.thaw"
        lines = command(options, project, "all", epochs, nice=19)
        alone = statistics.mean(line["images_per_second"] for line in lines if line["event"] == "epoch")
        with_window = window_speed(project, epochs)
        ratios.append(with_window / alone)
        print(f"# thaw-cli {alone:.2f} images/s, window {with_window:.2f} images/s", flush=True)
    middle = statistics.median(ratios)
    row("training speed with the window against thaw-cli", f"{100 * middle:.1f} %", "95 %", middle >= 0.95)


def main():
    names = ("start", "first", "tree", "try", "frames", "memory", "predicted", "import", "many", "speed")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--folder", type=pathlib.Path, default=FOLDER)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--trainings", type=int, default=10)
    parser.add_argument("--pictures", type=int, default=50000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--per-class", type=int, default=100)
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    chosen = options.names or names
    set_threads(options.threads)
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        benches = dict(start=lambda: bench_start(options), frames=lambda: bench_frames(options, scratch / "frames.thaw"),
                       first=lambda: bench_first(options), tree=lambda: bench_tree(options, scratch / "tree.thaw"),
                       many=lambda: bench_many(options, scratch / "many.thaw"), memory=lambda: bench_memory(options, scratch / "memory.thaw"),
                       predicted=lambda: bench_predicted(options, scratch / "predicted.thaw"), speed=lambda: bench_speed(options, scratch))
        benches["try"] = lambda: bench_try(options, scratch / "try.thaw")
        benches["import"] = lambda: bench_import(options)
        for name in chosen:
            benches[name]()
    table()


main()
