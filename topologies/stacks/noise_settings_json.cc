#include "base/error.h"
#include "base/json_reader.h"
#include "topologies/stacks/noise_settings.h"

namespace rehearse {
namespace {

constexpr double kMostSpread = 2;        // as in device profiles
constexpr double kMostSlowFactor = 100;  // above that a node does not work
constexpr double kMostStalls = 36'000;   // ten a second: more often it is no stall
constexpr Duration kLongestStall{3600};  // above that a job is given up

template <class Value>
void fill(std::optional<Value>& value, const std::optional<Value>& other) {
  if (!value) value = other;
}

}  // namespace

void NoiseSettings::fill_from(const NoiseSettings& other) {
  fill(compute_cv, other.compute_cv);
  fill(device_cv, other.device_cv);
  fill(node_cv, other.node_cv);
  fill(slow_share, other.slow_share);
  fill(slow_factor, other.slow_factor);
  fill(stall_rate, other.stall_rate);
  fill(stall_length, other.stall_length);
}

NoiseSettings read_noise_settings(ObjectReader& reader) {
  NoiseSettings noise;
  noise.compute_cv = reader.optional_number("compute_cv", 0, kMostSpread);
  noise.device_cv = reader.optional_number("device_cv", 0, kMostSpread);
  noise.node_cv = reader.optional_number("node_cv", 0, kMostSpread);
  if (auto slow = reader.optional_object("slow_nodes")) {
    noise.slow_share = slow->optional_number("share", 0, 1);
    noise.slow_factor = slow->optional_number("factor", 1, kMostSlowFactor);
    slow->finish();
  }
  if (auto stalls = reader.optional_object("stalls")) {
    noise.stall_rate = stalls->optional_number("rate", 0, kMostStalls);
    noise.stall_length = stalls->optional_duration("length");
    if (noise.stall_length > kLongestStall) {
      throw stalls->error_at("length", "a stall of more than an hour", "a job is given up by then",
                             "give a mean length of at most 1 h");
    }
    stalls->finish();
  }
  return noise;
}

}  // namespace rehearse
