#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue and downloads, against a server on the loopback interface that also stalls, cuts, lies and sends on. Nothing leaves this machine.

usage: test-cli-download.py THAW-CLI [FOLDER OF PACKAGES]
"""
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys

from thawcli import Sandbox, Skipped, check, main, make_backbone
from fileserver import Server

PACKAGES = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
NAME = "small-12345678"
FILE = NAME + ".safetensors"


class Place:
    """The server, and a catalogue of one backbone that it has; each test has a library of its own"""

    def __init__(self, box):
        self.box = box
        self.content = make_backbone(box).read_bytes()
        self.server = Server({FILE: self.content})
        self.write_catalogue()
        self.libraries = 0
        self.fresh()

    def write_catalogue(self, **more):
        entry = {"name": NAME, "architecture": "mobilenet_v1_x0_25", "variant": None, "standard": True, "url": "https://files.invalid/models/" + FILE,
                 "bytes": len(self.content) + 20, "bytes_are": "rounded", "sha256": hashlib.sha256(self.content).hexdigest()[:8], "parameters": 1000,
                 "multiply_adds": 1e6, "top1": 12.5, "resize": 36, "size": 32, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3,
                 "licence": "MIT"}
        path = self.box / "catalogue.json"
        path.write_text(json.dumps({"weights": [dict(entry, **more)]}))

    def fresh(self):
        self.libraries += 1
        data = self.box / f"data-{self.libraries}"
        self.library = data / "thaw" / "backbones"
        self.part = self.library / (FILE + ".part")
        self.base = {"XDG_DATA_HOME": str(data), "THAW_CATALOGUE": str(self.box / "catalogue.json"), "no_proxy": "127.0.0.1", "http_proxy": "",
                     "https_proxy": ""}

    def env(self, how="plain"):
        return dict(self.base, THAW_CATALOGUE_MIRROR=self.server.address(how))

    def get(self, how="plain", *arguments, **more):
        return self.box.run("download", NAME, "--json", "--timeout", "1", "--retries", "2", *arguments, env=self.env(how), **more)

    def fails(self, how, says, retries=0, **more):
        return self.box.fails("download", NAME, "--timeout", "1", "--retries", str(retries), env=self.env(how), says=says, **more)

    def files(self):
        return sorted(p.name for p in self.library.iterdir()) if self.library.exists() else []

    def check_there(self):
        check(self.files() == [FILE], "in the library:", self.files())
        check((self.library / FILE).read_bytes() == self.content, "another file")


def place(box):
    if not hasattr(box, "place"):
        box.place = Place(box)
    box.place.fresh()
    return box.place


def ranges(requests):
    return [request["range"] for request in requests]


def test_catalogue(box):
    """What is built in: all of torchvision's files and the packages, each whole"""
    entries = box.run("catalogue", "--json").events()
    check(len(entries) >= 117, len(entries), "entries")
    check(len({e["name"] for e in entries}) == len(entries), "a name twice")
    for e in entries:
        check(re.fullmatch("[0-9a-f]{8,64}", e["sha256"]) and e["url"].startswith("https://") and e["bytes"] > 1e6, e)
        check(e["parameters"] > 5e5 and e["multiply_adds"] > 1e7 and 55 < e["imagenet_top1"] < 90 and e["input"] >= 224 and e["licence"], e)
        check(e["name"].startswith("efficientnet_lite") or (e["resize"] >= e["input"] and e["url"].endswith(f"/{e['name']}.pth")), e)
    for name in {e["architecture"] for e in entries}:
        check(sum(e["standard"] for e in entries if e["architecture"] == name) == 1, name, "has not one standard file")
    by = {e["name"]: e for e in entries}
    resnet = by["resnet50-11ad3fa6"]
    check((resnet["title"], resnet["parameters"], resnet["resize"], resnet["sha256"]) == ("ResNet-50, V2", 25557032, 232, "11ad3fa6"), resnet)
    check(by["vit_b_16_swag-9ac1b537"]["licence"] == "CC-BY-NC-4.0", "a licence that forbids much is named")
    check(by["efficientnet_lite1"]["bytes_exact"], "a package's size is known")


def test_search_and_sort(box):
    found = box.run("catalogue", "ResNet", "v2", "--sort", "size", "--json").events()
    check(len(found) >= 5 and all("V2" in e["title"] and "ResNet" in e["title"] for e in found), found)
    for order, key, sign in (("size", "bytes", 1), ("accuracy", "imagenet_top1", -1), ("work", "multiply_adds", 1)):
        values = [sign * e[key] for e in box.run("catalogue", "--sort", order, "--json").events()]
        check(values == sorted(values), order)
    check("EfficientNet-Lite2" in box.run("catalogue", "lite2").out.decode(), "the table")
    check(b"Nothing in the catalogue" in box.run("catalogue", "nosuchthing").err, "nothing found")
    box.fails("catalogue", "--sort", "beauty", status=2, says="--sort beauty")


