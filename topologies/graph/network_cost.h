// What the parts of a network are, and what they cost.
//
// The model is that of Kim, Dally, Scott, Abts ("Technology-driven, highly-scalable dragonfly
// topology", ISCA 2008, section 5) and Besta, Hoefler ("Slim Fly: a cost effective low-diameter
// network topology", SC 2014, section VI): switches cost by their ports, cables by their rate and
// by whether they are short and electrical or long and optical. Buildings, power and people are
// left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/provenance.h"
#include "topologies/graph/network.h"

namespace rehearse {

class ObjectReader;

// In one currency.
struct PriceList {
  // A part costs what the first class says whose rate is not below its own.
  struct Class {
    std::optional<Bandwidth> up_to;  // absent: any rate; only of the last
    double price = 0;
  };
  using Classes = std::vector<Class>;  // ascending

  std::string currency;
  double switch_base = 0;  // of each switch, before its ports
  Classes port;            // of a switch
  Classes electrical, optical;
  Classes nic;
  std::vector<Provenance> provenance;
};

// {"prices": "network", "currency": "USD", "switch": {"base": 0, "port": CLASSES},
//  "cable": {"electrical": CLASSES, "optical": CLASSES}, "nic": CLASSES, "provenance": [...]}
// with CLASSES an array of {"up_to": "100 Gbit/s", "price": 814}. Throws Error::input.
PriceList read_price_list(ObjectReader reader);

// By the class of a link, since no floor plan is known: links inside a rack or a group of racks
// (injection, local, local2, dimension) are electrical; links between the levels of a tree, between
// groups, and those of which nothing is known (up, down, global, other) are optical. Nothing is
// said of links inside a node.
bool is_optical(LinkClass cls);

struct NetworkCost {
  std::int64_t nodes = 0, endpoints = 0;
  std::int64_t switches = 0;
  std::int64_t ports = 0;  // of switches, in use
  std::int64_t electrical_cables = 0, optical_cables = 0;
  std::int64_t nics = 0;
  // Of all of them together.
  double switch_price = 0, cable_price = 0, nic_price = 0;
  // What the list has no price for ("optical cables of 2.00 Tbit/s"); empty if the prices hold.
  std::string unpriced;

  [[nodiscard]] double total() const { return switch_price + cable_price + nic_price; }
  [[nodiscard]] double per_endpoint() const { return total() / static_cast<double>(endpoints); }
};

// A link of several parallel cables has as many cables, and as many ports at either end. Ports that
// nothing uses cost nothing.
NetworkCost cost_of(const Network& network, const PriceList& prices);

}  // namespace rehearse
