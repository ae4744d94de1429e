# SPDX-License-Identifier: GPL-3.0-or-later
"""What the footer says of a training, as numbers."""
import re

UNDER = 0.005  # "under 0.01 s"


def memory(text):
    """Bytes"""
    number, unit = re.search(r"about ([\d.]+) ([kMG]B)", text).groups()
    return float(number) * {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]


def seconds(text, of="an epoch"):
    """What stands before @of"""
    if f"under 0.01 s {of}" in text:
        return UNDER
    minutes, rest = re.search(rf"(?:(\d+) min ?)?(?:([\d.]+) s)? {of}", text).groups()
    return 60 * float(minutes or 0) + float(rest or 0)
