/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-formats.h"

G_BEGIN_DECLS

/* The names of what is in a folder of timm's or the Hugging Face hub's */
#define THAW_TIMM_CONFIG "config.json"
#define THAW_TIMM_WEIGHTS "model.safetensors"

/**
 * thaw_timm_find_weights:
 *
 * The file of weights that @path means: in a folder, or beside a config.json, model.safetensors or pytorch_model.bin; else @path itself.
 * @config: (out) (nullable): the config.json that is read with it. NULL with an error where a folder has none.
 */
char *thaw_timm_find_weights (const char *path, char **config, GError **error);

G_END_DECLS
