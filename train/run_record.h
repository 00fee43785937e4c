// What a real run leaves behind: every rank's steps with the phases of a prediction, the loss, and
// what is needed to predict the run again. The file format is in docs/formats.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/staleness.h"
#include "base/trace_span.h"
#include "predict/prediction.h"
#include "scenarios/profile.h"
#include "train/stopping.h"

namespace rehearse {

// One step of one rank.
struct RecordedStep {
  double begin = 0;  // s, on the clock that all ranks share
  double time = 0;   // s
  Breakdown parts;   // they add up to `time`
  Duration hidden_communication;
  double loss = 0;  // of this rank's batch
};

struct RecordedRank {
  int rank = 0;
  double bytes_sent = 0;  // payload of all-reduces over all steps
  std::vector<RecordedStep> steps;
  std::vector<double>
      fixed_work;  // s, before, between and after the steps (kernels/devices/fixed_work.h)
};

struct Evaluation {
  std::int64_t samples = 0;
  double accuracy = 0;
  double loss = 0;
};

// The first step in which the loss of a rank was not finite, or the last, if its update has left
// weights that are not.
struct Divergence {
  std::int64_t step = 0;  // counted from 1 at the beginning of the training
  int rank = 0;           // the first of those whose loss it was
  double loss = 0;
  bool of_weights = false;
  double rate = 0;      // learning rate of the step
  bool stopped = true;  // the run ended there
  // Steps in the newest checkpoint, which no such step has gone into; nothing where there is none.
  std::optional<std::int64_t> checkpoint{};
};

struct RunRecord {
  std::string version;
  std::string scenario;  // JSON, as it was run: overrides applied
  std::string profile;   // JSON; empty if this machine was not calibrated
  Machine machine;
  int threads = 1;  // per rank
  std::int64_t first_step = 0;
  std::int64_t global_batch = 0;
  std::vector<double> losses;  // mean over the ranks, of every step since the first of the training
  std::vector<double> rates;   // learning rate of the steps of this run
  std::vector<RecordedRank> ranks;
  std::optional<Evaluation> evaluation;
  std::optional<Divergence> divergence;
  EndedBy ended_by = EndedBy::steps;
  std::int64_t update_samples = 0;         // of one update of the weights
  std::vector<RunEvaluation> evaluations;  // of the whole training, where it was evaluated
  // Of strategies whose ranks go on independently: servers and masters, the staleness of every
  // update, and ranks that ended before the run, whose steps are lost.
  struct Server {
    int rank = 0;
    double busy_share = 0;
    std::int64_t dropped = 0;  // gradients that came too late
  };
  std::vector<Server> servers;
  StalenessCounts staleness;
  std::vector<int> lost_ranks;
  std::vector<TraceSpan> trace;  // of the last step; not a part of the file
};

std::string to_json(const RunRecord& record);

// The part of a rank: what it sends to rank 0.
std::string to_text(const RecordedRank& rank);
RecordedRank recorded_rank_from_text(const std::string& text);

}  // namespace rehearse
