// A rank's part of a model: what it holds, what it exchanges, and what cannot be split.
#include "kernels/models/model_part.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "kernels/models/layer_spec.h"
#include "kernels/models/work.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

using Kind = Exchange::Kind;
using Axis = Exchange::Axis;

Model language(const std::string& name, LanguageOptions options = {}) {
  return zoo_model(name, {.language = options});
}

ModelPart whole_on_a_rank(const Model& model, const PartShape& shape) {
  return part_of(model, {1, model.layers().size()}, shape);
}

// The unit of a block of a language model; the embedding comes before block 0.
ModelPart block(const Model& model, const PartShape& shape, std::size_t number = 0) {
  return part_of(model, units_of(model)[number + 1], shape);
}

std::vector<Exchange> exchanges(const ModelPart& part) {
  std::vector<Exchange> all;
  for (const Layer& layer : part.model.layers()) {
    if (layer.kind == LayerKind::exchange) all.push_back(layer.exchange);
  }
  return all;
}

const Layer& named(const ModelPart& part, const std::string& name) {
  const auto& layers = part.model.layers();
  const auto found =
      std::find_if(layers.begin(), layers.end(), [&](const Layer& l) { return l.name == name; });
  EXPECT_NE(found, layers.end()) << name;
  return found == layers.end() ? layers.front() : *found;
}

void expect_exchange(const Exchange& is, Kind kind, Axis axis, std::int64_t ways, double elements) {
  EXPECT_EQ(is.kind, kind);
  EXPECT_EQ(is.axis, axis);
  EXPECT_EQ(is.ways, ways);
  EXPECT_EQ(is.elements, elements);
}

