// Attention in blocks of queries and keys with a softmax on the way, so that scores are never in
// memory (Dao et al., arXiv:2205.14135; Milakov and Gimelshein, arXiv:1805.02867). The logarithm of
// each row's sum is kept; the backward pass computes the weights again from it.
//
// A query i sees the keys up to i, or all; with a window w of them those after i - w, or, where it
// sees later ones too, the w keys from i - w / 2 on. Head h of the queries uses head
// h kv_heads / heads of keys and values. Tasks of threads are a sample and a head, backward a head
// of keys.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "kernels/cpu/steps.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/cpu/vector_math.h"
#include "kernels/step/memory_plan.h"

namespace rehearse::cpu {
namespace {

// Chosen so that the products of a block are worth a call and its scores fit into the second cache.
constexpr std::size_t kQueries = 64, kKeys = 256, kBlock = kQueries * kKeys;

struct Range {
  std::size_t begin = 0, end = 0;
};

// The first step of some rows, which are `stride` floats apart.
template <class Float>
struct Rows {
  Float* at = nullptr;
  std::size_t stride = 0;

  [[nodiscard]] Float* row(std::size_t i) const { return at + i * stride; }
};

// Where queries (0), keys (1) and values (2) lie: in one input or in three.
struct Part {
  std::size_t input, offset, stride;
};

class Attention final : public Operation {
 public:
  explicit Attention(const Site& site)
      : Operation({}),
        shape_(site.layer().attention),
        backward_(site.model.needs_backward_data(site.index)),
        batch_(static_cast<std::size_t>(site.batch)),
        steps_(static_cast<std::size_t>(site.layer().steps)),
        heads_(static_cast<std::size_t>(shape_.heads)),
        kv_heads_(static_cast<std::size_t>(shape_.kv_heads)),
        head_(static_cast<std::size_t>(shape_.head_dim)),
        value_(static_cast<std::size_t>(shape_.value_dim)),
        scale_(1 / std::sqrt(static_cast<float>(shape_.head_dim))),
        threads_(static_cast<std::size_t>(site.engine.threads())) {
    if (shape_.dropout_rate > 0 || shape_.sinks) {
      throw Error::input("cannot compute '" + site.layer().name + "'",
                         std::string("attention with ") +
                             (shape_.sinks ? "sinks" : "dropout of its weights") +
                             " can be predicted, but not trained here",
                         "set its dropout to 0 or use 'predict'");
    }
    const std::array<std::size_t, 3> sizes{heads_ * head_, kv_heads_ * head_, kv_heads_ * value_};
    const bool packed = site.layer().inputs.size() == 1;
    std::size_t offset = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Steps steps = steps_of(site, packed ? 0 : i);
      if (!packed && steps.width != sizes[i]) {
        throw Error::input("cannot compute '" + site.layer().name + "'",
                           "its inputs are not queries, keys and values in this order");
      }
      parts_[i] = {packed ? 0 : i, packed ? offset : 0, steps.width};
      offset += sizes[i];
    }
  }

  [[nodiscard]] std::size_t kept_bytes() const override {
    return batch_ * heads_ * steps_ * sizeof(float);
  }
  [[nodiscard]] std::size_t scratch_bytes() const override {
    return threads_ * aligned(2 * kBlock * sizeof(float));
  }

  void bind(const Operands& operands) override {
    operands_ = operands;
    logarithms_ = reinterpret_cast<float*>(operands.kept);
  }

  void forward() override {
    for_each_task(batch_ * heads_, [this](std::size_t task, float* scores) {
      const std::size_t sample = task / heads_, head = task % heads_;
      for (std::size_t q = 0; q < steps_; q += kQueries) {
        attend(sample, head, {q, std::min(q + kQueries, steps_)}, scores);
      }
    });
  }

  void backward_data() override {
    if (!backward_) return;
    for_each_task(batch_ * kv_heads_, [this](std::size_t task, float* scores) {
      const std::size_t sample = task / kv_heads_, kv = task % kv_heads_;
      clear(gradient(1, sample, kv * head_), head_);
      clear(gradient(2, sample, kv * value_), value_);
      const std::size_t group = heads_ / kv_heads_;
      for (std::size_t head = kv * group; head < (kv + 1) * group; ++head) {
        for (std::size_t q = 0; q < steps_; q += kQueries) {
          go_back(sample, head, {q, std::min(q + kQueries, steps_)}, scores);
        }
      }
    });
  }

 private:
  template <class Body>
  void for_each_task(std::size_t tasks, const Body& body) const {
#pragma omp parallel for schedule(static)
    for (std::size_t task = 0; task < tasks; ++task) {
      const auto thread = static_cast<std::size_t>(omp_get_thread_num());
      body(task, reinterpret_cast<float*>(operands_.scratch +
                                          thread * aligned(2 * kBlock * sizeof(float))));
    }
  }

