// The layers of a transformer, put one behind the other.
#pragma once

#include <string>

#include "kernels/models/zoo/transformer.h"

namespace rehearse::zoo {

class TransformerLayers {
 public:
  TransformerLayers(const TransformerConfig& config, ModelBuilder& build, std::size_t at)
      : config_(config), build_(build), at_(at) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  void go_to(std::size_t layer) { at_ = layer; }

  // Layer `number`, whose names begin with `name`.
  void layer(const std::string& name, std::int64_t number);

  std::size_t put(LayerSpec spec);  // behind the last layer
  std::size_t norm(const std::string& name);
  std::size_t dense(const std::string& name, std::int64_t features, bool bias);
  void dropout(const std::string& name);  // nothing at rate 0

 private:
  void attention(const std::string& name, std::int64_t number);
  void feed_forward(const std::string& name, std::int64_t features);
  void mixture(const std::string& name);
  void add_residual(const std::string& name, std::size_t residual);

  const TransformerConfig& config_;
  ModelBuilder& build_;
  std::size_t at_;
};

}  // namespace rehearse::zoo
