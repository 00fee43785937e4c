// What one rank of a layout does in a step, as a list: passes over its chunks, messages to and from
// other stages, reductions of gradients, gathering of parameters, updates.
//
//   const RankProgram program = rank_program(chunks, layout, grid, rank, options);
//   for (const RankOp& op : program.ops) …      // runtime/strategies/layout_sgd.h
//
// The list is data and a pure function of its arguments. What ranks exchange inside a layer is not
// in it but in the chunk's layers (ChunkLayer::exchange).
//
// The parameters of a rank are one array: those of its last chunk come first, within a chunk those
// of the last layer, so that gradients become ready about in this order. It is divided into
// buckets, each of consecutive parameters whose gradients are summed over the same ranks. Under
// zero each rank owns a part of every bucket (Layout::zero): it alone has the states of the
// optimizer there, and updates it.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/collectives/algorithm.h"
#include "runtime/parallel/pipeline_schedule.h"
#include "runtime/parallel/rank_chunks.h"
#include "runtime/world/device.h"

namespace rehearse {

struct RankOp {
  enum class Kind : std::uint8_t {
    input,    // brings the batch of the step
    compute,  // layers [first, end) of a chunk in a pass over a microbatch; backward the last first
    listen,   // starts to receive what a later `receive` of the same pass, chunk, microbatch needs
    receive,  // gets a chunk's input of a microbatch, or in a backward pass the gradient of its
              // output
    send,     // starts to send a chunk's output, or the gradient of its input
    hand_on,  // in place of a message: copies from a chunk of this rank, `peer`
    collect,  // a collective over `ranges` of the gradients, together where there are several
    gather,   // an all-gather over `ranges` of the parameters
    keep,     // adds `ranges` of the gradients of this microbatch to those kept of earlier ones
    norm,     // sums one number over all ranks: the norm of the gradients
    update,   // of `ranges`
    await     // waits until the op with the number `until` is done
  };

  Kind kind = Kind::compute;
  PipelinePass pass = PipelinePass::forward;
  int chunk = 0, microbatch = 0;
  int slot = 0;                        // of the chunk, where the microbatch is (Task::slot)
  std::size_t first = 0, end = 0;      // into RankChunk::layers
  double share = 1;                    // of the pass over the chunk, by ChunkLayer::work
  int peer = -1;                       // of messages: place on the pipeline axis; of hand_on: chunk
  int peer_slot = -1;                  // of hand_on
  std::int64_t elements = 0;           // of messages, of a sample
  GridAxis axis = GridAxis::replicas;  // of collectives
  Operation operation = Operation::all_reduce;
  std::vector<ParameterRange> ranges{};
  // The tensors that the ranges are part of, numbered as their gradients become ready, and what
  // lies between them.
  std::int64_t first_tensor = 0, end_tensor = 0;
  bool kept = false;    // of the gradients kept of all microbatches, not of the last pass
  bool beside = false;  // goes on beside what follows, one such op after the other, until awaited
  std::size_t until = 0;
};

// Consecutive parameters whose gradients are summed over the same ranks.
struct GradientBucket {
  ParameterRange range{};
  bool of_experts = false, of_ends = false;
  ParameterRange own{};  // what this rank updates

  bool operator==(const GradientBucket&) const = default;
};

struct ProgramOptions {
  // A bucket closes when it has so many elements; layers are not divided. Under zero 3 each block
  // is one.
  std::int64_t bucket_elements = 40'000'000;
  PipelineCosts costs{};  // of the zero bubble schedules
  bool norm = false;      // gradients are clipped, or their norm is told
};

struct RankProgram {
  std::vector<RankChunk> chunks;
  std::vector<std::int64_t> begins;  // by chunk: its first parameter
  std::vector<int> slots;            // by chunk: microbatches under way at most
  std::vector<GradientBucket> buckets;
  std::vector<RankOp> ops;
  // Whether gradients of earlier microbatches are kept by the program (zero 2 and 3); else the
  // device adds those of a step up.
  bool keeps = false;
  // Whether every rank has all of its parameters at the end of a step; else each has those that it
  // owns, and gathers the others when a pass needs them.
  bool ends_whole = true;

  [[nodiscard]] std::int64_t parameter_elements() const;
  // Where the parameters of a layer lie; `layer` is an index into RankChunk::layers.
  [[nodiscard]] ParameterRange range_of(int chunk, std::size_t layer) const;
};

// Throws Error::input where the pipeline cannot be scheduled. REQUIRES: chunks of the rank
// (rank_chunks).
RankProgram rank_program(std::vector<RankChunk> chunks, const Layout& layout,
                         const ProcessGrid& grid, int rank, const ProgramOptions& options = {});

// The axis over which gradients of a bucket are summed, and over which its owners lie under zero.
GridAxis sum_axis(const GradientBucket& bucket);
GridAxis owner_axis(const GradientBucket& bucket);

}  // namespace rehearse
