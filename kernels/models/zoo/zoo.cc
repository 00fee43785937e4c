#include "kernels/models/zoo.h"

#include "base/error.h"
#include "base/suggestion.h"
#include "kernels/models/zoo/language_models.h"
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
    {"mobilenet_v2", zoo::mobilenet_v2, 1000, 224, 32},
    {"densenet121", zoo::densenet121, 1000, 224, 32},
    {"vit_b16", zoo::vit_b16, 1000, 224, 16},
    {"lstm", zoo::lstm, 10, 0, 0},
};

constexpr std::int64_t kMostPixels = 4096;  // of a side; keeps every tensor within model_limits.h
constexpr std::int64_t kMostClasses = 1'000'000;

const Entry& find(const std::string& name) {
  for (const Entry& entry : kEntries) {
    if (name == entry.name) return entry;
  }
  throw unknown_word(name, zoo_names(), {}, "", "is not in the zoo");
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

// `classes` of the data may repeat the vocabulary.
Model language_model(zoo::LanguageModel& model, const ZooOptions& options) {
  zoo::TransformerConfig& config = model.config;
  if (options.aux || options.image_size) {
    throw Error::input("'" + std::string(options.aux ? "aux" : "image_size") +
                           "' is not an option of " + config.name,
                       "it is a language model", "remove it");
  }
  if (options.classes && *options.classes != config.vocabulary) {
    throw Error::input(config.name + " has a vocabulary of " + std::to_string(config.vocabulary),
                       "data has " + std::to_string(*options.classes) + " classes",
                       "leave 'classes' out");
  }
  apply(options.language, config);
  return zoo::transformer(config, options.language.sequence.value_or(model.sequence));
}

}  // namespace

std::vector<std::string> zoo_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  for (std::string& name : zoo::language_model_names()) names.push_back(std::move(name));
  return names;
}

Model zoo_model(const std::string& name, const ZooOptions& options) {
  if (auto model = zoo::language_model(name)) return language_model(*model, options);
  if (options.language.any()) {
    throw Error::input(
        "'" + name + "' is no language model",
        "flash, dropout, flops, prediction_modules and layer_count are keys of these",
        "remove them");
  }
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
