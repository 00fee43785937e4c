// How the rules of training refuse a number.
#pragma once

#include <string>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rehearse {

// "the learning rate is 0: use a number above 0". Throws Error::input unless `good`.
inline void expect_in_range(bool good, const std::string& what, double value,
                            const std::string& range) {
  if (!good) throw Error::input(what + " is " + significant(value), "", "use a number " + range);
}

}  // namespace rehearse
