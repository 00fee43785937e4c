// What devices cost while they are rented, or run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "base/provenance.h"

namespace rehearse {

struct DevicePrices {
  std::string currency;
  std::map<std::string, double> hour;  // by the name of the device: of one device with its share of
                                       // the node
  std::vector<Provenance> provenance{};
};

// {"prices": "devices", "currency": "USD", "hour": {"h100-sxm5-80gb": 4.9}, "provenance": [...]}.
// Throws Error::input.
DevicePrices read_device_prices(ObjectReader reader);

}  // namespace rehearse
