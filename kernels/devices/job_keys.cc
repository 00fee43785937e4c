#include "kernels/devices/job_keys.h"

namespace rehearse {

std::string update_key(const std::string& rule, int slots, std::int64_t elements) {
  return "update " + rule + " slots " + std::to_string(slots) + " elements " +
         std::to_string(elements);
}

std::string input_key(const Shape& shape, const std::string& format) {
  return "input " + to_text(shape) + " " + format;
}

}  // namespace rehearse
