#include "kernels/rotary_table.h"

#include <cmath>

namespace rehearse {

RotaryTable rotary_table(std::int64_t steps, std::int64_t half) {
  constexpr double kBase = 10000;
  RotaryTable table;
  for (std::int64_t step = 0; step < steps; ++step) {
    for (std::int64_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(step) *
                           std::pow(kBase, -static_cast<double>(i) / static_cast<double>(half));
      table.cosines.push_back(static_cast<float>(std::cos(angle)));
      table.sines.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  return table;
}

}  // namespace rehearse
