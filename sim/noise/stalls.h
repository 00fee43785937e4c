// Stalls: pauses of single devices while they compute, such as those of a host that does something
// else. They come as a Poisson process with exponential lengths, so the stalls of a device in a
// step add up to X, compound Poisson. Everybody waits for the largest D of P such sums.
//
// Stalls are rare: in the few steps of a simulation there may be none where a real run of thousands
// of steps has many. So D is not drawn freely. The n steps of a run take the means of D in n
// equally likely parts of its distribution, in a random order (stratified sampling, Cochran,
// Sampling Techniques, 3rd ed., 1977, section 5A): the mean over the steps of every run is E[D]
// exactly, however rare stalls are. What single steps show is coarse: a stall in one of a hundred
// steps is there in one of n, and as much smaller. The device that has D is drawn, the others draw
// theirs below it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace rehearse {

struct NoiseOptions;

// The probability that the stalls of a device in a step exceed `x` mean lengths; `count` is their
// mean number. REQUIRES: x, count >= 0.
double stalls_exceed(double x, double count);

// The largest of the sums of `devices` devices.
class LargestStall {
 public:
  // `count` stalls are expected of one device, each of mean `length`, s.
  LargestStall(double count, double length, double devices);

  [[nodiscard]] double mean() const;  // s
  // Its means in `parts` equally likely parts of the distribution, ascending, s. Their mean is
  // mean() up to the integration (1e-4 of it).
  [[nodiscard]] std::vector<double> parts(int parts) const;

 private:
  double length_;
  double grid_;                // in mean lengths
  std::vector<double> below_;  // probability that it is at most k steps of the grid
};

// What each device stalls in each step of all runs.
class StepStalls {
 public:
  StepStalls(const NoiseOptions& options, std::int64_t devices);

  // Steps count from the first of the first run; those after the last repeat it. s.
  [[nodiscard]] double of(int device, std::int64_t step) const;
  [[nodiscard]] double largest(std::int64_t step) const;
  // What the mean over all devices is of the largest, over all steps.
  [[nodiscard]] double mean_share() const { return mean_share_; }

 private:
  std::uint64_t seed_;
  double count_, length_;
  std::int64_t devices_;
  std::vector<double> largest_;  // by step, s
  double mean_share_ = 1;
};

// Absent where there are none. REQUIRES: step_work > 0 where there are.
std::optional<StepStalls> step_stalls(const NoiseOptions& options, std::int64_t devices);

}  // namespace rehearse
