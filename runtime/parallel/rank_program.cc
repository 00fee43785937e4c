#include "runtime/parallel/rank_program.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/contract.h"
#include "runtime/parallel/microbatch_slots.h"
#include "runtime/parallel/rank_buckets.h"

namespace rehearse {
namespace {

using Kind = RankOp::Kind;

class Builder {
 public:
  Builder(std::vector<RankChunk> chunks, const Layout& layout, const ProcessGrid& grid, int rank,
          const ProgramOptions& options)
      : layout_(layout),
        grid_(grid),
        rank_(rank),
        options_(options),
        pipeline_(pipeline_of(layout)),
        stage_(grid.place(rank, GridAxis::pipeline)) {
    all_.chunks = std::move(chunks);
    EXPECTS(static_cast<int>(all_.chunks.size()) == pipeline_.chunks);
  }

  RankProgram build() {
    all_.keeps = layout_.zero >= 2 && layout_.microbatches > 1;
    all_.ends_whole = layout_.zero != 3 && !gathers_first();
    order_ = pipeline_order(pipeline_, stage_, options_.costs);
    places_ = place_parameters(all_, layout_, grid_, rank_, options_.bucket_elements);
    number_tensors();
    slots_ = microbatch_slots(pipeline_, order_);
    all_.slots = slots_.count;
    awaited_.assign(all_.buckets.size(), std::nullopt);
    pending_.resize(all_.chunks.size());
    if (reads_batch()) add({.kind = Kind::input});
    if (gathers_first()) gather_all(true);
    for (std::size_t i = 0; i < order_.size(); ++i) take(i);
    finish_gradients();
    update();
    return std::move(all_);
  }

 private:
  std::size_t add(RankOp op) {
    if (!op.ranges.empty()) {
      const auto after = [&](std::int64_t element) {
        return std::ranges::lower_bound(tensor_ends_, element) - tensor_ends_.begin();
      };
      op.first_tensor = after(op.ranges.front().begin + 1);
      op.end_tensor = after(op.ranges.back().end) + 1;
    }
    all_.ops.push_back(std::move(op));
    return all_.ops.size() - 1;
  }
  void number_tensors() {
    std::int64_t end = 0;
    for (std::size_t c = all_.chunks.size(); c-- > 0;) {
      const std::vector<ChunkLayer>& layers = all_.chunks[c].layers;
      for (std::size_t i = layers.size(); i-- > 0;) {
        for (const std::int64_t elements : layers[i].parameters) {
          tensor_ends_.push_back(end += elements);
        }
      }
    }
  }
  void await(std::optional<std::size_t>& op) {
    if (op) add({.kind = Kind::await, .until = *op});
    op.reset();
  }

