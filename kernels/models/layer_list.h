// Reading of {"input": {…}, "layers": […]} (the form is told in model_reader.h).
#pragma once

#include "base/json_reader.h"
#include "kernels/models/model.h"

namespace rehearse {

Model read_layer_list(ObjectReader& reader);

}  // namespace rehearse