std::string refusal(const Model& model, const PartShape& shape) {
  try {
    whole_on_a_rank(model, shape);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ModelPart, OfOneRankIsTheModel) {
  for (const std::string& name : zoo_names()) {
    const Model model = zoo_model(name);
    const ModelPart part = whole_on_a_rank(model, {});
    ASSERT_EQ(part.model.layers().size(), model.layers().size()) << name;
    for (std::size_t i = 0; i < model.layers().size(); ++i) {
      const Layer &is = part.model.layers()[i], &was = model.layers()[i];
      EXPECT_EQ(is.name, was.name) << name;
      EXPECT_EQ(is.output, was.output) << name << ' ' << was.name;
      EXPECT_EQ(is.inputs, was.inputs) << name << ' ' << was.name;
      EXPECT_EQ(is.tied, was.tied) << name << ' ' << was.name;
      EXPECT_EQ(parameter_elements(is), parameter_elements(was)) << name << ' ' << was.name;
      EXPECT_EQ(part.whole[i], i) << name;
    }
    EXPECT_EQ(part.model.activation_elements_per_sample(), model.activation_elements_per_sample())
        << name;
    EXPECT_EQ(model_flops(part.model, 1), model_flops(model, 1)) << name;
  }
}

// GPT-2 medium: h 1024, 24 blocks, 50,257 tokens, 1,024 positions. Every rank has norms and the
// biases behind sums, 6 h of a block, the last norm, 2 h, and the positions: 24 * 6,144 + 2,048 +
// 1,048,576 = 1,198,080. The rest, 354,823,168 - 1,198,080 = 353,625,088, is shared out; rows of
// the embedding are rounded up: for 2 ranks 50,258, for 8 ranks 50,264.
TEST(ModelPart, ParametersOfAGptAddUp) {
  const Model model = language("gpt2_medium");
  const auto of = [&](int tensor, bool sequence) {
    return whole_on_a_rank(model, {.tensor = tensor, .sequence = sequence}).model.parameter_count();
  };
  EXPECT_EQ(of(1, false), 354'823'168);
  for (const bool sequence : {false, true}) {
    EXPECT_EQ(of(2, sequence), (353'625'088 + 1 * 1024) / 2 + 1'198'080);
    EXPECT_EQ(of(8, sequence), (353'625'088 + 7 * 1024) / 8 + 1'198'080);
  }
}

// Llama-3-8B: norms are 2 h of a block and h: 32 * 8,192 + 4,096 = 266,240. 128,256 rows and 8
// heads of keys divide by 8.
TEST(ModelPart, ParametersOfALlamaAddUp) {
  const Model model = language("llama3_8b");
  const std::int64_t shared = 8'030'261'248 - 266'240;
  for (const int tensor : {1, 2, 8}) {
    EXPECT_EQ(whole_on_a_rank(model, {.tensor = tensor}).model.parameter_count(),
              shared / tensor + 266'240);
  }
}

// 16 ranks have 2 of 32 heads of queries each and one of 8 of keys, which two ranks hold: 2 * 128 +
// 1 * 256 = 512 features of 4,096 inputs. 16 ranks hold 8,192 features where the model has 6,144.
TEST(ModelPart, FewHeadsOfKeysAreOnSeveralRanks) {
  const Model model = language("llama3_8b");
  const ModelPart part = block(model, {.tensor = 16});
  EXPECT_EQ(parameter_elements(named(part, "layer_0.qkv")), 4096 * 512);
  EXPECT_EQ(named(part, "layer_0.attention").attention.heads, 2);
  EXPECT_EQ(named(part, "layer_0.attention").attention.kv_heads, 1);
  // With 8 ranks none is repeated: 4 * 128 + 256 = 768 of 6,144.
  EXPECT_EQ(named(block(model, {.tensor = 8}), "layer_0.qkv").output.channels, 768);
}

// Products and attention of a Llama are all shared out: 8 ranks, or 4 x 2 with half of the steps
// each, do as much as one device does.
TEST(ModelPart, WorkIsSharedOut) {
  const Model model = language("llama3_8b");
  const double all = model_flops(model, 1).value();
  for (const PartShape& shape :
       {PartShape{.tensor = 8}, PartShape{.tensor = 8, .sequence = true},
        PartShape{.tensor = 4, .sequence = true, .context = 2}, PartShape{.context = 8}}) {
    const double own = model_flops(whole_on_a_rank(model, shape).model, 1).value();
    EXPECT_NEAR(own * shape.tensor * shape.context, all, 1e-9 * all);
  }
}

// 50,257 rows for 8 ranks: 6,283 each, of which the last rank's are padding from 50,257 - 7 * 6,283
// = 6,276 on.
TEST(ModelPart, VocabularyIsRoundedUp) {
  const Model model = language("gpt2_medium");
  const ModelPart part = whole_on_a_rank(model, {.tensor = 8, .tensor_rank = 7});
  EXPECT_EQ(named(part, "embedding").vocabulary, 6283);
  EXPECT_EQ(named(part, "embedding").first, 7 * 6283);
  EXPECT_EQ(named(part, "scores").output.channels, 6283);
  EXPECT_EQ(named(part, "loss").first, 7 * 6283);
}

// A block of GPT-2 medium with 1,024 steps of 1,024 features. Without sequence parallelism the
// gradients of both inputs are summed and both outputs; with it steps are gathered and scattered.
TEST(ModelPart, ExchangesOfABlock) {
  const Model model = language("gpt2_medium");
  const double tensor = 1024.0 * 1024;
  const auto all = exchanges(block(model, {.tensor = 2}));
  ASSERT_EQ(all.size(), 4U);
  for (const std::size_t i : {0U, 2U}) expect_exchange(all[i], Kind::copy, Axis::tensor, 2, tensor);
  for (const std::size_t i : {1U, 3U}) expect_exchange(all[i], Kind::sum, Axis::tensor, 2, tensor);
  const ModelPart by_steps = block(model, {.tensor = 2, .sequence = true});
  const auto shared = exchanges(by_steps);
  ASSERT_EQ(shared.size(), 4U);
  for (const std::size_t i : {0U, 2U}) {
    expect_exchange(shared[i], Kind::gather, Axis::tensor, 2, tensor);
    expect_exchange(shared[i + 1], Kind::scatter, Axis::tensor, 2, tensor);
  }
  EXPECT_EQ(by_steps.model.input_shape().sequence, 512);
  EXPECT_EQ(named(by_steps, "layer_0.norm_1").output.sequence, 512);
  EXPECT_EQ(named(by_steps, "layer_0.attention").output, (Shape{512, 1, 1, 1024}));
  EXPECT_TRUE(exchanges(block(model, {})).empty());
}

// Rows of the embedding that other ranks have; the gradient of what makes the scores; three numbers
// of 4 bytes for each of 1,024 steps.
TEST(ModelPart, ExchangesOfTheEnds) {
  const Model model = language("gpt2_medium");
  const auto units = units_of(model);
  const auto first = exchanges(part_of(model, units.front(), {.tensor = 2}));
  ASSERT_EQ(first.size(), 1U);
  expect_exchange(first[0], Kind::sum, Axis::tensor, 2, 1024.0 * 1024);
  const auto last = exchanges(part_of(model, units.back(), {.tensor = 2}));
  ASSERT_EQ(last.size(), 2U);
  expect_exchange(last[0], Kind::copy, Axis::tensor, 2, 1024.0 * 1024);
  expect_exchange(last[1], Kind::statistics, Axis::tensor, 2, 3.0 * 1024);
  EXPECT_EQ(last[1].element_bytes, 4);
  const auto by_steps = exchanges(part_of(model, units.front(), {.tensor = 2, .sequence = true}));
  expect_exchange(by_steps[0], Kind::scatter, Axis::tensor, 2, 1024.0 * 1024);
  // Positions of the second rank begin at step 512.
  const ModelPart second =
      part_of(model, units.front(), {.tensor = 2, .sequence = true, .tensor_rank = 1});
  EXPECT_EQ(named(second, "positions").first, 512);
}

// Mixtral 8x7B: 4,096 steps of 4,096 features, 2 of 8 experts of 3 * 4,096 * 14,336 parameters. On
// 8 ranks one expert each; 4,096 * 4,096 * 2 elements go out and come back.
TEST(ModelPart, ExpertsOverRanks) {
  const Model model = language("mixtral_8x7b");
  const ModelPart part = block(model, {.expert = 8, .expert_rank = 3});
  EXPECT_EQ(parameter_elements(named(part, "layer_0.experts")), 176'160'768);
  EXPECT_EQ(named(part, "layer_0.experts").first, 3);
  const auto all = exchanges(part);
  ASSERT_EQ(all.size(), 2U);
  for (const Exchange& one : all) {
    expect_exchange(one, Kind::all_to_all, Axis::expert, 8, 33'554'432);
  }
  // The busiest rank receives 1.25 times as much.
  const auto busy = exchanges(block(model, {.expert = 8, .expert_imbalance = 1.25}));
  EXPECT_EQ(busy[0].elements, 1.25 * 33'554'432);
}

// Two ranks of the tensor axis share each of 2 experts and have 2,048 steps each. They send 2,048 *
// 4,096 * 2 = 16,777,216 elements, and gather twice that before the experts.
TEST(ModelPart, SeveralRanksShareAnExpert) {
  const Model model = language("mixtral_8x7b");
  const PartShape shape{.tensor = 2, .sequence = true, .expert = 4, .expert_tensor = 2};
  const ModelPart part = block(model, shape);
  // 2 experts of 3 * 4,096 * 7,168.
  EXPECT_EQ(parameter_elements(named(part, "layer_0.experts")), 176'160'768);
  const auto of = [&](const std::string& what) {
    return named(part, "layer_0.experts." + what).exchange;
  };
  expect_exchange(of("dispatch"), Kind::all_to_all, Axis::expert, 4, 16'777'216);
  expect_exchange(of("enter"), Kind::gather, Axis::expert_tensor, 2, 33'554'432);
  expect_exchange(of("leave"), Kind::scatter, Axis::expert_tensor, 2, 33'554'432);
  expect_exchange(of("combine"), Kind::all_to_all, Axis::expert, 4, 16'777'216);
  EXPECT_EQ(named(part, "layer_0.experts").output.sequence, 4096);
  EXPECT_EQ(named(part, "layer_0.add_2").output.sequence, 2048);
  // Without sequence parallelism both have all steps already: 4,096 * 4,096 elements are summed.
  const ModelPart plain = block(model, {.tensor = 2, .expert_tensor = 2});
  expect_exchange(named(plain, "layer_0.experts.enter").exchange, Kind::copy, Axis::expert_tensor,
                  2, 16'777'216);
  expect_exchange(named(plain, "layer_0.experts.leave").exchange, Kind::sum, Axis::expert_tensor, 2,
                  16'777'216);
}

// Without a tensor axis the ranks that share an expert are replicas: their steps differ, and are
// gathered: 2 * 4,096 * 4,096 * 2 elements.
TEST(ModelPart, ReplicasThatShareAnExpertGatherTheirSteps) {
  const ModelPart part = block(language("mixtral_8x7b"), {.expert_tensor = 2});
  expect_exchange(named(part, "layer_0.experts.enter").exchange, Kind::gather, Axis::expert_tensor,
                  2, 67'108'864);
  expect_exchange(named(part, "layer_0.experts.leave").exchange, Kind::scatter, Axis::expert_tensor,
                  2, 67'108'864);
}

// DeepSeek-V3: layers 0 to 2 are dense. 256 / 8 = 32 experts of 3 * 7,168 * 2,048 on a rank; 4,096
// steps of 7,168 features go to 8 experts each.
TEST(ModelPart, ExpertsOfDeepSeek) {
  const Model model = language("deepseek_v3");
  const ModelPart part = block(model, {.expert = 8}, 3);
  EXPECT_EQ(parameter_elements(named(part, "layer_3.experts")), 1'409'286'144);
  const auto all = exchanges(part);
  ASSERT_EQ(all.size(), 2U);
  expect_exchange(all[0], Kind::all_to_all, Axis::expert, 8, 234'881'024);
  EXPECT_TRUE(exchanges(block(model, {.expert = 8}, 0)).empty());
  // Norms are 2 h, the router 7,168 * 256 + 256, the shared expert 3 * 7,168 * 2,048 and the
  // attention 187,107,328 (as in the whole model): 234,491,136 without the experts.
  const std::int64_t attention = parameter_elements(named(part, "layer_3.attention")) +
                                 parameter_elements(named(part, "layer_3.output"));
  EXPECT_EQ(attention, 187'107'328);
  EXPECT_EQ(part.model.parameter_count() - 1'409'286'144,
            attention + 2 * 7168 + 7168 * 256 + 256 + 44'040'192);
}

// Llama-3-8B, 8,192 steps over 4 ranks, 1,024 features of keys and as many of values. A step of the
// ring passes on 2,048 * 2 * 1,024 elements.
TEST(ModelPart, ContextExchanges) {
  const Model model = language("llama3_8b");
  const auto of = [&](ContextExchange how, int tensor) {
    return exchanges(block(model, {.tensor = tensor, .context = 4, .context_exchange = how}));
  };
  const double keys = 4'194'304, queries = 8'388'608;  // 2,048 * 4,096
  const auto ring = of(ContextExchange::ring, 1);
  ASSERT_EQ(ring.size(), 1U);
  expect_exchange(ring[0], Kind::pass_on, Axis::context, 4, keys);
  const auto gathered = of(ContextExchange::all_gather, 1);
  ASSERT_EQ(gathered.size(), 1U);
  expect_exchange(gathered[0], Kind::gather_keys, Axis::context, 4, 4 * keys);
  // 2,048 * (2 q + 2 kv) elements in two exchanges.
  const auto turned = of(ContextExchange::all_to_all, 1);
  ASSERT_EQ(turned.size(), 2U);
  expect_exchange(turned[0], Kind::all_to_all, Axis::context, 4, keys + queries);
  expect_exchange(turned[1], Kind::all_to_all, Axis::context, 4, queries);
  // Half of the heads on each of two tensor ranks, between a copy and a sum.
  EXPECT_EQ(of(ContextExchange::ring, 2)[1].elements, keys / 2);
  // The core sees all steps: 2,048 of its own before 4 * 2,048.
  EXPECT_EQ(named(block(model, {.context = 4}), "layer_0.attention").attention.context, 4);
}

TEST(ModelPart, UnitsAreBlocksAndEnds) {
  const Model gpt2 = language("gpt2");
  const auto units = units_of(gpt2);
  ASSERT_EQ(units.size(), 14U);
  // Embedding, positions and dropout; then the blocks.
  EXPECT_EQ(units[0].first, 1U);
  EXPECT_EQ(gpt2.layers()[units[1].first].name, "layer_0.norm_1");
  EXPECT_EQ(gpt2.layers()[units[12].end - 1].name, "layer_11.add_2");
  EXPECT_EQ(gpt2.layers()[units[13].first].name, "norm");
  EXPECT_EQ(units[13].end, gpt2.layers().size());
  EXPECT_EQ(units_of(language("llama3_8b")).size(), 34U);
}

TEST(ModelPart, UnitsCoverAllLayers) {
  for (const std::string& name : zoo_names()) {
    const Model model = zoo_model(name);
    const auto units = units_of(model);
    std::size_t at = 1;
    for (const LayerRange& unit : units) {
      EXPECT_EQ(unit.first, at) << name;
      at = unit.end;
    }
    EXPECT_EQ(at, model.layers().size()) << name;
    // What a unit reads from before it is one tensor, the output of the layer before.
    for (std::size_t u = 1; u < units.size(); ++u) {
      for (std::size_t i = units[u].first; i < units[u].end; ++i) {
        for (const std::size_t from : model.layers()[i].inputs) {
          EXPECT_GE(from + 1, units[u].first) << name << ' ' << model.layers()[i].name;
        }
      }
    }
  }
}

// The module reads the state of the last block, which the last norm reads as well: both are one
// unit. Its copy of the embedding comes with it.
TEST(ModelPart, APredictionModuleIsInTheLastUnit) {
  const Model model = language("deepseek_v3", {.prediction_modules = 1});
  const auto units = units_of(model);
  ASSERT_EQ(units.size(), 63U);  // the embedding, 61 blocks, the rest
  EXPECT_EQ(model.layers()[units.back().first].name, "norm");
  const ModelPart last = part_of(model, units.back(), {});
  EXPECT_EQ(named(last, "prediction_0.projection").output.channels, 7168);
  // The last norm, the scores and the module: 7,168 + 129,280 * 7,168 + 11,610,068,224.
  EXPECT_EQ(last.model.parameter_count(), 7168 + 926'679'040 + 11'610'068'224);
}

// 16 bottlenecks between whose sums one tensor passes, and the rectifiers behind them.
TEST(ModelPart, UnitsOfAConvolutionalNetwork) {
  const Model model = zoo_model("resnet50");
  std::int64_t parameters = 0;
  std::size_t sums = 0;
  for (const LayerRange& unit : units_of(model)) {
    parameters += part_of(model, unit, {}).model.parameter_count();
    if (model.layers()[unit.end - 1].kind == LayerKind::add) ++sums;
  }
  EXPECT_EQ(sums, 16U);
  EXPECT_EQ(parameters, model.parameter_count());
  EXPECT_EQ(parameters, 25'557'032);
}

// Scores whose embedding is on another stage have a copy: 50,257 * 768.
TEST(ModelPart, ATiedLayerAloneHasWeightsOfItsOwn) {
  const Model model = language("gpt2");
  std::int64_t parameters = 0;
  for (const LayerRange& unit : units_of(model)) {
    parameters += part_of(model, unit, {}).model.parameter_count();
  }
  EXPECT_EQ(parameters, 124'439'808 + 38'597'376);
  EXPECT_EQ(whole_on_a_rank(model, {}).model.parameter_count(), 124'439'808);
}

TEST(ModelPart, RefusalsNameTheLayer) {
  const Model gpt2 = language("gpt2"), mixtral = language("mixtral_8x7b");
  const auto says = [](const std::string& said, const std::string& text) {
    EXPECT_NE(said.find(text), std::string::npos) << said;
  };
  says(
      refusal(gpt2, {.tensor = 8}),
      "layer 'layer_0.attention' (attention) cannot be split (its 12 heads, 12 of keys and values, "
      "do not divide by 8");
  says(refusal(language("deepseek_v3"), {.tensor = 3}),
       "layer 'layer_0.attention' (latent_attention) cannot be split (its 128 heads");
  says(refusal(mixtral, {.expert = 3}),
       "layer 'layer_0.experts' (experts) cannot be split (its 8 experts do not divide by 3");
  says(refusal(mixtral, {.expert_tensor = 3}), "the 14336 features of its experts do not divide");
  says(refusal(mixtral, {.tensor = 2}), "the tensor ranks have the same steps");
  says(refusal(zoo_model("vgg16"), {.tensor = 2}), "(convolution) cannot be split");
  says(refusal(zoo_model("bert_base"), {.context = 2}), "(first_step) cannot be split");
  says(refusal(zoo_model("lstm"), {.context = 2}), "(lstm) cannot be split");
  says(refusal(language("gpt2", {.sequence = 1023}), {.tensor = 2, .sequence = true}),
       "a sequence of 1023 steps does not divide by 2");
  // Two chunks for each of 3 ranks.
  says(refusal(gpt2, {.context = 3}), "a sequence of 1024 steps does not divide by 6");
  ModelBuilder build("odd");
  const std::size_t in = build.input({.channels = 8});
  const std::size_t odd =
      build.add({.name = "odd", .kind = LayerKind::dense, .inputs = {in}, .features = 7});
  const std::size_t relu = build.add({.name = "relu", .kind = LayerKind::relu, .inputs = {odd}});
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {relu}, .features = 8});
  says(refusal(std::move(build).finish(), {.tensor = 2}),
       "layer 'odd' (dense) cannot be split (its 7 features do not divide by 2");
}

}  // namespace
}  // namespace rehearse
