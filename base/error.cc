#include "base/error.h"

#include <utility>

namespace rehearse {
namespace {

// Input may hold control characters; the message stays one printable line of bearable length.
std::string one_line(const std::string& text) {
  constexpr std::size_t kLongest = 600;
  std::string out;
  for (const char c : text.substr(0, kLongest)) {
    const auto code = static_cast<unsigned char>(c);
    out += code < 0x20 || code == 0x7f ? ' ' : c;
  }
  if (text.size() > kLongest) out += "…";
  return out;
}

}  // namespace

Error::Error(Kind kind, std::string what, std::string why, std::string remedy)
    : kind_(kind), what_(std::move(what)), why_(std::move(why)), remedy_(std::move(remedy)) {
  compose();
}

Error Error::input(std::string what, std::string why, std::string remedy) {
  return {Kind::input, std::move(what), std::move(why), std::move(remedy)};
}
Error Error::environment(std::string what, std::string why, std::string remedy) {
  return {Kind::environment, std::move(what), std::move(why), std::move(remedy)};
}
Error Error::check_failed(std::string what, std::string why, std::string remedy) {
  return {Kind::check_failed, std::move(what), std::move(why), std::move(remedy)};
}

Error Error::at(const std::string& file, const std::string& json_path) const {
  Error placed = *this;
  if (placed.file_.empty()) placed.file_ = file;
  if (placed.json_path_.empty()) placed.json_path_ = json_path;
  placed.compose();
  return placed;
}

Error Error::in_case(const std::string& circumstance) const {
  Error one = *this;
  one.why_ += (why_.empty() ? "" : "; ") + circumstance;
  one.compose();
  return one;
}

void Error::compose() {
  line_.clear();
  if (!file_.empty()) line_ += file_ + ": ";
  if (!json_path_.empty()) line_ += json_path_ + ": ";
  line_ += what_;
  if (!why_.empty()) line_ += " (" + why_ + ")";
  if (!remedy_.empty()) line_ += ": " + remedy_;
  line_ = one_line(line_);
}

}  // namespace rehearse
