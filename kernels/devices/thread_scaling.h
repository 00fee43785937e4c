// How the kernels of a CPU scale with its cores.
//
//   const std::optional<double> slower = slower_with(measured.scaling, 1);
//   if (slower) measured = at_threads(measured, 1, *slower);
#pragma once

#include <optional>
#include <vector>

namespace rehearse {

struct MeasuredDevice;

// How many times as long the work of kernels/devices/fixed_work.h takes with so many threads as
// with those that a profile was measured with.
struct ThreadSpeed {
  int threads = 1;
  double slower = 1;
};

// Of measured numbers of threads as they are, between two of them along a line through their
// logarithms; nothing outside. REQUIRES: `scaling` ascends.
std::optional<double> slower_with(const std::vector<ThreadSpeed>& scaling, int threads);

// The device with other threads: all its kernels take `slower` times as long. REQUIRES: slower > 0.
MeasuredDevice at_threads(const MeasuredDevice& device, int threads, double slower);

}  // namespace rehearse
