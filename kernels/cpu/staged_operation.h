// An operation that is nothing but library primitives.
#pragma once

#include <algorithm>

#include "kernels/cpu/operation.h"
#include "kernels/step/memory_plan.h"

namespace rehearse::cpu {

class StagedOperation : public Operation {
 public:
  [[nodiscard]] std::size_t kept_bytes() const override { return kept_bytes_; }
  [[nodiscard]] std::size_t scratch_bytes() const override {
    return std::max({forward_.scratch_bytes(), backward_data_.scratch_bytes(),
                     backward_weights_.scratch_bytes()});
  }
  [[nodiscard]] int reorders() const override {
    return forward_.reorders() + backward_data_.reorders() + backward_weights_.reorders();
  }

  void bind(const Operands& operands) override {
    forward_.bind(operands);
    backward_data_.bind(operands);
    backward_weights_.bind(operands);
  }

  void forward() override { forward_.run(); }
  void backward_data() override { backward_data_.run(); }
  void backward_weights() override { backward_weights_.run(); }

 protected:
  explicit StagedOperation(const Site& site)
      : Operation(site.layer().parameters),
        forward_(site.engine),
        backward_data_(site.engine),
        backward_weights_(site.engine) {}

  Slot keep(std::size_t bytes) {
    const Slot slot{Operand::kept, kept_bytes_};
    kept_bytes_ += aligned(bytes);
    return slot;
  }

  Stage forward_, backward_data_, backward_weights_;

 private:
  std::size_t kept_bytes_ = 0;
};

}  // namespace rehearse::cpu
