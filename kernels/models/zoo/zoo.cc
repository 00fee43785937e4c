#include "kernels/models/zoo.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/error.h"
#include "base/suggestion.h"
#include "kernels/models/zoo/networks.h"

namespace rehearse {
namespace {

struct Entry {
  const char* name;
  Model (*make)(const zoo::Plan&);
  std::int64_t classes;
  std::int64_t image_size;   // 0: it takes no images
  std::int64_t least_image;  // smallest side that all windows fit; 0: image_size is fixed
};

constexpr Entry kEntries[] = {
    {"mlp", zoo::mlp, 10, 28, 1},
    {"lenet5", zoo::lenet5, 10, 28, 0},
    {"alexnet", zoo::alexnet, 1000, 224, 0},
    {"vgg16", zoo::vgg16, 1000, 224, 0},
    {"resnet50", zoo::resnet50, 1000, 224, 32},
    {"resnet101", zoo::resnet101, 1000, 224, 32},
    {"resnet152", zoo::resnet152, 1000, 224, 32},
    {"inception_v3", zoo::inception_v3, 1000, 299, 75},
    {"resnet20_cifar", zoo::resnet20_cifar, 10, 32, 8},
    {"lstm", zoo::lstm, 10, 0, 0},
};
constexpr std::string_view kLaterOfImages[] = {"mobilenet_v2", "densenet121"};

constexpr std::int64_t kMostPixels = 4096;  // of a side; keeps every tensor within model_limits.h
constexpr std::int64_t kMostClasses = 1'000'000;

const Entry& find(const std::string& name) {
  for (const Entry& entry : kEntries) {
    if (name == entry.name) return entry;
  }
  const bool images = std::find(std::begin(kLaterOfImages), std::end(kLaterOfImages), name) !=
                      std::end(kLaterOfImages);
  throw unknown_word(name, zoo_names(), later_zoo_names(),
                     images ? "it is not in the zoo, but a list of layers can hold it"
                            : "transformers do not work",
                     "is not in the zoo");
}

std::int64_t pixels(const Entry& entry, std::int64_t wanted, bool aux) {
  if (wanted == entry.image_size) return wanted;
  const std::string name = entry.name;
  if (entry.image_size == 0) {
    throw Error::input("'image_size' is not an option of " + name, "it takes sequences",
                       "remove it");
  }
  if (entry.least_image == 0) {
    throw Error::input(
        "'image_size' of " + name + " is fixed at " + std::to_string(entry.image_size),
        "its dense layers fit no other", "remove it");
  }
  // The 5x5 convolution of the auxiliary head just fits the map of the default size.
  const std::int64_t least = aux ? entry.image_size : entry.least_image;
  if (wanted >= least && wanted <= kMostPixels) return wanted;
  throw Error::input(
      "'image_size' " + std::to_string(wanted) + " is out of range",
      name + " takes " + std::to_string(least) + " to " + std::to_string(kMostPixels));
}

}  // namespace

std::vector<std::string> zoo_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  return names;
}

const std::vector<std::string>& later_zoo_names() {
  static const std::vector<std::string> kNames{
      "gpt2",          "gpt2_medium",      "gpt2_large",  "gpt2_xl",       "gpt3_175b",
      "bert_base",     "bert_large",       "llama2_7b",   "llama2_13b",    "llama2_70b",
      "llama3_8b",     "llama3_70b",       "llama3_405b", "mistral_7b",    "mixtral_8x7b",
      "mixtral_8x22b", "qwen3_8b",         "qwen3_32b",   "qwen3_30b_a3b", "qwen3_235b_a22b",
      "deepseek_v2",   "deepseek_v2_lite", "deepseek_v3", "gpt_oss_20b",   "gpt_oss_120b",
      "vit_b16",       "mobilenet_v2",     "densenet121"};
  return kNames;
}

Model zoo_model(const std::string& name, const ZooOptions& options) {
  const Entry& entry = find(name);
  if (options.aux && name != "inception_v3") {
    throw Error::input("'aux' is not an option of " + name,
                       "only inception_v3 has an auxiliary head", "remove it");
  }
  zoo::Plan plan;
  plan.classes = options.classes.value_or(entry.classes);
  if (plan.classes < 1 || plan.classes > kMostClasses) {
    throw Error::input(std::to_string(plan.classes) + " classes are out of range",
                       "1 to " + std::to_string(kMostClasses));
  }
  plan.aux = options.aux;
  plan.image_size = pixels(entry, options.image_size.value_or(entry.image_size), options.aux);
  return entry.make(plan);
}

}  // namespace rehearse
