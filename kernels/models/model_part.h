// The part of a model that one rank of a layout computes: a stage of a pipeline, of it a share of
// each product, sequence and group of experts, with the exchanges between ranks as layers.
//
//   ModelPart part = part_of(gpt3, {1, 14}, {.tensor = 8, .sequence = true});
//
// Tensor parallelism is Megatron-LM's (Shoeybi et al., arXiv:1909.08053): a product of a whole
// vector is split by its outputs, the heads of attentions and element-wise functions follow, and
// the next product, split by its inputs, ends in a sum over the ranks. Embeddings and the scores of
// a language model are split by the vocabulary. With `sequence` (Korthikanti et al.,
// arXiv:2205.05198) what lies between is shared out by steps. Images are shared out by tiles
// (kernels/models/tiles.h), beside which nothing else is split. Where a layer cannot be split so,
// Error::input names it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/enum_names.h"
#include "kernels/models/model.h"
#include "kernels/models/tiles.h"

namespace rehearse {

// How ranks that share a sequence come by the keys and values of the others: passed round a ring
// while chunks are computed (Liu et al., arXiv:2310.01889), gathered before the attention
// (arXiv:2407.21783, section 3.3.2), or by turning shares of steps into shares of heads
// (Jacobs et al., DeepSpeed-Ulysses, arXiv:2309.14509).
enum class ContextExchange : std::uint8_t { ring, all_gather, all_to_all };

inline constexpr auto kContextExchangeNames =
    enum_names<ContextExchange>("ring", "all_gather", "all_to_all");

struct PartShape {
  int tensor = 1;
  bool sequence = false;
  int context = 1;
  ContextExchange context_exchange = ContextExchange::ring;
  int expert = 1;         // ranks that share out the experts
  int expert_tensor = 1;  // ranks that share one expert
  double expert_imbalance = 1;
  Tiles tiles{};
  // Whose part: the first two decide Layer::first, all three which parameters it has
  // (kernels/models/part_parameters.h).
  int tensor_rank = 0, expert_rank = 0, expert_tensor_rank = 0;

  bool operator==(const PartShape&) const = default;
};

// Layers [first, end) of a model.
struct LayerRange {
  std::size_t first = 1, end = 1;
};

struct ModelPart {
  Model model;
  std::vector<std::size_t> whole;  // by layer of the part: that of the model which it is or serves
};

// All that the range reads from before it is the part's input. A tied layer whose embedding lies
// outside has weights of its own. REQUIRES: 1 <= first < end <= layers.
ModelPart part_of(const Model& whole, LayerRange range, const PartShape& shape);

// Where a pipeline may cut: consecutive ranges that cover all layers but the input. Each but the
// last passes one tensor on. They are the blocks of the model, with what comes before and behind
// (modules that predict further tokens among it); of a model without blocks all pieces between
// which one tensor passes.
std::vector<LayerRange> units_of(const Model& model);

}  // namespace rehearse
