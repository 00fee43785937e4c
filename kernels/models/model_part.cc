#include "kernels/models/model_part.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/layer_spec.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

std::int64_t share(std::int64_t of, int ways) { return (of + ways - 1) / ways; }

// How ranks of the tensor axis have a tensor: all of them the same (with `sequence` the same steps
// each), or each a share of its features.
enum class Form { whole, split };

class PartBuilder {
 public:
  PartBuilder(const Model& whole, LayerRange range, const PartShape& shape)
      : model_(whole), range_(range), shape_(shape), build_(whole.name()) {}

  ModelPart build();

 private:
  struct Made {
    std::size_t layer = 0;  // of the part
    Form form = Form::whole;
    std::optional<std::size_t> entered{};  // the same for products that need all steps
  };

  [[nodiscard]] bool splits() const { return shape_.tensor > 1; }
  [[nodiscard]] bool by_steps() const { return splits() && shape_.sequence; }
  [[nodiscard]] Shape input_shape() const;
  [[nodiscard]] Form form_of_inputs(const Layer& layer) const;
  [[nodiscard]] Made& made(std::size_t layer) { return made_[layer < range_.first ? 0 : layer]; }
  std::size_t add(LayerSpec spec);
  std::size_t exchange(const std::string& name, std::size_t from, const Exchange& exchange,
                       bool bias = false);
  std::size_t entered(std::size_t layer, const std::string& name);
  // The sum over the tensor ranks of a product's parts.
  Made left(const std::string& name, std::size_t product, bool bias);
  [[nodiscard]] AttentionShape share_of(const AttentionShape& attention) const;
  [[nodiscard]] std::int64_t share_of_outputs(std::size_t layer) const;
  [[noreturn]] static void refuse(const Layer& layer, const std::string& why);

  Made make(std::size_t layer);
  Made make_dense(std::size_t layer);
  Made make_embedding(std::size_t layer);
  Made make_attention(std::size_t layer);
  Made make_experts(std::size_t layer);
  Made make_loss(std::size_t layer);
  Made make_like(std::size_t layer, Form form);

  const Model& model_;
  LayerRange range_;
  PartShape shape_;
  ModelBuilder build_;
  std::map<std::size_t, Made> made_;             // by layer of the whole model; 0: the part's input
  std::map<std::size_t, std::size_t> products_;  // likewise, the layer that has the parameters
  std::size_t serves_ = 0;                       // what is built now
  std::vector<std::size_t> whole_{0};
};

void PartBuilder::refuse(const Layer& layer, const std::string& why) {
  throw Error::input(
      "layer '" + layer.name + "' (" + std::string(to_text(layer.kind)) + ") cannot be split", why,
      "lower training.parallelism.tensor, context or sequence");
}

Shape PartBuilder::input_shape() const {
  if (range_.first == 1) {
    Shape tokens = model_.input_shape();
    tokens.sequence = share(tokens.sequence, shape_.context);
    return tokens;
  }
  Shape state;
  for (std::size_t i = range_.first; i < range_.end; ++i) {
    for (const std::size_t from : model_.layers()[i].inputs) {
      if (from < range_.first) state = model_.layers()[from].output;
    }
  }
  state.sequence = share(state.sequence, shape_.context * (by_steps() ? shape_.tensor : 1));
  return state;
}

std::size_t PartBuilder::add(LayerSpec spec) {
  whole_.push_back(serves_);
  return build_.add(std::move(spec));
}

std::size_t PartBuilder::exchange(const std::string& name, std::size_t from,
                                  const Exchange& exchange, bool bias) {
  return add({.name = name,
              .kind = LayerKind::exchange,
              .inputs = {from},
              .bias = bias,
              .exchange = exchange});
}

std::size_t PartBuilder::entered(std::size_t layer, const std::string& name) {
  Made& source = made(layer);
  if (!splits()) return source.layer;
  if (!source.entered) {
    const double own = static_cast<double>(build_.shape(source.layer).elements());
    const Exchange how =
        by_steps() ? Exchange{Exchange::Kind::gather, Exchange::Axis::tensor, shape_.tensor,
                              own * shape_.tensor}
                   : Exchange{Exchange::Kind::copy, Exchange::Axis::tensor, shape_.tensor, own};
    source.entered = exchange(name + ".enter", source.layer, how);
  }
  return *source.entered;
}

