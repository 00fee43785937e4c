#include "kernels/models/layer_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/suggestion.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

// The keys that every layer has.
std::vector<LayerKey> common_keys() {
  return {{"name"},
          {"kind", {"type", "classname", "op"}},
          {"from", {"input", "inputs", "bottom", "after"}}};
}

// Keys of other programs that say what follows here from the layer before.
constexpr std::array<std::string_view, 6> kInferred{"inchannels", "infeatures", "numfeatures",
                                                    "inputshape", "inputdim",   "inputsize"};

std::string folded(std::string_view word) {
  std::string text;
  for (const char c : word) {
    if (c != '_' && c != '-' && c != ' ') {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

std::vector<LayerKey> keys_of(LayerKind kind) {
  std::vector<LayerKey> keys = common_keys();
  for (LayerKey& key : op_of(kind).keys()) keys.push_back(std::move(key));
  return keys;
}

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> names_of(const std::vector<LayerKey>& keys) {
  std::vector<std::string> names;
  for (const LayerKey& key : keys) names.push_back(key.name);
  return names;
}

using KeyPlace = std::vector<LayerKey>::const_iterator;

// The key of ours that another program calls `word`; the end if there is none.
KeyPlace find_elsewhere(const std::vector<LayerKey>& known, const std::string& word) {
  return std::find_if(known.begin(), known.end(),
                      [&](const LayerKey& key) { return contains(key.elsewhere, folded(word)); });
}

// What a key of another program is called here; else what it is spelt like.
std::string remedy_for(const std::string& key, const std::vector<LayerKey>& known) {
  const std::string word = folded(key);
  if (contains(kInferred, word)) return "remove it: it follows from the layer before";
  if (word == "activation") return "write a layer of the kind relu after this one";
  const KeyPlace found = find_elsewhere(known, key);
  if (found != known.end()) return "did you mean '" + found->name + "'?";
  return suggestion(key, names_of(known), "remove it");
}

// Of several unknown keys the one that comes first here: out_channels before kernel_size.
void expect_keys(const ObjectReader& layer, const std::vector<LayerKey>& known) {
  const std::vector<std::string> names = names_of(known);
  std::vector<std::string> unknown;
  for (const std::string& key : layer.keys()) {
    if (!contains(names, key)) unknown.push_back(key);
  }
  std::stable_sort(unknown.begin(), unknown.end(), [&](const auto& a, const auto& b) {
    return find_elsewhere(known, a) < find_elsewhere(known, b);
  });
  for (const std::string& key : unknown) {
    throw layer.error_at(key, "unknown key '" + key + "'", "known here: " + list_of(names),
                         remedy_for(key, known));
  }
}

// The kind that another program calls `word`.
std::optional<LayerKind> find_kind_elsewhere(const std::string& word) {
  for (const LayerKind kind : kLayerKindNames.values()) {
    if (contains(op_of(kind).words_elsewhere(), folded(word))) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> listed_kinds() {
  std::vector<std::string> kinds = kLayerKindNames.words();
  std::erase(kinds, to_text(LayerKind::input));
  return kinds;
}

const std::vector<std::string>& later_kinds() {
  static const std::vector<std::string> kNames{
#define REHEARSE_WORD(kind) #kind,
      REHEARSE_LATER_LAYER_KINDS(REHEARSE_WORD)
#undef REHEARSE_WORD
  };
  return kNames;
}

LayerKind read_kind(ObjectReader& layer) {
  if (!layer.has("kind")) {
    // The right word may stand at a key of another program.
    for (const std::string& key : layer.keys()) {
      const std::string word = folded(key);
      if (word != "type" && word != "classname" && word != "op") continue;
      throw layer.error_at(key, "unknown key '" + key + "'", "'kind' is required",
                           "did you mean 'kind'?");
    }
  }
  const std::string word = layer.string("kind");
  const std::optional<LayerKind> kind = kLayerKindNames.value(word);
  if (kind && *kind != LayerKind::input) return *kind;
  const std::vector<std::string> kinds = listed_kinds();
  if (!contains(later_kinds(), word)) {
    if (const auto meant = find_kind_elsewhere(word)) {
      throw layer.error_at("kind", "'" + word + "' is not known", "it can be " + list_of(kinds),
                           "did you mean '" + std::string(to_text(*meant)) + "'?");
    }
  }
  throw unknown_word(word, kinds, later_kinds(), "its work is not modelled")
      .at(layer.file(), layer.path() + "/kind");
}

void expect_layer_keys(ObjectReader& layer, LayerKind kind) { expect_keys(layer, keys_of(kind)); }

}  // namespace rehearse
