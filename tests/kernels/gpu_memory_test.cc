// Memory, streams and workspaces of a GPU.
#include "base/error.h"
#include "tests/kernels/gpu_fixture.h"

namespace rehearse {
namespace {

using GpuMemory = test::GpuTest;

TEST_F(GpuMemory, IsZeroAtFirstAndKeepsWhatIsCopied) {
  const test::GpuArray<float> array = zeros(1000);
  EXPECT_EQ(array.values(), std::vector<float>(1000, 0.0F));
  const std::vector<float> values = test::some(1000, 1);
  cuda::copy_bytes(values.data(), array.data(), 4000, handle());
  EXPECT_EQ(array.values(), values);
  cuda::clear_bytes(array.data(), 4000, handle());
  EXPECT_EQ(array.values(), std::vector<float>(1000, 0.0F));
}

TEST_F(GpuMemory, TooMuchIsRefusedWithTheNumbers) {
  try {
    const cuda::DeviceMemory memory(0, std::size_t{1} << 50);
    FAIL() << "a pebibyte";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::environment);
    EXPECT_NE(std::string(error.what()).find("are free"), std::string::npos) << error.what();
  }
  EXPECT_EQ(zeros(4).values(), std::vector<float>(4, 0.0F));  // and all goes on
}

TEST_F(GpuMemory, WorkspaceGrowsAndStays) {
  cuda::Workspace& workspace = context().workspace();
  EXPECT_EQ(workspace.get(0), nullptr);
  void* const first = workspace.get(1000);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(workspace.get(500), first);
  EXPECT_NE(workspace.get(1 << 20), nullptr);
  EXPECT_EQ(workspace.bytes(), std::size_t{1} << 20);
}

TEST_F(GpuMemory, EventsOrderStreamsAndTellTheTime) {
  const cuda::Stream other(0);
  const test::GpuArray<float> from(stream(), test::some(1 << 20, 2)), to = zeros(1 << 20);
  cuda::Event begin(0, cuda::Event::Timing::on), end(0, cuda::Event::Timing::on);
  begin.record(handle());
  cuda::copy_bytes(from.data(), to.data(), std::size_t{4} << 20, handle());
  end.record(handle());
  end.hold_back(other.handle());
  other.synchronize();  // that waits for the copy
  EXPECT_GT(end.seconds_since(begin), 0);
  EXPECT_EQ(to.values(), from.values());
}

}  // namespace
}  // namespace rehearse
