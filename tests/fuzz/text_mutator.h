// Damages texts of any format, byte by byte and token by token: what a bad disk, a wrong editor or
// somebody else's program makes of a file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/random.h"

namespace rehearse {

inline constexpr std::size_t kLargestInput = 64 * 1024;  // bytes of a mutated text

// Bytes: flipped, cut, doubled, long runs of one character, NUL, bytes that are no UTF-8,
// byte-order marks, UTF-16, line ends of Windows. Structure: numbers out of all bounds, words and
// numbers swapped or replaced by those of other formats, brackets without end, lines doubled,
// dropped and shuffled, the parts of two texts joined.
class TextMutator {
 public:
  // `words`: tokens that replace and extend the text's own. `others`: texts of which parts are
  // joined to it; may be empty.
  TextMutator(std::vector<std::string> words, std::vector<std::string> others);

  // Equal text and equal stream, equal result; at most kLargestInput bytes.
  [[nodiscard]] std::string damage(std::string text, RandomStream random) const;

 private:
  std::vector<std::string> words_, others_;
};

// Numbers as text that few readers expect.
const std::vector<std::string>& odd_numbers();

}  // namespace rehearse
