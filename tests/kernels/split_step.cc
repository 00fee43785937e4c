#include "tests/kernels/split_step.h"

#include <algorithm>
#include <barrier>
#include <cmath>
#include <cstring>
#include <memory>
#include <thread>

#include "base/contract.h"
#include "kernels/add_arrived.h"
#include "kernels/models/part_parameters.h"
#include "kernels/models/zoo/transformer.h"
#include "tests/kernels/reference_network.h"

namespace rehearse::test {
namespace {

using Bytes = std::vector<std::byte>;

// What ranks have put down for others to read, between two meetings.
struct Table {
  explicit Table(int ranks) : meeting(ranks), of_rank(static_cast<std::size_t>(ranks)) {}
  std::barrier<> meeting;
  std::vector<std::vector<Bytes>> of_rank;
};

// All ranks make the same calls, so that those of all groups meet together.
class ThreadExchanger final : public Exchanger {
 public:
  ThreadExchanger(const Backend& backend, Table& table, const SplitStep& step, int rank)
      : table_(table), rank_(rank), copy_(step.copy) {
    if (!copy_) {
      copy_ = [&backend](const Tensor& from, const Tensor& to) { backend.copy(from, to); };
    }
    const auto all = static_cast<int>(table.of_rank.size());
    const auto members = [all](const std::function<bool(int)>& belongs) {
      std::vector<int> found;
      for (int i = 0; i < all; ++i) {
        if (belongs(i)) found.push_back(i);
      }
      return found;
    };
    const int tensor = step.shape.tensor, ways = step.shape.expert_tensor;
    const int experts = ways * step.shape.expert;
    tensor_ = members([&](int i) { return i / tensor == rank / tensor; });
    expert_tensor_ = members([&](int i) { return i / ways == rank / ways; });
    expert_ =
        members([&](int i) { return i / experts == rank / experts && i % ways == rank % ways; });
  }

  [[nodiscard]] int place(Axis axis) const override {
    const std::vector<int>& group = group_of(axis);
    return static_cast<int>(std::ranges::find(group, rank_) - group.begin());
  }

  void sum(Axis axis, const Tensor& values) override {
    Bytes total;
    meet({read(values)}, [&] { total = sum_of(axis, values.type, 0); });
    write(total, values);
  }

  void gather(Axis axis, const Tensor& parts) override {
    const std::int64_t size = parts.elements / ways(axis);
    std::vector<Bytes> all;
    meet({read(parts.part(place(axis) * size, size))}, [&] {
      for (const int rank : group_of(axis)) all.push_back(of(rank).front());
    });
    for (int i = 0; i < ways(axis); ++i) {
      write(all[static_cast<std::size_t>(i)], parts.part(i * size, size));
    }
  }

  void scatter(Axis axis, const Tensor& parts) override {
    const std::int64_t size = parts.elements / ways(axis);
    std::vector<Bytes> own;
    for (int i = 0; i < ways(axis); ++i) own.push_back(read(parts.part(i * size, size)));
    Bytes total;
    meet(std::move(own),
         [&] { total = sum_of(axis, parts.type, static_cast<std::size_t>(place(axis))); });
    write(total, parts.part(place(axis) * size, size));
  }

  void swap(Axis axis, const std::vector<Tensor>& to, const std::vector<Tensor>& from) override {
    std::vector<Bytes> own, arrived;
    for (const Tensor& part : to) own.push_back(read(part));
    meet(std::move(own), [&] {
      for (const int rank : group_of(axis)) {
        arrived.push_back(of(rank)[static_cast<std::size_t>(place(axis))]);
      }
    });
    for (int i = 0; i < ways(axis); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (i != place(axis)) write(arrived[at], from[at]);
    }
  }

 private:
  [[nodiscard]] const std::vector<int>& group_of(Axis axis) const {
    if (axis == Axis::tensor) return tensor_;
    EXPECTS(axis == Axis::expert || axis == Axis::expert_tensor);
    return axis == Axis::expert ? expert_ : expert_tensor_;
  }
  [[nodiscard]] int ways(Axis axis) const { return static_cast<int>(group_of(axis).size()); }
  [[nodiscard]] const std::vector<Bytes>& of(int rank) const {
    return table_.of_rank[static_cast<std::size_t>(rank)];
  }

  void meet(std::vector<Bytes> own, const std::function<void()>& look) {
    table_.of_rank[static_cast<std::size_t>(rank_)] = std::move(own);
    table_.meeting.arrive_and_wait();
    look();
    table_.meeting.arrive_and_wait();
  }

  [[nodiscard]] Bytes sum_of(Axis axis, ElementType type, std::size_t part) const {
    Bytes total = of(group_of(axis).front())[part];
    const auto elements = static_cast<std::int64_t>(total.size()) / element_bytes(type);
    for (int i = 1; i < ways(axis); ++i) {
      add_arrived(of(group_of(axis)[static_cast<std::size_t>(i)])[part].data(), elements, type,
                  total.data());
    }
    return total;
  }

  [[nodiscard]] Bytes read(const Tensor& tensor) const {
    Bytes bytes(static_cast<std::size_t>(tensor.elements * tensor.element_bytes()));
    move(tensor, {bytes.data(), tensor.elements, tensor.type});
    return bytes;
  }
  void write(Bytes& bytes, const Tensor& tensor) const {
    EXPECTS(static_cast<std::int64_t>(bytes.size()) == tensor.elements * tensor.element_bytes());
    move({bytes.data(), tensor.elements, tensor.type}, tensor);
  }
  void move(const Tensor& from, const Tensor& to) const {
    if (from.space == MemorySpace::device || to.space == MemorySpace::device) {
      copy_(from, to);
    } else if (from.elements > 0) {
      std::memcpy(to.data, from.data,
                  static_cast<std::size_t>(from.elements * from.element_bytes()));
    }
  }

