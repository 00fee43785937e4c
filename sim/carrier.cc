#include "sim/carrier.h"

#include "sim/flow_carrier.h"
#include "sim/mailbox_carrier.h"

namespace rehearse {

std::unique_ptr<Carrier> make_carrier(CollectiveFidelity fidelity, const Network& network,
                                      const Router& router, const std::vector<EndpointId>& places) {
  if (fidelity == CollectiveFidelity::flow) {
    return std::make_unique<FlowCarrier>(network, router, places);
  }
  return std::make_unique<MailboxCarrier>(network, router, places);
}

}  // namespace rehearse
