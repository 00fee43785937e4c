#include "runtime/checkpoint/xxh64.h"

#include <bit>
#include <cstring>

#include "base/contract.h"

namespace rehearse {
namespace {

static_assert(std::endian::native == std::endian::little, "the lanes are little-endian");

template <class Word>
std::uint64_t load(const unsigned char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

std::uint64_t Xxh64::round(std::uint64_t sum, std::uint64_t lane) {
  return std::rotl(sum + lane * kPrime2, 31) * kPrime1;
}

std::uint64_t Xxh64::merge(std::uint64_t sum, std::uint64_t lane) {
  return (sum ^ round(0, lane)) * kPrime1 + kPrime4;
}

void Xxh64::add(const void* data, std::size_t bytes) {
  EXPECTS(rest_size_ == 0);
  const auto* from = static_cast<const unsigned char*>(data);
  length_ += bytes;
  auto [a, b, c, d] = lanes_;
  for (; bytes >= kStripe; bytes -= kStripe, from += kStripe) {
    a = round(a, load<std::uint64_t>(from));
    b = round(b, load<std::uint64_t>(from + 8));
    c = round(c, load<std::uint64_t>(from + 16));
    d = round(d, load<std::uint64_t>(from + 24));
  }
  lanes_ = {a, b, c, d};
  rest_size_ = bytes;
  if (bytes > 0) std::memcpy(rest_.data(), from, bytes);
}

std::uint64_t Xxh64::digest() const {
  std::uint64_t sum = kPrime5;
  if (length_ >= kStripe) {
    sum = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
          std::rotl(lanes_[3], 18);
    for (const std::uint64_t lane : lanes_) sum = merge(sum, lane);
  }
  sum += length_;
  const unsigned char* from = rest_.data();
  std::size_t left = rest_size_;
  for (; left >= 8; left -= 8, from += 8) {
    sum = std::rotl(sum ^ round(0, load<std::uint64_t>(from)), 27) * kPrime1 + kPrime4;
  }
  if (left >= 4) {
    sum = std::rotl(sum ^ load<std::uint32_t>(from) * kPrime1, 23) * kPrime2 + kPrime3;
    left -= 4;
    from += 4;
  }
  for (; left > 0; --left, ++from) sum = std::rotl(sum ^ *from * kPrime5, 11) * kPrime1;
  sum = (sum ^ sum >> 33) * kPrime2;
  sum = (sum ^ sum >> 29) * kPrime3;
  return sum ^ sum >> 32;
}

}  // namespace rehearse
