#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_format.h"
#include "kernels/models/importers/hf_config.h"
#include "kernels/models/importers/onnx.h"
#include "kernels/models/language_options.h"
#include "kernels/models/layer_list.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/model_reader.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

constexpr const char* kForms[] = {"zoo", "hf_config", "onnx", "layers"};
constexpr std::int64_t kSequence = 2048;  // where neither job nor configuration tell the steps

struct OfData {
  std::optional<std::int64_t> classes, sequence;
};

Model read_zoo(ObjectReader& reader, const OfData& data) {
  const std::string name = reader.string("zoo");
  ZooOptions options;
  options.classes = data.classes;
  options.aux = reader.optional_boolean("aux").value_or(false);
  options.image_size = reader.optional_integer("image_size", 1, 1'000'000);
  options.language = read_language_options(reader);
  options.language.sequence = data.sequence;
  reader.finish();
  try {
    return zoo_model(name, options);
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path());
  }
}

// A file that is named relative to that of the scenario.
std::string beside(ObjectReader& reader, const char* key) {
  const std::filesystem::path folder = std::filesystem::path(reader.file()).parent_path();
  return (folder / reader.string(key)).lexically_normal().string();
}

Model of_config(ObjectReader root, const LanguageOptions& options, const OfData& data) {
  zoo::TransformerConfig config = read_hf_config(root);
  apply(options, config);
  try {
    return zoo::transformer(config, data.sequence.value_or(hf_positions(root).value_or(kSequence)));
  } catch (const Error& error) {
    throw error.at(root.file(), root.path());
  }
}

// A configuration as it stands in the scenario, or in a file beside it.
Model read_config(ObjectReader& reader, const OfData& data) {
  const LanguageOptions options = read_language_options(reader);
  if (reader.raw("hf_config").is_object()) {
    const ObjectReader config = reader.object("hf_config");
    reader.finish();
    return of_config(config, options, data);
  }
  const std::string file = beside(reader, "hf_config");
  reader.finish();
  const JsonDocument document = JsonDocument::parse_file(file);
  if (!looks_like_hf_config(document)) {
    throw Error::input("this is no configuration of Hugging Face", "it has no 'model_type'",
                       "give the config.json of a model")
        .at(file, "");
  }
  return of_config(document.root(), options, data);
}

// `form`: the key of a network that has its outputs already.
void expect_classes(const ObjectReader& reader, const char* form, const Model& model,
                    const std::optional<std::int64_t>& classes) {
  if (classes && *classes != model.classes()) {
    throw reader.error_at(form,
                          "the last layer has " + std::to_string(model.classes()) + " outputs",
                          "data has " + std::to_string(*classes) + " classes", "make them equal");
  }
}

Model read_onnx_file(ObjectReader& reader, const OfData& data) {
  const std::string file = beside(reader, "onnx");
  OnnxOptions options{.sequence = data.sequence};
  options.image_size = reader.optional_integer("image_size", 1, kMaxDimension);
  const LanguageOptions language = read_language_options(reader);
  for (const auto& [key, given] :
       {std::pair("layer_count", language.layers.has_value()),
        {"prediction_modules", language.prediction_modules.has_value()}}) {
    if (!given) continue;
    throw reader.error_at(key, "a file of ONNX has its layers already", "", "remove it");
  }
  options.flash = language.flash.value_or(true);
  options.dropout = language.dropout.value_or(0);
  options.full_attention_flops = language.flops == AttentionFlops::full;
  reader.finish();
  Model model = read_onnx(file, options);
  expect_classes(reader, "onnx", model, data.classes);
  return model;
}

Model read_list(ObjectReader& reader, const OfData& data) {
  Model model = read_layer_list(reader, data.sequence);
  reader.finish();
  expect_classes(reader, "layers", model, data.classes);
  return model;
}

}  // namespace

Model read_model(ObjectReader reader, std::optional<std::int64_t> classes,
                 std::optional<std::int64_t> sequence) {
  expect_format(reader, FileKind::model);
  std::vector<std::string> given;
  for (const char* form : kForms) {
    if (reader.has(form)) given.emplace_back(form);
  }
  const OfData data{classes, sequence};
  if (given.size() == 1) {
    if (given.front() == "zoo") return read_zoo(reader, data);
    if (given.front() == "onnx") return read_onnx_file(reader, data);
    return given.front() == "layers" ? read_list(reader, data) : read_config(reader, data);
  }
  // A misspelt key is the likelier trouble: let finish() name it.
  if (given.empty()) {
    for (const char* key : {"aux", "image_size", "name", "input"}) reader.has(key);
    reader.finish();
  }
  const std::string name = reader.optional_string("name").value_or("");
  const std::vector<std::string> known = zoo_names();
  const bool named = given.empty() && std::find(known.begin(), known.end(), name) != known.end();
  throw reader.error_at("",
                        given.empty() ? "no model is given"
                                      : "both '" + given[0] + "' and '" + given[1] + "' are given",
                        "",
                        named ? "write {\"zoo\": \"" + name + "\"}"
                              : "give one of 'zoo', 'hf_config', 'onnx' and 'layers'");
}

}  // namespace rehearse
