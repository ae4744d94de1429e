/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-weights.h"

G_BEGIN_DECLS

/**
 * HDF5 as Keras and h5py write it (HDF5 File Format Specification 3.0): groups, arrays of numbers, whole or in pieces, and text attributes.
 *
 * What needs more is refused by name: filters other than gzip, shuffle and fletcher32, other files, links that are no hard ones. A reader of its own rather
 * than libhdf5, which is not made for files from anywhere: here nothing outside of the mapped file is ever looked at, and
 * arrays stay where they are.
 */
gboolean       thaw_hdf5_sniff (GBytes *bytes);

/* Every array under its path, "layers/conv2d/vars/0", as a view into @bytes where it is aligned. @attributes: (out) (optional): the
 * root's attributes that are one text, such as "model_config"; and lists of names, a line each, under "PATH:layer_names" and
 * "PATH:weight_names" */
ThawTensorMap *thaw_hdf5_parse (GBytes *bytes, GHashTable **attributes, GError **error);

/* A file with each array, float32, under its path; no name in a path is longer than 255 bytes (transfer full). NULL with an error beyond 2 GB */
GBytes        *thaw_hdf5_write (const ThawTensorMap *tensors, GError **error);

G_END_DECLS
