#include "kernels/cuda/shared_experts.h"

#include <algorithm>
#include <vector>

#include "base/contract.h"
#include "kernels/cuda/expert_networks.h"
#include "kernels/cuda/experts.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/step/expert_shares.h"

namespace rehearse::cuda {
namespace {

// How many rows this rank serves is known only when the others have told: their memory is that of
// the greatest batch so far. Before each exchange the host waits for the GPU.
class SharedExperts final : public Operation {
 public:
  explicit SharedExperts(const Site& site)
      : engine_(site.engine),
        shape_{.rows = site.batch * site.layer().steps,
               .experts = site.layer().experts.experts,
               .active = site.layer().experts.active},
        shares_(shape_.experts, site.layer().experts.ranks),
        networks_(site, shares_.own_experts()),
        width_(networks_.width()),
        served_memory_(site.engine.context().stream()),
        firsts_on_host_(static_cast<std::size_t>(shape_.experts + 1) * sizeof(std::int32_t)) {
    const auto most = static_cast<std::size_t>(shape_.rows * shape_.active);  // copies
    const std::size_t copies = most * static_cast<std::size_t>(width_) * engine_.bytes();
    const auto whole = [](MemorySlots& slots, std::int64_t count) {
      return slots.take(static_cast<std::size_t>(count) * sizeof(std::int32_t));
    };
    results_ = kept_.take(copies);
    place_ = whole(kept_, shape_.rows * shape_.experts);
    row_ = whole(kept_, shape_.rows * shape_.active);
    expert_firsts_ = whole(kept_, shape_.experts + 1);
    copies_ = scratch_.take(copies);
    work_ = whole(scratch_, std::max(place_scratch(shape_), networks_.scratch()));
  }

  [[nodiscard]] std::size_t kept_bytes() const override { return kept_.bytes(); }
  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  [[nodiscard]] bool reads_copy(std::size_t which) const override {
    return ExpertNetworks::reads_copy(which);
  }
  void bind(const Operands& operands) override {
    operands_ = operands;
    networks_.bind(operands);
  }

  void forward() override {
    sort();
    gather_rows(operands_.inputs[0], width_, kept<std::int32_t>(row_), shares_.sent(), copies(),
                engine_.stream());
    const Aside aside = take_aside();
    to_experts(copies(), aside.arrived, rows_.inputs);
    ExpertNetworks::Rows rows = rows_;
    rows.outputs = aside.sorted;
    networks_.forward(shares_.firsts(), rows);
    back(aside.sorted, aside.arrived, results());
    combine_rows(shape_, operands_.inputs[1], results(), width_, place(), operands_.output,
                 engine_.stream());
  }

  // Back to the gradients of the copies, which backward_data() sends back; those of the router's
  // weights come on the way.
  void backward_weights() override {
    combine_rows_backward(shape_, operands_.inputs[1], results(), width_, place(),
                          operands_.output_gradient, copies(), operands_.input_gradients[1],
                          engine_.stream());
    const Aside aside = take_aside();
    to_experts(copies(), aside.arrived, aside.sorted);
    const ExpertNetworks::Rows gradients{.inputs = rows_.inputs,  // no longer needed by then
                                         .pairs = aside.pairs,
                                         .units = aside.units,
                                         .outputs = aside.sorted};
    networks_.backward_weights(shares_.firsts(), rows_, gradients,
                               reinterpret_cast<float*>(operands_.scratch + work_));
    networks_.backward_data(shares_.firsts(), gradients);
  }

  void backward_data() override {
    const Tensor& to = operands_.input_gradients[0];
    if (to.data == nullptr) return;
    back(rows_.inputs, take_aside().arrived, copies());
    combine_rows(shape_, {}, copies(), width_, place(), to, engine_.stream());
  }

 private:
  // By row that is served: as they arrive and leave, and in order; gradients.
  struct Aside {
    std::byte *arrived, *sorted, *units, *pairs;
  };

  template <class Number>
  [[nodiscard]] Number* kept(std::size_t at) const {
    return reinterpret_cast<Number*>(operands_.kept + at);
  }
  [[nodiscard]] std::int32_t* place() const { return kept<std::int32_t>(place_); }
  [[nodiscard]] std::int32_t* firsts_on_gpu() const { return kept<std::int32_t>(expert_firsts_); }

  // Rows of this rank's steps.
  [[nodiscard]] Tensor copies() const { return sent(operands_.scratch + copies_); }
  [[nodiscard]] Tensor results() const { return sent(operands_.kept + results_); }
  [[nodiscard]] Tensor sent(std::byte* array) const {
    return device_tensor(array, shares_.sent() * width_, engine_.type());
  }
  [[nodiscard]] Tensor served(std::byte* array) const {
    return device_tensor(array, shares_.served() * width_, engine_.type());
  }

