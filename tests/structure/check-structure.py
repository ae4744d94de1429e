#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the sources and fails on an arrow the wrong way, a function too long, a missing licence line. Prints TAP.

usage: check-structure.py ROOT
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks  # noqa: E402

ROOT = pathlib.Path(sys.argv[1])

# What each folder of src/ may include: the folders whose public headers it sees.
LAYERS = {
    "base": {"base"},
    "tensor": {"tensor", "base"},
    "kernels": {"kernels", "base"},
    "ops": {"ops", "kernels", "tensor", "base"},
    "graph": {"graph", "ops", "tensor", "base"},
    "nn": {"nn", "graph", "ops", "tensor", "base"},
    "zoo": {"zoo", "nn", "graph", "ops", "tensor", "base"},
    "data": {"data", "tensor", "base"},
    "formats": {"formats", "zoo", "nn", "graph", "ops", "tensor", "base"},
    "formats/weights": {"formats", "tensor", "base"},
    "formats/graphs": {"formats", "formats/weights", "nn", "graph", "ops", "tensor", "base"},
    "formats/keras": {"formats", "formats/weights", "nn", "graph", "ops", "tensor", "base"},
}
CORE = set(LAYERS) | {"formats"}
LAYERS["train"] = CORE | {"train"}
LAYERS["project"] = CORE | {"train", "project"}
# The only folder that speaks to a network
LAYERS["fetch"] = CORE | {"fetch"}
LAYERS["session"] = CORE | {"train", "project", "fetch", "session"}
# The window sees the contract alone, never a private header of another ring.
LAYERS["app"] = CORE | {"train", "project", "session", "app"}
LAYERS["cli"] = CORE | {"train", "project", "fetch", "cli"}

# Where the public headers belong.
HEADERS = {
    "base": "types error size random pool cpu bf16 activation preprocessing scaling json json-reader text csv",
    "tensor": "tensor",
    "kernels": "kernels",
    "ops": "op op-params graph",
    "graph": "freeze executor precision",
    "nn": "nn model",
    "zoo": "zoo catalogue",
    "formats": "format",
    "data": "image dataset feature-cache",
    "train": "optimizer trainer training-result predictor export",
    "project": "project",
    "fetch": "download",
    "session": "history pictures picture-problem network backbones options runs results predictions session-export session store words",
}
OWNER = {f"thaw-{name}.h": folder for folder, names in HEADERS.items() for name in names.split()}

LIBRARIES = {
    "cblas.h": {"kernels"},
    "sqlite3.h": {"project"},
    "libsoup/soup.h": {"fetch"},
    "jpeglib.h": {"data"},
    "gdk-pixbuf/gdk-pixbuf.h": {"data", "app"},
    "protobuf-c/protobuf-c.h": {"formats/graphs"},
    "flatbuffers/flatbuffers.h": {"formats/graphs"},
    "gtk/gtk.h": {"app"},
    "adwaita.h": {"app"},
    "cairo.h": {"app"},
}


def folder_of(path):
    parts = path.relative_to(ROOT / "src").parts
    deep = "/".join(parts[:2])
    return deep if deep in LAYERS else parts[0]


def sources(*endings):
    for top in ("src", "include", "tests", "ui"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in endings:
                yield path


def check_arrows():
    for path in sources(".c", ".cc", ".h", ".inc"):
        if ROOT / "src" not in path.parents:
            continue
        folder = folder_of(path)
        for included in re.findall(r'^#include [<"]([^>"]+)[>"]', path.read_text(), re.M):
            name = pathlib.PurePath(included).name
            if included.startswith("thaw/"):
                owner = OWNER.get(name)
                if name.endswith(".inc"):
                    continue
                if owner is None:
                    yield f"{path}: {included} is not in the table of public headers"
                elif owner not in LAYERS[folder]:
                    yield f"{path}: {folder} includes {included} of {owner}"
            elif included in LIBRARIES and folder not in LIBRARIES[included]:
                yield f"{path}: {folder} includes {included}"
            elif "/" in included and (ROOT / "src" / included).exists():
                other = folder_of(ROOT / "src" / included)
                if other != folder and (folder == "app" or other not in LAYERS[folder]):
                    yield f"{path}: {folder} includes {included}"


def check_blas():
    users = [p for p in sources(".c") if ROOT / "src" in p.parents and re.search(r"\bcblas_\w+ \(", p.read_text())]
    if len(users) > 1:
        yield "more than one file calls cblas_*: " + ", ".join(map(str, users))


def check_silent():
    for path in sources(".c"):
        if ROOT / "src" in path.parents and folder_of(path) != "cli":
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if re.search(r"\b(g_print|g_printerr|printf|puts) \(", line):
                    yield f"{path}:{number}: prints"


def check_licence():
    for path in sources(".c", ".cc", ".h", ".inc", ".py", ".sh", ".build", ".ui"):
        head = "\n".join(path.read_text().splitlines()[:3])
        if "SPDX-License-Identifier: GPL-3.0-or-later" not in head:
            yield f"{path}: no SPDX line"
    if not (ROOT / "LICENSE").exists():
        yield "LICENSE is missing"


def check_files():
    for path in sources(".c", ".cc", ".h", ".inc", ".py"):
        lines = len(path.read_text().splitlines())
        if lines > 800:
            yield f"{path}: {lines} lines"


def function_lengths():
    for path in sources(".c", ".cc"):
        start = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                yield number - start - 1, path, start
                start = None


def check_functions():
    found = sorted(function_lengths(), key=lambda item: item[0])
    for length, path, start in found:
        if length > 80:
            yield f"{path}:{start}: a function of {length} lines"
    lengths = [item[0] for item in found]
    half, nine = lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10]
    print(f"# {len(lengths)} functions: half up to {half} lines, nine in ten up to {nine}")
    if half > 12 or nine > 40:
        yield f"functions: half up to {half} lines (12), nine in ten up to {nine} (40)"


checks.main([check_arrows, check_blas, check_silent, check_licence, check_files, check_functions])
