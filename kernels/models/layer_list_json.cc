#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/suggestion.h"
#include "kernels/models/layer_list.h"
#include "kernels/models/layer_words.h"
#include "kernels/models/model_limits.h"

namespace rehearse {
namespace {

struct Pair {
  std::int64_t height, width;
};

// A number for both sides or [height, width].
std::optional<Pair> optional_pair(ObjectReader& reader, const char* key, std::int64_t least) {
  if (!reader.has(key)) return std::nullopt;
  if (const nlohmann::json& value = reader.raw(key); value.is_string()) {
    throw reader.error_at(
        key, "expected a number or [height, width]",
        "found " + value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
        std::string(key) == "padding"
            ? "of an odd kernel k with stride 1, \"same\" is (k - 1) / 2 and "
              "\"valid\" is 0"
            : "");
  }
  if (!reader.raw(key).is_array()) {
    const std::int64_t side = reader.integer(key, least, kMaxDimension);
    return Pair{side, side};
  }
  const std::vector<std::int64_t> sides = reader.integers(key, least, kMaxDimension);
  if (sides.size() != 2) throw reader.error_at(key, "expected a number or [height, width]");
  return Pair{sides[0], sides[1]};
}

Window read_window(ObjectReader& reader, bool pool) {
  const std::optional<Pair> kernel = optional_pair(reader, "kernel", 1);
  if (!kernel) throw reader.error_at("", "'kernel' is missing");
  const Pair stride = optional_pair(reader, "stride", 1).value_or(pool ? *kernel : Pair{1, 1});
  const Pair padding = optional_pair(reader, "padding", 0).value_or(Pair{0, 0});
  return {kernel->height, kernel->width,  stride.height,
          stride.width,   padding.height, padding.width};
}

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
    switch (spec.kind) {
      case LayerKind::convolution:
        spec.features = reader.integer("channels", 1, kMaxDimension);
        spec.window = read_window(reader, false);
        spec.groups = reader.optional_integer("groups", 1, kMaxDimension).value_or(1);
        spec.bias = reader.optional_boolean("bias").value_or(true);
        break;
      case LayerKind::dense:
        spec.features = reader.integer("features", 1, kMaxDimension);
        spec.bias = reader.optional_boolean("bias").value_or(true);
        break;
      case LayerKind::max_pool:
      case LayerKind::average_pool:
        spec.window = read_window(reader, true);
        break;
      case LayerKind::dropout:
        spec.dropout_rate = reader.optional_number("rate", 0, 0.999).value_or(0.5);
        break;
      case LayerKind::lrn:
        spec.lrn_size = reader.optional_integer("size", 1, 10'000).value_or(5);
        break;
      default:
        break;
    }
    return spec;
  }

  std::vector<std::size_t> inputs(ObjectReader& reader) {
    if (!reader.has("from")) return {at_};
    if (!reader.raw("from").is_array()) return {index_of(reader, reader.string("from"))};
    std::vector<std::size_t> list;
    for (const std::string& name : reader.strings("from")) list.push_back(index_of(reader, name));
    return list;
  }

  std::size_t index_of(const ObjectReader& reader, const std::string& name) const {
    if (const auto found = indices_.find(name); found != indices_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [earlier, index] : indices_) known.push_back(earlier);
    throw reader.error_at("from", "'" + name + "' is not an earlier layer", "",
                          suggestion(name, known));
  }

  ModelBuilder& build_;
  std::map<std::string, std::size_t> indices_;
  std::size_t at_ = 0;
};

Shape read_shape(ObjectReader reader) {
  Shape shape;
  shape.channels = reader.integer("channels", 1, kMaxDimension);
  shape.height = reader.optional_integer("height", 1, kMaxDimension).value_or(1);
  shape.width = reader.optional_integer("width", 1, kMaxDimension).value_or(1);
  reader.finish();
  return shape;
}

}  // namespace

Model read_layer_list(ObjectReader& reader) {
  ModelBuilder build(reader.optional_string("name").value_or("layers"));
  const Shape shape = read_shape(reader.object("input"));
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