PartBuilder::Made PartBuilder::left(const std::string& name, std::size_t product, bool bias) {
  const auto all = static_cast<double>(build_.shape(product).elements());
  const auto kind = by_steps() ? Exchange::Kind::scatter : Exchange::Kind::sum;
  return {
      exchange(name + ".leave", product, {kind, Exchange::Axis::tensor, shape_.tensor, all}, bias)};
}

AttentionShape PartBuilder::share_of(const AttentionShape& attention) const {
  AttentionShape own = attention;
  own.context = shape_.context;
  own.heads = attention.heads / shape_.tensor;
  // Fewer heads of keys and values than ranks: each is on several.
  own.kv_heads = std::max<std::int64_t>(1, attention.kv_heads / shape_.tensor);
  return own;
}

Form PartBuilder::form_of_inputs(const Layer& layer) const {
  bool split = false, whole = false;
  for (const std::size_t from : layer.inputs) {
    const Made& source = made_.at(from < range_.first ? 0 : from);
    (source.form == Form::split ? split : whole) = true;
  }
  if (split && whole) refuse(layer, "one of its inputs is shared out by features, another is not");
  return split ? Form::split : Form::whole;
}

// Of a product that is split by its outputs. What makes queries, keys and values follows the heads.
std::int64_t PartBuilder::share_of_outputs(std::size_t index) const {
  const std::vector<Layer>& layers = model_.layers();
  const Layer& product = layers[index];
  std::size_t at = index;
  for (std::size_t i = index + 1; i < range_.end; ++i) {
    const auto found = std::ranges::find(layers[i].inputs, at);
    if (found == layers[i].inputs.end()) continue;
    const bool passes =
        layers[i].kind == LayerKind::head_norm || layers[i].kind == LayerKind::rotary;
    if (passes) at = i;
    if (passes || layers[i].kind != LayerKind::attention) continue;
    const AttentionShape& whole = layers[i].attention;
    if (whole.heads % shape_.tensor != 0 ||
        (whole.kv_heads % shape_.tensor != 0 && shape_.tensor % whole.kv_heads != 0)) {
      refuse(layers[i],
             "its " + std::to_string(whole.heads) + " heads, " + std::to_string(whole.kv_heads) +
                 " of keys and values, do not divide by " + std::to_string(shape_.tensor));
    }
    const AttentionShape own = share_of(whole);
    if (layers[i].inputs.size() == 1) return own.packed();
    const bool queries = found == layers[i].inputs.begin();
    return queries ? product.output.channels / shape_.tensor
                   : product.output.channels * own.kv_heads / whole.kv_heads;
  }
  const bool scores = index + 1 < range_.end && op_of(layers[index + 1].kind).is_loss();
  if (!scores && product.output.channels % shape_.tensor != 0) {
    refuse(product, "its " + std::to_string(product.output.channels) +
                        " features do not divide by " + std::to_string(shape_.tensor));
  }
  return share(product.output.channels, shape_.tensor);
}

PartBuilder::Made PartBuilder::make_like(std::size_t index, Form form) {
  const Layer& layer = model_.layers()[index];
  LayerSpec spec = spec_of(model_, index);
  spec.inputs.clear();
  for (const std::size_t from : layer.inputs) spec.inputs.push_back(made(from).layer);
  if (form == Form::split) spec.attention = share_of(spec.attention);
  if (layer.kind == LayerKind::position_embedding && by_steps()) {
    spec.first = shape_.tensor_rank * build_.shape(spec.inputs.front()).sequence;
  }
  return {add(std::move(spec)), form};
}

PartBuilder::Made PartBuilder::make_dense(std::size_t index) {
  const Layer& layer = model_.layers()[index];
  LayerSpec spec = spec_of(model_, index);
  if (spec.tied) {
    const auto owner = products_.find(*spec.tied);
    spec.tied = owner == products_.end() ? std::nullopt : std::optional(owner->second);
  }
  const std::size_t from = layer.inputs.front();
  if (!splits()) {
    spec.inputs = {made(from).layer};
    return {products_[index] = add(std::move(spec))};
  }
  if (made(from).form == Form::split) {
    const bool bias = spec.bias;
    spec.inputs = {made(from).layer};
    spec.bias = false;
    const std::string name = spec.name;
    return left(name, add(std::move(spec)), bias);
  }
  spec.inputs = {entered(from, spec.name)};
  spec.features = share_of_outputs(index);
  return {products_[index] = add(std::move(spec)), Form::split};
}

