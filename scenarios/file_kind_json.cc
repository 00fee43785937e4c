#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_format.h"
#include "scenarios/check.h"
#include "scenarios/file_kind.h"

namespace rehearse {
namespace {

using nlohmann::json;

bool has_all(const json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (!object.contains(key)) return false;
  }
  return true;
}

bool has_any(const json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (object.contains(key)) return true;
  }
  return false;
}

// The config.json of transformers and diffusers.
bool is_hugging_face(const json& file) {
  if (has_any(file, {"model", "cluster", "training"})) return false;
  return has_any(file, {"architectures", "model_type", "transformers_version", "_class_name",
                        "diffusers_version"}) ||
         has_all(file, {"hidden_size", "num_hidden_layers"}) ||
         has_all(file, {"n_embd", "n_layer"});
}

std::string type_of(const json& config) {
  const auto type = config.find("model_type");
  return type != config.end() && type->is_string()
             ? " (model_type '" + type->get<std::string>() + "')"
             : "";
}

}  // namespace

void refuse_foreign(const JsonDocument& file) {
  const json& value = file.value();
  if (!value.is_object() || !is_hugging_face(value)) return;
  throw Error::input("this is a Hugging Face config" + type_of(value),
                     "it tells a model and no job",
                     "use {\"model\": {\"hf_config\": \"FILE\"}} in a scenario, or --model FILE")
      .at(file.name(), "");
}

void expect_scenario(const JsonDocument& document) {
  const json& value = document.value();
  if (const auto kind = stated_kind(document)) {
    if (*kind == FileKind::scenario) return;
    throw Error::input("this is no scenario", "it is a '" + format_of(*kind) + "'",
                       "give a scenario (rehearse list scenarios)")
        .at(document.name(), "/format");
  }
  if (value.is_object() && has_any(value, {"model", "workload", "cluster", "training"})) return;
  refuse_foreign(document);
  const std::string kind = kind_of_file(document);
  if (kind.empty() || kind == "scenario") return;
  throw Error::input("this is no scenario", "it looks like a file of the kind '" + kind + "'",
                     "give a scenario (rehearse list scenarios)")
      .at(document.name(), "");
}

}  // namespace rehearse
