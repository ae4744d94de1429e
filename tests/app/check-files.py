#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window consists of besides its code: nothing is forgotten, nothing is ill-formed. Prints TAP.

usage: check-files.py ROOT BUILD
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import checks  # noqa: E402

ROOT, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
RESOURCES = ROOT / "resources"


def check_ui_in_resource():
    """Every template is in the program, under its own name."""
    listed = {file.text for file in tree.parse(ROOT / "ui/thaw.gresource.xml").iter("file")}
    for path in sorted((ROOT / "ui").glob("*.ui")):
        if path.name not in listed:
            yield f"{path.name} is not in ui/thaw.gresource.xml"


def check_potfiles():
    """Every file with a text to translate is in POTFILES.in, and every file there exists."""
    listed = {line for line in (ROOT / "po/POTFILES.in").read_text().splitlines() if line and not line.startswith("#")}
    for name in sorted(listed):
        if not (ROOT / name).exists():
            yield f"po/POTFILES.in has {name}, which does not exist"
    sources = [path for top in ("src/app", "src/session") for path in (ROOT / top).rglob("*.c")]
    with_text = {path for path in sources if re.search(r"\b(_|N_|C_|ngettext) ?\(\s*\"", path.read_text())}
    with_text |= {path for path in (ROOT / "ui").glob("*.ui") if "translatable=\"yes\"" in path.read_text()}
    for path in sorted(with_text):
        name = str(path.relative_to(ROOT))
        if name not in listed:
            yield f"{name} is not in po/POTFILES.in"


def check_ui_texts():
    """What people read in a template can be translated."""
    read = {"label", "title", "subtitle", "tooltip-text", "description", "placeholder-text", "empty-text", "y-title"}
    for path in sorted((ROOT / "ui").glob("*.ui")):
        for element in tree.parse(path).iter("property"):
            text = (element.text or "").strip()
            if element.get("name") in read and re.search("[A-Za-z]{2}", text) and element.get("translatable") != "yes":
                yield f"{path.name}: {element.get('name')} “{text}” is not translatable"


def check_types():
    """Every widget class that a template names exists."""
    types = {name for path in (ROOT / "src/app").rglob("*.[ch]") for name in re.findall(r"G_DECLARE_FINAL_TYPE \((\w+)", path.read_text())}
    for path in sorted((ROOT / "ui").glob("*.ui")):
        for name in re.findall(r'class="(Thaw\w+)"', path.read_text()):
            if name not in types:
                yield f"{path.name} names {name}, which src/app does not declare"


def run(*command):
    if shutil.which(command[0]) is None:
        print(f"# {command[0]} is not installed: not asked")
        return
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        yield f"{' '.join(map(str, command))}: {result.stdout}{result.stderr}".replace("\n", " ")


def check_desktop():
    yield from run("desktop-file-validate", BUILD / "resources/org.thaw.Thaw.desktop")


def check_metainfo():
    yield from run("appstreamcli", "validate", "--no-net", BUILD / "resources/org.thaw.Thaw.metainfo.xml")


def check_manual():
    if shutil.which("man"):
        result = subprocess.run(["man", "-l", "--warnings", ROOT / "src/app/thaw.1"], capture_output=True, text=True)
        if result.stderr:
            yield result.stderr


def check_mime():
    """The type of a project is told by its content, as the project's writer marks it."""
    mime = (RESOURCES / "org.thaw.Thaw.mime.xml").read_text()
    identity = re.search(r'APPLICATION_ID (0x[0-9a-fA-F]+)', "".join(p.read_text() for p in (ROOT / "src/project").glob("*.[ch]")))
    if identity and identity.group(1).lower() not in mime.lower():
        yield f"org.thaw.Thaw.mime.xml does not have the application_id {identity.group(1)}"
    if not identity and "0x54686177" not in mime:
        yield "org.thaw.Thaw.mime.xml does not have the application_id"
    if "MimeType=application/x-thaw;" not in (RESOURCES / "org.thaw.Thaw.desktop.in").read_text():
        yield "org.thaw.Thaw.desktop.in does not open application/x-thaw"
    with tempfile.TemporaryDirectory() as folder:
        packages = pathlib.Path(folder) / "packages"
        packages.mkdir()
        shutil.copy(RESOURCES / "org.thaw.Thaw.mime.xml", packages / "org.thaw.Thaw.xml")
        yield from run("update-mime-database", "-n", folder)


def check_translations():
    """A translation is all but whole, and no placeholder is lost: a text that is new waits for the next time the translation is brought up to date."""
    languages = [line for line in (ROOT / "po/LINGUAS").read_text().split() if not line.startswith("#") and "/" not in line and ":" not in line]
    for language in languages:
        path = ROOT / "po" / f"{language}.po"
        if not path.exists():
            continue
        yield from run("msgfmt", "--check", "-o", "/dev/null", path)
        if shutil.which("xgettext") and shutil.which("msgmerge"):
            yield from check_coverage(path)


def check_coverage(path):
    with tempfile.TemporaryDirectory() as folder:
        template, merged = pathlib.Path(folder) / "thaw.pot", pathlib.Path(folder) / "merged.po"
        files = [line for line in (ROOT / "po/POTFILES.in").read_text().splitlines() if line.endswith((".c", ".ui"))]
        keywords = ["-k_", "-kN_", "-kC_:1c,2", "-kngettext:1,2"]
        subprocess.run(["xgettext", "--from-code=UTF-8", *keywords, "-o", template, *files], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["msgmerge", "-q", "--no-fuzzy-matching", "-o", merged, path, template], check=True)
        count = {}
        for kind in ("--translated", "--untranslated"):
            text = subprocess.run(["msgattrib", kind, "--no-obsolete", merged], capture_output=True, text=True).stdout
            count[kind] = re.findall(r'^msgid ("[^"].*)$', text, re.M)
        done, left = len(count["--translated"]), count["--untranslated"]
        print(f"# {path.name}: {done} texts translated, {len(left)} not yet")
        if len(left) * 20 > done:
            yield f"{path.name}: {len(left)} texts of {done + len(left)} are not translated, such as {left[0]}"


checks.main([check_ui_in_resource, check_potfiles, check_ui_texts, check_types, check_desktop, check_metainfo, check_manual, check_mime,
              check_translations])
