// XXH64 with seed 0, a checksum of 64 bits (Yann Collet, https://github.com/Cyan4973/xxHash).
//
//   Checksum sum;
//   sum.add(text.data(), text.size());
//   std::uint64_t value = sum.digest();     // of all that was added; more may follow
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

struct XXH64_state_s;  // of libxxhash

namespace rehearse {

class Checksum {
 public:
  Checksum();

  void add(const void* data, std::size_t bytes);
  [[nodiscard]] std::uint64_t digest() const;

 private:
  std::unique_ptr<XXH64_state_s, void (*)(XXH64_state_s*)> state_;
};

}  // namespace rehearse
