#include "calibrate/machine/thread_scaling.h"

#include <map>
#include <optional>
#include <set>

#include "base/contract.h"
#include "base/stats.h"
#include "calibrate/machine/co_run.h"
#include "kernels/devices/fixed_work.h"

namespace rehearse {
namespace {

constexpr std::size_t kSteps = 7;

double seconds_with(int threads) {
  std::optional<FixedWork> work;
  const std::vector<CoRunResult> results =
      co_run({.devices = 1, .threads = threads}, kSteps, [&](std::size_t) {
        if (!work) work.emplace(threads);
        return std::vector<double>{work->time().value()};
      });
  std::vector<double> seconds;
  for (const CoRunResult& result : results) seconds.push_back(result.alone.front());
  return quantile(seconds, 0.5);
}

}  // namespace

std::vector<ThreadSpeed> measure_thread_scaling(int base, int most) {
  EXPECTS(base >= 1 && base <= most);
  std::set<int> counts{base, most};
  for (int threads = 1; threads < most; threads *= 2) counts.insert(threads);
  std::map<int, double> seconds;
  for (const int threads : counts) seconds[threads] = seconds_with(threads);
  std::vector<ThreadSpeed> scaling;
  for (const auto& [threads, time] : seconds) {
    scaling.push_back({threads, time / seconds.at(base)});
  }
  return scaling;
}

}  // namespace rehearse
