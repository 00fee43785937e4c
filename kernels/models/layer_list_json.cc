#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/suggestion.h"
#include "kernels/models/layer_list.h"
#include "kernels/models/layer_words.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class ListReader {
 public:
  explicit ListReader(ModelBuilder& build) : build_(build) { indices_["input"] = 0; }

  void add(ObjectReader reader) {
    LayerSpec spec = attributes(reader);
    const std::string name = spec.name;
    try {
      at_ = build_.add(std::move(spec));
    } catch (const Error& error) {
      throw error.at(reader.file(), reader.path());
    }
    indices_[name] = at_;
  }

 private:
  LayerSpec attributes(ObjectReader& reader) {
    LayerSpec spec;
    spec.kind = read_kind(reader);
    expect_layer_keys(reader, spec.kind);
    spec.name = reader.optional_string("name").value_or(std::string(to_text(spec.kind)) + "_" +
                                                        std::to_string(build_.layers().size()));
    spec.inputs = inputs(reader);
    op_of(spec.kind).read(reader, spec);
    if (reader.has("tied")) spec.tied = tied(reader, spec);
    return spec;
  }

  // The embedding, or the dense layer, whose weights a dense layer uses.
  std::size_t tied(ObjectReader& reader, const LayerSpec& spec) const {
    const std::string name = reader.string("tied");
    const std::size_t index = index_of(reader, "tied", name);
    const Layer& other = build_.layers()[index];
    const bool table = other.kind == LayerKind::embedding;
    const std::int64_t rows = table ? other.vocabulary : other.output.channels;
    const std::int64_t width =
        table ? other.output.channels : static_cast<std::int64_t>(other.products);
    const Shape& in = build_.shape(spec.inputs.front());
    const bool dense = other.kind == LayerKind::dense && !other.tied;
    if (!table && !dense) {
      throw reader.error_at("tied", "'" + name + "' is neither an embedding nor a dense layer", "",
                            "name one that has weights of its own");
    }
    if (rows != spec.features || width != in.elements() / in.sequence) {
      throw reader.error_at("tied",
                            "the weights of '" + name + "' make " + std::to_string(rows) +
                                " features from " + std::to_string(width),
                            "this layer makes " + std::to_string(spec.features) + " from " +
                                std::to_string(in.elements() / in.sequence),
                            "make them equal");
    }
    return index;
  }

  std::vector<std::size_t> inputs(ObjectReader& reader) {
    if (!reader.has("from")) return {at_};
    if (!reader.raw("from").is_array()) return {index_of(reader, "from", reader.string("from"))};
    std::vector<std::size_t> list;
    for (const std::string& name : reader.strings("from"))
      list.push_back(index_of(reader, "from", name));
    return list;
  }

  std::size_t index_of(const ObjectReader& reader, const char* key, const std::string& name) const {
    if (const auto found = indices_.find(name); found != indices_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [earlier, index] : indices_) known.push_back(earlier);
    throw reader.error_at(key, "'" + name + "' is not an earlier layer", "",
                          suggestion(name, known));
  }

  ModelBuilder& build_;
  std::map<std::string, std::size_t> indices_;
  std::size_t at_ = 0;
};

Shape read_shape(ObjectReader reader, std::optional<std::int64_t> sequence) {
  Shape shape;
  shape.channels = reader.integer("channels", 1, kMaxDimension);
  shape.height = reader.optional_integer("height", 1, kMaxDimension).value_or(1);
  shape.width = reader.optional_integer("width", 1, kMaxDimension).value_or(1);
  const auto steps = reader.optional_integer("sequence", 1, kMaxDimension);
  if (steps && sequence && *steps != *sequence) {
    throw reader.error_at("sequence", "the input has " + std::to_string(*steps) + " steps",
                          "data has " + std::to_string(*sequence), "make them equal");
  }
  shape.sequence = sequence.value_or(steps.value_or(1));
  shape.depth = reader.optional_integer("depth", 1, kMaxDimension).value_or(1);
  reader.finish();
  return shape;
}

}  // namespace

Model read_layer_list(ObjectReader& reader, std::optional<std::int64_t> sequence) {
  ModelBuilder build(reader.optional_string("name").value_or("layers"));
  const Shape shape = read_shape(reader.object("input"), sequence);
  try {
    build.input(shape);
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path() + "/input");
  }
  ListReader list(build);
  for (ObjectReader& layer : reader.objects("layers")) list.add(std::move(layer));
  try {
    return std::move(build).finish();
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path() + "/layers");
  }
}

}  // namespace rehearse
