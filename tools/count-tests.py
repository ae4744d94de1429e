#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the tests in meson's JUnit logs: count-tests.py LOG... Ends with 'N passed, N failed[, N skipped]'."""
import sys
import xml.etree.ElementTree as tree

passed = failed = skipped = 0
for path in sys.argv[1:]:
    try:
        cases = list(tree.parse(path).getroot().iter("testcase"))
    except (OSError, tree.ParseError) as error:
        print(f"{path}: {error}")
        failed += 1
        continue
    if not cases:
        print(f"{path}: no test ran")
        failed += 1
    for case in cases:
        bad = [child for child in case if child.tag in ("failure", "error")]
        left = [child for child in case if child.tag == "skipped"]
        if bad:
            failed += 1
            print(f"failed: {case.get('classname')} {case.get('name')}")
        elif left:
            skipped += 1
            print(f"skipped: {case.get('classname')} {case.get('name')}")
        else:
            passed += 1
    for suite in tree.parse(path).getroot().iter("testsuite"):
        if int(suite.get("errors") or 0) and not any(
            child.tag in ("failure", "error") for case in suite.iter("testcase") for child in case
        ):
            failed += 1
            print(f"failed: {suite.get('name')}")
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed else 0)
