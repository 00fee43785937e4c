// Concatenation along channels. Where all inputs fill their channel blocks, each step of each
// sample of an input is one piece of the output; otherwise the channels pass through the plain
// order.
#include <algorithm>
#include <cstring>

#include "kernels/cpu/staged_operation.h"

namespace rehearse::cpu {
namespace {

bool in_pieces(const Site& site) {
  const std::int64_t block = channel_block(site.layer().output);
  for (std::size_t i = 0; i < site.layer().inputs.size(); ++i) {
    const Shape& shape = site.input(i);
    if (channel_block(shape) != block || shape.channels % block != 0) return false;
  }
  return true;
}

class PieceConcat final : public Operation {
 public:
  explicit PieceConcat(const Site& site)
      : Operation({}),
        steps_(static_cast<std::size_t>(site.batch * site.layer().output.sequence)),
        whole_(of_step(site.layer().output)) {
    for (std::size_t i = 0; i < site.layer().inputs.size(); ++i) {
      pieces_.push_back(of_step(site.input(i)));
    }
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    for_each_piece([&](std::size_t input, std::size_t piece, std::size_t whole) {
      std::memcpy(operands_.output + whole, operands_.inputs[input] + piece,
                  pieces_[input] * sizeof(float));
    });
  }

  void backward_data() override {
    for_each_piece([&](std::size_t input, std::size_t piece, std::size_t whole) {
      float* to = operands_.input_gradients[input];
      if (to == nullptr) return;
      std::memcpy(to + piece, operands_.output_gradient + whole, pieces_[input] * sizeof(float));
    });
  }

 private:
  static std::size_t of_step(const Shape& shape) {
    return static_cast<std::size_t>(shape.elements() / shape.sequence);
  }

  template <class Copy>
  void for_each_piece(const Copy& copy) const {
#pragma omp parallel for
    for (std::size_t step = 0; step < steps_; ++step) {
      std::size_t at = step * whole_;
      for (std::size_t i = 0; i < pieces_.size(); ++i) {
        copy(i, step * pieces_[i], at);
        at += pieces_[i];
      }
    }
  }

  const std::size_t steps_, whole_;  // of all samples; elements of one
  std::vector<std::size_t> pieces_;
  Operands operands_;
};

class ReorderedConcat final : public StagedOperation {
 public:
  explicit ReorderedConcat(const Site& site) : StagedOperation(site) {
    const Shape& shape = site.layer().output;
    const Desc stored = activation_layout(shape, site.batch);
    const Desc plain = plain_layout(shape, site.batch);
    const Slot whole = forward_.scratch(plain.get_size());
    for_each_input(site, [&](std::size_t i, const Desc& input, const Desc& part) {
      forward_.reorder(input, {Operand::input, i}, part, whole);
    });
    forward_.reorder(plain, whole, stored, {Operand::output});

    if (!site.model.needs_backward_data(site.index)) return;
    const Slot gradient = backward_data_.scratch(plain.get_size());
    backward_data_.reorder(stored, {Operand::output_gradient}, plain, gradient);
    for_each_input(site, [&](std::size_t i, const Desc& input, const Desc& part) {
      if (site.trained_input(i)) {
        backward_data_.reorder(part, gradient, input, {Operand::input_gradient, i});
      }
    });
  }

 private:
  template <class Use>
  static void for_each_input(const Site& site, const Use& use) {
    const Shape& shape = site.layer().output;
    const Desc plain = plain_layout(shape, site.batch);
    std::int64_t channel = 0;
    for (std::size_t i = 0; i < site.layer().inputs.size(); ++i) {
      const Shape& input = site.input(i);
      use(i, activation_layout(input, site.batch),
          plain.submemory_desc({site.batch, input.channels, shape.height, shape.width},
                               {0, channel, 0, 0}));
      channel += input.channels;
    }
  }
};

std::unique_ptr<Operation> make_concat(const Site& site) {
  if (in_pieces(site)) return construct<PieceConcat>(site);
  return construct<ReorderedConcat>(site);
}

}  // namespace

OperationKind concat_operation() { return {.make = make_concat, .takes_sequences = true}; }

}  // namespace rehearse::cpu
