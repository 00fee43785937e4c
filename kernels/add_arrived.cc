#include "kernels/add_arrived.h"

#include "base/contract.h"
#include "kernels/half_float.h"

namespace rehearse {

void add_arrived(const void* arrived, std::int64_t elements, ElementType type, void* sum) {
  switch (type) {
    case ElementType::float32:
      add_arrived(static_cast<const float*>(arrived), elements, static_cast<float*>(sum));
      return;
    case ElementType::float16: {
      const auto* const from = static_cast<const Half*>(arrived);
      auto* const to = static_cast<Half*>(sum);
      for (std::int64_t i = 0; i < elements; ++i) {
        to[i] = to_half(to_float(to[i]) + to_float(from[i]));
      }
      return;
    }
    case ElementType::bfloat16: {
      const auto* const from = static_cast<const BrainFloat*>(arrived);
      auto* const to = static_cast<BrainFloat*>(sum);
      for (std::int64_t i = 0; i < elements; ++i) {
        to[i] = to_brain_float(to_float(to[i]) + to_float(from[i]));
      }
      return;
    }
    case ElementType::float8:
    case ElementType::byte:
      break;
  }
  EXPECTS(!"elements of this type add up");
}

}  // namespace rehearse
