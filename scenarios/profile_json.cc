#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_format.h"
#include "scenarios/profile.h"

namespace rehearse {
namespace {

Machine read_machine(ObjectReader reader) {
  Machine machine;
  machine.cpu = reader.string("cpu");
  machine.cores = static_cast<int>(reader.integer("cores", 1, 1'000'000));
  machine.memory = reader.bytes("memory");
  machine.kernels = reader.optional_string("kernels").value_or("");
  machine.transport = reader.optional_string("transport").value_or("");
  reader.finish();
  return machine;
}

}  // namespace

Profile read_profile(const JsonDocument& document) {
  ObjectReader root = document.root();
  expect_format(root, FileKind::machine);
  Profile profile;
  if (root.string("profile") != "machine") {
    throw root.error_at("profile", "the kind of profile is not known", "", "write \"machine\"");
  }
  if (!root.has("device")) {
    throw root.error_at("device", "this profile knows no device", "no kernels were measured",
                        "complete it with rehearse calibrate kernels -o");
  }
  profile.machine = read_machine(root.object("machine"));
  ObjectReader device = root.object("device");
  profile.device = read_device_profile(device);
  if (!profile.device.measured) {
    throw device.error_at("measured", "the device was not measured", "",
                          "make the profile with rehearse calibrate");
  }
  profile.stack.name = "ideal";
  if (const auto stack = root.optional_object("fabric")) {
    profile.stack = read_stack_profile(*stack);
    profile.has_stack = true;
  }
  (void)root.optional_object("collectives");  // for readers; the fabric is what was fitted to it
  (void)root.optional_object("noise");
  root.finish();
  profile.json = document.value().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return profile;
}

}  // namespace rehearse
