// A builder with a cursor: each call adds a layer that reads the layer at the cursor, and moves
// there.
#pragma once

#include <string>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse::zoo {

class Chain {
 public:
  Chain(std::string name, Shape input);

  std::size_t convolution(const std::string& name, std::int64_t channels, Window window, bool bias,
                          std::int64_t groups = 1);
  std::size_t batch_norm(const std::string& name);
  std::size_t relu(const std::string& name);
  std::size_t max_pool(const std::string& name, Window window);
  std::size_t average_pool(const std::string& name, Window window);
  std::size_t global_average_pool(const std::string& name);
  std::size_t dense(const std::string& name, std::int64_t features);
  std::size_t lstm(const std::string& name, std::int64_t units);  // the last state
  std::size_t dropout(const std::string& name, double rate = 0.5);
  std::size_t flatten(const std::string& name);
  std::size_t add(const std::string& name, std::size_t other);  // cursor + other
  std::size_t concat(const std::string& name, std::vector<std::size_t> parts);
  std::size_t loss(const std::string& name);

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] const Shape& shape() const { return build_.shape(at_); }
  void go_to(std::size_t layer) { at_ = layer; }

  Model finish() && { return std::move(build_).finish(); }

 private:
  std::size_t put(LayerSpec spec);

  ModelBuilder build_;
  std::size_t at_;
};

}  // namespace rehearse::zoo
