#include "kernels/models/layer_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/error.h"
#include "base/suggestion.h"

namespace rehearse {
namespace {

struct Synonym {
  std::string_view word, ours;
};

// Of PyTorch, Keras and Caffe, in small letters and without '_'.
constexpr std::array kKindWords{Synonym{"conv", "convolution"},
                                Synonym{"conv1d", "convolution"},
                                Synonym{"conv2d", "convolution"},
                                Synonym{"depthwiseconv2d", "convolution"},
                                Synonym{"linear", "dense"},
                                Synonym{"fc", "dense"},
                                Synonym{"fullyconnected", "dense"},
                                Synonym{"innerproduct", "dense"},
                                Synonym{"maxpool2d", "max_pool"},
                                Synonym{"maxpooling2d", "max_pool"},
                                Synonym{"maxpooling", "max_pool"},
                                Synonym{"avgpool", "average_pool"},
                                Synonym{"avgpool2d", "average_pool"},
                                Synonym{"averagepooling2d", "average_pool"},
                                Synonym{"adaptiveavgpool2d", "global_average_pool"},
                                Synonym{"globalaveragepooling2d", "global_average_pool"},
                                Synonym{"globalavgpool", "global_average_pool"},
                                Synonym{"gap", "global_average_pool"},
                                Synonym{"bn", "batch_norm"},
                                Synonym{"batchnorm2d", "batch_norm"},
                                Synonym{"batchnormalization", "batch_norm"},
                                Synonym{"localresponsenorm", "lrn"},
                                Synonym{"localresponsenormalization", "lrn"},
                                Synonym{"concatenate", "concat"},
                                Synonym{"cat", "concat"},
                                Synonym{"eltwise", "add"},
                                Synonym{"sum", "add"},
                                Synonym{"residual", "add"},
                                Synonym{"view", "flatten"},
                                Synonym{"reshape", "flatten"},
                                Synonym{"softmax", "softmax_cross_entropy"},
                                Synonym{"crossentropyloss", "softmax_cross_entropy"},
                                Synonym{"loss", "softmax_cross_entropy"}};

constexpr std::array kKeyWords{Synonym{"type", "kind"},
                               Synonym{"classname", "kind"},
                               Synonym{"op", "kind"},
                               Synonym{"outchannels", "channels"},
                               Synonym{"filters", "channels"},
                               Synonym{"numfilters", "channels"},
                               Synonym{"numoutput", "channels"},
                               Synonym{"features", "channels"},
                               Synonym{"units", "features"},
                               Synonym{"outfeatures", "features"},
                               Synonym{"numoutput", "features"},
                               Synonym{"channels", "features"},
                               Synonym{"outputs", "features"},
                               Synonym{"size", "kernel"},
                               Synonym{"kernelsize", "kernel"},
                               Synonym{"poolsize", "kernel"},
                               Synonym{"windowsize", "kernel"},
                               Synonym{"strides", "stride"},
                               Synonym{"pad", "padding"},
                               Synonym{"pads", "padding"},
                               Synonym{"numgroups", "groups"},
                               Synonym{"group", "groups"},
                               Synonym{"usebias", "bias"},
                               Synonym{"biasterm", "bias"},
                               Synonym{"p", "rate"},
                               Synonym{"dropout", "rate"},
                               Synonym{"localsize", "size"},
                               Synonym{"input", "from"},
                               Synonym{"inputs", "from"},
                               Synonym{"bottom", "from"},
                               Synonym{"after", "from"}};

// Keys of other programs that say what follows here from the layer before.
constexpr std::array<std::string_view, 5> kInferred{"inchannels", "infeatures", "numfeatures",
                                                    "inputshape", "inputdim"};

std::string folded(std::string_view word) {
  std::string text;
  for (const char c : word) {
    if (c != '_' && c != '-' && c != ' ') {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

std::vector<std::string> keys_of(LayerKind kind) {
  std::vector<std::string> keys{"name", "kind", "from"};
  const auto add = [&](std::initializer_list<const char*> more) {
    keys.insert(keys.end(), more.begin(), more.end());
  };
  switch (kind) {
    case LayerKind::convolution:
      add({"channels", "kernel", "stride", "padding", "groups", "bias"});
      break;
    case LayerKind::dense:
      add({"features", "bias"});
      break;
    case LayerKind::max_pool:
    case LayerKind::average_pool:
      add({"kernel", "stride", "padding"});
      break;
    case LayerKind::dropout:
      add({"rate"});
      break;
    case LayerKind::lrn:
      add({"size"});
      break;
    default:
      break;
  }
  return keys;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What a key of another program is called here; else what it is spelt like.
std::string remedy_for(const std::string& key, const std::vector<std::string>& known) {
  const std::string word = folded(key);
  if (std::find(kInferred.begin(), kInferred.end(), word) != kInferred.end()) {
    return "remove it: it follows from the layer before";
  }
  if (word == "dilation" || word == "dilationrate") return "dilated windows do not work yet";
  if (word == "activation") return "write a layer of the kind relu after this one";
  for (const Synonym& synonym : kKeyWords) {
    if (synonym.word == word && contains(known, synonym.ours)) {
      return "did you mean '" + std::string(synonym.ours) + "'?";
    }
  }
  return suggestion(key, known, "remove it");
}

// Where in `known` the other word for a key of ours stands; its end if it is none.
std::size_t place_of(const std::string& key, const std::vector<std::string>& known) {
  for (const Synonym& synonym : kKeyWords) {
    if (synonym.word != folded(key)) continue;
    const auto found = std::find(known.begin(), known.end(), synonym.ours);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  }
  return known.size();
}

// Of several unknown keys the one that comes first here: out_channels before kernel_size.
void expect_keys(const ObjectReader& layer, const std::vector<std::string>& known) {
  std::vector<std::string> unknown;
  for (const std::string& key : layer.keys()) {
    if (!contains(known, key)) unknown.push_back(key);
  }
  std::stable_sort(unknown.begin(), unknown.end(), [&](const auto& a, const auto& b) {
    return place_of(a, known) < place_of(b, known);
  });
  for (const std::string& key : unknown) {
    throw layer.error_at(key, "unknown key '" + key + "'", "known here: " + list_of(known),
                         remedy_for(key, known));
  }
}

}  // namespace

std::vector<std::string> listed_kinds() {
  std::vector<std::string> kinds = kLayerKindNames.words();
  std::erase(kinds, to_text(LayerKind::input));
  return kinds;
}

const std::vector<std::string>& later_kinds() {
  static const std::vector<std::string> kNames{"attention",
                                               "multi_head_attention",
                                               "layer_norm",
                                               "rms_norm",
                                               "group_norm",
                                               "instance_norm",
                                               "embedding",
                                               "gelu",
                                               "silu",
                                               "swish",
                                               "sigmoid",
                                               "tanh",
                                               "leaky_relu",
                                               "elu",
                                               "hard_swish",
                                               "lstm",
                                               "gru",
                                               "rnn",
                                               "transposed_convolution",
                                               "upsample",
                                               "multiply"};
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
    for (const Synonym& synonym : kKindWords) {
      if (synonym.word != folded(word)) continue;
      throw layer.error_at("kind", "'" + word + "' is not known", "it can be " + list_of(kinds),
                           "did you mean '" + std::string(synonym.ours) + "'?");
    }
  }
  throw unknown_word(word, kinds, later_kinds(), "only layers of convolutional networks work")
      .at(layer.file(), layer.path() + "/kind");
}

void expect_layer_keys(ObjectReader& layer, LayerKind kind) { expect_keys(layer, keys_of(kind)); }

}  // namespace rehearse
