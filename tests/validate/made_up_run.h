// The record of a run that never took place, with round numbers.
#pragma once

#include <vector>

#include "tests/scenarios/made_up_profile.h"
#include "train/run_record.h"

namespace rehearse {

// A step of `time` s from `begin` on: 50 % compute, 20 % communication, 10 % waiting for the
// other, 5 % input, 10 % optimizer, 5 % other; 30 % hidden communication.
inline RecordedStep made_up_step(double begin, double time, double loss) {
  RecordedStep step;
  step.begin = begin;
  step.time = time;
  const Duration all(time);
  step.parts[StepPhase::compute] = all * 0.5;
  step.parts[StepPhase::exposed_communication] = all * 0.2;
  step.parts[StepPhase::straggler_wait] = all * 0.1;
  step.parts[StepPhase::input_wait] = all * 0.05;
  step.parts[StepPhase::optimizer] = all * 0.1;
  step.parts[StepPhase::other] = all * 0.05;
  step.hidden_communication = all * 0.3;
  step.loss = loss;
  return step;
}

inline RecordedRank made_up_rank(int rank, const std::vector<double>& times) {
  RecordedRank result;
  result.rank = rank;
  result.bytes_sent = 1000;
  double begin = 0.5;
  for (const double time : times) {
    result.steps.push_back(made_up_step(begin, time, 0.25));
    begin += time;
  }
  return result;
}

// Two ranks of a network of two dense layers, which the made-up profile knows.
inline RunRecord made_up_run() {
  RunRecord record;
  record.version = "0";
  record.scenario = R"({"name": "run",
    "model": {"input": {"channels": 4}, "layers": [{"kind": "dense", "features": 8},
      {"kind": "dense", "features": 2}]},
    "data": {"samples": 1000, "classes": 2},
    "cluster": {"nodes": 1, "node": {"device": "local", "devices": 2}},
    "training": {"batch": {"per_worker": 32}}, "sweep": {"workers": [2]}})";
  record.profile = made_up_profile(2);
  record.machine = {"made up", 2, Bytes(8e9), "k 1", "t 1"};
  record.global_batch = record.update_samples = 64;
  record.losses = {0.75, 0.5, 0.25, 0.125, 0.0625, 0.0625};
  record.rates = std::vector<double>(6, 0.1);
  const std::vector<double> times{9, 7, 2e-3, 3e-3, 4e-3, 5e-3};
  record.ranks = {made_up_rank(0, times), made_up_rank(1, times)};
  record.evaluation = Evaluation{100, 0.75, 0.5};
  record.evaluations = {{3, 16.002, 192, 0.5, 0.75, 0.5, 0.1},
                        {6, 16.014, 384, 0.05, 0.5, 0.75, 0.1}};
  return record;
}

}  // namespace rehearse
