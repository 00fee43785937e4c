#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/suggestion.h"
#include "kernels/models/importers/hf_config.h"
#include "kernels/models/zoo.h"
#include "scenarios/file_kind.h"
#include "scenarios/find_scenario.h"
#include "scenarios/model_word.h"

namespace rehearse {
namespace {

using nlohmann::json;

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool looks_like_file(const std::string& word) {
  return word.find('/') != std::string::npos || word.ends_with(".json");
}

JsonDocument of_zoo(const std::string& word) {
  return JsonDocument::adopt({{"model", {{"zoo", word}}}}, word);
}

// The path is told in full, as the document stands in no folder.
JsonDocument of_onnx(const std::string& path) {
  return JsonDocument::adopt(
      {{"model", {{"onnx", std::filesystem::absolute(path).lexically_normal().string()}}}}, path);
}

}  // namespace

JsonDocument model_document(const std::string& word) {
  if (contains(zoo_names(), word)) return of_zoo(word);
  if (word.ends_with(".onnx")) return of_onnx(word);
  if (!names_scenario(word) && !looks_like_file(word)) return of_zoo(word);
  JsonDocument document = open_scenario(word);
  if (looks_like_hf_config(document)) {
    const std::string file = std::filesystem::path(document.name()).filename().string();
    return JsonDocument::adopt({{"model", {{"hf_config", file}}}}, document.name());
  }
  refuse_foreign(document);
  const json& value = document.value();
  if (value.is_object() && !value.contains("model") &&
      (value.contains("layers") || value.contains("zoo"))) {
    return JsonDocument::adopt({{"model", value}}, document.name());
  }
  return document;
}

bool is_lone_model(const JsonDocument& document) {
  if (!document.value().is_object() || !document.value().contains("model")) return false;
  const std::vector<std::string> keys = document.root().keys();
  return std::none_of(keys.begin(), keys.end(), [](const std::string& key) {
    return key == "cluster" || key == "sweep" || key == "workload";
  });
}

namespace {

// Files beside the document are no longer beside it where the model goes into another one.
void name_from_anywhere(json& model, const std::string& document) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::absolute(fs::path(document)).parent_path();
  for (const char* key : {"hf_config", "onnx"}) {
    if (!model.is_object() || !model.contains(key) || !model.at(key).is_string()) continue;
    model[key] = (folder / model.at(key).get<std::string>()).lexically_normal().string();
  }
}

}  // namespace

std::string model_text(const std::string& word) {
  const JsonDocument document = model_document(word);
  const json& value = document.value();
  if (!value.is_object() || !value.contains("model")) {
    throw Error::input("no model stands in this file", "",
                       "give a network of the zoo, a list of layers or a scenario with a model")
        .at(document.name(), "");
  }
  json model = value.at("model");
  name_from_anywhere(model, document.name());
  return model.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace rehearse
