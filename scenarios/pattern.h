// The patterns of our JSON Schemas, matched in time and memory that do not depend on how a text
// could be divided (Thompson, CACM 11(6), 1968): std::regex recurses with the length of its input.
//
//   Pattern("^([0-9]+|x)?$").matches("12")
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

class Pattern {
 public:
  // Bytes, \ before one that is meant as such, classes like [0-9a-z+-], groups, | ? * and +.
  // REQUIRES: of that kind, and from ^ to $.
  explicit Pattern(std::string_view text);

  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  class Reader;
  struct State {
    std::vector<bool> takes{};      // by byte; empty: goes on without one
    std::vector<std::size_t> to{};  // afterwards
  };

  void enter(std::size_t state, std::vector<bool>& states) const;

  std::vector<State> states_;  // the first is the end
  std::size_t first_ = 0;
};

}  // namespace rehearse
