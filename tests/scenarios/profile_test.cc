#include "scenarios/profile.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "tests/scenarios/made_up_profile.h"

namespace rehearse {
namespace {

// What reading the made-up profile says when one key has another value.
std::string line_with(const std::string& assignment) {
  JsonDocument document = JsonDocument::parse_text(made_up_profile(2), "p.json");
  document.set(assignment);
  try {
    (void)read_profile(document);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

TEST(Profile, JoinsMachineDeviceAndStack) {
  const Profile profile = *read_made_up_profile(2);
  EXPECT_EQ(profile.machine.cpu, "made up");
  EXPECT_EQ(profile.machine.memory, Bytes(8.0 * 1024 * 1024 * 1024));
  EXPECT_EQ(profile.machine.transport, "t 1");
  ASSERT_TRUE(profile.device.measured);
  const MeasuredDevice& measured = *profile.device.measured;
  EXPECT_EQ(measured.devices, 2);
  EXPECT_TRUE(measured.shares_core);
  EXPECT_EQ(measured.drift, 0.03);
  EXPECT_EQ(measured.update_busy, Bandwidth(4e9));
  ASSERT_EQ(measured.layers.all().size(), 3u);
  const MeasuredLayer* dense = measured.layers.find("dense 4 -> 8 bias first", 32);
  ASSERT_NE(dense, nullptr);
  EXPECT_EQ(dense->forward.alone, Duration(1e-3));
  EXPECT_EQ(dense->forward.busy, Duration(1.5e-3));
  EXPECT_EQ(dense->forward.spread, 0.1);
  EXPECT_EQ(dense->backward_weights_work.flops, Flops(2048));
  EXPECT_TRUE(profile.has_stack);
  ASSERT_EQ(profile.stack.local_pieces.size(), 1u);
  EXPECT_EQ(profile.stack.local_pieces[0].bandwidth, Bandwidth(2e9));
}

TEST(Profile, RepeatsItsFile) {
  const auto profile = read_made_up_profile(2);
  const Profile again = read_profile(JsonDocument::parse_text(profile->json, "again"));
  EXPECT_EQ(again.machine, profile->machine);
  EXPECT_EQ(again.json, profile->json);
}

TEST(Profile, WithoutStackItIsIdeal) {
  JsonDocument document = JsonDocument::parse_text(
      R"({"profile": "machine", "machine": {"cpu": "c", "cores": 1, "memory": "1 GB"}})", "p.json");
  document.set("device=" + [] {
    const std::string all = made_up_profile(1);
    const std::size_t begin = all.find("\"device\": ") + 10;
    return all.substr(begin, all.find(",\n  \"fabric\"") - begin);
  }());
  const Profile profile = read_profile(document);
  EXPECT_FALSE(profile.has_stack);
  EXPECT_EQ(profile.stack.name, "ideal");
  EXPECT_EQ(profile.machine.kernels, "");
}

TEST(Profile, RefusesDamage) {
  EXPECT_EQ(line_with("profile=device"),
            "p.json: /profile: the kind of profile is not known: write \"machine\"");
  EXPECT_EQ(line_with("machine.cores=0"),
            "p.json: /machine/cores: 0 is out of range (it must be between 1 and 1000000)");
  EXPECT_EQ(line_with("device.measured=null"),
            "p.json: /device/measured: the device was not measured: make the profile with rehearse "
            "calibrate");
  EXPECT_EQ(line_with("device.measured.update_bandwidth=0 B/s"),
            "p.json: /device/measured/update_bandwidth: it must be more than zero");
  EXPECT_EQ(line_with("device.measured.threads=0"),
            "p.json: /device/measured/threads: 0 is out of range (it must be between 1 and 4096)");
  EXPECT_EQ(
      line_with(R"(device.measured.layers=[{"layer": "relu 8"}])"),
      "p.json: /device/measured/layers/0/batch: this key is missing (it is required): add it");
  EXPECT_EQ(line_with(R"(device.measured.layers=[{"layer": "relu 8", "batch": 1,
                          "forward": {"alone_s": -1}}])"),
            "p.json: /device/measured/layers/0/forward/alone_s: -1 is out of range (it must "
            "be between 0 and 1000000)");
  EXPECT_EQ(line_with("extra=1").substr(0, 35), "p.json: /extra: unknown key 'extra'");
  EXPECT_EQ(line_with("fabric.extra=1").substr(0, 41), "p.json: /fabric/extra: unknown key 'extra");
}

TEST(Profile, EveryTruncationIsRefused) {
  const std::string text = made_up_profile(1);
  for (std::size_t end = 0; end < text.size() - 1; end += 7) {
    EXPECT_THROW((void)read_profile(JsonDocument::parse_text(text.substr(0, end), "p.json")), Error)
        << end;
  }
}

TEST(Machine, IsThisOne) {
  const Machine machine = this_machine();
  EXPECT_FALSE(machine.cpu.empty());
  EXPECT_GE(machine.cores, 1);
  EXPECT_GT(machine.memory, Bytes(1e8));
}

TEST(Machine, ProfilesAreKeptPerShare) {
  ASSERT_EQ(setenv("XDG_CACHE_HOME", "/somewhere", 1), 0);
  const std::string two = cached_profile_path(2);
  EXPECT_TRUE(two.starts_with("/somewhere/rehearse/profile-")) << two;
  EXPECT_NE(two, cached_profile_path(1));
  ASSERT_EQ(unsetenv("XDG_CACHE_HOME"), 0);
}

}  // namespace
}  // namespace rehearse
