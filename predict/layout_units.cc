#include "predict/layout_units.h"

#include <algorithm>
#include <string>

#include "base/contract.h"
#include "kernels/models/activations.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/training_memory.h"

namespace rehearse {
namespace {

// What the cost of a layer depends on, its place left out.
std::string signature(const Model& model, std::size_t index, std::size_t first) {
  const Layer& layer = model.layers()[index];
  std::string text = std::to_string(static_cast<int>(layer.kind)) + to_text(layer.output);
  for (const std::size_t from : layer.inputs) {
    text +=
        ' ' + (from < first ? to_text(model.layers()[from].output) : std::to_string(index - from));
  }
  const AttentionShape& a = layer.attention;
  for (const std::int64_t number :
       {layer.bias ? std::int64_t{1} : 0, a.heads, a.kv_heads, a.head_dim, a.value_dim, a.window,
        a.query_rank, a.latent_rank, layer.experts.experts, layer.experts.active,
        layer.experts.features, parameter_elements(layer), layer.window.size(), layer.groups}) {
    text += ',' + std::to_string(number);
  }
  return text + (layer.block ? "b;" : ";");
}

// Of the layers that read the exchange, those of which a part of the time passes meanwhile.
Duration weights_beside(const ModelPart& part, std::size_t exchange,
                        const std::vector<LayerTimes>& times) {
  Duration sum;
  for (std::size_t i = exchange + 1; i < times.size(); ++i) {
    if (std::ranges::count(part.model.layers()[i].inputs, exchange) > 0) {
      sum += times[i].backward_weights;
    }
  }
  return sum;
}

// The experts that an exchange of their axis serves.
void tell_experts(const ModelPart& part, std::size_t exchange, UnitMove& move) {
  const std::vector<Layer>& layers = part.model.layers();
  for (std::size_t i = 1; i < layers.size(); ++i) {
    if (layers[i].kind != LayerKind::experts || part.whole[i] != part.whole[exchange]) continue;
    move.to_experts = exchange < i;
    move.experts = layers[i].experts.experts;
    move.active = layers[i].experts.active;
  }
  ENSURES(move.experts > 0);
}

void add_moves(const ModelPart& part, std::size_t index, std::int64_t microbatch, Bytes element,
               const std::vector<LayerTimes>& times, const Recompute& recompute, UnitCost& unit) {
  const Layer& layer = part.model.layers()[index];
  const Exchange& what = layer.exchange;
  const Bytes each = what.element_bytes > 0 ? Bytes(what.element_bytes) : element;
  const double samples = what.per_batch ? 1 : static_cast<double>(microbatch);
  UnitMove move{what.kind, what.axis, what.ways, each * (what.elements * samples), {}};
  if (what.ways == 1 || !(move.bytes > Bytes(0))) return;
  move.element = each;
  if (what.axis == Exchange::Axis::expert) tell_experts(part, index, move);
  using Kind = Exchange::Kind;
  const bool forwards = what.kind != Kind::copy;
  const bool backwards = what.kind != Kind::sum && what.kind != Kind::statistics &&
                         what.kind != Kind::gather_map && !what.forward_only;
  if (forwards) {
    UnitMove one = move;
    if (what.kind == Kind::pass_on) one.beside = times[index + 1].forward;
    unit.forward_moves.push_back(one);
    // A sum behind the last product of what runs again is needed as well: its output is an input.
    if (recompute.mode == Recompute::Mode::full && layer.block) unit.moves_again.push_back(one);
  }
  if (backwards) {
    UnitMove one = move;
    if (what.kind == Kind::pass_on) {
      one.bytes *= 2;
      one.beside = times[index + 1].backward_data;
    }
    if (what.kind == Kind::copy || what.kind == Kind::gather) {
      one.beside = weights_beside(part, index, times);
    }
    unit.backward_moves.push_back(one);
  }
}

// However slow the host, a device that has its kernels queued waits no longer between two of them:
// what the profiles of accelerators take for a launch.
constexpr Duration kLongestWait(7e-6);

// Takes what a host is slower than that out of the times. `launch`: within them, of each kernel.
void take_host_out(Duration launch, LayerTimes& times) {
  if (!(launch > kLongestWait)) return;
  const double share = 1 - kLongestWait / launch;  // of the launches
  times.forward -= times.forward_launches * share;
  const Duration backward = times.backward_data + times.backward_weights;
  if (!(backward > Duration(0))) return;
  const double left = 1 - times.backward_launches * share / backward;
  times.backward_data *= left;
  times.backward_weights *= left;
}

// Whether what a unit that begins with `layer` reads is kept by the unit that makes it.
bool is_kept_before(const Model& model, std::size_t layer) {
  std::size_t source = layer - 1;
  while (op_of(model.layers()[source].kind).is_view()) {
    source = model.layers()[source].inputs.front();
  }
  return op_of(model.layers()[source].kind).backward_reads_output();
}

// Whether each tensor rank holds a share of its parameters; of a latent attention the larger part.
bool is_shared_out(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::dense:
    case LayerKind::embedding:
    case LayerKind::attention:
    case LayerKind::latent_attention:
    case LayerKind::experts:
      return true;
    default:
      return false;
  }
}

}  // namespace

