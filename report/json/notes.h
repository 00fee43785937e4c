// What every result says at its end: warnings, and where its numbers come from.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "base/provenance.h"
#include "predict/prediction.h"

namespace rehearse {

// Lists of objects, as docs/formats.md says.
nlohmann::ordered_json to_value(const std::vector<Warning>& warnings);
nlohmann::ordered_json to_value(const std::vector<Provenance>& provenance);

}  // namespace rehearse
