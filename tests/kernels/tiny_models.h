// Models small enough to count by hand.
#pragma once

#include <utility>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse::test {

// input 3x8x8; conv 3x3, 4 channels, padding 1, bias; relu; dense 10; loss.
inline Model tiny() {
  ModelBuilder build("tiny");
  std::size_t at = build.input({3, 8, 8});
  at = build.add({.name = "conv",
                  .kind = LayerKind::convolution,
                  .inputs = {at},
                  .features = 4,
                  .window = Window::square(3, 1, 1)});
  at = build.add({.name = "relu", .kind = LayerKind::relu, .inputs = {at}});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {at}, .features = 10});
  return std::move(build).finish();
}

// input 4x4x4; a: conv 1x1, 4 channels; b: batch_norm(a); add(a, b); dense 2; loss.
inline Model residual() {
  ModelBuilder build("residual");
  const std::size_t in = build.input({4, 4, 4});
  const std::size_t a = build.add(
      {.name = "a", .kind = LayerKind::convolution, .inputs = {in}, .features = 4, .bias = false});
  const std::size_t b = build.add({.name = "b", .kind = LayerKind::batch_norm, .inputs = {a}});
  const std::size_t sum = build.add({.name = "sum", .kind = LayerKind::add, .inputs = {a, b}});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {sum}, .features = 2});
  return std::move(build).finish();
}

// input 3 steps of 5; lstm of 2 units, which returns its states; lstm of 4; dense 2; loss.
inline Model recurrent() {
  ModelBuilder build("recurrent");
  std::size_t at = build.input({.channels = 5, .sequence = 3});
  at = build.add({.name = "a",
                  .kind = LayerKind::lstm,
                  .inputs = {at},
                  .features = 2,
                  .return_sequences = true});
  at = build.add({.name = "b", .kind = LayerKind::lstm, .inputs = {at}, .features = 4});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {at}, .features = 2});
  return std::move(build).finish();
}

// 6 tokens of 11; a transformer of one layer with rotary positions, grouped queries and 2 of 4
// experts; the scores have the embedding's weights.
inline Model small_mixture() {
  ModelBuilder build("small mixture");
  const std::size_t tokens = build.input({.channels = 1, .sequence = 6});
  const auto put = [&](const char* name, LayerKind kind, std::vector<std::size_t> inputs,
                       LayerSpec spec = {}) {
    spec.name = name;
    spec.kind = kind;
    spec.inputs = std::move(inputs);
    return build.add(std::move(spec));
  };
  const AttentionShape heads{.heads = 4, .kv_heads = 2, .head_dim = 8};
  const ExpertShape experts{.experts = 4, .active = 2, .features = 24};
  const std::size_t embedding =
      put("embedding", LayerKind::embedding, {tokens}, {.features = 32, .vocabulary = 11});
  std::size_t y = put("norm_1", LayerKind::rms_norm, {embedding});
  y = put("qkv", LayerKind::dense, {y}, {.features = 64, .bias = false});
  y = put("rotary", LayerKind::rotary, {y}, {.attention = heads});
  y = put("attention", LayerKind::attention, {y}, {.attention = heads});
  y = put("output", LayerKind::dense, {y}, {.features = 32, .bias = false});
  const std::size_t x = put("add_1", LayerKind::add, {embedding, y});
  y = put("norm_2", LayerKind::rms_norm, {x});
  const std::size_t router =
      put("router", LayerKind::router, {y}, {.bias = false, .experts = experts});
  y = put("experts", LayerKind::experts, {y, router}, {.experts = experts});
  y = put("add_2", LayerKind::add, {x, y});
  y = put("norm", LayerKind::rms_norm, {y});
  put("scores", LayerKind::dense, {y}, {.features = 11, .bias = false, .tied = embedding});
  return std::move(build).finish();
}

}  // namespace rehearse::test
