#include "kernels/models/precision.h"

#include <algorithm>

#include "base/error.h"
#include "base/json_reader.h"

namespace rehearse {

Bytes element_size(Precision precision) {
  switch (precision) {
    case Precision::fp32:
    case Precision::tf32:
      return Bytes(4);
    case Precision::bf16:
    case Precision::fp16:
      return Bytes(2);
    case Precision::fp8:
      break;
  }
  return Bytes(1);
}

const std::vector<std::string>& precision_names() {
  static const std::vector<std::string> names{"fp32", "tf32", "bf16", "fp16", "fp8"};
  return names;
}

std::string_view to_text(Precision precision) {
  return precision_names()[static_cast<std::size_t>(precision)];
}

Precision parse_precision(std::string_view word) {
  const std::vector<std::string>& names = precision_names();
  const auto found = std::find(names.begin(), names.end(), word);
  if (found != names.end()) return static_cast<Precision>(found - names.begin());
  const auto near = nearest(word, names);
  throw Error::input("'" + std::string(word) + "' is not a precision",
                     "known are " + list_of(names), near ? "did you mean '" + *near + "'?" : "");
}

}  // namespace rehearse
