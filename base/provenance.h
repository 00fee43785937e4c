// Where a number came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rehearse {

class ObjectReader;

struct Provenance {
  enum class Kind { measured, published, derived, assumed };

  std::string quantity;
  std::string source;
  Kind kind = Kind::assumed;
};

std::string_view to_text(Provenance::Kind kind);

// The array of {"quantity", "source", "kind"} at `key` of a profile; empty if the key is absent.
std::vector<Provenance> read_provenance(ObjectReader& parent, std::string_view key);

}  // namespace rehearse