PartBuilder::Made PartBuilder::make_embedding(std::size_t index) {
  LayerSpec spec = spec_of(model_, index);
  spec.inputs = {made(model_.layers()[index].inputs.front()).layer};
  spec.vocabulary = share(spec.vocabulary, shape_.tensor);
  spec.first = shape_.tensor_rank * spec.vocabulary;
  const std::string name = spec.name;
  products_[index] = add(std::move(spec));
  if (!splits()) return {products_[index]};
  return left(name, products_[index], false);
}

// Exchanges of keys and values come before the core, which then sees all steps.
PartBuilder::Made PartBuilder::make_attention(std::size_t index) {
  const Layer& layer = model_.layers()[index];
  LayerSpec spec = spec_of(model_, index);
  const bool latent = layer.kind == LayerKind::latent_attention;
  if (latent && splits() && spec.attention.heads % shape_.tensor != 0) {
    refuse(layer, "its " + std::to_string(spec.attention.heads) + " heads do not divide by " +
                      std::to_string(shape_.tensor));
  }
  spec.inputs.clear();
  for (const std::size_t from : layer.inputs) {
    spec.inputs.push_back(latent ? entered(from, spec.name) : made(from).layer);
  }
  const bool own_heads = latent ? splits() : form_of_inputs(layer) == Form::split;
  if (!own_heads && splits()) refuse(layer, "every rank has all heads of its input");
  spec.attention = share_of(spec.attention);
  const AttentionShape own = spec.attention;
  const Form form = splits() ? Form::split : Form::whole;
  const std::string name = spec.name;
  if (shape_.context == 1) return {add(std::move(spec)), form};

  const auto steps = static_cast<double>(build_.shape(spec.inputs.front()).sequence);
  const double keys = steps * static_cast<double>(own.kv_heads * (own.head_dim + own.value_dim));
  const auto before = [&](Exchange::Kind kind, double elements) {
    spec.inputs.front() = exchange(name + ".keys", spec.inputs.front(),
                                   {kind, Exchange::Axis::context, shape_.context, elements});
  };
  switch (shape_.context_exchange) {
    case ContextExchange::ring:
      before(Exchange::Kind::pass_on, keys);
      break;
    case ContextExchange::all_gather:
      before(Exchange::Kind::gather_keys, keys * shape_.context);
      break;
    case ContextExchange::all_to_all:
      before(Exchange::Kind::all_to_all, keys + steps * static_cast<double>(own.queries()));
      return {exchange(name + ".heads", add(std::move(spec)),
                       {Exchange::Kind::all_to_all, Exchange::Axis::context, shape_.context,
                        steps * static_cast<double>(own.heads * own.value_dim)}),
              form};
  }
  return {add(std::move(spec)), form};
}

// Steps go to the ranks that have their experts, and come back. Where several ranks share an
// expert, they gather its steps and sum their results.
PartBuilder::Made PartBuilder::make_experts(std::size_t index) {
  const Layer& layer = model_.layers()[index];
  LayerSpec spec = spec_of(model_, index);
  const std::string name = spec.name;
  const int experts = shape_.expert, ways = shape_.expert_tensor;
  if (spec.experts.experts % experts != 0) {
    refuse(layer, "its " + std::to_string(spec.experts.experts) + " experts do not divide by " +
                      std::to_string(experts) + " (training.parallelism.expert)");
  }
  if (spec.experts.features % ways != 0) {
    refuse(layer, "the " + std::to_string(spec.experts.features) +
                      " features of its experts do not divide by " + std::to_string(ways));
  }
  if (splits() && !by_steps() && ways != shape_.tensor) {
    refuse(layer, "without training.parallelism.sequence the tensor ranks have the same steps");
  }
  spec.experts.ranks = experts;
  spec.experts.imbalance = experts > 1 ? shape_.expert_imbalance : 1;
  spec.experts.features /= ways;
  spec.first = shape_.expert_rank * (spec.experts.experts / experts);
  std::size_t at = made(layer.inputs[0]).layer;
  std::size_t router = made(layer.inputs[1]).layer;
  const auto routed = static_cast<double>(build_.shape(at).elements() * spec.experts.active) *
                      spec.experts.imbalance;
  const Exchange swap{Exchange::Kind::all_to_all, Exchange::Axis::expert, experts, routed};
  if (experts > 1) at = exchange(name + ".dispatch", at, swap);
  const auto whole = static_cast<double>(build_.shape(at).elements());
  // Without a tensor axis the ranks that share an expert are replicas, with steps of their own.
  const bool gathers = ways > 1 && (by_steps() || !splits());
  if (ways > 1) {
    const auto enter = gathers ? Exchange::Kind::gather : Exchange::Kind::copy;
    const double all = gathers ? routed * ways : whole;
    at = exchange(name + ".enter", at, {enter, Exchange::Axis::expert_tensor, ways, all});
    // Each has a part of the gradient of the weights. They are few: their time is not counted.
    router =
        exchange(name + ".router_enter", router, {enter, Exchange::Axis::expert_tensor, ways, 0});
  }
  spec.inputs = {at, router};
  at = add(std::move(spec));
  if (ways > 1) {
    const auto leave = gathers ? Exchange::Kind::scatter : Exchange::Kind::sum;
    const double all = gathers ? routed * ways : whole;
    at = exchange(name + ".leave", at, {leave, Exchange::Axis::expert_tensor, ways, all});
  }
  if (experts > 1) at = exchange(name + ".combine", at, swap);
  return {at};
}

