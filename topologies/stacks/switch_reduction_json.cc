#include "base/enum_names.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/stacks/switch_reduction.h"

namespace rehearse {

SwitchReduction read_switch_reduction(ObjectReader reader) {
  SwitchReduction reduction;
  reduction.bandwidth = reader.bandwidth("bandwidth");
  if (reduction.bandwidth == Bandwidth(0)) {
    throw reader.error_at("bandwidth", "a bandwidth of zero adds nothing", "",
                          "give a positive rate, or leave in_network_reduction out");
  }
  reduction.latency = reader.optional_duration("latency").value_or(Duration(0));
  constexpr auto kNames = enum_names<SwitchReduction::Adder>("port", "switch");
  reduction.adder = kNames.read_optional(reader, "adder").value_or(reduction.adder);
  reader.finish();
  return reduction;
}

}  // namespace rehearse
