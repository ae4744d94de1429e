-- SPDX-License-Identifier: GPL-3.0-or-later
-- A project as schema version 1 wrote it. Never changed: newer versions must read it.
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA application_id = 1416126839;
BEGIN;
CREATE TABLE classes (label INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE files (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, mtime INTEGER NOT NULL) STRICT;
CREATE TABLE images (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, item INTEGER NOT NULL, hash TEXT, label INTEGER NOT NULL, split INTEGER NOT NULL, split_given INTEGER NOT NULL) STRICT;
CREATE TABLE problems (id INTEGER PRIMARY KEY, path TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT NOT NULL, notes TEXT NOT NULL, status INTEGER NOT NULL, started INTEGER NOT NULL, backbone TEXT, backbone_hash TEXT, model_metadata TEXT NOT NULL, options TEXT NOT NULL, state TEXT, epochs INTEGER NOT NULL, best_epoch INTEGER NOT NULL, best_val_accuracy REAL, best_val_loss REAL, last_val_accuracy REAL, feature_seconds REAL, train_seconds REAL, images INTEGER NOT NULL, train INTEGER NOT NULL, val INTEGER NOT NULL, classes INTEGER NOT NULL, low REAL, high REAL) STRICT;
CREATE TABLE epochs (run INTEGER NOT NULL, epoch INTEGER NOT NULL, phase INTEGER NOT NULL, loss REAL, accuracy REAL, val_loss REAL, val_accuracy REAL, lr REAL, seconds REAL, images_per_second REAL, best INTEGER NOT NULL, PRIMARY KEY (run, epoch)) STRICT, WITHOUT ROWID;
CREATE TABLE steps (run INTEGER NOT NULL, step INTEGER NOT NULL, loss REAL, lr REAL, PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID;
CREATE TABLE events (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, time INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE blobs (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, dtype INTEGER NOT NULL, shape TEXT NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE tensors (run INTEGER NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, blob INTEGER, PRIMARY KEY (run, kind, position)) STRICT, WITHOUT ROWID;
CREATE INDEX tensors_blob ON tensors (blob);
INSERT INTO classes VALUES (0, 'ants'), (1, 'bees');
INSERT INTO files VALUES (1, x'747261696e2f616e74732f612e6a7067', 1000, 1700000000123456), (2, x'2f656c736577686572652f622e706e67', 2000, 1700000000123456);
INSERT INTO images VALUES (0, 1, -1, NULL, 0, 0, 1), (1, 2, -1, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 1, 1, 0);
INSERT INTO problems VALUES (1, 'train/ants/broken.jpg', 'truncated JPEG');
INSERT INTO runs VALUES (1, 'MobileNetV1', '', 1, 1700000000000000, NULL, NULL, '{"architecture":"mobilenet_v1_x0_25"}', '{}', '{"epoch":2}', 2, 2, 0.9, NULL, 0.9, 1.5, 2.5, 4, 1, 1, 2, 0.5, 1.0);
INSERT INTO epochs VALUES (1, 1, 0, 0.5, NULL, 0.5, 0.8, 0.001, 0.1, 40.0, 1), (1, 2, 0, 0.25, 0.75, 0.25, 0.9, 0.001, 0.1, 40.0, 1);
INSERT INTO steps VALUES (1, 1, 0.5, 0.001), (1, 2, 0.25, 0.001);
INSERT INTO events VALUES (1, 1, 1700000000000000, 'phase 1');
INSERT INTO blobs VALUES (1, '648dca00ec5732af5a720c6526872d614bbeea2ce9f197a1c99a5d1d6dc13f8f', 0, '2', x'0000803f00000040');
INSERT INTO tensors VALUES (1, 0, 0, 'head.1.bias', 1), (1, 1, 0, 'model/head.1.bias', 1), (1, 2, 0, 'head.1.bias', 1);
COMMIT;
PRAGMA user_version = 1;
