// Counter-based random numbers: the n-th draw of a stream is a pure function of (seed, stream, n),
// so results do not depend on the order or the thread in which streams are used.
//
//   RandomStream noise(seed, {kComputeNoise, rank, step});
//   double z = noise.normal();
//
// Generator: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

namespace rehearse {

class RandomStream {
 public:
  // `ids` name the stream; the order of ids matters.
  RandomStream(std::uint64_t seed, std::initializer_list<std::uint64_t> ids);

  std::uint32_t bits();                      // uniform over all 32-bit values
  double uniform();                          // uniform in [0, 1), 53 bits
  double normal();                           // mean 0, standard deviation 1
  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound); REQUIRES: bound > 0

  // Log-normal with mean 1 and coefficient of variation `cv`; exactly 1 for cv = 0.
  double lognormal_mean_one(double cv);

 private:
  void refill();

  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> counter_{};
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

// The Philox4x32-10 block function, exposed for its published test vectors.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

}  // namespace rehearse
