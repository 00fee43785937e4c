#include "kernels/device_profile.h"

#include "base/error.h"
#include "base/json_reader.h"

namespace rehearse {

FlopRate DeviceProfile::peak_rate(Precision precision) const {
  const auto& rate = peak[static_cast<std::size_t>(precision)];
  if (rate) return *rate;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < kPrecisions; ++i) {
    if (peak[i]) known.push_back(precision_names()[i]);
  }
  throw Error::input(
      "device '" + name + "' has no peak rate for " + std::string(to_text(precision)),
      "its profile knows " + list_of(known), "choose one of these precisions");
}

}  // namespace rehearse
