#include "train/plain_order.h"

#include "base/contract.h"
#include "train/floats_text.h"

namespace rehearse {

std::vector<float> in_plain_order(Executor& net, std::span<const float> slots) {
  const std::span<float> parameters = net.parameters().values();
  std::vector<float> plain(slots.size());
  if (slots.empty()) return plain;
  EXPECTS(slots.size() % parameters.size() == 0);
  const std::string kept = to_bytes(parameters);
  for (std::size_t at = 0; at < slots.size(); at += parameters.size()) {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] = slots[at + i];
    net.export_parameters(std::span(plain).subspan(at, parameters.size()));
  }
  from_bytes(kept, parameters);
  return plain;
}

void from_plain_order(Executor& net, std::span<const float> plain, std::span<float> slots) {
  EXPECTS(plain.size() == slots.size());
  const std::span<float> parameters = net.parameters().values();
  for (std::size_t at = 0; at < slots.size(); at += parameters.size()) {
    net.import_parameters(plain.subspan(at, parameters.size()));
    for (std::size_t i = 0; i < parameters.size(); ++i) slots[at + i] = parameters[i];
  }
}

}  // namespace rehearse