// Of split scores: the greatest score, the sum of exponentials and the score of the label, in fp32.
PartBuilder::Made PartBuilder::make_loss(std::size_t index) {
  const Layer& layer = model_.layers()[index];
  const Made source = made(layer.inputs.front());
  LayerSpec spec = spec_of(model_, index);
  std::size_t from = source.layer;
  if (source.form == Form::split) {
    const Shape scores = build_.shape(from);
    spec.first = shape_.tensor_rank * scores.channels;
    spec.vocabulary = layer.output.channels;
    from = exchange(spec.name + ".statistics", from,
                    {.kind = Exchange::Kind::statistics,
                     .axis = Exchange::Axis::tensor,
                     .ways = shape_.tensor,
                     .elements = 3.0 * static_cast<double>(scores.sequence),
                     .element_bytes = 4});
  }
  spec.inputs = {from};
  return {add(std::move(spec))};
}

PartBuilder::Made PartBuilder::make(std::size_t index) {
  const Layer& layer = model_.layers()[index];
  const bool by_parts = splits() || shape_.context > 1;
  using enum LayerKind;
  if (layer.kind == dense) return make_dense(index);
  if (layer.kind == embedding) return make_embedding(index);
  if (layer.kind == attention || layer.kind == latent_attention) return make_attention(index);
  if (layer.kind == experts) return make_experts(index);
  if (layer.kind == softmax_cross_entropy) return make_loss(index);
  const Form form = form_of_inputs(layer);
  const LayerOp& op = op_of(layer.kind);
  const bool on_slices = op.works_on_slices() || layer.kind == LayerKind::head_norm ||
                         layer.kind == LayerKind::rotary || layer.kind == LayerKind::swiglu ||
                         op.joins();
  if (form == Form::split && !on_slices) refuse(layer, "it needs all features of its input");
  const bool mixes_steps = layer.kind == LayerKind::lstm || layer.kind == LayerKind::first_step ||
                           layer.kind == LayerKind::class_token ||
                           layer.kind == LayerKind::to_sequence;
  if (mixes_steps && (by_steps() || shape_.context > 1)) {
    refuse(layer, "it needs all steps of a sequence");
  }
  if (by_parts && layer.kind == LayerKind::convolution) {
    refuse(layer, "only products of vectors are");
  }
  return make_like(index, form);
}

ModelPart PartBuilder::build() {
  if (model_.counts_full_attention()) build_.count_full_attention();
  const bool first = range_.first == 1;
  const Shape in = input_shape();
  made_[0] = {build_.input(in, !first)};
  for (std::size_t i = range_.first; i < range_.end; ++i) {
    serves_ = i;
    build_.set_block(model_.layers()[i].block);
    made_[i] = make(i);
  }
  return {std::move(build_).finish_part(), std::move(whole_)};
}

}  // namespace

ModelPart part_of(const Model& whole, LayerRange range, const PartShape& shape) {
  EXPECTS(range.first >= 1 && range.first < range.end && range.end <= whole.layers().size());
  if (shape.tiles.count() > 1) return tiled_part_of(whole, range, shape.tiles);
  const std::int64_t parts = std::int64_t{shape.context} * (shape.sequence ? shape.tensor : 1);
  const std::int64_t steps = whole.input_shape().sequence;
  if (parts > 1 && steps % (shape.context > 1 ? parts * 2 : parts) != 0) {
    throw Error::input("a sequence of " + std::to_string(steps) + " steps does not divide by " +
                           std::to_string(shape.context > 1 ? parts * 2 : parts),
                       shape.context > 1 ? "each context rank has two chunks of it"
                                         : "tensor ranks share its steps out",
                       "change data.sequence, or training.parallelism.context or tensor");
  }
  return PartBuilder(whole, range, shape).build();
}

}  // namespace rehearse
