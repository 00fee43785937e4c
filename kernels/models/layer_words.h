// The words of a layer in a list of layers, and those of other programs for the same things.
#pragma once

#include <string>
#include <vector>

#include "base/json_reader.h"
#include "kernels/models/layer.h"

namespace rehearse {

// The kinds that a list may hold: all but the input, which has a key of its own.
std::vector<std::string> listed_kinds();

// Kinds of layers that people ask for and that do not work yet.
const std::vector<std::string>& later_kinds();

// The kind at key "kind". Throws Error::input, which names the kind that was meant: by another
// program's word for it (Conv2d, fc), by its beginning or by its spelling.
LayerKind read_kind(ObjectReader& layer);

// Throws Error::input for a key that the kind does not have, and names the one that was meant
// (out_channels is channels). It runs before the keys are read, so that a misnamed key is not
// reported as the absence of the right one.
void expect_layer_keys(ObjectReader& layer, LayerKind kind);

}  // namespace rehearse
