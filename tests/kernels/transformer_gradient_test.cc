// The same as executor_gradient_test.cc for layers of sequences of vectors. Each kind stands
// between an embedding of tokens, whose gradient holds the layer's data gradient, and a dense layer
// that scores each step.
#include <gtest/gtest.h>

#include "tests/kernels/gradient_check.h"

namespace rehearse {
namespace {

class EveryStepGradient : public EveryBackend {};

using test::check_gradients;
using test::Put;

// tokens -> embedding of `features` -> put -> dense 3 of each step.
Model between(const std::string& name, std::int64_t features, std::int64_t steps, const Put& put) {
  ModelBuilder build(name);
  const std::size_t tokens = build.input({.channels = 1, .sequence = steps});
  const std::size_t before = build.add({.name = "before",
                                        .kind = LayerKind::embedding,
                                        .inputs = {tokens},
                                        .features = features,
                                        .vocabulary = 7});
  put(build, before);
  const std::size_t last = build.layers().size() - 1;
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {last}, .features = 3});
  return std::move(build).finish();
}

Put one(const LayerSpec& spec) {
  return [spec](ModelBuilder& build, std::size_t from) {
    LayerSpec own = spec;
    own.name = "tested";
    own.inputs = {from};
    build.add(own);
  };
}

void check_all(const Model& model) {
  check_gradients(model, 1);
  check_gradients(model, 3);
}

TEST_P(EveryStepGradient, OfNormsAndPositions) {
  for (const std::int64_t features : {1, 5, 32}) {
    check_all(between("layer_norm", features, 4, one({.kind = LayerKind::layer_norm})));
    check_all(between("rms_norm", features, 4, one({.kind = LayerKind::rms_norm})));
    check_all(between("positions", features, 4,
                      one({.kind = LayerKind::position_embedding, .vocabulary = 6})));
  }
}

TEST_P(EveryStepGradient, OfFunctionsOfOneElement) {
  for (const LayerKind kind :
       {LayerKind::gelu, LayerKind::silu, LayerKind::sigmoid, LayerKind::tanh, LayerKind::relu}) {
    check_all(between(std::string(to_text(kind)), 9, 3, one({.kind = kind})));
  }
  check_all(between("swiglu", 10, 3, one({.kind = LayerKind::swiglu})));
  check_all(between("dropout", 10, 3, one({.kind = LayerKind::dropout})));
}

TEST_P(EveryStepGradient, OfDenseLayersOfSteps) {
  for (const std::int64_t features : {1, 5, 32}) {
    check_all(between("dense", 17, 4, one({.kind = LayerKind::dense, .features = features})));
  }
  check_all(between("dense and relu", 8, 3, [](ModelBuilder& build, std::size_t from) {
    one({.kind = LayerKind::dense, .features = 6})(build, from);
    build.add({.name = "relu", .kind = LayerKind::relu, .inputs = {build.layers().size() - 1}});
  }));
}

TEST_P(EveryStepGradient, OfRotaryPositions) {
  check_all(between(
      "rotary", 16, 5,
      one({.kind = LayerKind::rotary, .attention = {.heads = 2, .kv_heads = 1, .head_dim = 4}})));
}

TEST_P(EveryStepGradient, OfAttention) {
  for (const bool causal : {true, false}) {
    for (const std::int64_t window : {0, 1, 3, 4}) {
      const AttentionShape heads{
          .heads = 2, .kv_heads = 2, .head_dim = 3, .window = window, .causal = causal};
      check_all(between("attention, window " + std::to_string(window), 18, 6,
                        one({.kind = LayerKind::attention, .attention = heads})));
    }
    const AttentionShape groups{.heads = 4, .kv_heads = 2, .head_dim = 5, .causal = causal};
    check_all(between("grouped queries", 40, 3,
                      one({.kind = LayerKind::attention, .attention = groups})));
  }
}

// Longer than a block of queries and, of keys, than one and two.
TEST_P(EveryStepGradient, OfAttentionOverSeveralBlocks) {
  for (const auto& [window, causal] : {std::pair{0, true}, {300, true}, {70, false}}) {
    const AttentionShape heads{
        .heads = 1, .kv_heads = 1, .head_dim = 2, .window = window, .causal = causal};
    check_gradients(between("long attention, window " + std::to_string(window), 6, 523,
                            one({.kind = LayerKind::attention, .attention = heads})),
                    1);
  }
}