  [[nodiscard]] Rows<const float> values(std::size_t part, std::size_t sample,
                                         std::size_t feature) const {
    const Part& p = parts_[part];
    return {operands_.inputs[p.input] + sample * steps_ * p.stride + p.offset + feature, p.stride};
  }
  // Null where nobody wants it.
  [[nodiscard]] Rows<float> gradient(std::size_t part, std::size_t sample,
                                     std::size_t feature) const {
    const Part& p = parts_[part];
    float* all = operands_.input_gradients[p.input];
    if (all == nullptr) return {};
    return {all + sample * steps_ * p.stride + p.offset + feature, p.stride};
  }
  template <class Float>
  [[nodiscard]] Rows<Float> of_output(Float* all, std::size_t sample, std::size_t head) const {
    const std::size_t stride = heads_ * value_;
    return {all + sample * steps_ * stride + head * value_, stride};
  }
  [[nodiscard]] float* logarithms(std::size_t sample, std::size_t head) const {
    return logarithms_ + (sample * heads_ + head) * steps_;
  }
  [[nodiscard]] std::size_t kv_of(std::size_t head) const { return head * kv_heads_ / heads_; }

  void clear(Rows<float> to, std::size_t width) const {
    if (to.at == nullptr) return;
    for (std::size_t i = 0; i < steps_; ++i) std::fill_n(to.row(i), width, 0.0F);
  }

  // The keys that a query sees.
  [[nodiscard]] Range keys_of(std::size_t query) const {
    const auto window = static_cast<std::size_t>(shape_.window);
    const std::size_t end = shape_.causal ? query + 1 : steps_;
    if (window == 0) return {0, end};
    if (shape_.causal) return {query + 1 - std::min(window, query + 1), end};
    const std::size_t begin = query - std::min(window / 2, query);
    return {begin, std::min(query + window - window / 2, end)};
  }

  // Calls use(keys) for pieces of the keys that any of the queries sees.
  template <class Use>
  void for_each_piece(const Range& queries, const Use& use) const {
    const std::size_t end = keys_of(queries.end - 1).end;
    for (std::size_t k = keys_of(queries.begin).begin; k < end; k += kKeys) {
      use(Range{k, std::min(k + kKeys, end)});
    }
  }

  // Those of a piece that a query sees, counted from the piece's first.
  [[nodiscard]] Range seen(std::size_t query, const Range& piece) const {
    const Range all = keys_of(query);
    const std::size_t begin = std::clamp(all.begin, piece.begin, piece.end);
    const std::size_t end = std::clamp(all.end, begin, piece.end);
    return {begin - piece.begin, end - piece.begin};
  }

  void multiply_queries(std::size_t sample, std::size_t head, const Range& queries,
                        const Range& keys, float* scores) const {
    const auto q = values(0, sample, head * head_), k = values(1, sample, kv_of(head) * head_);
    multiply({.rows = queries.end - queries.begin,
              .columns = keys.end - keys.begin,
              .inner = head_,
              .alpha = scale_},
             {q.row(queries.begin), q.stride}, {k.row(keys.begin), k.stride, true}, scores, kKeys);
  }

  void attend(std::size_t sample, std::size_t head, const Range& queries, float* scores) const {
    const auto v = values(2, sample, kv_of(head) * value_);
    const auto out = of_output(operands_.output, sample, head);
    const std::size_t count = queries.end - queries.begin;
    std::array<float, kQueries> largest, sums{};
    largest.fill(-std::numeric_limits<float>::infinity());
    bool first = true;
    for_each_piece(queries, [&](const Range& keys) {
      const std::size_t width = keys.end - keys.begin;
      multiply_queries(sample, head, queries, keys, scores);
      rows(0, count, [&](std::size_t i) REHEARSE_INLINE {
        float* row = scores + i * kKeys;
        const Range sees = seen(queries.begin + i, keys);
        std::fill(row, row + sees.begin, 0.0F);
        std::fill(row + sees.end, row + width, 0.0F);
        if (sees.begin == sees.end) return;
        float most = largest[i];
#pragma omp simd reduction(max : most)
        for (std::size_t k = sees.begin; k < sees.end; ++k) most = std::max(most, row[k]);
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (std::size_t k = sees.begin; k < sees.end; ++k) {
          row[k] = exponential(row[k] - most);
          sum += row[k];
        }
        if (!first) {
          const float factor = sums[i] > 0 ? exponential(largest[i] - most) : 0;
          sum += sums[i] * factor;
          float* to = out.row(queries.begin + i);
#pragma omp simd
          for (std::size_t e = 0; e < value_; ++e) to[e] *= factor;
        }
        sums[i] = sum;
        largest[i] = most;
      });
      multiply({.rows = count, .columns = value_, .inner = width, .beta = first ? 0.0F : 1.0F},
               {scores, kKeys}, {v.row(keys.begin), v.stride}, out.row(queries.begin), out.stride);
      first = false;
    });
    for (std::size_t i = 0; i < count; ++i) {
      float* to = out.row(queries.begin + i);
      const float factor = 1 / sums[i];
      for (std::size_t e = 0; e < value_; ++e) to[e] *= factor;
      logarithms(sample, head)[queries.begin + i] = largest[i] + std::log(sums[i]);
    }
  }

