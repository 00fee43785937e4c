#include "train/fixed_work_timer.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "train/floats_text.h"

namespace rehearse {
namespace {

constexpr std::size_t kWarm = 3;  // steps until a step takes what it takes
constexpr double kBetween = 1;    // s

}  // namespace

void FixedWorkTimer::after_step(RecordedRank& rank, bool last) {
  const std::size_t done = rank.steps.size();
  if (done < kWarm && !last) return;
  if (every_ == 0) every_ = agreed_spacing(rank);
  const auto since = static_cast<std::int64_t>(done - std::min(kWarm, done));
  if (since % every_ != 0 && !last) return;
  rank.fixed_work.push_back(work_.time().value());
  (void)session_.gather("");
  (void)session_.broadcast("");
}

// Steps, as the first rank has timed them. Called by all ranks.
std::int64_t FixedWorkTimer::agreed_spacing(const RecordedRank& rank) {
  constexpr double kShortest = 1e-6;
  double step = kBetween;
  for (const RecordedStep& one : rank.steps) step = std::min(step, one.time);
  const std::vector<double> mine{std::round(kBetween / std::max(kShortest, step))};
  const std::string shared =
      session_.broadcast(session_.rank() == 0 ? to_bytes(std::span(mine)) : "");
  return static_cast<std::int64_t>(numbers_of<double>(shared).front());
}

}  // namespace rehearse
