#include "base/error.h"

#include <utility>

#include "base/printable.h"

namespace rehearse {

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
  constexpr std::size_t kLongest = 600;  // bytes: a bearable line
  line_ = printable(line_, kLongest);
}

}  // namespace rehearse