def test_download(box):
    at = place(box)
    done = at.get().event("done")
    at.check_there()
    check(done["downloaded"] and done["path"] == str(at.library / FILE) and done["licence"] == "MIT", done)
    (request,) = at.server.asked("plain")
    check(request["encoding"] == "identity" and request["agent"].startswith("Thaw/") and request["range"] is None, request)
    # once is enough, by the architecture's name as well
    check(not at.get().event("done")["downloaded"], "again")
    check(len(at.server.asked("plain")) == 1, "asked again")
    listed = [b for b in box.run("backbones", "--json", env=at.env()).events() if b["name"] == NAME]
    check(listed and listed[0]["installed"], listed)
    box.run("inspect", "mobilenet_v1_x0_25", env=at.env())


def test_nothing_unless_asked(box):
    """No other command uses the network"""
    at = place(box)
    before = len(at.server.requests)
    for command in (["catalogue"], ["catalogue", "small"], ["backbones"], ["inspect", box / "backbone.safetensors"]):
        box.run(*command, env=at.env())
    box.fails("inspect", NAME, env=at.env(), says=["known but not installed", "thaw-cli download " + NAME])
    box.fails("download", "nosuch", env=at.env(), says=["nosuch", "thaw-cli catalogue"])
    check(len(at.server.requests) == before, at.server.requests[before:])
    check(at.files() == [], at.files())


def test_cut(box):
    """Each connection ends early; each goes on where the one before ended"""
    at = place(box)
    at.get("cut")
    at.check_there()
    requests = at.server.asked("cut")
    third = len(at.content) // 3
    check(len(requests) in (3, 4) and ranges(requests)[:3] == [None, f"bytes={third}-", f"bytes={2 * third}-"], requests)
    check(requests[1]["if-range"] == '"one"', requests[1])


def test_stall(box):
    at = place(box)
    at.get("stall")
    at.check_there()
    check(len(at.server.asked("stall")) == 2 and at.server.asked("stall")[1]["range"], at.server.asked("stall"))
    at.fresh()
    at.fails("silent", ["127.0.0.1", "Try again"])
    check(at.files() == [], at.files())
    check(len(at.server.asked("silent")) == 1, "tries")


def test_interrupted(box):
    """Ctrl+C keeps what has arrived; the next call asks for the rest alone. Meanwhile nobody else downloads it."""
    at = place(box)
    running = box.start("download", NAME, env=at.env("slow"))
    while not at.part.exists() or at.part.stat().st_size < 1 << 16:
        check(running.process.poll() is None, "it ended early")
    at.fails("plain", "another Thaw is downloading it")
    result = running.end(signal.SIGINT)
    check(result.status == 130 and "what has arrived is kept" in result.error_line(), result)
    kept = at.part.stat().st_size
    check(0 < kept < len(at.content), kept)
    at.server.requests.clear()
    at.get()
    at.check_there()
    check(ranges(at.server.asked("plain")) == [f"bytes={kept}-"] and at.server.asked("plain")[0]["if-range"] == '"one"', at.server.asked("plain"))


def test_killed(box):
    at = place(box)
    running = box.start("download", NAME, env=at.env("slow"))
    while not at.part.exists() or at.part.stat().st_size < 1 << 16:
        check(running.process.poll() is None, "it ended early")
    running.end(signal.SIGKILL)
    at.server.requests.clear()
    at.get()
    at.check_there()
    check(ranges(at.server.asked("plain"))[0].startswith("bytes="), at.server.requests)


def test_lies_about_length(box):
    at = place(box)
    at.get("too-long")
    at.check_there()
    at.fresh()
    at.fails("too-short", ["SHA-256", "nothing of it was kept"])
    check(at.files() == [], at.files())
    at.fails("far-too-long", ["catalogue names one of", "127.0.0.1"])
    at.fails("endless", ["more than the file has"])
    check(at.files() == [], at.files())


def test_wrong_file(box):
    at = place(box)
    at.fails("wrong", ["not the file that the catalogue names", hashlib.sha256(at.content).hexdigest()[:8], "127.0.0.1", "import"])
    check(at.files() == [], at.files())
    at.fails("login", ["log in first"])


def test_left_over(box):
    """What was left is of another file: it is noticed by the server's mark, or by the hash, and all of it is asked for again"""
    at = place(box)
    at.get("renewed")
    at.check_there()
    for size in (1000, len(at.content), len(at.content) + 10, 3 * len(at.content)):
        at.fresh()
        at.library.mkdir(parents=True)
        at.part.write_bytes(bytes(size))
        at.get()
        at.check_there()


def test_odd_servers(box):
    for how in ("without-ranges", "other-part", "busy", "sent-on"):
        at = place(box)
        at.get(how)
        at.check_there()
    at = place(box)
    at.fails("broken", ["answers 500", "try again later"], retries=1)
    check(len(at.server.asked("broken")) == 2, "tries")
    at.fails("round", "on and on")
    at.fails("astray", "which is no address")
    check(at.files() == [], at.files())
    del at.server.files[FILE]
    at.fails("plain", ["does not have the file any more", "import"])
    at.server.files[FILE] = at.content


