#include "kernels/models/part_parameters.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {
namespace {

// Rows [first, first + count) of a table.
struct RowRange {
  std::int64_t first = 0, count = 0;
};

std::int64_t sum_of(const std::vector<RowRange>& rows) {
  std::int64_t sum = 0;
  for (const RowRange& range : rows) sum += range.count;
  return sum;
}

class Runs {
 public:
  Runs(const Model& whole, const ModelPart& part, const PartShape& shape)
      : model_(whole), part_(part), shape_(shape), offsets_(whole.layers().size()) {
    std::int64_t at = 0;
    for (std::size_t i = whole.layers().size(); i-- > 0;) {
      for (const ParameterTensor& tensor : whole.layers()[i].parameters) {
        offsets_[i].push_back(at);
        at += tensor.elements;
      }
    }
  }

  std::vector<ParameterRun> find() {
    for (std::size_t i = part_.model.layers().size(); i-- > 0;) {
      const Layer& layer = part_.model.layers()[i];
      if (layer.parameters.empty()) continue;
      const std::int64_t end = at_ + parameter_elements(layer);
      add(layer, part_.whole[i]);
      ENSURES(at_ == end);
    }
    return std::move(runs_);
  }

 private:
  void add(const Layer& own, std::size_t index) {
    const Layer& layer = model_.layers()[index];
    switch (own.kind) {
      case LayerKind::dense:
        return add_dense(own, index);
      case LayerKind::embedding: {
        const std::int64_t left = std::max<std::int64_t>(0, layer.vocabulary - own.first);
        const RowRange rows{own.first, std::min(own.vocabulary, left)};
        return add_rows({rows}, offsets_[index][0], layer.output.channels, own.vocabulary);
      }
      case LayerKind::experts:
        return add_experts(own, index);
      case LayerKind::exchange:
        // The bias of the product whose parts it sums.
        return add_run(offsets_[index].back(), own.output.channels);
      default:
        for (std::size_t k = 0; k < own.parameters.size(); ++k) {
          EXPECTS(own.parameters[k].elements == layer.parameters[k].elements);
          add_run(offsets_[index][k], own.parameters[k].elements);
        }
    }
  }

  void add_run(std::int64_t whole, std::int64_t elements) {
    if (elements > 0) runs_.push_back({at_, whole, elements});
    at_ += elements;
  }

  // Of a table that begins at `whole`; the part has `rows` of them, the last ones perhaps filling.
  void add_rows(const std::vector<RowRange>& ranges, std::int64_t whole, std::int64_t width,
                std::int64_t rows) {
    for (const RowRange& range : ranges) {
      add_run(whole + range.first * width, range.count * width);
    }
    at_ += (rows - sum_of(ranges)) * width;
  }

  void add_dense(const Layer& own, std::size_t index) {
    const Layer& layer = model_.layers()[index];
    const std::size_t owner = layer.tied.value_or(index);
    const std::int64_t weights = model_.layers()[owner].parameters.front().elements;
    const std::int64_t rows = layer.output.channels, own_rows = own.output.channels;
    const std::int64_t width = weights / rows;
    const std::int64_t own_width = own.parameters.front().elements / own_rows;
    const std::int64_t begin = offsets_[owner].front();
    if (own_width < width) {  // a share of the inputs of every output
      for (std::int64_t row = 0; row < rows; ++row) {
        add_run(begin + row * width + shape_.tensor_rank * own_width, own_width);
      }
      return;
    }
    const std::vector<RowRange> ranges =
        own_rows == rows ? std::vector<RowRange>{{0, rows}} : rows_of(index, own_rows);
    add_rows(ranges, begin, width, own_rows);
    if (own.parameters.size() > 1) add_rows(ranges, offsets_[index][1], 1, own_rows);
  }

