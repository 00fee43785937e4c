// Networks as a config.json of Hugging Face describes them.
#pragma once

#include "base/json_reader.h"
#include "kernels/models/zoo/transformer.h"

namespace rehearse {

// Whether a JSON object is such a configuration: it has a "model_type".
bool looks_like_hf_config(const JsonDocument& document);

// The architectures that are read, by their "model_type".
std::vector<std::string> hf_architectures();

// The extents. Keys that change neither shapes nor work (of text generation, initial values,
// tokenizers) are passed over; any other key that is not read is an error. Where a key is absent,
// the default is that of the library transformers for the architecture. `max_position_embeddings`
// of rotary positions does not bound the sequence; modules that predict further tokens
// (num_nextn_predict_layers) are left out, as in the published counts. Throws Error::input; for
// another architecture with one line that lists those that are read.
zoo::TransformerConfig read_hf_config(const JsonDocument& document);
zoo::TransformerConfig read_hf_config(ObjectReader root);

// The steps that the architecture was made for: max_position_embeddings; absent: not told.
std::optional<std::int64_t> hf_positions(ObjectReader root);

}  // namespace rehearse
