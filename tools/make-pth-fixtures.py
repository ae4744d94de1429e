#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes tests/formats/pth/: small files that PyTorch itself wrote, and expected.json with what is in them.

usage: make-pth-fixtures.py FOLDER      (needs torch and numpy; the files are committed, so nobody else does)
"""
import argparse
import collections
import json
import os
import sys
import zipfile

import torch

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
expected = {}


def tensors_of(state):
    names = {torch.float32: 'float32', torch.float16: 'float16', torch.bfloat16: 'bfloat16', torch.float64: 'float64', torch.int64: 'int64',
             torch.int32: 'int32', torch.int16: 'int16', torch.int8: 'int8', torch.uint8: 'uint8', torch.bool: 'bool'}
    return [{'name': k, 'dtype': names[v.dtype], 'shape': list(v.shape), 'values': v.detach().double().flatten().tolist()}
            for k, v in state.items() if isinstance(v, torch.Tensor)]


def save(name, value, state, **options):
    path = os.path.join(folder, name + '.pth')
    torch.save(value, path, **options)
    expected[name] = tensors_of(state)
    print(name, os.path.getsize(path))


dtypes = {'f32': torch.float32, 'f16': torch.float16, 'bf16': torch.bfloat16, 'f64': torch.float64, 'i64': torch.int64,
          'i32': torch.int32, 'i16': torch.int16, 'i8': torch.int8, 'u8': torch.uint8, 'bool': torch.bool}
every = {k: (torch.arange(6).reshape(2, 3) - (0 if k in ('u8', 'bool') else 2)).to(d) for k, d in dtypes.items()}
base = torch.arange(12, dtype=torch.float32)
grid = base.reshape(3, 4)
strided = {'row': grid[1], 'column': grid[:, 1], 'transposed': grid.t(), 'whole': grid, 'tail': base[8:], 'spread': base[:1].expand(2, 3),
           'scalar': base[5], 'empty': torch.zeros(0, 3)}
layer = torch.nn.Sequential(collections.OrderedDict(conv=torch.nn.Conv2d(1, 2, 1), bn=torch.nn.BatchNorm2d(2)))
with torch.no_grad():
    for i, p in enumerate(layer.parameters()):
        p.copy_(torch.arange(p.numel()).reshape(p.shape) + i)
marked = torch.nn.Parameter(torch.ones(2))
marked.note = 'an attribute makes PyTorch write _rebuild_from_type_v2'

save('dtypes', every, every)
save('dtypes-legacy', every, every, _use_new_zipfile_serialization=False)
save('strided', strided, strided)
save('strided-legacy', strided, strided, _use_new_zipfile_serialization=False)
save('layer', layer.state_dict(), layer.state_dict())
save('protocol4-legacy', layer.state_dict(), layer.state_dict(), _use_new_zipfile_serialization=False, pickle_protocol=4)
save('protocol5', layer.state_dict(), layer.state_dict(), pickle_protocol=5)
save('parameters', {'a': torch.nn.Parameter(torch.ones(2)), 'b': marked}, {'a': torch.ones(2), 'b': torch.ones(2)})
save('checkpoint', {'epoch': 3, 'lr': .5, 'args': argparse.Namespace(size=torch.Size([1, 2]), device=torch.device('cpu'), dtype=torch.float32),
                    'state_dict': {'module.' + k: v for k, v in layer.state_dict().items()}, 'optimizer': {'state': {0: {'step': torch.ones(1)}}}},
     {'module.' + k: v for k, v in layer.state_dict().items()})
save('nested', {'encoder': {'w': torch.ones(1)}, 'head': {'w': torch.zeros(2), 'n': 3}}, {'encoder.w': torch.ones(1), 'head.w': torch.zeros(2)})

with zipfile.ZipFile(os.path.join(folder, 'layer.pth')) as source, \
        zipfile.ZipFile(os.path.join(folder, 'deflated.pth'), 'w', zipfile.ZIP_DEFLATED) as target:
    for entry in source.infolist():
        target.writestr(entry.filename, source.read(entry))
expected['deflated'] = expected['layer']

with open(os.path.join(folder, 'expected.json'), 'w') as f:
    f.write('{\n' + ',\n'.join(f' {json.dumps(k)}: [\n' + ',\n'.join('  ' + json.dumps(t) for t in v) + '\n ]' for k, v in expected.items()) + '\n}\n')
