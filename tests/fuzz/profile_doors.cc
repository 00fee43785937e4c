#include <cmath>

#include "base/json_reader.h"
#include "calibrate/machine/stack_file.h"
#include "kernels/devices/device_profile.h"
#include "kernels/devices/kernel_laws.h"
#include "kernels/devices/kernel_table.h"
#include "scenarios/profile.h"
#include "scenarios/scenario.h"
#include "tests/fuzz/door.h"
#include "tests/scenarios/made_up_profile.h"
#include "topologies/graph/network_cost.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {
namespace {

void expect_time(Duration time) {
  expect_sane(std::isfinite(time.value()) && time >= Duration(0), "a time that is none");
}

void read_stack(const std::string& text, const std::string& path) {
  const StackProfile stack = read_stack_profile(JsonDocument::parse_text(text, path).root());
  for (const double size : {0.0, 1.0, 1e4, 1e9}) {
    for (const MessagePiece& piece :
         {stack.message(Bytes(size)), stack.local_message(Bytes(size))}) {
      expect_time(piece.latency);
      if (piece.bandwidth) expect_time(Bytes(size) / *piece.bandwidth);
    }
    expect_time(stack.addition(Bytes(size)));
    expect_time(stack.staging(Bytes(size)));
  }
  // What is written is read again.
  (void)read_stack_profile(JsonDocument::parse_text(stack_file(stack), "written").root());
}

}  // namespace

std::vector<Door> profile_doors() {
  std::vector<std::string> stacks = files_in(scenarios_folder() + "/stacks");
  for (std::string& text : seeds_of("stack")) {
    for (int i = 0; i < 5; ++i) stacks.push_back(text);  // they hold keys that shipped ones lack
  }
  std::vector<std::string> devices, laws;
  for (std::string& text : files_in(scenarios_folder() + "/devices")) {
    const bool of_laws = text.find("rehearse-kernels-1") != std::string::npos;
    // Those of thousands of shapes would be most of what is read.
    constexpr std::size_t kSmall = 8000;
    if (!of_laws) {
      // The file that the key names is not beside what the fuzzer writes.
      if (const std::size_t key = text.find("  \"kernels\": "); key != std::string::npos) {
        text.erase(key, text.find('\n', key) + 1 - key);
      }
      devices.push_back(std::move(text));
    } else if (text.size() < kSmall) {
      laws.push_back(std::move(text));
    }
  }
  return {
      {"stack", ".json", stacks, true, {"\"rendezvous_from\": \"1 KiB\", "}, read_stack},
      {"device",
       ".json",
       devices,
       true,
       {},
       [](const std::string& text, const std::string& path) {
         (void)read_device_profile(JsonDocument::parse_text(text, path).root());
       }},
      {"kernels",
       ".json",
       laws,
       true,
       {"\"residuals\": {\"width\": 0.5, \"weight\": 1, \"shapes\": [0, 8, 8, 8, 1, 0, 100]}, "},
       [](const std::string& text, const std::string& path) {
         (void)read_kernels_file(JsonDocument::parse_text(text, path), 10);
       }},
      {"kernel_table",
       ".csv",
       files_in(std::string(REHEARSE_SOURCE_DIR) + "/tests/fuzz/seeds/kernel_table"),
       false,
       {"do not use", "fp16_tensor", "\"a \"\"b\"\", c\""},
       [](const std::string& text, const std::string& path) {
         (void)parse_kernel_table(text, path);
       }},
      {"prices",
       ".json",
       files_in(scenarios_folder() + "/prices"),
       true,
       {"{\"up_to\": \"1 Tbit/s\", \"price\": 5}, "},
       [](const std::string& text, const std::string& path) {
         (void)read_price_list(JsonDocument::parse_text(text, path).root());
       }},
      {"profile",
       ".json",
       {made_up_profile(1), made_up_profile(2)},
       true,
       {"dense 4 -> 8 bias", "\"warm_s\": 1e-3, "},
       [](const std::string& text, const std::string& path) {
         (void)read_profile(JsonDocument::parse_text(text, path));
       }}};
}

}  // namespace rehearse
