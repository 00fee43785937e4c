// Rehearse as functions: what every door (command line, other programs) calls.
//
//   LoadedScenario job = load({.file = "resnet50_piz_daint"});
//   Prediction prediction = predict(job.scenario, {.jobs = 2});
//
// load       a scenario with overrides, and this machine's profile where it needs one (api/load.h)
// predict    every point of its sweep (predict/predict.h)
// compare    the same job over several values of some keys (api/compare.h)
// plan       what to ask for: deadline, budget, confidence (predict/plan.h)
// emulate    real gradients on the predicted clock (api/emulate.h)
// train      for real, as the ranks of a session (train/train.h)
// calibrate  this machine (api/calibrate.h)
// fit_runs   samples to a target from runs of several batches (api/convergence.h)
// validate   measurements against predictions (validate/validate.h)
//
// No function prints or exits. What a user did wrong is an Error of one line (base/error.h): input,
// environment, or a check that failed. predict, compare, plan, emulate and validate fork: call them
// from a process without threads of its own.
#pragma once

#include "api/calibrate.h"
#include "api/compare.h"
#include "api/convergence.h"
#include "api/emulate.h"
#include "api/load.h"
#include "api/local_profile.h"
#include "predict/plan.h"
#include "predict/predict.h"
#include "train/train.h"
#include "validate/validate.h"
