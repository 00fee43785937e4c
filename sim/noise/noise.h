// The dispersion of a simulated run: draws that depend on rank, run and step, and on nothing else.
//
// Steps are simulated in runs of `steps_per_run`. What stays the same during a real run is drawn
// once per run: the speed of each node and of each of its devices, and the uncertain parameters of
// the profiles (one value for all ranks). Those parameters follow a Latin hypercube over the runs
// (McKay, Beckman, Conover, Technometrics 21(2), 1979), so that few runs already span the interval;
// the speeds of nodes and devices follow a rotated grid for the same reason (Cranley, Patterson,
// SIAM J. Numer. Anal. 13(6), 1976). How many nodes are slow is one more coordinate of the
// hypercube; stalls are drawn so that every run holds their expectation (sim/noise/stalls.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "sim/noise/stalls.h"

namespace rehearse {

// The uncertain parameters of profiles. The order names their random streams: a new one goes behind
// the others.
enum class NoiseParameter {
  device_time,
  stream_bandwidth,
  step_latency,
  stream_rate_spread,
  compute_cv,
  device_cv,
  whole_step  // what is left over between a model and a machine
};

inline constexpr std::size_t kNoiseParameters = 7;

// What is known of the parameters together: the logarithms of their factors are mean + root · z, z
// standard normal. Rows and columns follow NoiseParameter.
struct JointFactors {
  std::array<double, kNoiseParameters> mean{};
  std::array<std::array<double, kNoiseParameters>, kNoiseParameters> root{};
};

struct NoiseOptions {
  std::uint64_t seed = 1;
  int runs = 10;
  int steps_per_run = 6;
  int warm_up = 0;                // steps before the first run, with the draws of that run
  double compute_cv = 0;          // of the steps of one device
  double device_cv = 0;           // between devices, beyond what their nodes differ
  double node_cv = 0;             // between nodes: all devices of a node alike
  double stream_rate_spread = 0;  // sigma of ln(rate) between nodes
  double slow_share = 0;          // probability that a node is slow for a run
  double slow_factor = 1;         // what the passes of its devices then take longer
  double stall_rate = 0;          // pauses of a device per second of its passes
  double stall_length = 0;        // mean of one, s
  double step_work = 0;           // passes of a device in a step, s; needed for stalls only
  // Relative standard errors of parameters; 0 = known exactly.
  double device_time_error = 0;
  double stream_bandwidth_error = 0;
  double step_latency_error = 0;
  double stream_rate_spread_error = 0;
  double compute_cv_error = 0;  // of compute_cv and device_cv themselves
  double device_cv_error = 0;
  std::optional<JointFactors> joint;  // in place of these errors

  [[nodiscard]] std::int64_t steps() const { return warm_up + std::int64_t{runs} * steps_per_run; }
};

// What a simulated device takes longer for the passes of a step than the cost model says.
class StepNoise {
 public:
  StepNoise() = default;
  StepNoise(const StepNoise&) = delete;
  StepNoise& operator=(const StepNoise&) = delete;
  virtual ~StepNoise() = default;

  // Factor on the duration of all passes of a step.
  [[nodiscard]] virtual double compute(int rank, std::int64_t step) const = 0;
};

// Standard normal scores of `count` equally likely values, in a random order: one coordinate of a
// Latin hypercube. REQUIRES: count >= 1.
std::vector<double> shuffled_normal_scores(int count, RandomStream shuffle);

class NoiseModel : public StepNoise {
 public:
  // REQUIRES: `node_of_rank` has all ranks, unless node_cv, slow_share and stall_rate are 0; nodes
  // are numbered from 0 on.
  explicit NoiseModel(NoiseOptions options, std::vector<std::int64_t> node_of_rank = {});

  [[nodiscard]] double compute(int rank, std::int64_t step) const override;
  // Factor on the median rate of the streams that leave a rank's node.
  [[nodiscard]] double stream_rate(std::int64_t node, std::int64_t step) const;
  // What all streams of a step have in common: the factor on their median, and the spread between
  // nodes (sigma of ln).
  [[nodiscard]] double stream_median(std::int64_t step) const;
  [[nodiscard]] double stream_spread(std::int64_t step) const;
  // The spreads between the steps of a device and between devices, of the run of a step.
  [[nodiscard]] double compute_cv(std::int64_t step) const;
  [[nodiscard]] double device_cv(std::int64_t step) const;
  // How many of `nodes` are slow in the run of a step: binomial.
  [[nodiscard]] std::int64_t slow_nodes(std::int64_t nodes, std::int64_t step) const;
  // Factor on the latency of a step of a collective.
  [[nodiscard]] double step_latency(std::int64_t step) const;
  // Factor on the duration of a step as a whole, which nothing in the simulation applies.
  [[nodiscard]] double whole_step(std::int64_t step) const;

  [[nodiscard]] const NoiseOptions& options() const { return options_; }

 private:
  // `error`: where nothing joint is known.
  [[nodiscard]] double factor(NoiseParameter parameter, std::int64_t run, double error) const;
  // The same of mean 1: what spreads add to a step is proportional to them, and where other causes
  // vary more, the mean of what they add is what the median of the step feels.
  [[nodiscard]] double unbiased(NoiseParameter parameter, std::int64_t run, double error) const;
  [[nodiscard]] std::int64_t run_of(std::int64_t step) const;
  [[nodiscard]] bool is_slow(int rank, std::int64_t run) const;
  // Of a rank in a step, s.
  [[nodiscard]] double stall(int rank, std::int64_t step) const;
  // Log-normal of mean 1, the same for all steps of a run. A rotation of a regular grid: over the
  // runs everything that has a name is slow and fast evenly often.
  [[nodiscard]] double rotated(double cv, RandomStream name, std::int64_t run) const;

  NoiseOptions options_;
  std::vector<std::int64_t> node_of_rank_;
  // [parameter][run], standard normal scores; behind the parameters those of how many nodes are
  // slow.
  std::vector<std::vector<double>> normal_;
  std::vector<std::vector<bool>> slow_;  // [run][node]; empty if none can be
  std::optional<StepStalls> stalls_;
};

}  // namespace rehearse