TEST_P(EveryStepGradient, OfAttentionWithThreeInputs) {
  check_all(between("three", 12, 4, [](ModelBuilder& build, std::size_t from) {
    const auto dense = [&](const std::string& name, std::int64_t features) {
      return build.add(
          {.name = name, .kind = LayerKind::dense, .inputs = {from}, .features = features});
    };
    const std::size_t q = dense("q", 8), k = dense("k", 4), v = dense("v", 4);
    build.add({.name = "tested",
               .kind = LayerKind::attention,
               .inputs = {q, k, v},
               .attention = {.heads = 2, .kv_heads = 1, .head_dim = 4}});
  }));
}

Put mixture(const ExpertShape& experts, bool router_bias) {
  return [=](ModelBuilder& build, std::size_t from) {
    const std::size_t router = build.add({.name = "router",
                                          .kind = LayerKind::router,
                                          .inputs = {from},
                                          .bias = router_bias,
                                          .experts = experts});
    build.add({.name = "tested",
               .kind = LayerKind::experts,
               .inputs = {from, router},
               .experts = experts});
  };
}

TEST_P(EveryStepGradient, OfMixturesOfExperts) {
  for (const std::int64_t active : {1, 2, 4}) {
    for (const bool bias : {false, true}) {
      const ExpertShape experts{.experts = 4, .active = active, .features = 5, .bias = bias};
      check_all(between(std::to_string(active) + " of 4", 6, 5, mixture(experts, bias)));
    }
  }
}

TEST_P(EveryStepGradient, OfSumsAndConcatenationsOfSteps) {
  check_all(between("knot", 6, 4, [](ModelBuilder& build, std::size_t from) {
    const std::size_t a =
        build.add({.name = "a", .kind = LayerKind::dense, .inputs = {from}, .features = 6});
    const std::size_t sum =
        build.add({.name = "sum", .kind = LayerKind::add, .inputs = {a, from, from}});
    build.add({.name = "both", .kind = LayerKind::concat, .inputs = {sum, a, from}});
  }));
}

// A transformer of one layer whose scores have the embedding's weights, twice.
Model tied(std::int64_t heads) {
  ModelBuilder build("tied");
  const std::size_t tokens = build.input({.channels = 1, .sequence = 5});
  const auto put = [&](LayerSpec spec) { return build.add(std::move(spec)); };
  const std::size_t embedding = put({.name = "embedding",
                                     .kind = LayerKind::embedding,
                                     .inputs = {tokens},
                                     .features = 8,
                                     .vocabulary = 6});
  std::size_t x = put({.name = "positions",
                       .kind = LayerKind::position_embedding,
                       .inputs = {embedding},
                       .vocabulary = 5});
  const std::size_t norm = put({.name = "norm", .kind = LayerKind::layer_norm, .inputs = {x}});
  std::size_t y = put({.name = "qkv", .kind = LayerKind::dense, .inputs = {norm}, .features = 24});
  y = put({.name = "attention",
           .kind = LayerKind::attention,
           .inputs = {y},
           .attention = {.heads = heads, .kv_heads = heads}});
  x = put({.name = "add", .kind = LayerKind::add, .inputs = {x, y}});
  const std::size_t aux = put({.name = "aux_scores",
                               .kind = LayerKind::dense,
                               .inputs = {x},
                               .features = 6,
                               .bias = false,
                               .tied = embedding});
  put({.name = "aux_loss", .kind = LayerKind::softmax_cross_entropy, .inputs = {aux}});
  y = put({.name = "up", .kind = LayerKind::dense, .inputs = {x}, .features = 12});
  y = put({.name = "gelu", .kind = LayerKind::gelu, .inputs = {y}});
  y = put({.name = "down", .kind = LayerKind::dense, .inputs = {y}, .features = 8});
  x = put({.name = "add_2", .kind = LayerKind::add, .inputs = {x, y}});
  put({.name = "scores",
       .kind = LayerKind::dense,
       .inputs = {x},
       .features = 6,
       .bias = false,
       .tied = embedding});
  return std::move(build).finish();
}

TEST_P(EveryStepGradient, OfTiedWeights) {
  check_all(tied(1));
  check_all(tied(4));
}

TEST_P(EveryStepGradient, WithTwoThreads) {
  check_gradients(tied(2), 3, 2);
  const ExpertShape experts{.experts = 4, .active = 2, .features = 5};
  check_gradients(between("mixture", 6, 5, mixture(experts, false)), 3, 2);
}

REHEARSE_FOR_EVERY_BACKEND(EveryStepGradient);

}  // namespace
}  // namespace rehearse
