#include "kernels/devices/device_profile.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "devices.h"

namespace rehearse {
namespace {

TEST(DeviceProfile, EveryShippedProfileLoads) {
  int count = 0;
  const std::filesystem::path folder = std::string(REHEARSE_SOURCE_DIR) + "/scenarios/devices";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    ++count;
    const DeviceProfile device = test::shipped_device(entry.path().stem().string());
    EXPECT_EQ(device.name, entry.path().stem().string());
    EXPECT_GT(device.peak_rate(Precision::fp32), FlopRate(0)) << device.name;
    EXPECT_FALSE(device.provenance.empty()) << device.name;
    EXPECT_TRUE(device.power_watts.has_value()) << device.name;
  }
  EXPECT_GE(count, 7);
}

constexpr const char* kProfile = R"({
  "name": "x", "peak": {"fp32": "1 TFLOP/s"}, "memory_bandwidth": "100 GB/s",
  "memory_capacity": "8 GiB", "launch_overhead": "5 us", "host_link_bandwidth": "10 GB/s",
  "utilisation": {"matrix": 0.8, "memory": 0.7}, "compute_cv": 0.01, "device_cv": 0})";

std::string message(const std::string& setting) {
  JsonDocument document = JsonDocument::parse_text(kProfile, "x.json");
  document.set(setting);
  try {
    read_device_profile(document.root());
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(DeviceProfile, ReadsUnitsAndDefaults) {
  const JsonDocument document = JsonDocument::parse_text(kProfile, "x.json");
  const DeviceProfile device = read_device_profile(document.root());
  EXPECT_EQ(device.peak_rate(Precision::fp32), FlopRate(1e12));
  EXPECT_EQ(device.memory_capacity, Bytes(8.0 * 1024 * 1024 * 1024));
  EXPECT_DOUBLE_EQ(device.launch_overhead.value(), 5e-6);
  EXPECT_EQ(device.utilisation.winograd, 1);
  EXPECT_FALSE(device.power_watts.has_value());
}

// Without the key a host link of 10 GB/s beside a memory of 100 GB/s tells a GPU, one of 100 GB/s a
// CPU; either way the provenance says that it is a guess.
TEST(DeviceProfile, KindIsReadOrGuessed) {
  JsonDocument document = JsonDocument::parse_text(kProfile, "x.json");
  const auto guessed = [&] {
    const DeviceProfile device = read_device_profile(document.root());
    EXPECT_EQ(device.provenance.size(), 1U);
    EXPECT_EQ(device.provenance.back().quantity, "kind");
    EXPECT_EQ(device.provenance.back().kind, Provenance::Kind::assumed);
    return device.is_accelerator();
  };
  EXPECT_TRUE(guessed());
  document.set("host_link_bandwidth=100 GB/s");
  EXPECT_FALSE(guessed());
  document.set("kind=gpu");
  document.set("architecture=hopper");
  const DeviceProfile given = read_device_profile(document.root());
  EXPECT_TRUE(given.is_accelerator());
  EXPECT_EQ(given.architecture, DeviceArchitecture::hopper);
  EXPECT_TRUE(given.provenance.empty());
  EXPECT_NE(message("kind=tpu"), "accepted");
}

bool is_processor(const std::string& name) {
  return name.starts_with("xeon") || name.starts_with("epyc");
}

TEST(DeviceProfile, ShippedProfilesSayWhatTheyAre) {
  EXPECT_GE(test::shipped_devices().size(), 20U);
  for (const std::string& name : test::shipped_devices()) {
    SCOPED_TRACE(name);
    const DeviceProfile device = test::shipped_device(name);
    EXPECT_EQ(device.is_accelerator(), !is_processor(name));
    EXPECT_EQ(device.architecture.has_value(), !is_processor(name));
    EXPECT_TRUE(device.power_watts);
    for (const Provenance& p : device.provenance) EXPECT_NE(p.quantity, "kind");  // no guess
  }
}

TEST(DeviceProfile, NarrowerNumbersAreNotSlower) {
  for (const std::string& name : test::shipped_devices()) {
    SCOPED_TRACE(name);
    const DeviceProfile device = test::shipped_device(name);
    FlopRate before = device.peak_rate(Precision::fp32);
    for (const Precision precision :
         {Precision::tf32, Precision::bf16, Precision::fp16, Precision::fp8}) {
      const auto& peak = device.peak[static_cast<std::size_t>(precision)];
      if (!peak) continue;
      EXPECT_GE(*peak, before);
      before = *peak;
    }
  }
}

// A share of the whole that the maker's page tells of.
TEST(DeviceProfile, SharesOfAWholeAddUp) {
  // Two dies of an MI250X: 383 TFLOP/s of fp16, 3.2 TB/s, 128 GB.
  const DeviceProfile gcd = test::shipped_device("mi250x-gcd");
  EXPECT_NEAR(2 * gcd.peak_rate(Precision::fp16).value(), 383e12, 1e9);
  EXPECT_NEAR(2 * gcd.memory_bandwidth.value(), 3.2768e12, 1e9);
  EXPECT_EQ(2 * gcd.memory_capacity, Bytes(128.0 * 1024 * 1024 * 1024));
  // Two dies of a K80: 8.74 TFLOP/s at boost, 480 GB/s.
  const DeviceProfile k80 = test::shipped_device("k80");
  EXPECT_NEAR(2 * k80.peak_rate(Precision::fp32).value(), 8.74e12, 1e9);
  EXPECT_NEAR(2 * k80.memory_bandwidth.value(), 480e9, 1);
  // 72 devices of a GB200 NVL72: 360 PFLOP/s of fp16 with sparsity, 180 without; 576 TB/s.
  const DeviceProfile gb200 = test::shipped_device("gb200");
  EXPECT_NEAR(72 * gb200.peak_rate(Precision::fp16).value(), 180e15, 1e9);
  EXPECT_NEAR(72 * gb200.memory_bandwidth.value(), 576e12, 1e6);
  // 8 devices of a DGX B200: 72 PFLOP/s of FP8 with sparsity, 36 without; 64 TB/s.
  const DeviceProfile b200 = test::shipped_device("b200");
  EXPECT_NEAR(8 * b200.peak_rate(Precision::fp8).value(), 36e15, 1e9);
  EXPECT_NEAR(8 * b200.memory_bandwidth.value(), 64e12, 1e6);
}

TEST(DeviceProfile, RefusesNonsense) {
  EXPECT_EQ(message("power_watts=300"), "accepted");
  EXPECT_EQ(message("memory_bandwidth=0 GB/s"),
            "x.json: /memory_bandwidth: it must be more than zero");
  EXPECT_NE(message("utilisation.matrix=1.5"), "accepted");
  EXPECT_NE(message("utilisation.matrix=0"), "accepted");
  EXPECT_NE(message("utilisation.winograd=3"), "accepted");
  EXPECT_NE(message("peak.fp31=1 TFLOP/s"), "accepted");
  EXPECT_NE(message("peak={}"), "accepted");
  EXPECT_NE(message("launch_overhead=5"), "accepted");
  EXPECT_NE(message("compute_cv=-1"), "accepted");
}

}  // namespace
}  // namespace rehearse
