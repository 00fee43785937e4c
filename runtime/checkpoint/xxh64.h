// XXH64 with seed 0, a published checksum of 64 bits that reads eight bytes at a time (Yann Collet,
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rehearse {

class Xxh64 {
 public:
  static constexpr std::size_t kStripe = 32;

  // REQUIRES: `bytes` is a multiple of kStripe, except in the last call.
  void add(const void* data, std::size_t bytes);
  [[nodiscard]] std::uint64_t digest() const;

 private:
  static constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87ULL;
  static constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FULL;
  static constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9ULL;
  static constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63ULL;
  static constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5ULL;

  static std::uint64_t round(std::uint64_t sum, std::uint64_t lane);
  static std::uint64_t merge(std::uint64_t sum, std::uint64_t lane);

  std::array<std::uint64_t, 4> lanes_{kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
  std::uint64_t length_ = 0;
  std::array<unsigned char, kStripe> rest_{};
  std::size_t rest_size_ = 0;
};

}  // namespace rehearse
