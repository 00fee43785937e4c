// Steps of language models on one device, forward and backward, without calibration: the laws of
// measured kernels against published steps of PyTorch in eager mode, fp32 and attention without
// flash.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "devices.h"
#include "kernels/devices/cost_model.h"
#include "kernels/models/zoo.h"
#include "kernels/models/zoo/language_models.h"

namespace rehearse {
namespace {

struct Record {
  const char* device;
  const char* model;
  std::int64_t sequence, batch;
  double seconds;
};

// sitar-lab/NeuSight@6945927, scripts/asplos/label: "train" of bert_large, gpt2_large, opt_13 and
// gpt3_27. Their gpt3_xl is left out: it takes twice as long as opt_13, which has the same extents,
// so it is another network than its name says.
constexpr Record kRecords[] = {
    {"a100-pcie-80gb", "bert_large", 512, 8, 0.7162},
    {"a100-pcie-80gb", "gpt2_large", 1024, 1, 0.5240},
    {"a100-pcie-80gb", "gpt2_large", 1024, 4, 1.6357},
    {"a100-pcie-80gb", "opt_1b3", 2048, 1, 1.3695},
    {"h100-sxm5-80gb", "bert_large", 512, 8, 0.2360},
    {"h100-sxm5-80gb", "gpt2_large", 1024, 1, 0.1840},
    {"h100-sxm5-80gb", "gpt2_large", 1024, 4, 0.6388},
    {"h100-sxm5-80gb", "gpt3_2b7", 2048, 1, 0.9987},
    {"h100-sxm5-80gb", "opt_1b3", 2048, 2, 1.0159},
    {"l4", "bert_large", 512, 2, 0.3163},
    {"l4", "bert_large", 512, 8, 1.2754},
    {"v100-pcie-32gb", "bert_large", 512, 2, 0.2343},
    {"v100-pcie-32gb", "bert_large", 512, 8, 0.8411},
};

// OPT-1.3B (Zhang et al., arXiv:2205.01068) and GPT-3 2.7B (Brown et al., arXiv:2005.14165): GPT-2
// with other extents.
Model model_of(const std::string& name, std::int64_t sequence) {
  if (name != "opt_1b3" && name != "gpt3_2b7") {
    return zoo_model(name, {.language = {.sequence = sequence, .flash = false}});
  }
  zoo::TransformerConfig config = zoo::language_model("gpt2")->config;
  const bool opt = name == "opt_1b3";
  config.name = name;
  config.layers = opt ? 24 : 32;
  config.hidden = opt ? 2048 : 2560;
  config.ffn = 4 * config.hidden;
  config.vocabulary = opt ? 50272 : 50257;
  config.unit = opt ? zoo::Unit::relu : zoo::Unit::gelu;
  config.attention.heads = config.attention.kv_heads = opt ? 32 : 20;
  config.attention.head_dim = config.attention.value_dim = config.hidden / config.attention.heads;
  config.attention.flash = false;
  config.positions = sequence;
  return zoo::transformer(config, sequence);
}

TEST(LanguageSteps, AreRightToAnEighthInTheMedian) {
  std::vector<double> errors;
  for (const Record& record : kRecords) {
    const CostModel cost(test::shipped_device(record.device));
    const Duration step =
        compute_time(cost, model_of(record.model, record.sequence), record.batch, Precision::fp32);
    const double error = step.value() / record.seconds - 1;
    std::printf("%-15s %-10s %ld x %ld: predicted %6.1f ms, measured %6.1f ms, %+5.1f %%\n",
                record.device, record.model, static_cast<long>(record.batch),
                static_cast<long>(record.sequence), 1e3 * step.value(), 1e3 * record.seconds,
                100 * error);
    errors.push_back(std::abs(error));
    EXPECT_LT(std::abs(error), 0.3) << record.device << " " << record.model;
  }
  std::sort(errors.begin(), errors.end());
  EXPECT_LT(errors[errors.size() / 2], 0.12);
}

}  // namespace
}  // namespace rehearse