  [[nodiscard]] const RankChunk& chunk(int index) const {
    return all_.chunks[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] bool reads_batch() const {
    return std::ranges::any_of(all_.chunks, [&](const RankChunk& of) {
      return of.part == 0 || of.part == pipeline_.parts() - 1;
    });
  }
  [[nodiscard]] int owners(const GradientBucket& bucket) const {
    return owners_of(bucket, layout_, grid_);
  }
  // Under zero 1 and 2 parameters are complete before the first forward passes, or at the end.
  [[nodiscard]] bool gathers_first() const {
    return (layout_.zero == 1 || layout_.zero == 2) && layout_.overlap.parameters;
  }

  [[nodiscard]] int slot_of(int chunk, int microbatch) const {
    return slots_.of[static_cast<std::size_t>(chunk)][static_cast<std::size_t>(microbatch)];
  }

  // One pass over a chunk, with the messages before and after it.
  void take(std::size_t index) {
    const PipelineOp& op = order_[index];
    const int part = chunk(op.chunk).part;
    const bool forward = op.pass == PipelinePass::forward;
    const bool weights_only = op.pass == PipelinePass::backward_weights;
    if (!weights_only) meet(Kind::receive, op, part, forward ? part - 1 : part + 1);
    if (layout_.overlap.pipeline && index + 1 < order_.size()) listen(op, order_[index + 1]);
    if (forward) {
      forward_pass(op);
    } else {
      backward_pass(op, index);
    }
    if (!weights_only) meet(Kind::send, op, part, forward ? part + 1 : part - 1);
  }

  // The message between a chunk and the part before or behind it.
  void meet(Kind kind, const PipelineOp& op, int part, int other) {
    if (other < 0 || other >= pipeline_.parts()) return;
    const PipelinePlace place = place_of(pipeline_, other, op.microbatch);
    RankOp message = of_pass(kind, op);
    message.elements = other < part ? chunk(op.chunk).received : chunk(op.chunk).sent;
    message.peer = place.stage;
    if (place.stage == stage_) {
      if (kind == Kind::send) return;
      message.kind = Kind::hand_on;
      message.peer = place.chunk;
      message.peer_slot = slot_of(place.chunk, op.microbatch);
    }
    add(message);
  }

  // Receives what the next pass needs already now, unless this one is still in its slot.
  void listen(const PipelineOp& now, const PipelineOp& next) {
    if (next.pass == PipelinePass::backward_weights) return;
    const bool same_chunk = now.chunk == next.chunk;
    const bool same_slot =
        slot_of(now.chunk, now.microbatch) == slot_of(next.chunk, next.microbatch);
    if (same_chunk && same_slot) return;
    const bool forward = next.pass == PipelinePass::forward;
    const int part = chunk(next.chunk).part, other = forward ? part - 1 : part + 1;
    if (other < 0 || other >= pipeline_.parts()) return;
    if (place_of(pipeline_, other, next.microbatch).stage == stage_) return;
    meet(Kind::listen, next, part, other);
  }

  [[nodiscard]] RankOp of_pass(Kind kind, const PipelineOp& op) const {
    return {.kind = kind,
            .pass = op.pass,
            .chunk = op.chunk,
            .microbatch = op.microbatch,
            .slot = slot_of(op.chunk, op.microbatch)};
  }

  void compute(const PipelineOp& op, const Piece& piece) {
    const std::vector<ChunkLayer>& layers = chunk(op.chunk).layers;
    double all = 0, own = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      all += layers[i].work;
      if (piece.first <= i && i < piece.end) own += layers[i].work;
    }
    RankOp work = of_pass(Kind::compute, op);
    work.first = piece.first;
    work.end = piece.end;
    work.share = all > 0 ? own / all : 1;
    add(work);
  }
  [[nodiscard]] Piece whole(int index) const { return {0, chunk(index).layers.size(), {}}; }

  void forward_pass(const PipelineOp& op) {
    const bool waits =
        std::ranges::any_of(awaited_, [](const auto& one) { return one.has_value(); });
    if (layout_.zero == 3) return with_parameters(op, pieces_of(all_, places_, op.chunk), nullptr);
    if (!waits) return compute(op, whole(op.chunk));
    for (const Piece& piece : pieces_of(all_, places_, op.chunk)) {
      for (const std::size_t bucket : piece.buckets) await(awaited_[bucket]);
      compute(op, piece);
    }
  }

  // Under zero 3: gathers the parameters of each piece, of the next one while a piece is computed.
  template <class After>
  void with_parameters(const PipelineOp& op, const std::vector<Piece>& pieces, const After& after) {
    const bool ahead = layout_.overlap.parameters;
    const auto fetch = [&](const Piece& piece) {
      for (const std::size_t bucket : piece.buckets) gather(bucket, ahead);
    };
    if (ahead) fetch(pieces.front());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (!ahead) fetch(pieces[i]);
      // What both this piece and the next one need is fetched for the next one, too.
      for (const std::size_t bucket : pieces[i].buckets) await(awaited_[bucket]);
      if (ahead && i + 1 < pieces.size()) fetch(pieces[i + 1]);
      compute(op, pieces[i]);
      if constexpr (!std::is_null_pointer_v<After>) after(pieces[i]);
    }
  }