  Table& table_;
  const int rank_;
  std::function<void(const Tensor& from, const Tensor& to)> copy_;
  std::vector<int> tensor_, expert_, expert_tensor_;
};

// What an executor has left in gradients(), in plain order.
std::vector<float> plain_gradients(const Backend& backend, Executor& net) {
  backend.copy(net.gradients(), net.parameters());  // which have the same order
  std::vector<float> plain(static_cast<std::size_t>(net.model().parameter_count()));
  net.export_parameters(plain);
  return plain;
}

void pass_through(Executor& net) {
  const std::size_t layers = net.model().layers().size();
  for (std::size_t i = 1; i < layers; ++i) net.forward(i);
  for (std::size_t i = layers - 1; i >= 1; --i) net.backward(i);
}

std::vector<float> share_of(const std::vector<float>& values, int part, int parts) {
  const auto size = static_cast<std::ptrdiff_t>(values.size()) / parts;
  return {values.begin() + part * size, values.begin() + (part + 1) * size};
}

struct RankResult {
  double loss = 0;
  std::vector<float> gradients, has;  // of the whole model; 1 where the rank has the parameter
};

}  // namespace

StepResult step_of_one(const Backend& backend, const Model& model, const ExecutorOptions& options) {
  const auto net = backend.make_executor(model, options);
  net->import_parameters(initial_parameters(model, 1));
  const Batch batch = random_batch(model, options.batch, 2);
  net->load(batch.images, batch.labels);
  pass_through(*net);
  const double loss = net->loss();
  return {loss, plain_gradients(backend, *net)};
}

StepResult step_of_ranks(const Backend& backend, const Model& model, const SplitStep& step) {
  const int tensor = step.shape.tensor, ranks = tensor * step.replicas;
  const std::vector<float> initial = initial_parameters(model, 1);
  const Batch all = random_batch(model, step.options.batch * step.replicas, 2);
  const std::vector<float> labels(all.labels.begin(), all.labels.end());
  Table table(ranks);
  std::vector<RankResult> results(static_cast<std::size_t>(ranks));
  const auto run = [&](int rank) {
    PartShape shape = step.shape;
    shape.tensor_rank = rank % tensor;
    shape.expert_tensor_rank = rank % shape.expert_tensor;
    shape.expert_rank = rank / shape.expert_tensor % shape.expert;
    const ModelPart part = part_of(model, {1, model.layers().size()}, shape);
    ThreadExchanger exchanger(backend, table, step, rank);
    const auto net = backend.make_executor(part.model, step.options);
    net->set_exchanger(&exchanger);
    net->import_parameters(cut_parameters(model, part, shape, initial));
    const std::vector<float> own = share_of(labels, rank / tensor, step.replicas);
    net->load(share_of(all.images, rank / tensor, step.replicas),
              std::vector<std::int32_t>(own.begin(), own.end()));
    pass_through(*net);
    RankResult& result = results[static_cast<std::size_t>(rank)];
    result.loss = net->loss();
    const std::vector<float> gradients = plain_gradients(backend, *net);
    result.gradients.resize(initial.size());
    result.has.resize(initial.size());
    put_parameters(model, part, shape, gradients, result.gradients);
    put_parameters(model, part, shape, std::vector<float>(gradients.size(), 1), result.has);
  };
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(run, rank);
  threads.clear();

  // Ranks of a replica that have the same steps have the same gradients of what both have; those
  // with steps of their own have parts of them.
  StepResult sum{0, std::vector<float>(initial.size())};
  for (int replica = 0; replica < step.replicas; ++replica) {
    const std::span<const RankResult> members = std::span(results).subspan(
        static_cast<std::size_t>(replica * tensor), static_cast<std::size_t>(tensor));
    for (const RankResult& member : members) sum.loss += member.loss / ranks;
    for (std::size_t i = 0; i < initial.size(); ++i) {
      float total = 0, have = 0;
      for (const RankResult& member : members) {
        total += member.gradients[i];
        have += member.has[i];
      }
      if (!step.shape.sequence && have > 0) total /= have;
      sum.gradients[i] += total / static_cast<float>(step.replicas);
    }
  }
  return sum;
}

double relative_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECTS(a.size() == b.size());
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    apart += difference * difference;
    size += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return std::sqrt(apart / size);
}

constexpr std::int64_t kSteps = 8;

Model small_gpt(bool tied) {
  zoo::TransformerConfig c{.name = "small gpt", .layers = 2, .hidden = 32, .vocabulary = 27};
  c.attention = {.heads = 4, .kv_heads = 4, .head_dim = 8, .value_dim = 8};
  c.ffn = 64;
  c.norm = zoo::Norm::layer_norm;
  c.unit = zoo::Unit::gelu;
  c.positions = kSteps;
  c.qkv_bias = c.output_bias = c.ffn_bias = true;
  c.tied = tied;
  return zoo::transformer(c, kSteps);
}

Model small_experts() {
  zoo::TransformerConfig c{.name = "small experts", .layers = 2, .hidden = 32, .vocabulary = 32};
  c.attention = {.heads = 4, .kv_heads = 2, .head_dim = 8, .value_dim = 8};
  c.experts = {.experts = 4, .active = 2, .features = 24};
  c.ffn = 48;
  return zoo::transformer(c, kSteps);
}

}  // namespace rehearse::test
