#include <algorithm>

#include "base/error.h"
#include "base/file_format.h"
#include "kernels/models/layer_list.h"
#include "kernels/models/model_reader.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

Model read_zoo(ObjectReader& reader, std::optional<std::int64_t> classes) {
  const std::string name = reader.string("zoo");
  ZooOptions options;
  options.classes = classes;
  options.aux = reader.optional_boolean("aux").value_or(false);
  options.image_size = reader.optional_integer("image_size", 1, 1'000'000);
  reader.finish();
  try {
    return zoo_model(name, options);
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path());
  }
}

// Keys of the format that do not work yet; they are not suggested to anybody.
void refuse_later_forms(ObjectReader reader) {
  for (const char* key : {"hf_config", "onnx"}) {
    reader.refuse(key, "only networks of the zoo and lists of layers can be read");
  }
}

Model read_list(ObjectReader& reader, std::optional<std::int64_t> classes) {
  Model model = read_layer_list(reader);
  reader.finish();
  if (classes && *classes != model.classes()) {
    throw reader.error_at("layers",
                          "the last layer has " + std::to_string(model.classes()) + " outputs",
                          "data has " + std::to_string(*classes) + " classes", "make them equal");
  }
  return model;
}

}  // namespace

Model read_model(ObjectReader reader, std::optional<std::int64_t> classes) {
  expect_format(reader, FileKind::model);
  refuse_later_forms(reader);
  const bool zoo = reader.has("zoo");
  const bool list = reader.has("layers");
  if (zoo == list) {
    // A misspelt key is the likelier trouble: let finish() name it.
    if (!zoo) {
      for (const char* key : {"aux", "image_size", "name", "input"}) reader.has(key);
      reader.finish();
    }
    const std::string name = reader.optional_string("name").value_or("");
    const std::vector<std::string> known = zoo_names();
    const bool named = !zoo && std::find(known.begin(), known.end(), name) != known.end();
    throw reader.error_at(
        "", zoo ? "both 'zoo' and 'layers' are given" : "no model is given", "",
        named ? "write {\"zoo\": \"" + name + "\"}" : "give one of 'zoo' and 'layers'");
  }
  return zoo ? read_zoo(reader, classes) : read_list(reader, classes);
}

}  // namespace rehearse