  void backward_pass(const PipelineOp& op, std::size_t index) {
    const auto c = static_cast<std::size_t>(op.chunk);
    const bool ends = ends_microbatch(op);
    if (ends) keep_pending(op.chunk);
    const bool reduces =
        ends && (all_.keeps || (index == slots_.last_pass[c] && layout_.overlap.gradients));
    // The gradients of weights follow from what the passes before have left.
    const bool gathers = layout_.zero == 3 && op.pass != PipelinePass::backward_weights;
    if (!gathers && !reduces) return compute(op, whole(op.chunk));
    std::vector<Piece> pieces = pieces_of(all_, places_, op.chunk);
    std::ranges::reverse(pieces);
    const auto after = [&](const Piece& piece) {
      if (reduces && !piece.buckets.empty()) ready(piece.buckets.front());
    };
    if (gathers) return with_parameters(op, pieces, after);
    for (const Piece& piece : pieces) {
      compute(op, piece);
      after(piece);
    }
  }

  // The gradients of a bucket are those of the microbatch.
  void ready(std::size_t index) {
    const GradientBucket& bucket = all_.buckets[index];
    if (!all_.keeps) {
      if (!bucket.of_ends) reduce(bucket, false, true);
      return;
    }
    std::optional<std::size_t> done;
    if (!bucket.of_ends && owners(bucket) > 1) {
      done = collect(owner_axis(bucket), Operation::reduce_scatter, {bucket.range}, false,
                     layout_.overlap.gradients);
    }
    pending_[static_cast<std::size_t>(places_[index].chunk)].push_back({index, done});
  }

  // Before the next backward pass overwrites the gradients of the last one.
  void keep_pending(int index) {
    for (auto& [bucket, done] : pending_[static_cast<std::size_t>(index)]) {
      const GradientBucket& of = all_.buckets[bucket];
      if (layout_.overlap.gradients) await(done);
      add({.kind = Kind::keep, .ranges = {of.of_ends ? of.range : of.own}});
    }
    pending_[static_cast<std::size_t>(index)].clear();
  }

  std::optional<std::size_t> collect(GridAxis axis, Operation operation,
                                     std::vector<ParameterRange> ranges, bool kept, bool beside) {
    if (grid_.group_of(rank_, axis) == nullptr) return std::nullopt;
    std::erase_if(ranges, [](const ParameterRange& range) { return range.size() == 0; });
    if (ranges.empty()) return std::nullopt;
    const std::size_t op = add({.kind = Kind::collect,
                                .axis = axis,
                                .operation = operation,
                                .ranges = std::move(ranges),
                                .kept = kept,
                                .beside = beside});
    if (beside) last_beside_ = op;
    return op;
  }

  // Sums the gradients of a bucket where they are needed.
  void reduce(const GradientBucket& bucket, bool kept, bool beside) {
    if (layout_.zero == 0) {
      collect(sum_axis(bucket), Operation::all_reduce, {bucket.range}, kept, beside);
      return;
    }
    collect(owner_axis(bucket), Operation::reduce_scatter, {bucket.range}, kept, beside);
    sum_copies(bucket, kept, beside);
  }
  void sum_copies(const GradientBucket& bucket, bool kept, bool beside) {
    if (bucket.of_experts || layout_.zero == 0) return;
    collect(GridAxis::shard_copies, Operation::all_reduce, {bucket.own}, kept, beside);
  }

  void gather(std::size_t index, bool beside) {
    const GradientBucket& bucket = all_.buckets[index];
    if (owners(bucket) == 1) return;
    const std::size_t op = add({.kind = Kind::gather,
                                .axis = owner_axis(bucket),
                                .operation = Operation::all_gather,
                                .ranges = {bucket.range},
                                .beside = beside});
    if (beside) awaited_[index] = op;
  }
  void gather_all(bool beside) {
    // The first layers are needed first.
    for (std::size_t b = all_.buckets.size(); b-- > 0;) gather(b, beside);
  }

