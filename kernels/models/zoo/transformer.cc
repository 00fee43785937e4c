#include "kernels/models/zoo/transformer.h"

#include "base/error.h"
#include "kernels/models/zoo/transformer_layers.h"

namespace rehearse::zoo {
namespace {

// The scores of all tokens at each step, and their loss.
void scores(TransformerLayers& net, const std::string& name, std::int64_t vocabulary,
            std::optional<std::size_t> tied) {
  net.put({.name = name,
           .kind = LayerKind::dense,
           .features = vocabulary,
           .bias = false,
           .tied = tied});
}

// A module reads the state of the last layer and the embedding of a later token, both normalised,
// as one vector; its layer is like the last one. Embedding and scores are those of the model.
void prediction_module(TransformerLayers& net, const TransformerConfig& config, std::int64_t number,
                       std::size_t embedding, std::size_t head) {
  const std::string name = "prediction_" + std::to_string(number);
  const std::size_t state = net.norm(name + ".state_norm");
  net.go_to(embedding);
  const std::size_t token = net.norm(name + ".token_norm");
  net.put({.name = name + ".concat", .kind = LayerKind::concat, .inputs = {state, token}});
  net.dense(name + ".projection", config.hidden, false);
  net.layer(name, config.layers + number);
  const std::size_t end = net.at();
  net.norm(name + ".norm");
  scores(net, name + ".scores", config.vocabulary, head);
  net.put({.name = name + ".loss", .kind = LayerKind::softmax_cross_entropy});
  net.go_to(end);
}

}  // namespace

Model transformer(const TransformerConfig& config, std::int64_t sequence) {
  ModelBuilder build(config.name);
  if (config.full_attention_flops) build.count_full_attention();
  TransformerLayers net(config, build, build.input({.channels = 1, .sequence = sequence}));
  const std::size_t embedding = net.put({.name = "embedding",
                                         .kind = LayerKind::embedding,
                                         .features = config.hidden,
                                         .vocabulary = config.vocabulary});
  if (config.positions > 0) {
    net.put({.name = "positions",
             .kind = LayerKind::position_embedding,
             .features = config.types,
             .vocabulary = config.positions});
  }
  if (config.norm_after) net.norm("embedding_norm");
  net.dropout("embedding_dropout");
  for (std::int64_t i = 0; i < config.layers; ++i) {
    net.layer("layer_" + std::to_string(i), i);
  }
  const std::size_t state = net.at();
  if (config.pooler) {
    net.put({.name = "first_step", .kind = LayerKind::first_step});
    net.dense("pooler", config.hidden, true);
    net.put({.name = "pooler_tanh", .kind = LayerKind::tanh});
    // What tells from it whether two sentences follow one another is not counted as a parameter.
    net.put({.name = "sentence_loss", .kind = LayerKind::softmax_cross_entropy});
    net.go_to(state);
  }
  if (!config.norm_after) net.norm("norm");
  const auto tied = config.tied ? std::optional(embedding) : std::nullopt;
  scores(net, "scores", config.vocabulary, tied);
  const std::size_t head = net.at();
  if (config.prediction_modules > 0) {
    net.put({.name = "next_token_loss", .kind = LayerKind::softmax_cross_entropy});
    net.go_to(state);
    for (std::int64_t i = 0; i < config.prediction_modules; ++i) {
      prediction_module(net, config, i, embedding, config.tied ? embedding : head);
    }
  } else {
    net.put({.name = "loss", .kind = LayerKind::softmax_cross_entropy});
  }
  return std::move(build).finish();
}

}  // namespace rehearse::zoo
