# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the command line share: running it, small pictures, TAP."""
import base64
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import zlib

# what tests of other parts share as well
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

PROGRAM = os.path.abspath(sys.argv[1])
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBk"
    "eFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAoACgD"
    "ASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKB"
    "kaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZ"
    "mqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQF"
    "BgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5"
    "OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX"
    "2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDikixVtIsVOkWKekWK0lU9l/WwqNW4qRY7VaSLFTpFipEixXrSqey/rY9KjVuUUixR"
    "WikWKK+bcbfasexCtoVEixVtIsVOkWKkSLFe7Kp7L+tj8+o1blBIsVbSLFTpFipEixXzMqnsv62Pbo1bgkWO1FaSRYor2HG32rHfCtoYqRYq2kWO"
    "1FFeFTk1zeR8VSky2kWKtpFiiivWpya5vI9GlJkaRYooor5Kc3F2R7UJOx//2Q=="
)


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def check(condition, *what):
    if not condition:
        raise Failed(" ".join(str(part) for part in what))


def number(text):
    raise Failed(f"{text} is no JSON")


class Result:
    def __init__(self, command, status, out, err):
        self.command, self.status, self.out, self.err = command, status, out, err

    def __str__(self):
        return f"{' '.join(map(repr, self.command[1:]))}: {self.status}\n{self.out.decode(errors='replace')}\n{self.err.decode(errors='replace')}"

    def events(self, name=None):
        """The objects of --json, one a line; every line must be one."""
        found = [json.loads(line, parse_constant=number) for line in self.out.decode().splitlines()]
        return [event for event in found if name in (None, event.get("event"))]

    def event(self, name):
        found = self.events(name)
        check(found, "no event", name, "in", self)
        return found[-1]

    def error_line(self):
        lines = self.err.decode(errors="replace").splitlines()
        check(lines, "nothing on stderr:", self)
        return lines[-1]


class Running:
    """A program that is at work; its output goes to files, so that it never waits for a reader"""

    def __init__(self, box, command, env=None, **more):
        self.command = command
        self.files = [tempfile.TemporaryFile(dir=box.path) for _ in range(2)]
        self.process = subprocess.Popen(command, stdout=self.files[0], stderr=self.files[1], env=dict(box.env, **(env or {})), cwd=box.path, **more)
        self.pid = self.process.pid

    def output(self, i=0):
        size = os.fstat(self.files[i].fileno()).st_size
        return os.pread(self.files[i].fileno(), size, 0)

    def wait_for(self, text, timeout=120):
        end = time.monotonic() + timeout
        while text.encode() not in self.output():
            if self.process.poll() is not None:
                raise Failed(f"it ended early: {self.result()}")
            check(time.monotonic() < end, text, "did not come")
            time.sleep(0.01)

    def result(self, timeout=240):
        status = self.process.wait(timeout)
        return Result(self.command, status, self.output(0), self.output(1))

    def end(self, number):
        """Sends a signal; what it left"""
        self.process.send_signal(number)
        return self.result()


class Sandbox:
    """A folder with its own home, so that nothing of the person's is touched"""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="thaw-cli-"))
        os.chmod(self.path, 0o755)
        self.env = dict(
            os.environ,
            HOME=str(self.path),
            XDG_DATA_HOME=str(self.path / "data"),
            XDG_CACHE_HOME=str(self.path / "cache"),
            THAW_BACKBONES=str(self.path / "none"),
            LC_ALL="C.UTF-8",
        )

    def __truediv__(self, name):
        return self.path / name

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def command(self, *arguments):
        return [PROGRAM] + [os.fspath(a) if not isinstance(a, (str, bytes)) else a for a in arguments]

    def run(self, *arguments, status=0, timeout=240, env=None, **more):
        command = self.command(*arguments)
        done = subprocess.run(command, capture_output=True, timeout=timeout, env=dict(self.env, **(env or {})), cwd=self.path, **more)
        result = Result(command, done.returncode, done.stdout, done.stderr)
        check(status is None or done.returncode == status, "status", done.returncode, "where", status, "was expected:", result)
        return result

    def fails(self, *arguments, status=1, says=(), **more):
        """One clear line on stderr that names what it is about"""
        result = self.run(*arguments, status=status, **more)
        lines = result.err.decode(errors="replace").splitlines()
        check(len(lines) == 1, "not one line on stderr:", result)
        check(lines[0].startswith("thaw-cli: "), lines[0])
        for word in [says] if isinstance(says, str) else says:
            check(word in lines[0], repr(word), "is not in:", lines[0])
        return result

    def start(self, *arguments, **more):
        return Running(self, self.command(*arguments), **more)


def png_bytes(width, height, pixel):
    """pixel (x, y) -> (r, g, b)"""
    rows = b"".join(b"\0" + bytes(c for x in range(width) for c in pixel(x, y)) for y in range(height))
    return png_of(width, height, zlib.compress(rows, 1))


def png_of(width, height, data):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def picture(label, index, size=36):
    """A class is a colour and a pattern, with something that is different in each picture"""

    def pixel(x, y):
        wave = (x, y, x + y, x - y)[label % 4] // 4 % 2
        noise = (x * 7919 + y * 104729 + index * 15485863) % 97
        return tuple((60 + 90 * wave + 60 * (c == label % 3) + noise) % 256 for c in range(3))

    return png_bytes(size + index % 5, size, pixel)


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def make_class(folder, name, label, n, first=0):
    for i in range(first, first + n):
        write(os.path.join(os.fspath(folder), name, f"{i:03}.png"), picture(label, i))


def make_pictures(folder, classes=("ants", "bees", "cats"), train=12, val=6):
    for label, name in enumerate(classes):
        make_class(folder / "train", name, label, train)
        make_class(folder / "val", name, label, val, 1000)
    return folder


def make_backbone(box, name="backbone.safetensors"):
    """A small network trained from random weights for a moment: a backbone for the other tests"""
    pictures = make_pictures(box / "backbone-pictures", train=4, val=2)
    target = box / name
    box.run("train", pictures, "--backbone", "mobilenet_v1_x0_25", "--random-weights", "--input", "32", "--preset", "all",
            "--epochs", "2", "--bn", "batch", "--project", box / "backbone.thaw", "--export", target)
    return target


def write_safetensors(path, tensors):
    """name -> (shape, list of floats)"""
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return write(path, struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    raw = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    data = raw[8 + length :]
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            found[name] = (entry["dtype"], entry["shape"], data[start:end])
    return found


def floats(raw):
    return struct.unpack(f"<{len(raw) // 4}f", raw)


def weights_hash(box, project):
    return box.run("runs", project, "--json", "--hash").events("run")[-1]["weights"]


def main(tests, arguments=None):
    """Runs each test in TAP; a test is a function of a sandbox shared by all"""
    box = Sandbox()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    try:
        for i, test in enumerate(tests, 1):
            name = test.__name__.removeprefix("test_").replace("_", "-")
            try:
                test(box)
                print(f"ok {i} {name}", flush=True)
            except Skipped as reason:
                print(f"ok {i} {name} # SKIP {reason}", flush=True)
            except Exception:
                failed += 1
                for line in traceback.format_exc().splitlines():
                    print(f"# {line}")
                print(f"not ok {i} {name}", flush=True)
    finally:
        box.close()
    sys.exit(1 if failed else 0)