  // Whether the first and the last part are on different stages, which both have a tied embedding.
  [[nodiscard]] bool sums_ends() const {
    const int last = pipeline_.parts() - 1;
    return place_of(pipeline_, 0, 0).stage != place_of(pipeline_, last, 0).stage;
  }

  void finish_gradients() {
    for (std::size_t c = 0; c < all_.chunks.size(); ++c) keep_pending(static_cast<int>(c));
    await(last_beside_);
    const bool reduced = layout_.overlap.gradients && !all_.keeps;
    for (const GradientBucket& bucket : all_.buckets) {
      if (bucket.of_ends || reduced) continue;
      all_.keeps ? sum_copies(bucket, true, false) : reduce(bucket, false, false);
    }
    for (const GradientBucket& bucket : all_.buckets) {
      if (!bucket.of_ends) continue;
      if (sums_ends())
        collect(GridAxis::ends, Operation::all_reduce, {bucket.range}, all_.keeps, false);
      reduce(bucket, all_.keeps, false);
    }
    std::vector<ParameterRange> shared;
    for (std::size_t c = all_.chunks.size(); c-- > 0;) {
      for (std::size_t i = all_.chunks[c].layers.size(); i-- > 0;) {
        if (!all_.chunks[c].layers[i].of_tensor_ranks) continue;
        shared.push_back(all_.range_of(static_cast<int>(c), i));
      }
    }
    collect(GridAxis::tensor, Operation::all_reduce, std::move(shared), all_.keeps, false);
    if (options_.norm) add({.kind = Kind::norm});
  }

  void update() {
    std::vector<ParameterRange> ranges{{0, all_.parameter_elements()}};
    if (layout_.zero > 0) {
      ranges.clear();
      for (const GradientBucket& bucket : all_.buckets) {
        if (bucket.own.size() > 0) ranges.push_back(bucket.own);
      }
    }
    add({.kind = Kind::update, .ranges = std::move(ranges), .kept = all_.keeps});
    if ((layout_.zero == 1 || layout_.zero == 2) && !gathers_first()) gather_all(false);
  }

  const Layout& layout_;
  const ProcessGrid& grid_;
  const int rank_;
  const ProgramOptions& options_;
  const PipelineShape pipeline_;
  const int stage_;
  RankProgram all_;
  std::vector<PipelineOp> order_;
  std::vector<std::int64_t> tensor_ends_;  // as gradients become ready
  std::vector<BucketPlace> places_;        // by bucket
  MicrobatchSlots slots_;
  std::vector<std::optional<std::size_t>> awaited_;  // by bucket: its gathering, which goes on
  std::optional<std::size_t> last_beside_;           // reduction that goes on
  // By chunk: buckets to keep, and the op that sums them.
  std::vector<std::vector<std::pair<std::size_t, std::optional<std::size_t>>>> pending_;
};

}  // namespace

GridAxis sum_axis(const GradientBucket& bucket) {
  return bucket.of_experts ? GridAxis::expert_copies : GridAxis::replicas;
}

GridAxis owner_axis(const GradientBucket& bucket) {
  return bucket.of_experts ? GridAxis::expert_copies : GridAxis::shards;
}

std::int64_t RankProgram::parameter_elements() const {
  std::int64_t sum = 0;
  for (const RankChunk& chunk : chunks) sum += chunk.elements();
  return sum;
}

ParameterRange RankProgram::range_of(int chunk, std::size_t layer) const {
  const auto c = static_cast<std::size_t>(chunk);
  const std::vector<ChunkLayer>& layers = chunks[c].layers;
  std::int64_t begin = begins[c];
  for (std::size_t i = layers.size(); i-- > layer + 1;) begin += layers[i].elements();
  return {begin, begin + layers[layer].elements()};
}

RankProgram rank_program(std::vector<RankChunk> chunks, const Layout& layout,
                         const ProcessGrid& grid, int rank, const ProgramOptions& options) {
  return Builder(std::move(chunks), layout, grid, rank, options).build();
}

}  // namespace rehearse
