// Well-known networks by name, those of images layer for layer as torchvision defines them.
//
//   Model model = zoo_model("resnet50");                       // 25,557,032 parameters
//   Model head = zoo_model("inception_v3", {.aux = true});     // 27,161,264 parameters
//   Model text = zoo_model("gpt2");                            // 124,439,808 parameters
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/models/language_options.h"
#include "kernels/models/model.h"

namespace rehearse {

struct ZooOptions {
  // Default: 1000; 10 for mlp, lenet5, resnet20_cifar and lstm.
  std::optional<std::int64_t> classes{};
  bool aux = false;  // the auxiliary head of inception_v3
  // Pixels of a side, of networks that take images; default 224 (inception_v3: 299, mlp and lenet5:
  // 28, resnet20_cifar: 32).
  std::optional<std::int64_t> image_size{};
  LanguageOptions language{};  // of language models
};

std::vector<std::string> zoo_names();

// Throws Error::input for an unknown name (suggests the nearest), and for an option the network
// lacks: `aux` is only of inception_v3, another image size not of networks whose dense layers fix
// it, options of language models of these only; these have no classes beside their vocabulary.
Model zoo_model(const std::string& name, const ZooOptions& options = {});

}  // namespace rehearse
