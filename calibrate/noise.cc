#include "calibrate/noise.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <vector>

#include "base/stats.h"
#include "calibrate/co_run.h"
#include "calibrate/wake_up.h"

namespace rehearse {
namespace {

constexpr std::size_t kBlock = 10;  // pieces: about as long as a pass over a small network
constexpr std::size_t kPieces = 12 * kBlock;
constexpr std::size_t kInCache = 1 << 15;   // floats: 128 KiB
constexpr std::size_t kInMemory = 1 << 24;  // floats: 64 MiB
constexpr double kPieceSeconds = 0.01;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void sweep(std::vector<float>& values) {
  for (float& value : values) value = value * 0.999F + 0.001F;
}

// Seconds of pieces of about kPieceSeconds each, all of the same number of sweeps.
std::vector<double> pieces_of(std::size_t floats) {
  std::vector<float> values(floats, 1.0F);
  sweep(values);
  int sweeps = 0;
  const double begin = seconds_now();
  while (seconds_now() - begin < kPieceSeconds) {
    sweep(values);
    ++sweeps;
  }
  std::vector<double> times(kPieces);
  for (double& time : times) {
    const double start = seconds_now();
    for (int i = 0; i < sweeps; ++i) sweep(values);
    time = (seconds_now() - start) / sweeps;
  }
  return times;
}

std::vector<double> block_means(const std::vector<double>& pieces) {
  std::vector<double> means;
  for (std::size_t at = 0; at + kBlock <= pieces.size(); at += kBlock) {
    means.push_back(mean(std::span(pieces).subspan(at, kBlock)));
  }
  return means;
}

double slowdown(const CoRunResult& result) {
  return quantile(result.busy, 0.5) / quantile(result.alone, 0.5);
}

}  // namespace

NoiseMeasurement measure_noise(int devices, int threads) {
  CoRunOptions options;
  options.devices = devices;
  options.threads = threads;
  options.values_per_job = kPieces;
  const std::vector<CoRunResult> results = co_run(
      options, 2, [](std::size_t job) { return pieces_of(job == 0 ? kInCache : kInMemory); });
  const std::vector<double>& alone = results[0].alone;
  NoiseMeasurement noise;
  const double median = quantile(alone, 0.5);
  const std::vector<double> blocks = block_means(alone);
  noise.quantum = Duration(kBlock * kPieceSeconds);
  noise.cv = standard_deviation(blocks) / mean(blocks);
  noise.worst = *std::max_element(alone.begin(), alone.end()) / median;
  noise.compute_slowdown = slowdown(results[0]);
  noise.memory_slowdown = slowdown(results[1]);
  options.values_per_job = 1;
  const CoRunResult wake_up = co_run(options, 1, [](std::size_t) {
                                return std::vector{measure_wake_up().value()};
                              }).front();
  noise.wake_up = Duration((devices > 1 ? wake_up.busy : wake_up.alone).front());
  return noise;
}

}  // namespace rehearse
