#include <cmath>

#include "kernels/cuda/attention_parts.h"
#include "kernels/cuda/attention_softmax.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/row_product.h"

namespace rehearse::cuda {
namespace {

// Heads in groups that one call of the library multiplies: all of them where each has keys of its
// own, else those that share keys.
class ProductAttention final : public Operation {
 public:
  ProductAttention(const Site& site, const AttentionParts& parts)
      : engine_(site.engine),
        parts_(parts),
        p_(attention_problem(site, parts)),
        backward_(site.wants_input_gradient()),
        shared_(p_.heads != p_.kv_heads),
        heads_(shared_ ? p_.heads / p_.kv_heads : p_.heads),
        groups_(shared_ ? p_.kv_heads : 1),
        softmax_{.matrices = heads_,
                 .steps = p_.steps,
                 .causal = p_.causal,
                 .window = p_.window,
                 .scale = 1 / std::sqrt(static_cast<float>(p_.head_dim))} {
    const auto numbers = static_cast<std::size_t>(heads_ * p_.steps * p_.steps);
    scores_ = scratch_.take(numbers * sizeof(float));
    weights_ = scratch_.take(numbers * engine_.bytes());
    if (backward_) gradients_ = scratch_.take(numbers * engine_.bytes());
  }

  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    for_each_group([this](std::int64_t sample, std::int64_t group) {
      make_weights(sample, group);
      const MatrixSpec out = rows(p_.heads * p_.value_dim, p_.value_dim);
      multiply({p_.steps, p_.value_dim, p_.steps}, weights_matrix(false), values(false), out,
               {slot(weights_), part(operands_.inputs, 2, sample, group),
                output(operands_.output.data, sample, group)});
    });
  }

  void backward_data() override {
    if (!backward_) return;
    for_each_group([this](std::int64_t sample, std::int64_t group) { go_back(sample, group); });
  }

 private:
  struct Sizes {
    std::int64_t rows, columns, inner;
  };
  struct Addresses {
    const void *a, *b;
    void* c;
  };

  template <class Use>
  void for_each_group(const Use& use) const {
    for (std::int64_t sample = 0; sample < p_.batch; ++sample) {
      for (std::int64_t group = 0; group < groups_; ++group) use(sample, group);
    }
  }

  // Matrices of the heads of a group: of queries and outputs each has one, keys and values may be
  // the same for all.
  [[nodiscard]] MatrixSpec rows(std::int64_t stride, std::int64_t head,
                                bool transposed = false) const {
    return {
        .type = engine_.type(),
        .stride = stride,
        .transposed = transposed,
        .batch_stride = head,
        .alignment = alignment_of(engine_.type(), {stride, p_.head_dim, p_.value_dim, p_.steps})};
  }
  [[nodiscard]] MatrixSpec queries() const { return rows(p_.query_stride, p_.head_dim); }
  [[nodiscard]] MatrixSpec keys(bool transposed) const {
    return rows(p_.key_stride, shared_ ? 0 : p_.head_dim, transposed);
  }
  [[nodiscard]] MatrixSpec values(bool transposed) const {
    return rows(p_.value_stride, shared_ ? 0 : p_.value_dim, transposed);
  }
  [[nodiscard]] MatrixSpec weights_matrix(bool transposed) const {
    return rows(p_.steps, p_.steps * p_.steps, transposed);
  }
  [[nodiscard]] MatrixSpec scores_matrix() const {
    MatrixSpec scores = weights_matrix(false);
    scores.type = ElementType::float32;
    scores.alignment = alignment_of(ElementType::float32, {p_.steps});
    return scores;
  }

  [[nodiscard]] void* slot(std::size_t at) const { return operands_.scratch + at; }
  [[nodiscard]] void* scores() const { return slot(scores_); }
  [[nodiscard]] Tensor numbers(std::size_t at, ElementType type) const {
    return device_tensor(slot(at), heads_ * p_.steps * p_.steps, type);
  }

  // The first head of a group. Null where nobody wants the gradient.
  [[nodiscard]] std::byte* part(const std::vector<Tensor>& arrays, std::size_t which,
                                std::int64_t sample, std::int64_t group) const {
    std::byte* const all = address(arrays, parts_[which], engine_.bytes());
    if (all == nullptr) return nullptr;
    const std::int64_t features = which == 2 ? p_.value_dim : p_.head_dim;
    const std::int64_t head = which == 0 ? group * heads_ : group;
    return at(all, sample * p_.steps * parts_[which].stride + head * features);
  }
  [[nodiscard]] std::byte* output(void* all, std::int64_t sample, std::int64_t group) const {
    return at(static_cast<std::byte*>(all),
              (sample * p_.steps * p_.heads + group * heads_) * p_.value_dim);
  }
  [[nodiscard]] std::byte* at(std::byte* array, std::int64_t elements) const {
    return array + static_cast<std::size_t>(elements) * engine_.bytes();
  }

