#include "tests/scenarios/base_scenario.h"

#include "base/error.h"

namespace rehearse {

std::string base_text() {
  return R"({
    "name": "base",
    "model": {"input": {"channels": 4}, "layers": [{"kind": "dense", "features": 8},
                                                   {"kind": "dense", "features": 2}]},
    "data": {"samples": 1000, "bytes_per_sample": "1 kB", "classes": 2},
    "cluster": {
      "nodes": 8,
      "node": {"device": "v100-sxm2-16gb", "devices": 4,
               "device_bandwidth": "20 GB/s", "device_latency": "1 us"},
      "network": {"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                  "injection_latency": "1 us", "stack": "ideal"}
    },
    "training": {"batch": {"per_worker": 32}},
    "sweep": {"workers": [1, 4, 8, 32]}
  })";
}

Scenario base_with(const std::vector<std::string>& assignments) {
  JsonDocument document = JsonDocument::parse_text(base_text(), "s.json");
  for (const std::string& assignment : assignments) document.set(assignment);
  return read_scenario(document);
}

std::string complaint(const std::vector<std::string>& assignments) {
  try {
    base_with(assignments);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string complaint_about(const std::string& text) {
  try {
    read_scenario(JsonDocument::parse_text(text, "s.json"));
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace rehearse
