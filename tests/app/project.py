# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures for a story to use up, and what a project file holds"""
import os
import pathlib
import shutil
import sqlite3

PICTURES = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets" / "hymenoptera" / "train"


def few_pictures(folder, each, classes=("ants", "bees")):
    """Copies the first @each of every class, for a run that takes seconds; the folder"""
    for name in classes:
        target = pathlib.Path(folder) / name
        target.mkdir(parents=True)
        for path in sorted((PICTURES / name).iterdir())[:each]:
            shutil.copy(path, target)
    return pathlib.Path(folder)


def rows(project, query, *values):
    """What @query gives, while others may write"""
    connection = sqlite3.connect(f"file:{project}?mode=ro", uri=True, timeout=20)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()
