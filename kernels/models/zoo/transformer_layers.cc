#include "kernels/models/zoo/transformer_layers.h"

namespace rehearse::zoo {

std::size_t TransformerLayers::put(LayerSpec spec) {
  if (spec.inputs.empty()) spec.inputs = {at_};
  at_ = build_.add(std::move(spec));
  return at_;
}

std::size_t TransformerLayers::norm(const std::string& name) {
  const bool plain = config_.norm == Norm::layer_norm;
  return put({.name = name, .kind = plain ? LayerKind::layer_norm : LayerKind::rms_norm});
}

std::size_t TransformerLayers::dense(const std::string& name, std::int64_t features, bool bias) {
  return put({.name = name, .kind = LayerKind::dense, .features = features, .bias = bias});
}

void TransformerLayers::dropout(const std::string& name) {
  if (config_.dropout_rate == 0) return;
  put({.name = name, .kind = LayerKind::dropout, .dropout_rate = config_.dropout_rate});
}

void TransformerLayers::add_residual(const std::string& name, std::size_t residual) {
  put({.name = name, .kind = LayerKind::add, .inputs = {residual, at_}});
}

void TransformerLayers::attention(const std::string& name, std::int64_t number) {
  AttentionShape shape = config_.attention;
  if (config_.full_layers.contains(number)) shape.window = 0;
  if (shape.latent_rank > 0) {
    put({.name = name + ".attention", .kind = LayerKind::latent_attention, .attention = shape});
  } else {
    dense(name + ".qkv", shape.packed(), config_.qkv_bias);
    if (config_.head_norm) {
      put({.name = name + ".head_norm", .kind = LayerKind::head_norm, .attention = shape});
    }
    if (config_.positions == 0) {
      put({.name = name + ".rotary", .kind = LayerKind::rotary, .attention = shape});
    }
    put({.name = name + ".attention", .kind = LayerKind::attention, .attention = shape});
  }
  dense(name + ".output", config_.hidden, config_.output_bias);
}

void TransformerLayers::feed_forward(const std::string& name, std::int64_t features) {
  const bool gated = config_.unit == Unit::swiglu;
  dense(name + ".up", gated ? 2 * features : features, config_.ffn_bias);
  if (gated) put({.name = name + ".swiglu", .kind = LayerKind::swiglu});
  if (config_.unit == Unit::gelu) put({.name = name + ".gelu", .kind = LayerKind::gelu});
  if (config_.unit == Unit::relu) put({.name = name + ".relu", .kind = LayerKind::relu});
  dense(name + ".down", config_.hidden, config_.ffn_bias);
}

void TransformerLayers::mixture(const std::string& name) {
  const std::size_t steps = at_;
  const std::size_t router = put({.name = name + ".router",
                                  .kind = LayerKind::router,
                                  .bias = config_.router_bias,
                                  .experts = config_.experts});
  const std::size_t routed = put({.name = name + ".experts",
                                  .kind = LayerKind::experts,
                                  .inputs = {steps, router},
                                  .experts = config_.experts});
  if (config_.shared_features == 0) return;
  at_ = steps;
  feed_forward(name + ".shared", config_.shared_features);
  put({.name = name + ".sum", .kind = LayerKind::add, .inputs = {routed, at_}});
}

void TransformerLayers::layer(const std::string& name, std::int64_t number) {
  std::size_t residual = at_;
  build_.set_block(number);
  if (!config_.norm_after) norm(name + ".norm_1");
  attention(name, number);
  dropout(name + ".dropout_1");
  add_residual(name + ".add_1", residual);
  if (config_.norm_after) norm(name + ".norm_1");

  residual = at_;
  if (!config_.norm_after) norm(name + ".norm_2");
  const bool sparse = config_.experts.experts > 0 && !config_.dense_layers.contains(number);
  sparse ? mixture(name) : feed_forward(name, config_.ffn);
  dropout(name + ".dropout_2");
  add_residual(name + ".add_2", residual);
  if (config_.norm_after) norm(name + ".norm_2");
  build_.set_block(std::nullopt);
}

}  // namespace rehearse::zoo
