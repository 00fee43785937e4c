#include "scenarios/noise_reader.h"

#include <string>
#include <vector>

#include "scenarios/known_keys.h"
#include "topologies/stacks/noise_settings.h"

namespace rehearse {
namespace {

// The keys whose numbers are there.
std::vector<std::string> keys_of(const NoiseSettings& noise) {
  std::vector<std::string> keys;
  const auto add = [&](bool given, const char* key) {
    if (given) keys.emplace_back(key);
  };
  add(noise.compute_cv.has_value(), "compute_cv");
  add(noise.device_cv.has_value(), "device_cv");
  add(noise.node_cv.has_value(), "node_cv");
  add(noise.slow_share || noise.slow_factor, "slow_nodes");
  add(noise.stall_rate || noise.stall_length, "stalls");
  return keys;
}

// Of the entries about `key` but the last: it is the one of the number that holds.
void drop_earlier(std::vector<Provenance>& list, const std::string& key, std::size_t kept) {
  std::size_t count = 0;
  for (const Provenance& entry : list) count += entry.quantity == key;
  for (auto entry = list.begin(); count > kept && entry != list.end();) {
    if (entry->quantity != key) {
      ++entry;
      continue;
    }
    entry = list.erase(entry);
    --count;
  }
}

// Of numbers that the scenario gives itself, half of a pair.
void say_what_changes_nothing(const NoiseSettings& own, Scenario& scenario) {
  const Noise& noise = scenario.noise;
  const auto say = [&](bool useless, const char* text) {
    if (useless) scenario.remarks.emplace_back(text);
  };
  say(own.slow_share > 0 && noise.slow_factor == 1,
      "noise.slow_nodes.share is not used: the factor is 1");
  say(own.slow_factor > 1 && !own.slow_share && noise.slow_share == 0,
      "noise.slow_nodes.factor is not used: no share is given");
  say(own.stall_rate > 0 && noise.stall_length == Duration(0),
      "noise.stalls.rate is not used: no length is given");
  say(own.stall_length > Duration(0) && !own.stall_rate && noise.stall_rate == 0,
      "noise.stalls.length is not used: no rate is given");
}

}  // namespace

void read_noise(ObjectReader& root, Scenario& scenario) {
  // Of a profile: the scenario lists the entries of the device before those of the stack.
  for (const std::string& key : keys_of(scenario.stack.noise)) {
    drop_earlier(scenario.provenance, key, 1);
  }
  NoiseSettings own;
  expect_object(root, "noise", {.of_text = {}, .of_number = {"compute_cv", "device_cv"}});
  if (auto reader = root.optional_object("noise")) {
    expect_known(*reader, {"compute_cv", "device_cv", "node_cv", "slow_nodes", "stalls", "source"});
    own = read_noise_settings(*reader);
    const auto source = reader->optional_string("source");
    std::string given;
    for (const std::string& key : keys_of(own)) {
      given += (given.empty() ? "" : ", ") + key;
      drop_earlier(scenario.provenance, key, 0);
    }
    if (!given.empty()) {
      scenario.provenance.push_back(
          {given, source.value_or("given in the scenario"),
           source ? Provenance::Kind::derived : Provenance::Kind::assumed});
    }
  }
  NoiseSettings used = own;
  used.fill_from(scenario.stack.noise);
  scenario.noise = {.compute_cv = used.compute_cv.value_or(scenario.device.compute_cv),
                    .device_cv = used.device_cv.value_or(scenario.device.device_cv),
                    .node_cv = used.node_cv.value_or(0),
                    .slow_share = used.slow_share.value_or(0),
                    .slow_factor = used.slow_factor.value_or(1),
                    .stall_rate = used.stall_rate.value_or(0),
                    .stall_length = used.stall_length.value_or(Duration(0))};
  say_what_changes_nothing(own, scenario);
}

}  // namespace rehearse
