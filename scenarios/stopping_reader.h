// training.evaluate_every, .early_stopping, .stop_at and .optimizer.plateau.
#pragma once

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// REQUIRES: the data of the scenario are read. Throws Error::input.
StoppingOptions read_stopping(ObjectReader& training, const Scenario& scenario);

}  // namespace rehearse
