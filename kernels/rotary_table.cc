#include "kernels/rotary_table.h"

#include <cmath>

namespace rehearse {

RotaryTable rotary_table(std::size_t steps, std::size_t half) {
  constexpr double kBase = 10000;
  RotaryTable table;
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(step) *
                           std::pow(kBase, -static_cast<double>(i) / static_cast<double>(half));
      table.cosines.push_back(static_cast<float>(std::cos(angle)));
      table.sines.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  return table;
}

}  // namespace rehearse
