#include "scenarios/device_prices.h"

#include "base/error.h"
#include "base/file_format.h"

namespace rehearse {

DevicePrices read_device_prices(ObjectReader reader) {
  constexpr double kDearest = 1e9;
  DevicePrices prices;
  expect_format(reader, FileKind::prices);
  (void)reader.choice("prices", {"devices"});
  prices.currency = reader.string("currency");
  ObjectReader hour = reader.object("hour");
  for (const std::string& device : hour.keys()) {
    prices.hour[device] = hour.number(device, 0, kDearest);
  }
  if (prices.hour.empty()) {
    throw reader.error_at("hour", "there is no price", "",
                          R"(write for example {"h100-sxm5-80gb": 4.9})");
  }
  prices.provenance = read_provenance(reader, "provenance");
  reader.finish();
  return prices;
}

}  // namespace rehearse
