/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-backbones.h>

G_BEGIN_DECLS

/* A backbone's figures as lines of text, (transfer full) */

/* "4.7 M parameters, 224 x 224, 75.1 % ImageNet" */
char *thaw_backbone_words_size    (ThawBackboneItem *item);
/* "about 6 ms an image here, predicted, Apache-2.0" */
char *thaw_backbone_words_more    (ThawBackboneItem *item);
/* "about 6 ms an image here, predicted"; NULL where nothing is known */
char *thaw_backbone_words_speed   (ThawBackboneItem *item);
/* "6 ms" */
char *thaw_backbone_words_latency (double seconds);
/* "CC-BY-NC-4.0: no commercial use"; @licence: (nullable) */
char *thaw_backbone_words_licence (const char *licence);
/* "34 MB of 103 MB" */
char *thaw_backbone_words_received (ThawBackboneItem *item);

G_END_DECLS
