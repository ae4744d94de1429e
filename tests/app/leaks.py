# SPDX-License-Identifier: GPL-3.0-or-later
"""What LeakSanitizer says of the window when it ends: which of it is ours.

GTK's file chooser leaves a few descriptions of files behind that GIO's threads made for it. No function in their stacks has a name that tests/leaks.supp
could give, and a library's name there would cover all that GTK calls of ours. So what is told is read: a leak is the libraries' own where no function of
Thaw but main() had a part in it.
"""
import re

RECORD = re.compile(r"^(?:Direct|Indirect) leak of .*\n((?: +#\d+ .*\n?)+)", re.MULTILINE)
OURS = re.compile(r" in (?!main\b)\S+ (?:\S*/)?src/\S+\.[ch]:\d+")
WORSE = re.compile(r"ERROR: (?!LeakSanitizer)\w+Sanitizer|runtime error:")


def records(report):
    """The stacks of what leaked, each a text"""
    return [match.group(1) for match in RECORD.finditer(report)]


def ours(report):
    return [stack for stack in records(report) if OURS.search(stack)]


def of_libraries_alone(report):
    """True where nothing but libraries' own leaks made the program end with an error"""
    return bool(records(report)) and not ours(report) and not WORSE.search(report)
