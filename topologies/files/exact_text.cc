#include <array>
#include <charconv>

#include "topologies/files/export.h"

namespace rehearse {
namespace {

std::string shortest(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

}  // namespace

std::string exact_text(Bandwidth value) { return shortest(value.value()) + " B/s"; }
std::string exact_text(Duration value) { return shortest(value.value()) + " s"; }

}  // namespace rehearse
