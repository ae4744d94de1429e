# SPDX-License-Identifier: GPL-3.0-or-later
"""What LeakSanitizer says of the window when it ends: which of it is ours.

GTK's file chooser leaves a few things behind, most of them made for it by GIO's threads. No function in their stacks has a name that tests/leaks.supp
could give, and a library's name there would cover all that GTK calls of ours. So what is told is read: a leak is a library's own where no function of
Thaw but main() had a part in it and it is one of those listed here. What is neither is ours until somebody has looked at it.
"""
import re

RECORD = re.compile(r"^(Direct|Indirect) leak of .*\n((?: +#\d+ .*\n?)+)", re.MULTILINE)
OURS = re.compile(r" in (?!main\b)\S+ (?:\S*/)?src/\S+\.[ch]:\d+")
WORSE = re.compile(r"ERROR: (?!LeakSanitizer)\w+Sanitizer|runtime error:")
LIBRARY = re.compile(r"\((?:\S*/)?lib([\w-]+?)(?:-\d\.\d|-4)?\.so")

# Whoever adds to this says what it is and that Thaw has no part in it. Thaw asks GIO without waiting for a file's kind alone (g_file_query_info_async),
# and each answer is g_autoptr.
LISTED = {
    "a file chooser's descriptions of files, and why there is none, made in GIO's threads": lambda stack: libraries(stack) <= {"glib", "gobject", "gio", "c"},
    "the time at which a file chooser looked, which Thaw never asks for": lambda stack: "g_date_time_new_now_utc" in stack,
    "GDK's stream by which it asks, on an event, what the clipboard has": lambda stack: re.search(r"in g_object_new .*\n(?: +#\d+ \w+ +\(\S*libgtk-4\S*\)\n?){4,}\Z", stack),
    "GIO's table of file types, made while GTK loads an icon": lambda stack: "g_content_type_guess" in stack and libraries(stack) <= {"gio", "glib", "gdk_pixbuf", "gtk", "c"},
    "a text that GTK makes to put a list of its own in order": lambda stack: re.search(r"in g_strconcat .*\n +#\d+ \w+ +\(\S*libgtk-4", stack) and libraries(stack) <= {"glib", "gtk", "c"},
    "a list of GTK's own": lambda stack: re.search(r"in g_s?list_prepend .*\n +#\d+ \w+ +\(\S*libgtk-4", stack),
}


def libraries(stack):
    return set(LIBRARY.findall(stack))


def records(report):
    """What leaked: whether nothing else that leaked points at it, and its stack, a text"""
    return [(match.group(1) == "Direct", match.group(2)) for match in RECORD.finditer(report)]


def ours(report):
    """The stacks of what is, and of what nobody has looked at. What something else held that leaked is of the same making, unless Thaw made it"""
    found = records(report)
    circle = not any(direct for direct, _ in found)
    return [stack for direct, stack in found if OURS.search(stack) or ((direct or circle) and not any(known(stack) for known in LISTED.values()))]


def of_libraries_alone(report):
    """True where nothing but libraries' own leaks made the program end with an error"""
    return bool(records(report)) and not ours(report) and not WORSE.search(report)
