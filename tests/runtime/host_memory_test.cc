#include "runtime/worlds/host_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/runtime/temporary_folder.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

class HostMemory : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& text) const {
    const fs::path path = root_ + name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void SetUp() override { put("/proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n"); }

  const TemporaryFolder folder_;
  const std::string root_ = folder_.path();
};

TEST_F(HostMemory, IsWhatTheKernelCallsAvailable) {
  const MemoryLeft left = memory_left(root_);
  EXPECT_EQ(left.bytes, Bytes(8000.0 * 1024));
  EXPECT_EQ(left.of, "this machine");
}

// The group above the own one allows less: 5,000,000 - 2,000,000 used, of which 500,000 are pages
// that can be dropped.
TEST_F(HostMemory, ControlGroupsOfVersion2Limit) {
  put("/proc/self/cgroup", "0::/slice/job\n");
  put("/sys/fs/cgroup/slice/job/memory.max", "max\n");
  put("/sys/fs/cgroup/slice/job/memory.current", "1000\n");
  put("/sys/fs/cgroup/slice/memory.max", "5000000\n");
  put("/sys/fs/cgroup/slice/memory.current", "2000000\n");
  put("/sys/fs/cgroup/slice/memory.stat", "anon 7\ninactive_file 500000\n");
  const MemoryLeft left = memory_left(root_);
  EXPECT_EQ(left.bytes, Bytes(3500000));
  EXPECT_EQ(left.of, "its control group");
}

TEST_F(HostMemory, ControlGroupsOfVersion1Limit) {
  put("/proc/self/cgroup", "9:cpu:/x\n4:memory:/docker/7f\n0::/\n");
  // Inside a container the path of the host is not there, the mount is the group itself.
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "4000000\n");
  put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n");
  EXPECT_EQ(memory_left(root_).bytes, Bytes(3000000));
}

}  // namespace
}  // namespace rehearse
