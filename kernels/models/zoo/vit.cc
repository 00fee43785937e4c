// A transformer of image patches (Dosovitskiy et al., arXiv:2010.11929): ViT-B/16.
#include "base/error.h"
#include "kernels/models/zoo/networks.h"
#include "kernels/models/zoo/transformer_layers.h"

namespace rehearse::zoo {

Model vit_b16(const Plan& plan) {
  constexpr std::int64_t kPatch = 16, kHidden = 768, kHeads = 12, kLayers = 12;
  if (plan.image_size % kPatch != 0) {
    throw Error::input("'image_size' " + std::to_string(plan.image_size) + " is out of range",
                       "vit_b16 cuts images into patches of 16 x 16", "make it a multiple of 16");
  }
  TransformerConfig config;
  config.name = "vit_b16";
  config.layers = kLayers;
  config.hidden = kHidden;
  config.attention = {.heads = kHeads,
                      .kv_heads = kHeads,
                      .head_dim = kHidden / kHeads,
                      .value_dim = kHidden / kHeads,
                      .causal = false};
  config.ffn = 4 * kHidden;
  config.norm = Norm::layer_norm;
  config.unit = Unit::gelu;
  config.qkv_bias = config.output_bias = config.ffn_bias = true;
  const std::int64_t side = plan.image_size / kPatch;
  config.positions = side * side + 1;

  ModelBuilder build(config.name);
  TransformerLayers net(config, build, build.input({3, plan.image_size, plan.image_size}));
  net.put({.name = "patches",
           .kind = LayerKind::convolution,
           .features = kHidden,
           .window = Window::square(kPatch, kPatch, 0)});
  net.put({.name = "sequence", .kind = LayerKind::to_sequence});
  net.put({.name = "class_token", .kind = LayerKind::class_token});
  net.put(
      {.name = "positions", .kind = LayerKind::position_embedding, .vocabulary = config.positions});
  for (std::int64_t i = 0; i < kLayers; ++i) net.layer("layer_" + std::to_string(i), i);
  net.norm("norm");
  net.put({.name = "first_step", .kind = LayerKind::first_step});
  net.dense("scores", plan.classes, true);
  return std::move(build).finish();
}

}  // namespace rehearse::zoo
