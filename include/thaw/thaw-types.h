/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Every type name of Thaw is introduced here and nowhere else. */
#include <glib.h>

G_BEGIN_DECLS

#define THAW_MAX_RANK 6

/* base */
typedef struct _ThawRandom ThawRandom;
typedef struct _ThawPool ThawPool;

/* kernels */
typedef struct _ThawGemm ThawGemm;
typedef struct _ThawGemmTransposed ThawGemmTransposed;
typedef struct _ThawDepthwise ThawDepthwise;
typedef struct _ThawDepthwiseBackward ThawDepthwiseBackward;
typedef struct _ThawIm2col ThawIm2col;
typedef struct _ThawWinograd ThawWinograd;
typedef struct _ThawWinogradWeights ThawWinogradWeights;
typedef struct _ThawWinogradGradient ThawWinogradGradient;
typedef struct _ThawKernels ThawKernels;

/* tensor */
typedef struct _ThawShape ThawShape;
typedef struct _ThawTensor ThawTensor;
typedef struct _ThawTensorMap ThawTensorMap;

/* ops, graph */
typedef struct _ThawNode ThawNode;
typedef struct _ThawGraph ThawGraph;
typedef struct _ThawOpClass ThawOpClass;
typedef struct _ThawOpCall ThawOpCall;
typedef struct _ThawOpRun ThawOpRun;
typedef struct _ThawFreeze ThawFreeze;
typedef struct _ThawExecutor ThawExecutor;

/* nn, zoo */
typedef struct _ThawPreprocessing ThawPreprocessing;
typedef struct _ThawModel ThawModel;
typedef struct _ThawLayer ThawLayer;
typedef struct _ThawHead ThawHead;
typedef struct _ThawFamily ThawFamily;

/* data */
typedef struct _ThawImage ThawImage;
typedef struct _ThawDataset ThawDataset;
typedef struct _ThawSample ThawSample;
typedef struct _ThawAugmentation ThawAugmentation;
typedef struct _ThawLoader ThawLoader;
typedef struct _ThawFeatureCache ThawFeatureCache;

/* train */
typedef struct _ThawTrainOptions ThawTrainOptions;
typedef struct _ThawTrainer ThawTrainer;
typedef struct _ThawTrainControl ThawTrainControl;
typedef struct _ThawTrainObserver ThawTrainObserver;
typedef struct _ThawTrainState ThawTrainState;
typedef struct _ThawEpoch ThawEpoch;
typedef struct _ThawEvaluation ThawEvaluation;
typedef struct _ThawPredictor ThawPredictor;

/* project */
typedef struct _ThawProject ThawProject;

/* session: GObjects, all of the main thread */
typedef struct _ThawSession ThawSession;
typedef struct _ThawHistory ThawHistory;
typedef struct _ThawPicture ThawPicture;
typedef struct _ThawClass ThawClass;
typedef struct _ThawPictures ThawPictures;
typedef struct _ThawNetwork ThawNetwork;
typedef struct _ThawLayerRow ThawLayerRow;
typedef struct _ThawOptions ThawOptions;
typedef struct _ThawRunItem ThawRunItem;
typedef struct _ThawRuns ThawRuns;
typedef struct _ThawResults ThawResults;
typedef struct _ThawMistake ThawMistake;
typedef struct _ThawStore ThawStore;

G_END_DECLS
