// What calibration writes is what scenarios read.
#include <gtest/gtest.h>

#include "base/error.h"
#include "calibrate/machine/machine.h"
#include "tests/scenarios/made_up_profile.h"

namespace rehearse {
namespace {

MeasuredLayer layer(double alone) {
  MeasuredLayer result;
  result.forward = {Duration(alone), Duration(1.1 * alone), 0.05, Duration(0.9 * alone)};
  result.forward_work = {Flops(1e6 / 3), Bytes(12345)};
  return result;
}

// Numbers that no short decimal fraction equals.
DeviceProfile device_of(int devices, const std::string& key = "relu 8", double alone = 1e-3 / 3) {
  MeasuredDevice measured;
  measured.threads = 2;
  measured.devices = devices;
  measured.shares_core = true;
  measured.drift = 0.01 / 3;
  measured.speeds = {{Duration(0.2 / 3), 0.1 / 3}, {Duration(5.0 / 3), 0.1 / 7}};
  measured.update_alone = Bandwidth(1e10 / 3);
  measured.update_busy = Bandwidth(1e10 / 7);
  measured.fixed_work_alone = Duration(0.02 / 3);
  measured.fixed_work_busy = Duration(0.02 / 7);
  measured.layers.add(key, 32, layer(alone));
  DeviceProfile device;
  device.name = "local";
  device.peak[static_cast<std::size_t>(Precision::fp32)] = FlopRate(1e11 / 3);
  device.memory_bandwidth = Bandwidth(1e10 / 3);
  device.memory_capacity = Bytes(1e9);
  device.host_link_bandwidth = Bandwidth(1e10 / 3);
  device.utilisation.matrix = 1;
  device.utilisation.memory = 1;
  device.measured = std::make_shared<const MeasuredDevice>(measured);
  device.provenance = {{"layer times", "a test", Provenance::Kind::measured}};
  return device;
}

Findings with(DeviceProfile device) {
  Findings findings;
  findings.device = std::move(device);
  return findings;
}

Profile read(const std::string& text) {
  return read_profile(JsonDocument::parse_text(text, "p.json"));
}

std::string complaint(const std::string& earlier) {
  try {
    (void)profile_text(with(device_of(2)), earlier);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

TEST(ProfileText, IsReadBackDigitForDigit) {
  const DeviceProfile device = device_of(2);
  const Profile profile = read(profile_text(with(device), ""));
  const MeasuredDevice& was = *device.measured;
  const MeasuredDevice& is = *profile.device.measured;
  EXPECT_EQ(is.threads, was.threads);
  EXPECT_EQ(is.devices, was.devices);
  EXPECT_EQ(is.shares_core, was.shares_core);
  EXPECT_EQ(is.drift, was.drift);
  ASSERT_EQ(is.speeds.size(), 2U);
  EXPECT_EQ(is.speeds[1].lag, was.speeds[1].lag);
  EXPECT_EQ(is.speeds[1].cv, was.speeds[1].cv);
  EXPECT_EQ(is.update_alone, was.update_alone);
  EXPECT_EQ(is.update_busy, was.update_busy);
  EXPECT_EQ(is.fixed_work_alone, was.fixed_work_alone);
  EXPECT_EQ(is.fixed_work_busy, was.fixed_work_busy);
  EXPECT_EQ(profile.device.peak, device.peak);
  EXPECT_EQ(profile.device.memory_capacity, device.memory_capacity);
  const MeasuredLayer* found = is.layers.find("relu 8", 32);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->forward.alone, Duration(1e-3 / 3));
  EXPECT_EQ(found->forward.busy, Duration(1.1 * (1e-3 / 3)));
  EXPECT_EQ(found->forward.spread, 0.05);
  EXPECT_EQ(found->forward.warm, Duration(0.9 * (1e-3 / 3)));
  EXPECT_EQ(found->forward_work.flops, Flops(1e6 / 3));
  EXPECT_EQ(found->backward_data.alone, Duration(0));
  EXPECT_EQ(profile.machine.cpu, this_machine().cpu);
  EXPECT_FALSE(profile.has_stack);
  EXPECT_EQ(profile.device.provenance.front().source, "a test");
}

TEST(ProfileText, KeepsLayersOfTheSameShare) {
  const std::string first = profile_text(with(device_of(2, "relu 8", 1)), "");
  const Profile both = read(profile_text(with(device_of(2, "relu 9", 2)), first));
  const MeasuredLayers& layers = both.device.measured->layers;
  ASSERT_EQ(layers.all().size(), 2u);
  EXPECT_EQ(layers.find("relu 8", 32)->forward.alone, Duration(1));
  const Profile again = read(profile_text(with(device_of(2, "relu 8", 3)), first));
  ASSERT_EQ(again.device.measured->layers.all().size(), 1u);
  EXPECT_EQ(again.device.measured->layers.find("relu 8", 32)->forward.alone, Duration(3));
  const Profile other = read(profile_text(with(device_of(4, "relu 9", 2)), first));
  EXPECT_EQ(other.device.measured->layers.all().size(), 1u);  // a quarter is slower than a half
}

TEST(ProfileText, PartsThatWereNotMeasuredStay) {
  const Profile profile = read(profile_text(with(device_of(2)), made_up_profile(2)));
  EXPECT_TRUE(profile.has_stack);
  EXPECT_EQ(profile.stack.name, "measured");
  Findings findings;
  findings.noise.emplace();
  findings.noise->wake_up = Duration(3e-5);
  const Profile noisy = read(profile_text(findings, made_up_profile(2)));
  EXPECT_EQ(noisy.device.measured->wake_up, Duration(3e-5));
  EXPECT_NE(noisy.device.measured->layers.find("relu 8", 32), nullptr);
}

CollectiveMeasurements two_ranks() {
  CollectiveMeasurements measured;
  measured.ranks = 2;
  measured.library = "MPI 0";
  LevelMeasurements level;
  level.exchange = {{Bytes(4), Duration(1e-6), Duration(1e-7), 5}};
  level.exchange_fit.pieces = {{Bytes(0), Duration(1e-6), Bandwidth(1e9)}};
  measured.background.call = Duration(3e-6);
  measured.background.inside_node = level;
  return measured;
}

// 0.9 of 2 cores are more than a twentieth, 0.05 are not.
TEST(ProfileText, TellsThatTheMachineWasBusy) {
  const auto sources = [](double others) {
    Findings findings = with(device_of(2));
    findings.collectives = two_ranks();
    findings.noise.emplace();
    findings.load = MachineLoad{.others = others, .cores = 2};
    const Profile profile = read(profile_text(findings, ""));
    std::vector<std::string> all;
    for (const auto& list : {profile.device.provenance, profile.stack.provenance}) {
      for (const Provenance& one : list) {
        if (one.quantity == "load of the machine") all.push_back(one.source);
      }
    }
    return all;
  };
  const std::string busy = "other programs kept 0.90 of 2 cores busy while it was measured";
  EXPECT_EQ(sources(0.9), (std::vector<std::string>{busy, busy}));
  EXPECT_EQ(sources(0.05), std::vector<std::string>{});
}

// Collectives and noise may come first; a device completes them.
TEST(ProfileText, IsCompletedInAnyOrder) {
  Findings findings;
  findings.collectives = two_ranks();
  const std::string first = profile_text(findings, "");
  EXPECT_THROW((void)read(first), Error);
  const Profile profile = read(profile_text(with(device_of(2)), first));
  ASSERT_TRUE(profile.has_stack);
  EXPECT_EQ(profile.stack.message_latency, Duration(3e-6));
  ASSERT_EQ(profile.stack.local_pieces.size(), 1u);
  EXPECT_EQ(profile.stack.local_pieces[0].bandwidth, Bandwidth(1e9));
  EXPECT_TRUE(profile.stack.pieces.empty());
}

TEST(ProfileText, RefusesADamagedEarlierProfile) {
  EXPECT_TRUE(complaint("{").starts_with("the earlier profile: not valid JSON near byte "));
  EXPECT_EQ(complaint("[]"),
            "the earlier profile: /: expected an object (found array): write { … }");
  EXPECT_EQ(complaint("{}"),
            "the earlier profile: /profile: this key is missing (it is required): add it");
  EXPECT_EQ(complaint(R"({"profile": "lost"})"),
            "the earlier profile: /profile: this is no profile of a machine: choose another file");
  EXPECT_EQ(complaint(R"({"profile": "machine", "noise": {"cv": 3}})").substr(0, 32),
            "the earlier profile: /noise/cv: ");
  const std::string whole = made_up_profile(2);
  EXPECT_NE(complaint(whole.substr(0, whole.size() / 2)), "accepted");
  EXPECT_EQ(complaint("// comments are no damage\n" + whole), "accepted");
}

// Now everything takes twice as long alone and three times as long with all devices busy.
TEST(ProfileText, KeptLayersTakeAsLongAsTheyWouldNow) {
  const std::string earlier = profile_text(with(device_of(2)), "");
  DeviceProfile later = device_of(2, "relu 16");
  MeasuredDevice slow = *later.measured;
  slow.fixed_work_alone = 2 * slow.fixed_work_alone;
  slow.fixed_work_busy = 3 * slow.fixed_work_busy;
  later.measured = std::make_shared<const MeasuredDevice>(slow);
  const Profile both = read(profile_text(with(later), earlier));
  const MeasuredLayer& kept = *both.device.measured->layers.find("relu 8", 32);
  EXPECT_DOUBLE_EQ(kept.forward.alone.value(), 2e-3 / 3);
  EXPECT_DOUBLE_EQ(kept.forward.busy.value(), 3 * 1.1e-3 / 3);
  const MeasuredLayer& fresh = *both.device.measured->layers.find("relu 16", 32);
  EXPECT_DOUBLE_EQ(fresh.forward.alone.value(), 1e-3 / 3);
  // Who does not know how fast the machine was then cannot say it of the whole.
  slow.fixed_work_alone = Duration(0);
  later.measured = std::make_shared<const MeasuredDevice>(slow);
  EXPECT_EQ(read(profile_text(with(later), earlier)).device.measured->fixed_work_busy, Duration(0));
}

}  // namespace
}  // namespace rehearse
