#include "kernels/models/precision.h"

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
      return Bytes(1);
    case Precision::mxfp8:
      return Bytes(1 + 1.0 / 32);
    case Precision::nvfp4:
      break;
  }
  return Bytes(0.5 + 1.0 / 16);
}

std::string_view to_text(Precision precision) { return kPrecisionNames.text(precision); }

Precision parse_precision(std::string_view word) {
  if (const auto precision = kPrecisionNames.value(word)) return *precision;
  const std::vector<std::string> names = kPrecisionNames.words();
  const auto near = nearest(word, names);
  throw Error::input("'" + std::string(word) + "' is not a precision",
                     "known are " + list_of(names), near ? "did you mean '" + *near + "'?" : "");
}

}  // namespace rehearse
