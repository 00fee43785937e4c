// Reading of {"input": {…}, "layers": […]} (the form is told in model_reader.h).
#pragma once

#include <optional>

#include "base/json_reader.h"
#include "kernels/models/model.h"

namespace rehearse {

// `sequence`: steps of a sample as the data tell; absent: those of the input.
Model read_layer_list(ObjectReader& reader, std::optional<std::int64_t> sequence);

}  // namespace rehearse