def test_encryption(box):
    """A certificate that nobody signed is refused before anything is asked for"""
    if not shutil.which("openssl"):
        raise Skipped("there is no openssl")
    import ssl

    at = place(box)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", box / "key.pem", "-out", box / "certificate.pem"], check=True, capture_output=True)
    server = Server({FILE: at.content})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(box / "certificate.pem", box / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    mirror = server.address().replace("http:", "https:")
    box.fails("download", NAME, env=dict(at.base, THAW_CATALOGUE_MIRROR=mirror), says=["certificate", "clock"])
    check(server.requests == [] and at.files() == [], server.requests)
    server.stop()


def test_no_network(box):
    at = place(box)
    server = Server({})
    port = server.server_address[1]
    server.stop()
    box.fails("download", NAME, "--retries", "0", env=dict(at.base, THAW_CATALOGUE_MIRROR=f"http://127.0.0.1:{port}"),
              says=["is there a network", "127.0.0.1"])
    box.fails("download", NAME, env=dict(at.base, THAW_CATALOGUE_MIRROR="http://files.invalid"), says=["files.invalid", "is there a network"])
    check(at.files() == [], at.files())


def test_proxy(box):
    """The system's: here from the environment"""
    at = place(box)
    env = dict(at.base, THAW_CATALOGUE_MIRROR="http://files.invalid/plain", http_proxy=at.server.address("").rstrip("/"), no_proxy="")
    at.server.requests.clear()
    result = box.run("download", NAME, "--retries", "0", env=env, status=None)
    if result.status and "files.invalid" in result.error_line() and not at.server.requests:
        raise Skipped("glib-networking's proxy resolver is not installed")
    at.check_there()
    check(at.server.requests[0]["path"] == f"http://files.invalid/plain/{FILE}", at.server.requests)


def test_full_disk(box):
    """The file may not grow beyond half: what has arrived is kept, and with room again the rest comes"""
    at = place(box)
    half = len(at.content) // 2

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (half, half))

    at.fails("plain", [str(at.part)], preexec_fn=limit)
    check(at.part.stat().st_size <= half, "kept", at.part.stat().st_size)
    at.get()
    at.check_there()
    # a disk with less room than the file needs is noticed before anything is written
    at.fresh()
    at.library.mkdir(parents=True)
    script = f"mount -t tmpfs -o size=400k none {at.library} && exec \"$@\""
    if subprocess.run(["unshare", "-rm", "sh", "-c", f"mount -t tmpfs none {at.library}"], capture_output=True).returncode:
        raise Skipped("no small disk can be made here")
    command = ["unshare", "-rm", "sh", "-c", script, "sh"] + box.command("download", NAME)
    done = subprocess.run(command, capture_output=True, env=dict(box.env, **at.env()), text=True, timeout=60)
    check(done.returncode == 1 and "are free; free some space" in done.stderr and str(at.library) in done.stderr, done)


def test_folder_refused(box):
    at = place(box)
    at.library.parent.mkdir(parents=True)
    at.library.write_text("a file where the library should be")
    at.fails("plain", str(at.library))


def test_package(box):
    """EfficientNet-Lite0 as its package has it becomes the backbone that the set-up makes"""
    wheels = list(PACKAGES.glob("efficientnet_lite0_*.whl")) if PACKAGES and PACKAGES.exists() else []
    if not wheels:
        raise Skipped("the package of the default backbone is not in .cache")
    at = place(box)
    content = wheels[0].read_bytes()
    at.server.files[wheels[0].name] = content
    box.run("download", "efficientnet_lite0", env=at.env("cut"))
    check(at.files() == ["efficientnet_lite0.safetensors"], at.files())
    model = box.run("inspect", "efficientnet_lite0", "--json", env=at.env()).event("model")
    check(model["title"] == "EfficientNet-Lite0" and model["imagenet_top1"] == 75.1 and model["classes"] == 1000, model)
    at.server.files[wheels[0].name] = content[:-1] + b"x"
    at.fresh()
    box.fails("download", "efficientnet_lite0", env=at.env(), says=["SHA-256", "efficientnet_lite0"])
    check(at.files() == [], at.files())


def test_bad_catalogue(box):
    """One's own catalogue that is none: it is said, and the usual one is used"""
    at = place(box)
    try:
        for more in ({"sha256": "xyz"}, {"url": "https://files.invalid/other.pth"}, {"name": "../" + NAME}, {"bytes": -1}, {"mean": [1]}, {"size": "big"}):
            at.write_catalogue(**more)
            result = box.run("catalogue", "--json", env=dict(at.env(), G_DEBUG=""))
            check(len(result.events()) >= 117 and b"THAW_CATALOGUE" in result.err, more, result)
    finally:
        at.write_catalogue()


main([value for name, value in list(globals().items()) if name.startswith("test_")])
