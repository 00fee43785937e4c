#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/suggestion.h"
#include "scenarios/key_hints.h"
#include "scenarios/scenario.h"

namespace rehearse {
namespace {

using nlohmann::json;

struct Synonym {
  std::string_view word, key;
};

// As other programs call it.
constexpr std::array kSynonyms{Synonym{"batch_size", "batch"},
                               Synonym{"batch_size", "per_worker"},
                               Synonym{"local", "per_worker"},
                               Synonym{"local_batch", "per_worker"},
                               Synonym{"per_device", "per_worker"},
                               Synonym{"per_gpu", "per_worker"},
                               Synonym{"global_batch", "global"},
                               Synonym{"global_batch_size", "global"},
                               Synonym{"total", "global"},
                               Synonym{"learning_rate", "lr"},
                               Synonym{"type", "name"},
                               Synonym{"dtype", "precision"},
                               Synonym{"gpu", "device"},
                               Synonym{"accelerator", "device"},
                               Synonym{"gpus", "devices"},
                               Synonym{"num_gpus", "devices"},
                               Synonym{"gpus_per_node", "devices"},
                               Synonym{"devices_per_node", "devices"},
                               Synonym{"num_nodes", "nodes"},
                               Synonym{"hosts", "nodes"},
                               Synonym{"nics_per_node", "nics"},
                               Synonym{"interconnect", "network"},
                               Synonym{"fabric", "network"},
                               Synonym{"fabric", "stack"},
                               Synonym{"ranks", "workers"},
                               Synonym{"num_workers", "workers"},
                               Synonym{"world_size", "workers"},
                               Synonym{"gpus", "workers"},
                               Synonym{"dataset", "data"},
                               Synonym{"num_samples", "samples"},
                               Synonym{"images", "samples"},
                               Synonym{"sample_size", "bytes_per_sample"},
                               Synonym{"num_classes", "classes"},
                               Synonym{"bucket_size", "fusion"},
                               Synonym{"fusion_threshold", "fusion"},
                               Synonym{"cycle_time", "cycle"},
                               Synonym{"tensor_parallel", "tensor"},
                               Synonym{"tp", "tensor"},
                               Synonym{"pipeline_parallel", "pipeline"},
                               Synonym{"pp", "pipeline"},
                               Synonym{"context_parallel", "context"},
                               Synonym{"cp", "context"},
                               Synonym{"expert_parallel", "expert"},
                               Synonym{"ep", "expert"},
                               Synonym{"etp", "expert_tensor"},
                               Synonym{"sequence_parallel", "sequence"},
                               Synonym{"sp", "sequence"},
                               Synonym{"dp", "data"},
                               Synonym{"zero_stage", "zero"},
                               Synonym{"micro_batch", "microbatch"},
                               Synonym{"micro_batch_size", "microbatch"},
                               Synonym{"interleave", "virtual_stages"},
                               Synonym{"activation_checkpointing", "recompute"},
                               Synonym{"num_epochs", "epochs"},
                               Synonym{"max_steps", "steps"}};

constexpr int kDeepest = 6;  // keys of a path

class Places {
 public:
  Places(const json& root, std::string_view key) : root_(root), key_(key) { look(root, "", 0); }

  [[nodiscard]] const std::vector<std::string>& found() const { return found_; }

 private:
  void look(const json& schema, const std::string& path, int depth) {
    if (!schema.is_object() || depth > kDeepest) return;
    if (const auto ref = schema.find("$ref"); ref != schema.end() && ref->is_string()) {
      const auto& name = ref->get_ref<const std::string&>();
      if (name.starts_with("#/")) look(root_.at(json::json_pointer(name.substr(1))), path, depth);
    }
    for (const char* word : {"anyOf", "oneOf"}) {
      for (const json& one : schema.value(word, json::array())) look(one, path, depth);
    }
    const auto properties = schema.find("properties");
    if (properties == schema.end() || !properties->is_object()) return;
    for (const auto& [name, member] : properties->items()) {
      const std::string place = path.empty() ? name : path + "." + name;
      const bool again = std::find(found_.begin(), found_.end(), place) != found_.end();
      if (name == key_ && !again) found_.push_back(place);
      look(member, place, depth + 1);
    }
  }

  const json& root_;
  std::string_view key_;
  std::vector<std::string> found_;
};

// The highest places are the likeliest: training.batch before cluster.node.calibration.batch.
std::vector<std::string> highest(std::vector<std::string> places) {
  const auto depth = [](const std::string& place) {
    return std::count(place.begin(), place.end(), '.');
  };
  std::ptrdiff_t least = kDeepest;
  for (const std::string& place : places) least = std::min(least, depth(place));
  std::erase_if(places, [&](const std::string& place) { return depth(place) > least; });
  return places;
}

// Nothing if the schemas of this installation cannot be read: the first error is the one to tell.
std::vector<std::string> places_of(const std::string& key) {
  try {
    const JsonDocument schema =
        JsonDocument::parse_file(scenarios_folder() + "/schema/scenario.schema.json");
    return highest(Places(schema.value(), key).found());
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::string key_hint(const std::string& key, const std::vector<std::string>& known) {
  constexpr std::size_t kFew = 3;  // a word of many places tells nothing
  for (const Synonym& synonym : kSynonyms) {
    const bool here = std::find(known.begin(), known.end(), synonym.key) != known.end();
    if (synonym.word == key && here) return "did you mean '" + std::string(synonym.key) + "'?";
  }
  const std::vector<std::string> places = places_of(key);
  if (!places.empty() && places.size() <= kFew) {
    return "did you mean " + list_of(places) + "?";
  }
  return suggestion(key, known, "remove it");
}

}  // namespace rehearse
