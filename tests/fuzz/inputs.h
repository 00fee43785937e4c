// The inputs of one door: its texts, damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/fuzz/door.h"
#include "tests/fuzz/text_mutator.h"
#include "tests/scenarios/mutator.h"

namespace rehearse {

class Inputs {
 public:
  // `all`: the doors from whose texts foreign tokens and parts are taken.
  Inputs(const Door& door, const std::vector<Door>& all);

  // Equal seed and number, equal text; at most kLargestInput bytes.
  [[nodiscard]] std::string text(std::uint64_t seed, std::uint64_t number) const;

  // One of the sound texts.
  [[nodiscard]] const std::string& sound(std::uint64_t number) const {
    return door_.seeds[number % door_.seeds.size()];
  }

 private:
  const Door& door_;
  TextMutator texts_;
  std::optional<Mutator> trees_;
};

}  // namespace rehearse
