# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs checks that read the sources: functions check_NAME that yield an offence each. Prints TAP."""
import sys


def main(checks):
    print(f"1..{len(checks)}")
    failed = 0
    for number, check in enumerate(checks, 1):
        offences = list(check())
        for offence in offences:
            print(f"# {offence}")
        failed += bool(offences)
        print(f"{'not ok' if offences else 'ok'} {number} {check.__name__[6:]}")
    sys.exit(1 if failed else 0)
