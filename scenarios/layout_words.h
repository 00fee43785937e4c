// A resolved layout as JSON: the object `layout` of predictions and searches.
//
//   json["layout"] = layout_value(scenario.layout_at(64));
//   Layout again = layout_of(root.object("layout"));
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/json_reader.h"
#include "runtime/parallel/layout.h"

namespace rehearse {

// Every member, in the words of training.parallelism; `stages` are the blocks of each part.
nlohmann::ordered_json layout_value(const Layout& layout);

// Throws Error::input for unknown keys and values that no layout has. Keys that are missing have
// the values of Layout.
Layout layout_of(ObjectReader reader);

// In one line, without what is not used: "data 8, tensor 4, pipeline 2 (1f1b), 16 microbatches of
// 1, zero 1".
std::string to_text(const Layout& layout);

}  // namespace rehearse
