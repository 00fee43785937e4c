// The version of a library of collectives, as far as its rules depend on it.
#pragma once

#include <compare>
#include <string>

namespace rehearse {

struct LibraryVersion {
  int major = 0;
  int minor = 0;

  auto operator<=>(const LibraryVersion&) const = default;
};

// Of "2.19.3" or "4.1": what follows the minor number does not matter. Throws Error::input that
// names the library if the text does not begin so.
LibraryVersion read_library_version(const std::string& library, const std::string& text);

}  // namespace rehearse
