#include "calibrate/machine/noise.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <vector>

#include "base/contract.h"
#include "base/stats.h"
#include "calibrate/machine/wake_up.h"

namespace rehearse {
namespace {

constexpr std::size_t kBlock = 10;  // pieces: about as long as a pass over a small network
constexpr std::size_t kFewestPieces = 2 * kBlock;
constexpr std::size_t kFewestBlocks = 4;
constexpr std::size_t kMostBlocks = 12;
constexpr std::size_t kInCache = 1 << 15;   // floats: 128 KiB
constexpr std::size_t kInMemory = 1 << 24;  // floats: 64 MiB
constexpr double kPieceSeconds = 0.01;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void sweep(std::vector<float>& values) {
  for (float& value : values) value = value * 0.999F + 0.001F;
}

std::vector<double> block_means(const std::vector<double>& pieces) {
  std::vector<double> means;
  for (std::size_t at = 0; at + kBlock <= pieces.size(); at += kBlock) {
    means.push_back(mean(std::span(pieces).subspan(at, kBlock)));
  }
  return means;
}

// Both kinds of pieces, alone and busy, after the wake-ups.
std::size_t pieces_within(Duration budget) {
  constexpr Duration kWakeUps(2);
  constexpr double kPhases = 4;
  const double block = kPhases * kPieceSeconds * static_cast<double>(kBlock);
  const double blocks =
      std::clamp((budget - kWakeUps).value() / block, static_cast<double>(kFewestBlocks),
                 static_cast<double>(kMostBlocks));
  return static_cast<std::size_t>(blocks) * kBlock;
}

// The pieces for which there was time.
std::vector<double> measured(std::vector<double> pieces) {
  std::erase_if(pieces, [](double time) { return std::isnan(time); });
  return pieces;
}

double slowdown(const CoRunResult& result) {
  return quantile(measured(result.busy), 0.5) / quantile(measured(result.alone), 0.5);
}

}  // namespace

std::vector<double> timed_pieces(std::size_t pieces, double most,
                                 const std::function<void()>& sweep,
                                 const std::function<double()>& seconds) {
  sweep();
  int sweeps = 0;
  const double begin = seconds();
  do {
    sweep();
    ++sweeps;
  } while (seconds() - begin < kPieceSeconds);
  std::vector<double> times(pieces, NAN);
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const double start = seconds();
    if (piece >= kFewestPieces && start - begin > most) break;
    for (int i = 0; i < sweeps; ++i) sweep();
    times[piece] = (seconds() - start) / sweeps;
  }
  return times;
}

NoiseMeasurement noise_of(const CoRunResult& in_cache, const CoRunResult& in_memory) {
  const std::vector<double> alone = measured(in_cache.alone);
  NoiseMeasurement noise;
  const std::vector<double> blocks = block_means(alone);
  EXPECTS(!blocks.empty());
  noise.quantum = Duration(kBlock * kPieceSeconds);
  noise.cv = standard_deviation(blocks) / mean(blocks);
  noise.worst = *std::max_element(alone.begin(), alone.end()) / quantile(alone, 0.5);
  noise.compute_slowdown = slowdown(in_cache);
  noise.memory_slowdown = slowdown(in_memory);
  return noise;
}

NoiseMeasurement measure_noise(const NoiseOptions& options) {
  const std::size_t pieces = pieces_within(options.budget);
  CoRunOptions co;
  co.devices = options.devices;
  co.threads = options.threads;
  co.values_per_job = pieces;
  const double most = static_cast<double>(pieces) * kPieceSeconds;
  const std::vector<CoRunResult> results = co_run(co, 2, [&](std::size_t job) {
    std::vector<float> values(job == 0 ? kInCache : kInMemory, 1.0F);
    return timed_pieces(
        pieces, most, [&] { sweep(values); }, seconds_now);
  });
  NoiseMeasurement noise = noise_of(results[0], results[1]);
  co.values_per_job = 1;
  const CoRunResult wake_up =
      co_run(co, 1, [](std::size_t) { return std::vector{measure_wake_up().value()}; }).front();
  noise.wake_up = Duration((options.devices > 1 ? wake_up.busy : wake_up.alone).front());
  return noise;
}

}  // namespace rehearse