  void multiply(const Sizes& sizes, const MatrixSpec& a, const MatrixSpec& b, const MatrixSpec& c,
                const Addresses& at, std::int64_t batch = 0, bool adds = false) const {
    engine_.products().run({.rows = sizes.rows,
                            .columns = sizes.columns,
                            .inner = sizes.inner,
                            .batch = batch == 0 ? heads_ : batch,
                            .a = a,
                            .b = b,
                            .c = c,
                            .adds = adds,
                            .narrow = engine_.narrow()},
                           {.a = at.a, .b = at.b, .c = at.c});
  }

  void make_weights(std::int64_t sample, std::int64_t group) const {
    multiply({p_.steps, p_.steps, p_.head_dim}, queries(), keys(true), scores_matrix(),
             {part(operands_.inputs, 0, sample, group), part(operands_.inputs, 1, sample, group),
              scores()});
    attention_softmax(softmax_, numbers(scores_, ElementType::float32),
                      numbers(weights_, engine_.type()), engine_.stream());
  }

  // dV = P^T dO, dP = dO V^T, dS = P (dP - D) scale, dQ = dS K, dK = dS^T Q.
  void go_back(std::int64_t sample, std::int64_t group) const {
    make_weights(sample, group);
    const MatrixSpec out = rows(p_.heads * p_.value_dim, p_.value_dim);
    std::byte* const dout = output(operands_.output_gradient.data, sample, group);
    multiply_shared(weights_, p_.value_dim, out, dout, values(false),
                    part(operands_.input_gradients, 2, sample, group));
    multiply({p_.steps, p_.steps, p_.value_dim}, out, values(true), scores_matrix(),
             {dout, part(operands_.inputs, 2, sample, group), scores()});
    attention_softmax_backward(softmax_, numbers(weights_, engine_.type()),
                               numbers(scores_, ElementType::float32),
                               numbers(gradients_, engine_.type()), engine_.stream());
    if (std::byte* const dq = part(operands_.input_gradients, 0, sample, group); dq != nullptr) {
      multiply({p_.steps, p_.head_dim, p_.steps}, weights_matrix(false), keys(false), queries(),
               {slot(gradients_), part(operands_.inputs, 1, sample, group), dq});
    }
    multiply_shared(gradients_, p_.head_dim, queries(), part(operands_.inputs, 0, sample, group),
                    keys(false), part(operands_.input_gradients, 1, sample, group));
  }

  // `to` = the matrices at `slot`, transposed, times `b`; summed over heads that share the result.
  void multiply_shared(std::size_t from, std::int64_t features, const MatrixSpec& b,
                       const std::byte* b_at, const MatrixSpec& c, std::byte* to) const {
    if (to == nullptr) return;
    const Sizes sizes{p_.steps, features, p_.steps};
    if (!shared_) return multiply(sizes, weights_matrix(true), b, c, {slot(from), b_at, to});
    const std::size_t matrix = static_cast<std::size_t>(p_.steps * p_.steps) * engine_.bytes();
    for (std::int64_t head = 0; head < heads_; ++head) {
      const auto i = static_cast<std::size_t>(head);
      multiply(sizes, weights_matrix(true), b, c,
               {operands_.scratch + from + i * matrix,
                b_at + i * static_cast<std::size_t>(b.batch_stride) * engine_.bytes(), to},
               1, head > 0);
    }
  }

  Engine& engine_;
  const AttentionParts parts_;
  const AttentionProblem p_;
  const bool backward_;
  const bool shared_;          // keys and values, by several heads of queries
  const std::int64_t heads_;   // of queries in a group
  const std::int64_t groups_;  // of a sample
  const ScoreMatrices softmax_;
  MemorySlots scratch_;
  std::size_t scores_ = 0, weights_ = 0, gradients_ = 0;
  Operands operands_;
};

}  // namespace

std::unique_ptr<Operation> make_product_attention(const Site& site, const AttentionParts& parts) {
  return std::make_unique<ProductAttention>(site, parts);
}

}  // namespace rehearse::cuda