  [[nodiscard]] Exchanger& exchanger() const {
    EXPECTS(operands_.mode->exchanger != nullptr);
    return *operands_.mode->exchanger;
  }

  // Finds the copies of this rank's steps, tells each rank how many it will have to serve, and
  // makes room for those that it serves itself.
  void sort() {
    find_places(shape_, operands_.inputs[1],
                {.place = place(), .row = kept<std::int32_t>(row_), .firsts = firsts_on_gpu()},
                reinterpret_cast<std::int32_t*>(operands_.scratch + work_), engine_.stream());
    copy_bytes(firsts_on_gpu(), firsts_on_host_.data(), firsts_on_host_.bytes(), engine_.stream());
    engine_.context().stream().synchronize();
    const auto* const firsts = static_cast<const std::int32_t*>(firsts_on_host_.data());
    std::vector<std::int64_t> counts;
    for (std::int64_t expert = 0; expert < shape_.experts; ++expert) {
      counts.push_back(firsts[expert + 1] - firsts[expert]);
    }
    shares_.agree(counts, exchanger());
    MemorySlots slots;
    const std::size_t inputs = slots.take(bytes_of_rows(width_));
    const std::size_t pairs = slots.take(bytes_of_rows(2 * networks_.inner()));
    const std::size_t units = slots.take(bytes_of_rows(networks_.inner()));
    const std::size_t bytes = shares_.places().size() * sizeof(std::int32_t);
    const std::size_t places = slots.take(bytes), arrivals = slots.take(bytes);
    auto* const memory = static_cast<std::byte*>(served_memory_.get(slots.bytes()));
    rows_ = {.inputs = memory + inputs, .pairs = memory + pairs, .units = memory + units};
    places_ = reinterpret_cast<std::int32_t*>(memory + places);
    arrivals_ = reinterpret_cast<std::int32_t*>(memory + arrivals);
    copy_bytes(shares_.places().data(), places_, bytes, engine_.stream());
    copy_bytes(shares_.arrivals().data(), arrivals_, bytes, engine_.stream());
  }

  [[nodiscard]] std::size_t bytes_of_rows(std::int64_t width) const {
    return static_cast<std::size_t>(shares_.served() * width) * engine_.bytes();
  }

  Aside take_aside() {
    MemorySlots slots;
    const std::size_t arrived = slots.take(bytes_of_rows(width_));
    const std::size_t sorted = slots.take(bytes_of_rows(width_));
    const std::size_t units = slots.take(bytes_of_rows(networks_.inner()));
    const std::size_t pairs = slots.take(bytes_of_rows(2 * networks_.inner()));
    auto* const memory = static_cast<std::byte*>(engine_.aside().get(slots.bytes()));
    return {memory + arrived, memory + sorted, memory + units, memory + pairs};
  }

  // Rows to the ranks that serve them; `sorted` are those that this one serves, in order.
  void to_experts(const Tensor& rows, std::byte* arrived, std::byte* sorted) {
    swap(shares_.to_experts(rows, served(arrived), width_));
    gather_rows(served(arrived), width_, arrivals_, shares_.served(), served(sorted),
                engine_.stream());
  }
  // The way back.
  void back(std::byte* sorted, std::byte* leaving, const Tensor& rows) {
    gather_rows(served(sorted), width_, places_, shares_.served(), served(leaving),
                engine_.stream());
    swap(shares_.back(served(leaving), rows, width_));
  }

  void swap(const ExpertShares::Parts& parts) {
    const auto me = static_cast<std::size_t>(exchanger().place(ExpertShares::kAxis));
    const Tensor &own = parts.to[me], &to = parts.from[me];
    copy_bytes(own.data, to.data, static_cast<std::size_t>(own.elements) * engine_.bytes(),
               engine_.stream());
    engine_.context().stream().synchronize();
    exchanger().swap(ExpertShares::kAxis, parts.to, parts.from);
  }

  Engine& engine_;
  const RouterShape shape_;
  ExpertShares shares_;
  ExpertNetworks networks_;
  const std::int64_t width_;
  MemorySlots kept_, scratch_;
  std::size_t results_ = 0, copies_ = 0;                 // by copy of this rank's steps
  std::size_t place_ = 0, row_ = 0, expert_firsts_ = 0;  // Places
  std::size_t work_ = 0;
  Workspace served_memory_;    // from forward to backward: rows_, places_, arrivals_
  ExpertNetworks::Rows rows_;  // in order; the outputs go back at once
  std::int32_t *places_ = nullptr, *arrivals_ = nullptr;  // ExpertShares
  PinnedMemory firsts_on_host_;
  Operands operands_;
};

}  // namespace

std::unique_ptr<Operation> make_shared_experts(const Site& site) {
  return std::make_unique<SharedExperts>(site);
}

}  // namespace rehearse::cuda