  // The outputs of a product that a rank has; they follow the layer that reads them.
  [[nodiscard]] std::vector<RowRange> rows_of(std::size_t index, std::int64_t own) const {
    const std::vector<Layer>& layers = model_.layers();
    const std::int64_t all = layers[index].output.channels, rank = shape_.tensor_rank;
    std::size_t at = index;
    for (std::size_t i = index + 1; i < layers.size(); ++i) {
      const auto found = std::ranges::find(layers[i].inputs, at);
      if (found == layers[i].inputs.end()) continue;
      const LayerKind kind = layers[i].kind;
      if (kind == LayerKind::head_norm || kind == LayerKind::rotary) {
        at = i;
        continue;
      }
      if (kind == LayerKind::swiglu)
        return {{rank * own / 2, own / 2}, {(all + rank * own) / 2, own / 2}};
      if (kind == LayerKind::attention) {
        return rows_of_heads(layers[i].attention, layers[i].inputs.size() == 1,
                             found == layers[i].inputs.begin(), own);
      }
      break;
    }
    const std::int64_t first = rank * own;
    return {{std::min(first, all), std::clamp<std::int64_t>(all - first, 0, own)}};
  }

  [[nodiscard]] std::vector<RowRange> rows_of_heads(const AttentionShape& of, bool packed,
                                                    bool queries, std::int64_t own) const {
    const std::int64_t rank = shape_.tensor_rank, ways = shape_.tensor;
    const std::int64_t heads = of.heads / ways;
    // Fewer heads of keys and values than ranks: neighbours have the same.
    const std::int64_t kv = std::max<std::int64_t>(1, of.kv_heads / ways);
    const std::int64_t first_kv = rank * of.kv_heads / ways;
    if (!packed && queries) return {{rank * own, own}};
    if (!packed) return {{first_kv * (own / kv), own}};
    const std::int64_t keys = of.queries(), values = keys + of.kv_heads * of.head_dim;
    return {{rank * heads * of.head_dim, heads * of.head_dim},
            {keys + first_kv * of.head_dim, kv * of.head_dim},
            {values + first_kv * of.value_dim, kv * of.value_dim}};
  }

  // Tensors up [expert][gates, then values][input], down [expert][output][unit] and their biases.
  void add_experts(const Layer& own, std::size_t index) {
    const Layer& layer = model_.layers()[index];
    const std::int64_t all_units = layer.experts.features, units = own.experts.features;
    const std::int64_t h = layer.output.channels, first = shape_.expert_tensor_rank * units;
    const std::int64_t count = own.experts.experts / own.experts.ranks, end = own.first + count;
    const auto halves = [&](std::int64_t begin, std::int64_t width) {
      for (std::int64_t expert = own.first; expert < end; ++expert) {
        const std::int64_t row = expert * 2 * all_units + first;
        add_run(begin + row * width, units * width);
        add_run(begin + (row + all_units) * width, units * width);
      }
    };
    halves(offsets_[index][0], h);
    for (std::int64_t row = own.first * h; row < end * h; ++row) {
      add_run(offsets_[index][1] + row * all_units + first, units);
    }
    if (!layer.experts.bias) return;
    halves(offsets_[index][2], 1);
    add_run(offsets_[index][3] + own.first * h, count * h);
  }

  const Model& model_;
  const ModelPart& part_;
  const PartShape& shape_;
  std::vector<std::vector<std::int64_t>> offsets_;  // of each tensor of each layer of the model
  std::int64_t at_ = 0;                             // in the part
  std::vector<ParameterRun> runs_;
};

}  // namespace

std::vector<ParameterRun> parameter_runs(const Model& whole, const ModelPart& part,
                                         const PartShape& shape) {
  return Runs(whole, part, shape).find();
}

std::vector<float> cut_parameters(const Model& whole, const ModelPart& part, const PartShape& shape,
                                  std::span<const float> plain) {
  EXPECTS(static_cast<std::int64_t>(plain.size()) == whole.parameter_count());
  std::vector<float> own(static_cast<std::size_t>(part.model.parameter_count()));
  for (const ParameterRun& run : parameter_runs(whole, part, shape)) {
    std::copy_n(plain.begin() + run.whole, run.elements, own.begin() + run.part);
  }
  return own;
}

void put_parameters(const Model& whole, const ModelPart& part, const PartShape& shape,
                    std::span<const float> of_part, std::span<float> plain) {
  EXPECTS(static_cast<std::int64_t>(plain.size()) == whole.parameter_count());
  EXPECTS(static_cast<std::int64_t>(of_part.size()) == part.model.parameter_count());
  for (const ParameterRun& run : parameter_runs(whole, part, shape)) {
    std::copy_n(of_part.begin() + run.part, run.elements, plain.begin() + run.whole);
  }
}

}  // namespace rehearse