  // With P the weights and D the sums over features of output times its gradient: dV = P^T dO,
  // dP = dO V^T, dS = P (dP - D), dQ = dS K, dK = dS^T Q (Dao et al., appendix B).
  void go_back(std::size_t sample, std::size_t head, const Range& queries, float* weights) const {
    const std::size_t kv = kv_of(head), count = queries.end - queries.begin;
    const auto q = values(0, sample, head * head_), k = values(1, sample, kv * head_);
    const auto v = values(2, sample, kv * value_);
    const auto dq = gradient(0, sample, head * head_), dk = gradient(1, sample, kv * head_);
    const auto dv = gradient(2, sample, kv * value_);
    const auto out = of_output<const float>(operands_.output, sample, head);
    const auto dout = of_output<const float>(operands_.output_gradient, sample, head);
    const float* logarithm = logarithms(sample, head) + queries.begin;
    float* of_weights = weights + kBlock;

    std::array<float, kQueries> sums;
    for (std::size_t i = 0; i < count; ++i) {
      const float* y = out.row(queries.begin + i);
      const float* dy = dout.row(queries.begin + i);
      float sum = 0;
#pragma omp simd reduction(+ : sum)
      for (std::size_t e = 0; e < value_; ++e) sum += y[e] * dy[e];
      sums[i] = sum;
    }
    const Matrix dy{dout.row(queries.begin), dout.stride};
    bool first = true;
    for_each_piece(queries, [&](const Range& keys) {
      const std::size_t width = keys.end - keys.begin;
      multiply_queries(sample, head, queries, keys, weights);
      multiply({.rows = count, .columns = width, .inner = value_}, dy,
               {v.row(keys.begin), v.stride, true}, of_weights, kKeys);
      rows(0, count, [&](std::size_t i) REHEARSE_INLINE {
        float* p = weights + i * kKeys;
        float* dp = of_weights + i * kKeys;
        const Range sees = seen(queries.begin + i, keys);
        const float log = logarithm[i], sum = sums[i], scale = scale_;
        for (const Range& hidden : {Range{0, sees.begin}, Range{sees.end, width}}) {
          std::fill(p + hidden.begin, p + hidden.end, 0.0F);
          std::fill(dp + hidden.begin, dp + hidden.end, 0.0F);
        }
#pragma omp simd
        for (std::size_t e = sees.begin; e < sees.end; ++e) {
          p[e] = exponential(p[e] - log);
          dp[e] = p[e] * (dp[e] - sum) * scale;
        }
      });
      const Matrix p{weights, kKeys}, ds{of_weights, kKeys};
      if (dv.at != nullptr) {
        multiply({.rows = width, .columns = value_, .inner = count, .beta = 1},
                 {p.values, p.stride, true}, dy, dv.row(keys.begin), dv.stride);
      }
      if (dq.at != nullptr) {
        multiply({.rows = count, .columns = head_, .inner = width, .beta = first ? 0.0F : 1.0F}, ds,
                 {k.row(keys.begin), k.stride}, dq.row(queries.begin), dq.stride);
      }
      if (dk.at != nullptr) {
        multiply({.rows = width, .columns = head_, .inner = count, .beta = 1},
                 {ds.values, ds.stride, true}, {q.row(queries.begin), q.stride}, dk.row(keys.begin),
                 dk.stride);
      }
      first = false;
    });
  }

  const AttentionShape shape_;
  const bool backward_;
  const std::size_t batch_, steps_, heads_, kv_heads_;
  const std::size_t head_, value_;  // features of a head
  const float scale_;
  const std::size_t threads_;
  std::array<Part, 3> parts_{};
  Operands operands_;
  float* logarithms_ = nullptr;
};

}  // namespace

OperationKind attention_operation() {
  return {.make = construct<Attention>,
          .takes_sequences = true,
          .backward_reads_input = true,
          .backward_reads_output = true};
}

}  // namespace rehearse::cpu
