#include <cmath>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "topologies/stacks/relative_error.h"

namespace rehearse {

std::optional<double> read_relative_error(ObjectReader& reader, std::string_view key) {
  constexpr double kAny = 1e300;
  const auto error = reader.optional_number(key, 0, kAny);
  if (error && *error > kMostRelativeError) {
    throw reader.error_at(
        key, "a relative error of " + significant(*error, 2) + " says nothing of the value",
        "it is the standard error of the logarithm: above 2 the interval spans a factor of 170",
        "give at most 2, or measure the value");
  }
  return error;
}

void expect_known_spread(const ObjectReader& reader, std::string_view key, double spread,
                         double relative_error) {
  constexpr double kLargestScore = 1.645;  // standard normal, of ten equally likely values
  const double largest = spread * std::exp(kLargestScore * relative_error);
  if (largest <= kMostRateSpread) return;
  throw reader.error_at(
      key, "with this error the spread of rates between nodes may be " + significant(largest, 2),
      "it is a standard deviation of ln(rate): above 3 nodes differ by more than "
      "a factor of 20",
      "give a smaller error or a smaller spread");
}

}  // namespace rehearse
