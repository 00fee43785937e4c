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
    expect_sequences(reader, spec);
    op_of(spec.kind).read(reader, spec);
    if (spec.kind == LayerKind::dense && reader.has("tied")) tie(reader, spec);
    return spec;
  }

  // Before the keys are read: who gives an image to an attention misses more than its keys.
  void expect_sequences(const ObjectReader& reader, const LayerSpec& spec) const {
    const std::string_view taken = op_of(spec.kind).sequence_text();
    if (taken.empty()) return;
    for (const std::size_t from : spec.inputs) {
      const Shape& in = build_.shape(from);
      if (in.height == 1 && in.width == 1 && in.depth == 1) continue;
      throw Error::input("layer '" + spec.name + "': it takes " + std::string(taken) +
                             ", not images of " + to_text(in),
                         "",
                         "give the input \"channels\" and \"sequence\" only, or put a layer of the "
                         "kind to_sequence before it")
          .at(reader.file(), reader.path());
    }
  }

  // A dense layer with the weights of an embedding, or of another dense layer, has as many outputs
  // as these have rows.
  void tie(ObjectReader& reader, LayerSpec& spec) const {
    const std::string name = reader.string("tied");
    const std::size_t index = index_of(reader, "tied", name);
    const Layer& other = build_.layers()[index];
    const bool table = other.kind == LayerKind::embedding;
    if (!table && (other.kind != LayerKind::dense || other.tied)) {
      throw reader.error_at("tied", "'" + name + "' is neither an embedding nor a dense layer", "",
                            "name one that has weights of its own");
    }
    const std::int64_t rows = table ? other.vocabulary : other.output.channels;
    const std::int64_t width =
        table ? other.output.channels : static_cast<std::int64_t>(other.products);
    if (spec.features == 0) spec.features = rows;
    if (spec.inputs.empty()) return;  // which the builder refuses
    const Shape& in = build_.shape(spec.inputs.front());
    if (spec.features != rows || in.elements() / in.sequence != width) {
      throw reader.error_at("tied",
                            "the weights of '" + name + "' make " + std::to_string(rows) +
                                " features from " + std::to_string(width),
                            "this layer makes " + std::to_string(spec.features) + " from " +
                                std::to_string(in.elements() / in.sequence),
                            "make them equal");
    }
    spec.tied = index;
  }

  std::vector<std::size_t> inputs(ObjectReader& reader) {
    if (!reader.has("from")) return {at_};
    if (!reader.raw("from").is_array()) return {index_of(reader, "from", reader.string("from"))};
    std::vector<std::size_t> list;
    for (const std::string& name : reader.strings("from")) {
      list.push_back(index_of(reader, "from", name));
    }
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
