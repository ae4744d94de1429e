#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Thaw trained, in the hands of Keras: keras.models.load_model() takes the file without any object of Thaw's, and says the same of
hymenoptera's validation pictures, all of them, decoded and scaled by Pillow. One network of each family of keras.applications.
test-keras.py THAW-CLI PEER-PYTHON [NAME...], where the second has keras, jax and pillow (tools/get-peers keras)
"""
import csv
import sys
import zipfile

from thawcli import *
from peer_python import begin_anew

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
try:
    import keras
    import numpy
    from PIL import Image
except ImportError:
    begin_anew("Keras is not there: run tools/get-peers keras")

from keras_networks import NETWORKS, make_network

PICTURES = pathlib.Path(os.environ["THAW_SHARED"]) / "datasets/hymenoptera"


def thaw_answers(box, project):
    """path -> probabilities"""
    box.run("evaluate", project, PICTURES / "val", "--predictions", box / "predictions.csv", timeout=900)
    with open(box / "predictions.csv", newline="") as file:
        return {row["path"]: [float(row[label]) for label in ("ants", "bees")] for row in csv.DictReader(file)}


def prepared(path, side):
    with Image.open(path) as image:
        return numpy.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR), numpy.float32)


def keras_answers(path, paths):
    model = keras.models.load_model(path)
    side = model.input_shape[1]
    check(model.input_shape == (None, side, side, 3) and model.output_shape == (None, 2), model.input_shape, model.output_shape)
    return numpy.asarray(model.predict(numpy.stack([prepared(path, side) for path in paths]), verbose=0, batch_size=17))


def exporting(name):
    def test(box):
        if not PICTURES.exists():
            raise Skipped("../shared is not there")
        keras.utils.clear_session()
        backbone, project, target = box / (name + ".keras"), box / (name + ".thaw"), box / (name + "-trained.keras")
        make_network(name, numpy.random.default_rng(7), side=96, include_top=False, pooling="avg").save(backbone)
        box.run("train", PICTURES, "--project", project, "--backbone", backbone, "--head", "dropout=0.2,linear=8,relu,batchnorm,linear", "--epochs", "2", timeout=1800)
        event = box.run("export", project, "-o", target, "--json", timeout=900).event("export")
        check(event["same_top1"] == event["checked"] == 153, event)
        with zipfile.ZipFile(target) as archive:
            check(json.loads(archive.read("metadata.json"))["labels"] == ["ants", "bees"])
        ours = thaw_answers(box, project)
        theirs = keras_answers(target, list(ours))
        ours = numpy.array(list(ours.values()))
        check(len(ours) == 153, len(ours))
        same, most = int((ours.argmax(1) == theirs.argmax(1)).sum()), float(abs(ours - theirs).max())
        print(f"# {name}: the same class on {same} of 153, probabilities differ by {most:.1e} at most, and by {numpy.ptp(ours[:, 0]):.2f} between pictures", flush=True)
        check(same == 153 and most < 1e-3 and numpy.ptp(ours[:, 0]) > .1)

    test.__name__ = "test_" + name
    return test


main([exporting(name) for name in sys.argv[3:] or NETWORKS])
