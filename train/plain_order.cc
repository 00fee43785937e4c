#include "train/plain_order.h"

#include "base/contract.h"
#include "train/host_values.h"

namespace rehearse {

std::vector<float> in_plain_order(Executor& net, std::span<const float> slots,
                                  const Backend& backend) {
  std::vector<float> plain(slots.size());
  if (slots.empty()) return plain;
  const Tensor parameters = net.parameters();
  const auto size = static_cast<std::size_t>(parameters.elements);
  EXPECTS(slots.size() % size == 0);
  const std::vector<float> kept = host_values(backend, parameters);
  for (std::size_t at = 0; at < slots.size(); at += size) {
    set_values(backend, parameters, slots.subspan(at, size));
    net.export_parameters(std::span(plain).subspan(at, size));
  }
  set_values(backend, parameters, kept);
  return plain;
}

void from_plain_order(Executor& net, std::span<const float> plain, std::span<float> slots,
                      const Backend& backend) {
  EXPECTS(plain.size() == slots.size());
  const Tensor parameters = net.parameters();
  const auto size = static_cast<std::size_t>(parameters.elements);
  for (std::size_t at = 0; at < slots.size(); at += size) {
    net.import_parameters(plain.subspan(at, size));
    backend.copy(parameters, tensor_of(slots.subspan(at, size)));
  }
}

}  // namespace rehearse
