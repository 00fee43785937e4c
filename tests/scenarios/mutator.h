// Damages JSON documents: the input of the fuzz test.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/random.h"

namespace rehearse {

// Mutates one document of a corpus; equal seed and number, equal text.
//
// About half of the texts change values only in ways a user would (another batch, another unit,
// another word of the same list): they reach deep. The others are damaged: keys lost, doubled,
// renamed, swapped or moved, types changed, numbers out of all bounds, junk nested, arrays
// lengthened, bytes flipped, files cut.
class Mutator {
 public:
  // `corpus`: valid JSON texts; comments are dropped. REQUIRES: not empty.
  explicit Mutator(const std::vector<std::string>& corpus);
  ~Mutator();

  [[nodiscard]] std::string text(std::uint64_t seed, std::uint64_t number) const;

 private:
  std::vector<nlohmann::json> corpus_;
};

// The texts of the scenarios that ship, in the order of their names, and one of rarer keys.
std::vector<std::string> mutation_corpus();

}  // namespace rehearse
