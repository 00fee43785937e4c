#include "calibrate/machine/speed_series.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/stats.h"

namespace rehearse {
namespace {

constexpr double kShortestLag = 0.01;
constexpr double kLasting = 0.1;
constexpr std::size_t kClasses = 6;        // of lags, up to 10 s
constexpr std::size_t kFewestPairs = 20;   // that make a covariance
constexpr double kLongestShare = 1.0 / 3;  // of the series that a lag may be

// ln(time) at each look less its mean.
using Series = std::vector<double>;

struct LagClass {
  double covariance = 0, ln_lag = 0;  // sums, until there are means
  std::size_t pairs = 0;
};

std::vector<LagClass> covariances(const std::vector<Series>& all,
                                  const std::vector<SpeedSample>& samples) {
  std::vector<LagClass> classes(kClasses);
  const Duration longest = kLongestShare * (samples.back().at - samples.front().at);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t j = i + 1; j < samples.size(); ++j) {
      const Duration lag = samples[j].at - samples[i].at;
      if (lag > longest) break;
      if (lag < Duration(kShortestLag)) continue;
      const double ln_lag = std::log(lag.value());
      const double decades = (ln_lag - std::log(kShortestLag)) / std::log(10.0);
      const auto index = static_cast<std::size_t>(2 * decades);
      if (index >= kClasses) break;
      for (const Series& series : all) classes[index].covariance += series[i] * series[j];
      classes[index].ln_lag += ln_lag;
      ++classes[index].pairs;
    }
  }
  std::erase_if(classes, [](const LagClass& c) { return c.pairs < kFewestPairs; });
  for (LagClass& c : classes) {
    c.covariance /= static_cast<double>(c.pairs * all.size());
    c.ln_lag /= static_cast<double>(c.pairs);
  }
  return classes;
}

void centre(Series& series) {
  const double middle = mean(series);
  for (double& value : series) value -= middle;
}

// Rare looks that are far out say little of a typical step: beyond 2.5 robust standard deviations
// they count as that (winsorising; Huber, Robust Statistics, 1981).
void draw_in(std::vector<Series>& all) {
  constexpr double kFarthest = 2.5 * 1.4826;  // normal values: deviation / median size
  std::vector<double> sizes;
  for (const Series& series : all) {
    for (const double value : series) sizes.push_back(std::abs(value));
  }
  const double farthest = kFarthest * quantile(sizes, 0.5);
  for (Series& series : all) {
    for (double& value : series) value = std::clamp(value, -farthest, farthest);
  }
}

}  // namespace

SpeedNoise speed_noise(const std::vector<SpeedSample>& samples) {
  EXPECTS(!samples.empty());
  const std::size_t devices = samples.front().times.size();
  EXPECTS(devices >= 1);
  Series common;
  std::vector<Series> own(devices);
  for (const SpeedSample& sample : samples) {
    EXPECTS(sample.times.size() == devices);
    std::vector<double> logs;
    for (const Duration time : sample.times) logs.push_back(std::log(time.value()));
    common.push_back(mean(logs));
    for (std::size_t d = 0; d < devices; ++d) own[d].push_back(logs[d] - common.back());
  }
  centre(common);
  draw_in(own);
  SpeedNoise noise;
  const std::vector<LagClass> shared = covariances({common}, samples);
  const auto lasting = std::find_if(shared.begin(), shared.end(), [](const LagClass& c) {
    return c.ln_lag >= std::log(kLasting);
  });
  if (lasting != shared.end()) noise.common = std::sqrt(std::max(0.0, lasting->covariance));
  const double of_one =
      devices > 1 ? static_cast<double>(devices) / static_cast<double>(devices - 1) : 1;
  for (const LagClass& c : devices > 1 ? covariances(own, samples) : shared) {
    noise.own.push_back(
        {Duration(std::exp(c.ln_lag)), std::sqrt(std::max(0.0, of_one * c.covariance))});
  }
  return noise;
}

}  // namespace rehearse
