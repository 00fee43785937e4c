#include "kernels/models/zoo/chain.h"

namespace rehearse::zoo {

Chain::Chain(std::string name, Shape input) : build_(std::move(name)), at_(build_.input(input)) {}

std::size_t Chain::put(LayerSpec spec) {
  if (spec.inputs.empty()) spec.inputs = {at_};
  return at_ = build_.add(std::move(spec));
}

std::size_t Chain::convolution(const std::string& name, std::int64_t channels, Window window,
                               bool bias, std::int64_t groups) {
  return put({.name = name,
              .kind = LayerKind::convolution,
              .inputs = {},
              .features = channels,
              .window = window,
              .groups = groups,
              .bias = bias});
}

std::size_t Chain::batch_norm(const std::string& name) {
  return put({.name = name, .kind = LayerKind::batch_norm, .inputs = {}});
}

std::size_t Chain::relu(const std::string& name) {
  return put({.name = name, .kind = LayerKind::relu, .inputs = {}});
}

std::size_t Chain::max_pool(const std::string& name, Window window) {
  return put({.name = name, .kind = LayerKind::max_pool, .inputs = {}, .window = window});
}

std::size_t Chain::average_pool(const std::string& name, Window window) {
  return put({.name = name, .kind = LayerKind::average_pool, .inputs = {}, .window = window});
}

std::size_t Chain::global_average_pool(const std::string& name) {
  return put({.name = name, .kind = LayerKind::global_average_pool, .inputs = {}});
}

std::size_t Chain::dense(const std::string& name, std::int64_t features) {
  return put({.name = name, .kind = LayerKind::dense, .inputs = {}, .features = features});
}

std::size_t Chain::lstm(const std::string& name, std::int64_t units) {
  return put({.name = name, .kind = LayerKind::lstm, .inputs = {}, .features = units});
}

std::size_t Chain::dropout(const std::string& name, double rate) {
  return put({.name = name, .kind = LayerKind::dropout, .inputs = {}, .dropout_rate = rate});
}

std::size_t Chain::flatten(const std::string& name) {
  return put({.name = name, .kind = LayerKind::flatten, .inputs = {}});
}

std::size_t Chain::add(const std::string& name, std::size_t other) {
  return put({.name = name, .kind = LayerKind::add, .inputs = {at_, other}});
}

std::size_t Chain::concat(const std::string& name, std::vector<std::size_t> parts) {
  return put({.name = name, .kind = LayerKind::concat, .inputs = std::move(parts)});
}

std::size_t Chain::loss(const std::string& name) {
  return put({.name = name, .kind = LayerKind::softmax_cross_entropy, .inputs = {}});
}

}  // namespace rehearse::zoo