LayoutUnits::LayoutUnits(const Model& model, const CostModel& cost, Precision precision,
                         const SoftwareFactors& factors)
    : model_(model),
      cost_(cost),
      precision_(precision),
      factors_(factors),
      ranges_(units_of(model)) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t u = 0; u < ranges_.size(); ++u) {
    std::string text = is_kept_before(model, ranges_[u].first) ? "k" : "";
    for (std::size_t i = ranges_[u].first; i < ranges_[u].end; ++i) {
      text += signature(model, i, ranges_[u].first);
    }
    classes_.push_back(seen.try_emplace(std::move(text), u).first->second);
  }
}

Duration LayoutUnits::launch() const {
  const DeviceProfile& device = cost_.device();
  return device.is_accelerator() ? device.launch_overhead : Duration(0);
}

const UnitCost& LayoutUnits::of(std::size_t unit, const PartShape& shape, std::int64_t microbatch,
                                const Recompute& recompute) {
  EXPECTS(unit < ranges_.size() && microbatch >= 1);
  // Recomputation of chosen kinds is one choice of a scenario.
  const Key key{classes_[unit],
                shape.tensor,
                shape.sequence,
                shape.context,
                shape.context_exchange,
                shape.expert,
                shape.expert_tensor,
                shape.expert_imbalance,
                shape.tiles.rows,
                shape.tiles.columns,
                microbatch,
                static_cast<int>(recompute.mode)};
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const ModelPart part = part_of(model_, ranges_[classes_[unit]], shape);
  return known_.emplace(key, cost_of(part, shape, microbatch, recompute)).first->second;
}

std::vector<LayerTimes> LayoutUnits::times_of(const Model& part, std::int64_t microbatch) const {
  std::vector<LayerTimes> times = layer_times(cost_, part, microbatch, precision_);
  if (cost_.device().is_accelerator()) {
    for (LayerTimes& one : times) take_host_out(cost_.device().launch_overhead, one);
  }
  scale_times(part, factors_, times);
  return times;
}

UnitCost LayoutUnits::cost_of(const ModelPart& part, const PartShape&, std::int64_t microbatch,
                              const Recompute& recompute) const {
  const Model& model = part.model;
  const Bytes element = element_size(precision_);
  const Bytes stored = std::max(element, Bytes(2));
  const std::vector<LayerTimes> times = times_of(model, microbatch);
  UnitCost unit;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const Layer& layer = model.layers()[i];
    if (cost_.device().is_accelerator()) {
      unit.host_forward += times[i].forward_launches;
      unit.host_backward += times[i].backward_launches;
      if (recompute.runs_again(layer)) unit.host_again += times[i].forward_launches;
    }
    unit.forward += times[i].forward;
    unit.backward_input += times[i].backward_data;
    unit.backward_weights += times[i].backward_weights;
    if (recompute.runs_again(layer)) unit.again += times[i].forward;
    if (layer.kind == LayerKind::exchange) {
      add_moves(part, i, microbatch, stored, times, recompute, unit);
    }
    const std::int64_t parameters = parameter_elements(layer);
    unit.parameters += parameters;
    if (layer.kind == LayerKind::experts) {
      unit.experts += parameters;
    } else if (!is_shared_out(layer)) {
      unit.repeated += parameters;
    }
    if (layer.kind == LayerKind::embedding) unit.embedding += parameters;
    const Layer& whole = model_.layers()[part.whole[i]];
    if (layer.kind == LayerKind::dense && whole.tied) unit.tied += parameters;
  }
  const auto samples = static_cast<double>(microbatch);
  const auto bytes_of = [&](const Kept& kept) {
    const auto inputs = static_cast<double>(kept.matrix_inputs);
    return samples * (stored * (static_cast<double>(kept.elements) - inputs) + element * inputs +
                      Bytes(static_cast<double>(kept.bytes)));
  };
  const bool block = model.layers().back().block.has_value();
  if (recompute.mode == Recompute::Mode::full && block) {
    unit.kept = stored * (samples * static_cast<double>(model.input_shape().elements()));
    unit.for_again = bytes_of(kept_for_backward(model, Recompute{}));
  } else {
    Kept kept = kept_for_backward(model, recompute);
    if (is_kept_before(model_, part.whole[1])) kept -= kept_input(model, recompute);
    unit.kept = bytes_of(kept);
  }
  unit.transient = transient_memory(model, samples, precision_);
  unit.output = stored * (samples * static_cast<double>(model.layers().back().output.elements()));
  return unit;
}

}  // namespace rehearse
