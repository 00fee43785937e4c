#include "runtime/collectives/library_version.h"

#include <charconv>

#include "base/error.h"

namespace rehearse {

LibraryVersion read_library_version(const std::string& library, const std::string& text) {
  const char* end = text.data() + text.size();
  LibraryVersion version;
  auto [after, error] = std::from_chars(text.data(), end, version.major);
  if (error == std::errc() && after != end && *after == '.')
    error = std::from_chars(after + 1, end, version.minor).ec;
  else
    error = std::errc::invalid_argument;
  if (error != std::errc() || version.major < 0 || version.minor < 0)
    throw Error::input("'" + text + "' is no version of " + library, "",
                       "write it with its first two numbers, as \"2.19.3\" or \"4.1\"");
  return version;
}

}  // namespace rehearse
