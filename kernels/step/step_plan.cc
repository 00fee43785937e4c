#include "kernels/step/step_plan.h"

#include <algorithm>
#include <set>

#include "base/contract.h"
#include "kernels/devices/layer_fusion.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Planner {
 public:
  Planner(const Model& model, const std::vector<StepLayer>& layers)
      : model_(model), layers_(layers) {}

  StepPlan run() {
    plan_.layers.resize(count());
    for (std::size_t i = 0; i < count(); ++i) plan_output(i);
    for (std::size_t i = count() - 1; i > 0; --i) plan_backward(i);
    if (is_trained(model_, 0)) gather(0);
    keep_ends();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] std::size_t count() const { return model_.layers().size(); }
  [[nodiscard]] const Layer& layer(std::size_t i) const { return model_.layers()[i]; }
  [[nodiscard]] std::size_t backward_time(std::size_t i) const { return 2 * count() - i; }
  [[nodiscard]] std::size_t bytes(std::size_t i) const { return kind(i).output_bytes; }

  BufferId new_buffer(std::size_t size, std::size_t time) {
    plan_.buffers.push_back({size, time, time});
    readers_.emplace_back();
    return plan_.buffers.size() - 1;
  }

  void use(BufferId buffer, std::size_t time) {
    plan_.buffers[buffer].last = std::max(plan_.buffers[buffer].last, time);
  }

  [[nodiscard]] const StepLayer& kind(std::size_t i) const { return layers_[i]; }
  [[nodiscard]] bool does_nothing(std::size_t i) const { return kind(i).does_nothing; }

  [[nodiscard]] bool backward_reads_output(std::size_t i) const {
    return kind(i).backward_reads_output && !does_nothing(i);
  }

  // Whether a layer that reads the output of `i` may overwrite it.
  [[nodiscard]] bool may_overwrite(std::size_t i) const {
    if (model_.consumers(i) != 1 || i == 0 || backward_reads_output(i)) return false;
    if (!shares_input(i)) return true;
    for (const std::size_t from : layer(i).inputs) {
      if (plan_.layers[from].output == plan_.layers[i].output) return may_overwrite(from);
    }
    return true;
  }

  [[nodiscard]] bool shares_input(std::size_t i) const {
    return std::any_of(layer(i).inputs.begin(), layer(i).inputs.end(), [&](std::size_t from) {
      return plan_.layers[from].output == plan_.layers[i].output;
    });
  }

  [[nodiscard]] std::optional<BufferId> output_in_place(std::size_t i) const {
    const Layer& at = layer(i);
    if (at.inputs.empty()) return std::nullopt;
    const std::size_t first = at.inputs.front();
    if (does_nothing(i) || is_fused_relu(model_, i)) return plan_.layers[first].output;
    if (kind(i).overwrites_input) {
      for (const std::size_t from : at.inputs) {
        if (may_overwrite(from) && bytes(from) == bytes(i)) return plan_.layers[from].output;
      }
    }
    return std::nullopt;
  }

  // What other ranks read and write lies apart from all else.
  void keep_ends() {
    const auto keep = [&](std::optional<BufferId> buffer) {
      if (!buffer) return;
      plan_.buffers[*buffer].first = 0;
      plan_.buffers[*buffer].last = backward_time(0);
    };
    if (layer(0).wants_gradient) {
      keep(plan_.layers[0].output);
      keep(plan_.layers[0].output_gradient);
    }
    if (op_of(layer(count() - 1).kind).is_loss()) return;
    keep(plan_.layers.back().output);
    keep(plan_.layers.back().output_gradient);
  }

  void plan_output(std::size_t i) {
    LayerBuffers& own = plan_.layers[i];
    const auto in_place = output_in_place(i);
    own.output = in_place ? *in_place : new_buffer(bytes(i), i);
    use(own.output, i);
    if (i == 0) use(own.output, backward_time(0));  // a batch may be used again
    for (const std::size_t from : layer(i).inputs) {
      use(plan_.layers[from].output, i);
      if (kind(i).backward_reads_input) use(plan_.layers[from].output, backward_time(i));
    }
    if (backward_reads_output(i)) use(own.output, backward_time(i));
    if (kind(i).kept_bytes > 0) {
      own.kept = new_buffer(kind(i).kept_bytes, i);
      use(*own.kept, backward_time(i));
    }
  }

  // Gradients: each buffer remembers the layers that have still to read it.
  void hand_over(BufferId buffer, std::size_t to) {
    plan_.layers[to].gradient_parts.push_back(buffer);
    readers_[buffer].insert(to);
  }

  void plan_backward(std::size_t i) {
    LayerBuffers& own = plan_.layers[i];
    own.input_gradients.resize(layer(i).inputs.size());
    if (!is_trained(model_, i)) return;
    gather(i);
    for (std::size_t k = 0; k < layer(i).inputs.size(); ++k) {
      const std::size_t from = layer(i).inputs[k];
      if (!is_trained(model_, from)) continue;
      const BufferId gradient = input_gradient(i, from);
      own.input_gradients[k] = gradient;
      use(gradient, backward_time(i));
      hand_over(gradient, from);
    }
  }

  void gather(std::size_t i) {
    LayerBuffers& own = plan_.layers[i];
    if (kind(i).makes_gradient) {
      own.output_gradient = own.output;
      return;
    }
    for (const BufferId part : own.gradient_parts) {
      use(part, backward_time(i));
      readers_[part].erase(i);
    }
    if (own.gradient_parts.size() == 1) {
      own.output_gradient = own.gradient_parts.front();
      return;
    }
    // None of the last layer of a part of a model: another rank writes the gradient.
    const auto free = std::find_if(own.gradient_parts.begin(), own.gradient_parts.end(),
                                   [&](BufferId part) { return readers_[part].empty(); });
    own.output_gradient =
        free != own.gradient_parts.end() ? *free : new_buffer(bytes(i), backward_time(i));
  }

  BufferId input_gradient(std::size_t i, std::size_t from) {
    const BufferId gradient = *plan_.layers[i].output_gradient;
    if (does_nothing(i) || kind(i).passes_gradient) return gradient;
    const bool fits = bytes(from) == bytes(i);
    if (kind(i).overwrites_gradient && fits && readers_[gradient].empty()) return gradient;
    return new_buffer(bytes(from), backward_time(i));
  }

  const Model& model_;
  const std::vector<StepLayer>& layers_;
  StepPlan plan_;
  std::vector<std::set<std::size_t>> readers_;  // of each buffer, layers yet to come
};

}  // namespace

StepPlan plan_step(const Model& model, const std::vector<StepLayer>& layers) {
  EXPECTS(layers.size() == model.layers().size());
  return Planner(model, layers).run();
}

bool is_trained(const Model& model, std::size_t layer) {
  const Layer& at = model.layers()[layer];
  return model.needs_backward_data(layer) || !at.parameters.empty() || at.wants_gradient;
}

std::size_t parameter_owner(const Model& model, std::size_t layer) {
  return model.layers()[layer].tied.value_or(layer);
}

bool has_twin(const Model& model, std::size_t layer, std::size_t first) {
  const std::size_t owner = parameter_owner(model, layer);
  for (std::size_t i = first; i < model.layers().size(); ++i) {
    if (i != layer && parameter_owner(model, i) == owner) return true;
  }
  return false;
}

}  // namespace rehearse
