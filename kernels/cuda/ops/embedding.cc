// A row of the table for each token, zeros where another rank has the row. The gradient walks
// through the steps sorted by token, in an order that is the same in each run; the host sorts them
// when a batch is loaded.
#include <algorithm>
#include <vector>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/sequences.h"
#include "kernels/cuda/token_order.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cuda {
namespace {

class Embedding final : public Operation {
 public:
  explicit Embedding(const Site& site)
      : engine_(site.engine),
        adds_(site.adds_to_gradient()),
        is_share_(has_share_of_rows(site.model, site.index)),
        shape_{.rows = site.layer().vocabulary,
               .width = site.layer().output.channels,
               .first = site.layer().first},
        steps_(static_cast<std::size_t>(site.elements() / site.layer().output.channels)),
        staging_((3 * steps_ + 1) * sizeof(std::int32_t)),
        staged_(site.engine.context().device()) {
    if (site.layer().inputs.front() == 0) return;
    throw Error::input("cannot compute '" + site.layer().name + "' on a GPU",
                       "its tokens are computed by another layer",
                       "let it read the input, or train on CPU cores");
  }

  [[nodiscard]] std::size_t kept_bytes() const override { return staging_.bytes(); }

  void bind(const Operands& operands) override { operands_ = operands; }

  void read_batch(std::span<const float> images) override {
    EXPECTS(images.size() == steps_);
    std::vector<std::int32_t> tokens;
    tokens.reserve(steps_);
    for (const float token : images) tokens.push_back(static_cast<std::int32_t>(token));
    sort(tokens);
  }

  void forward() override {
    copy_bytes(staging_.data(), operands_.kept, staging_.bytes(), engine_.stream());
    staged_.record(engine_.stream());
    embed(shape_, tokens(), operands_.parameters[0], operands_.output, engine_.stream());
  }

  void backward_weights() override {
    const Tensor& to = operands_.parameter_gradients[0];
    if (!adds_) {
      clear_bytes(to.data, static_cast<std::size_t>(to.elements) * sizeof(float), engine_.stream());
    }
    const auto* const kept = reinterpret_cast<const std::int32_t*>(operands_.kept);
    const SortedTokens sorted{.rows = kept,
                              .starts = kept + steps_,
                              .order = kept + 2 * steps_ + 1,
                              .distinct = distinct_};
    embed_backward(shape_, sorted, operands_.output_gradient, to, engine_.stream());
  }

  void write_inputs() override {
    constexpr std::int64_t kStride = 7919;  // a prime: neighbours lie apart
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < steps_; ++i) {
      tokens.push_back(
          static_cast<std::int32_t>(static_cast<std::int64_t>(i) * kStride % shape_.rows));
    }
    copy_bytes(tokens.data(), operands_.inputs.front().data, tokens.size() * sizeof(std::int32_t),
               engine_.stream());
    engine_.context().stream().synchronize();
    sort(tokens);
  }

 private:
  [[nodiscard]] const std::int32_t* tokens() const {
    return static_cast<const std::int32_t*>(operands_.inputs.front().data);
  }

  // Rows, starts and order, one behind the other, each as long as it can be.
  void sort(const std::vector<std::int32_t>& tokens) {
    const auto in_table = [this](std::int32_t token) { return 0 <= token && token < shape_.rows; };
    EXPECTS(is_share_ || std::all_of(tokens.begin(), tokens.end(), in_table));
    const TokenOrder sorted = order_tokens(tokens, shape_.first, shape_.rows);
    staged_.synchronize();
    auto* const to = static_cast<std::int32_t*>(staging_.data());
    std::copy(sorted.rows.begin(), sorted.rows.end(), to);
    std::copy(sorted.starts.begin(), sorted.starts.end(), to + steps_);
    std::copy(sorted.order.begin(), sorted.order.end(), to + 2 * steps_ + 1);
    distinct_ = static_cast<std::int64_t>(sorted.rows.size());
  }

  Engine& engine_;
  const bool adds_;
  const bool is_share_;  // of the rows
  const TableShape shape_;
  const std::size_t steps_;  // of all samples
  PinnedMemory staging_;     // the sorted tokens of the batch
  Event staged_;             // the last that was staged has left
  std::int64_t distinct_ = 0;
  Operands operands_;
};

}  // namespace

OperationKind embedding_operation() {
  return {.make = construct<Embedding>, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cuda
