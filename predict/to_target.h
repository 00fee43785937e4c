// Samples, time and node-hours until a training reaches its target, and where more workers stop
// helping.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/staleness.h"
#include "predict/job_point.h"
#include "predict/prediction.h"

namespace rehearse {

// Samples that go into one update of the weights: one worker's batch (of all its processes) under
// async_ps, downpour, easgd and gem, a group's under hybrid, the global one under the others;
// gradients of backup workers do not count.
std::int64_t update_samples(const JobPoint& job);

// Updates between the weights of a gradient and its own, as far as the strategy alone tells: the
// lag of lagged, else 0.
double staleness_by_strategy(const StrategyOptions& strategy);

// scenarios/convergence_options.h has the formula.
double samples_to_target(const ConvergenceOptions& convergence, std::int64_t update_samples,
                         double mean_staleness);

// Of a point with its step times, goodput and staleness. REQUIRES: the scenario has `convergence`.
ToTarget to_target(const JobPoint& job, const PredictedPoint& point);

// Times of simulated runs that differ by less are equal: the median of ten runs is no closer.
inline constexpr double kTimeNoise = 0.01;

// The smallest point behind which more workers no longer shorten the time to the target by more
// than kTimeNoise; points that do not fit in memory do not count, unless none fits. Nothing where
// there is no target.
std::optional<std::size_t> best_scale(const std::vector<PredictedPoint>& points);

// The way to the target of all points, with its provenance and a warning `past_best_scale` for
// those behind the best. Nothing where the scenario has no `convergence`.
void add_targets(const Scenario& scenario, Prediction& prediction);

}  // namespace rehearse
