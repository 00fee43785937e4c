#include "apps/size_list.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

constexpr double kMost = 1024.0 * 1024 * 1024 * 1024;  // 1 TiB
constexpr std::size_t kMostSizes = 10'000;
constexpr const char* kExample = "write for example 8B..1GiB, or 1KiB,1MiB,64MiB";

Error bad(const std::string& text, const std::string& why) {
  return Error::input("--sizes '" + text + "' cannot be read", why, kExample);
}

std::string with_unit(const std::string& word) {
  const char last = word.back();
  if (last >= '0' && last <= '9') return word + " B";
  if (last == 'K' || last == 'k') return word.substr(0, word.size() - 1) + " KiB";
  if (last == 'M' || last == 'G' || last == 'T') return word + "iB";
  return word;
}

double size_of(const std::string& word, const std::string& text) {
  const std::size_t begin = word.find_first_not_of(' ');
  if (begin == std::string::npos) throw bad(text, "a size is missing");
  const std::string trimmed = word.substr(begin, word.find_last_not_of(' ') - begin + 1);
  double bytes = 0;
  try {
    bytes = parse_bytes(with_unit(trimmed)).value();
  } catch (const Error&) {
    throw bad(text, "'" + trimmed + "' is no size");
  }
  if (bytes < 1 || bytes > kMost || bytes != std::floor(bytes)) {
    throw bad(text, "'" + trimmed + "' is not a whole number of bytes from 1 B to 1 TiB");
  }
  return bytes;
}

std::vector<double> range(const std::string& text, std::size_t dots) {
  const double first = size_of(text.substr(0, dots), text);
  const double last = size_of(text.substr(dots + 2), text);
  if (first > last) throw bad(text, "it goes from large to small");
  std::vector<double> sizes;
  for (double bytes = first; bytes <= last; bytes *= 2) sizes.push_back(bytes);
  return sizes;
}

}  // namespace

std::vector<double> parse_sizes(const std::string& text) {
  if (const std::size_t dots = text.find(".."); dots != std::string::npos) {
    return range(text, dots);
  }
  std::vector<double> sizes;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    sizes.push_back(size_of(text.substr(begin, end - begin), text));
    if (sizes.size() > kMostSizes) throw bad("…", "more than 10000 sizes");
    begin = end + 1;
  }
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

}  // namespace rehearse
