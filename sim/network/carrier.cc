#include "sim/network/carrier.h"

#include "base/contract.h"
#include "base/error.h"
#include "sim/network/flow_carrier.h"
#include "sim/network/mailbox_carrier.h"

namespace rehearse {

void Carrier::begin_exchange(int, Place, std::span<const Sending>, std::span<const Place>,
                             std::function<bool()>) {
  EXPECTS(!"fidelity message suspends nobody");
}

void Carrier::wait_until_resumed() { EXPECTS(!"fidelity message suspends nobody"); }

std::unique_ptr<PendingMessage> Carrier::begin_stream(std::span<const LinkId>, Bytes, double) {
  throw Error::input("fidelity 'message' knows no reduction in switches",
                     "the stream over a tree of switches is no message between two ranks",
                     "use fidelity flow or analytic");
}

std::uint64_t channel_number(int group, Place from, Place to) {
  constexpr int kPlaceBits = 21;
  EXPECTS(from < (1 << kPlaceBits) && to < (1 << kPlaceBits));
  EXPECTS(group < (1 << (64 - 2 * kPlaceBits)));
  return (static_cast<std::uint64_t>(group) << (2 * kPlaceBits)) |
         (static_cast<std::uint64_t>(from) << kPlaceBits) | static_cast<std::uint64_t>(to);
}

std::unique_ptr<Carrier> make_carrier(Fidelity fidelity, const Network& network,
                                      const Router& router, const std::vector<EndpointId>& places,
                                      const ReceiveLoops& loops) {
  if (fidelity == Fidelity::flow) {
    return std::make_unique<FlowCarrier>(network, router, places, loops);
  }
  return std::make_unique<MailboxCarrier>(network, router, places);
}

}  // namespace rehearse
