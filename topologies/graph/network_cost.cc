#include "topologies/graph/network_cost.h"

#include <algorithm>

#include "base/quantity_text.h"

namespace rehearse {
namespace {

class Bill {
 public:
  explicit Bill(NetworkCost& cost) : cost_(cost) {}

  // The price of `count` parts that carry `rate` each.
  double price(const PriceList::Classes& classes, const char* what, Bandwidth rate,
               std::int64_t count) {
    const auto fits = std::find_if(classes.begin(), classes.end(), [&](const auto& c) {
      return !c.up_to || rate <= *c.up_to * (1 + 1e-9);
    });
    if (fits != classes.end()) return fits->price * static_cast<double>(count);
    if (cost_.unpriced.empty()) cost_.unpriced = std::string(what) + " of " + to_text(rate);
    return 0;
  }

 private:
  NetworkCost& cost_;
};

}  // namespace

bool is_optical(LinkClass cls) {
  switch (cls) {
    case LinkClass::up:
    case LinkClass::down:
    case LinkClass::global:
    case LinkClass::other:
      return true;
    case LinkClass::intra_node:
    case LinkClass::injection:
    case LinkClass::local:
    case LinkClass::local2:
    case LinkClass::dimension:
      return false;
  }
  return true;
}

NetworkCost cost_of(const Network& network, const PriceList& prices) {
  NetworkCost cost;
  cost.nodes = network.nodes();
  cost.endpoints = network.endpoints();
  cost.switches = network.switches();
  cost.switch_price = prices.switch_base * static_cast<double>(cost.switches);
  Bill bill(cost);
  for (LinkId id = 0; id < network.links(); id += 2) {  // one direction stands for the connection
    const Link link = network.link(id);
    if (link.cls == LinkClass::intra_node) continue;
    const std::int64_t cables = link.cables;
    const Bandwidth rate = link.bandwidth / static_cast<double>(cables);
    const bool optical = is_optical(link.cls);
    (optical ? cost.optical_cables : cost.electrical_cables) += cables;
    cost.cable_price += optical ? bill.price(prices.optical, "optical cables", rate, cables)
                                : bill.price(prices.electrical, "electrical cables", rate, cables);
    const bool at_node = link.cls == LinkClass::injection;
    const std::int64_t ports = at_node ? cables : 2 * cables;
    cost.ports += ports;
    cost.switch_price += bill.price(prices.port, "switch ports", rate, ports);
    if (!at_node) continue;
    ++cost.nics;
    cost.nic_price += bill.price(prices.nic, "NICs", rate, 1);
  }
  return cost;
}

}  // namespace rehearse
