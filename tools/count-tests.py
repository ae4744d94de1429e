#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the tests in meson's logs: count-tests.py FOLDER... (each a meson-logs). Ends with 'N passed, N failed[, N skipped]'.

testlog.junit.xml has each test; that a program crashed or ended badly after its last one, testlog.json alone says."""
import json
import pathlib
import sys
import xml.etree.ElementTree as tree

ENDED_WELL = ("OK", "SKIP", "EXPECTEDFAIL")


def count_suite(suite, counts):
    """The tests of one program; whether one of them failed"""
    before = counts["failed"]
    for case in suite.iter("testcase"):
        tags = {child.tag for child in case}
        kind = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        counts[kind] += 1
        if kind != "passed":
            print(f"{kind}: {case.get('classname')} {case.get('name')}")
    return counts["failed"] > before


def tell(program):
    """What a program that failed printed, in short: this may be all of the log that anybody keeps"""
    lines = [line[:200] for line in program.get("stdout", "").splitlines()]
    bad = next((i for i, line in enumerate(lines) if line.startswith("not ok")), len(lines))
    # what a driven test has to say of a failure stands before it
    before = next((i for i in range(bad, 0, -1) if lines[i - 1].startswith("ok")), 0)
    errors = [line[:200] for line in program.get("stderr", "").splitlines()]
    print("\n".join([f"--- {program['name']}", *lines[before:bad][:45], *lines[bad : bad + 1], "--- errors", *errors[-15:]]))


def name_of(suite):
    """As testlog.json has it"""
    return suite.get("name").split(".", 1)[-1]


def count_folder(folder, counts):
    suites = list(tree.parse(folder / "testlog.junit.xml").getroot().iter("testsuite"))
    programs = [json.loads(line) for line in (folder / "testlog.json").read_text().splitlines()]
    told = {name_of(suite) for suite in suites if count_suite(suite, counts)}
    if not programs:
        counts["failed"] += 1
        print(f"{folder}: no test ran")
    empty = {name_of(suite) for suite in suites if suite.find("testcase") is None}
    for program in programs:
        if program["result"] == "OK" and program["name"] in empty:
            counts["failed"] += 1
            print(f"failed: {program['name']}: no test ran in it")
        if program["result"] in ENDED_WELL:
            continue
        tell(program)
        if program["name"] not in told:
            counts["failed"] += 1
            print(f"failed: {program['name']}: {program['result']}")


def main():
    counts = dict(passed=0, failed=0, skipped=0)
    for folder in map(pathlib.Path, sys.argv[1:]):
        try:
            count_folder(folder, counts)
        except (OSError, ValueError, tree.ParseError) as error:
            print(f"{folder}: {error}")
            counts["failed"] += 1
    print(f"{counts['passed']} passed, {counts['failed']} failed" + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
    return 1 if counts["failed"] else 0


sys.exit(main())
