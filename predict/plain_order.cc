#include "predict/plain_order.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {

std::vector<float> in_plain_order(Executor& net, std::span<const float> slots) {
  const std::span<float> parameters = net.parameters();
  std::vector<float> plain(slots.size());
  if (slots.empty()) return plain;
  EXPECTS(slots.size() % parameters.size() == 0);
  const std::vector<float> kept(parameters.begin(), parameters.end());
  for (std::size_t at = 0; at < slots.size(); at += parameters.size()) {
    std::copy_n(slots.begin() + static_cast<std::ptrdiff_t>(at), parameters.size(),
                parameters.begin());
    net.export_parameters(std::span(plain).subspan(at, parameters.size()));
  }
  std::copy(kept.begin(), kept.end(), parameters.begin());
  return plain;
}

void from_plain_order(Executor& net, std::span<const float> plain, std::span<float> slots) {
  EXPECTS(plain.size() == slots.size());
  const std::span<float> parameters = net.parameters();
  for (std::size_t at = 0; at < slots.size(); at += parameters.size()) {
    net.import_parameters(plain.subspan(at, parameters.size()));
    std::copy(parameters.begin(), parameters.end(),
              slots.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

}  // namespace rehearse
