// The world over NCCL beyond what every world promises: tensors in the device's memory, parts that
// are not equal, the end of a run whose communicator fails; and what FakeNccl finds wrong.
#include "runtime/worlds/nccl/nccl_world.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/error.h"
#include "kernels/half_float.h"
#include "tests/runtime/fake_nccl/fake_device.h"
#include "tests/runtime/fake_nccl/fake_nccl_world.h"

namespace rehearse {
namespace {

using enum Operation;

constexpr int kRanks = 4;

// A tensor in the memory of the device of a rank, filled by the host.
class OnDevice {
 public:
  OnDevice(const Backend& device, std::vector<float> values)
      : device_(device), values_(std::move(values)) {
    buffer_ = device.allocate(static_cast<std::int64_t>(values_.size()), ElementType::float32);
    device.copy(tensor_of(values_), tensor());
  }
  [[nodiscard]] Tensor tensor() const { return buffer_->tensor(); }
  [[nodiscard]] std::vector<float> values() {
    device_.copy(tensor(), tensor_of(values_));
    return values_;
  }

 private:
  const Backend& device_;
  std::vector<float> values_;
  std::unique_ptr<DeviceBuffer> buffer_;
};

// On four ranks with a device each.
void run(const std::function<void(World&, const Backend&)>& program) {
  run_on_fake_devices(kRanks, {}, program);
}

std::vector<float> counted(int rank, int elements) {
  std::vector<float> values;
  for (int i = 0; i < elements; ++i) values.push_back(static_cast<float>(100 * rank + i));
  return values;
}

void collect(World& world, const Group& group, Operation operation, const Tensor& tensor) {
  world.transport().collective(group, nccl_call(operation), tensor);
}
void collect(World& world, Operation operation, const Tensor& tensor) {
  collect(world, *world.transport().world(), operation, tensor);
}

// 8 elements are 2 for each rank, 10 are 3, 3, 2 and 2.
TEST(NcclWorld, RunsCollectivesInTheMemoryOfDevices) {
  run([](World& world, const Backend& device) {
    const int rank = world.transport().rank();
    for (const int elements : {8, 10}) {
      // Sum over ranks r of 100 r + i = 600 + 4 i.
      std::vector<float> sums;
      for (int i = 0; i < elements; ++i) sums.push_back(static_cast<float>(600 + 4 * i));
      OnDevice data(device, counted(rank, elements));
      collect(world, all_reduce, data.tensor());
      EXPECT_EQ(data.values(), sums);

      const auto begin = static_cast<int>(part_begin(elements, kRanks, rank));
      const auto end = static_cast<int>(part_begin(elements, kRanks, rank + 1));
      OnDevice scattered(device, counted(rank, elements));
      collect(world, reduce_scatter, scattered.tensor());
      const std::vector<float> parts = scattered.values();
      for (int i = begin; i < end; ++i) {
        EXPECT_EQ(parts[static_cast<std::size_t>(i)], sums[static_cast<std::size_t>(i)]);
      }

      std::vector<float> own(static_cast<std::size_t>(elements));
      for (int i = begin; i < end; ++i) own[static_cast<std::size_t>(i)] = static_cast<float>(i);
      OnDevice gathered(device, own);
      collect(world, all_gather, gathered.tensor());
      EXPECT_EQ(gathered.values(), counted(0, elements));

      OnDevice from_first(device, counted(rank, elements));
      collect(world, broadcast, from_first.tensor());
      EXPECT_EQ(from_first.values(), counted(0, elements));

      OnDevice to_first(device, counted(rank, elements));
      collect(world, reduce, to_first.tensor());
      if (rank == 0) {
        EXPECT_EQ(to_first.values(), sums);
      }
    }
    // Part q of rank r becomes part r of rank q: 100 q + 2 r + {0, 1}.
    OnDevice swapped(device, counted(rank, 8));
    collect(world, all_to_all, swapped.tensor());
    std::vector<float> expected;
    for (int q = 0; q < kRanks; ++q) {
      for (int i = 0; i < 2; ++i) expected.push_back(static_cast<float>(100 * q + 2 * rank + i));
    }
    EXPECT_EQ(swapped.values(), expected);
  });
}

// 1 + 2 + 3 + 4 = 10 is a bfloat16.
TEST(NcclWorld, SumsNumbersOfSixteenBits) {
  run([](World& world, const Backend& device) {
    const auto buffer = device.allocate(5, ElementType::bfloat16);
    std::array<BrainFloat, 5> values{};
    values.fill(to_brain_float(static_cast<float>(world.transport().rank() + 1)));
    const Tensor host{values.data(), 5, ElementType::bfloat16};
    device.copy(host, buffer->tensor());
    collect(world, all_reduce, buffer->tensor());
    device.copy(buffer->tensor(), host);
    for (const BrainFloat value : values) EXPECT_EQ(to_float(value), 10);
  });
}

TEST(NcclWorld, SendsFromDeviceToDevice) {
  run([](World& world, const Backend& device) {
    Transport& t = world.transport();
    const int next = (t.rank() + 1) % t.size(), previous = (t.rank() + 3) % t.size();
    OnDevice mine(device, counted(t.rank(), 9));
    OnDevice theirs(device, counted(0, 9));
    std::vector<std::unique_ptr<Transfer>> sends;
    sends.push_back(t.start_send(*t.world(), next, 5, mine.tensor()));
    EXPECT_EQ(t.receive(*t.world(), previous, 5, theirs.tensor()), previous);
    EXPECT_EQ(theirs.values(), counted(previous, 9));
    t.wait_any(sends);
  });
}

// The receiver asks when the tensor is no more.
TEST(NcclWorld, ASendThatIsGivenUpLeavesAllTheSame) {
  run([](World& world, const Backend& device) {
    Transport& t = world.transport();
    if (t.rank() == 0) {
      OnDevice mine(device, counted(3, 6));
      (void)t.start_send(*t.world(), 1, 0, mine.tensor());
    }
    t.agree_min(*t.world(), 0);
    if (t.rank() == 1) {
      OnDevice theirs(device, counted(0, 6));
      t.receive(*t.world(), 0, 0, theirs.tensor());
      EXPECT_EQ(theirs.values(), counted(3, 6));
    }
  });
}

// Rank 0 sends and ends; rank 1 asks for what it sent when the others are done.
TEST(NcclWorld, ARankThatIsDoneIsThereForTheOthers) {
  run([](World& world, const Backend& device) {
    Transport& t = world.transport();
    OnDevice numbers(device, counted(t.rank(), 6));
    if (t.rank() == 0) (void)t.start_send(*t.world(), 1, 0, numbers.tensor());
    if (t.rank() == 0) return;
    const Group others(1, {1, 2, 3});
    for (int i = 0; i < 3; ++i) collect(world, others, all_reduce, numbers.tensor());
    if (t.rank() != 1) return;
    t.receive(*t.world(), 0, 0, numbers.tensor());
    EXPECT_EQ(numbers.values(), counted(0, 6));
  });
}

void expect_named(const std::function<void(World&)>& program, const std::string& doing) {
  FakeNccl fake(FakeNccl::Devices::any_memory);
  fake.fail(2, "remote process exited or there was a network error");
  try {
    run_over_fake_nccl(fake, FakeMemory::host, kRanks, {}, program);
    ADD_FAILURE() << "the run did not fail";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::environment);
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("NCCL failed on rank 2 (" + doing)) << text;
    EXPECT_NE(text.find("network error"), std::string::npos) << text;
    EXPECT_NE(text.find("--resume"), std::string::npos) << text;
  }
  EXPECT_EQ(fake.misuses(), std::vector<std::string>());
}

TEST(NcclWorld, AFailureNamesTheRank) {
  expect_named(
      [](World& world) {
        std::vector<float> numbers(100);
        collect(world, all_reduce, tensor_of(numbers));
      },
      "all_reduce over 4 ranks");
  expect_named(
      [](World& world) {
        Transport& t = world.transport();
        std::vector<float> numbers(100);
        if (t.rank() == 2) t.send(*t.world(), 1, 0, tensor_of(numbers));
        if (t.rank() == 1) t.receive(*t.world(), 2, 0, tensor_of(numbers));
        t.agree_min(*t.world(), t.rank());
      },
      "a message to rank 1");
}

TEST(NcclWorld, ACallThatTakesTooLongEndsTheRun) {
  FakeNccl fake(FakeNccl::Devices::any_memory);
  fake.stall(1);
  std::vector<std::unique_ptr<NcclApi>> apis;
  for (int rank = 0; rank < 2; ++rank) apis.push_back(fake.of_rank(rank));
  try {
    run_in_memory(2, {}, [&](World& host) {
      const auto rank = static_cast<std::size_t>(host.transport().rank());
      run_over_nccl(host, *apis[rank], cpu_backend(), {.timeout = Duration(0.05)},
                    [](World& world) {
                      std::vector<float> numbers(100);
                      collect(world, all_reduce, tensor_of(numbers));
                    });
    });
    ADD_FAILURE() << "the run did not fail";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("it was not complete after"), std::string::npos)
        << error.what();
  }
}

// Two ranks in one thread: what the calls of each do shows at once.
class Misuse : public testing::Test {
 protected:
  Misuse() {
    const NcclId id = fake_.of_rank(0)->new_id();
    for (int rank = 0; rank < 2; ++rank) {
      apis_.push_back(fake_.of_rank(rank));
      comms_.push_back(apis_.back()->join(id, 2, rank));
      streams_.push_back(apis_.back()->make_stream());
      buffers_.push_back(apis_.back()->allocate(64));
    }
  }

  void call(std::size_t rank, NcclCall::Kind kind, std::int64_t elements, int peer = 0) {
    void* const data = buffers_[rank]->data();
    comms_[rank]->enqueue(
        std::array{NcclCall{kind, data, data, elements, ElementType::float32, peer}},
        *streams_[rank]);
  }
  void expect_found(const std::string& what) {
    const std::vector<std::string> found = fake_.misuses();
    ASSERT_FALSE(found.empty());
    EXPECT_NE(found.front().find(what), std::string::npos) << found.front();
    EXPECT_EQ(comms_[1]->state().kind, NcclState::Kind::failed);
  }

  FakeNccl fake_;
  std::vector<std::unique_ptr<NcclApi>> apis_;
  std::vector<std::unique_ptr<NcclBuffer>> buffers_;
  std::vector<std::unique_ptr<NcclStream>> streams_;
  std::vector<std::unique_ptr<NcclComm>> comms_;
};

using Kind = NcclCall::Kind;

TEST_F(Misuse, OfNothing) {
  call(0, Kind::send, 4, 1);
  call(1, Kind::receive, 4, 0);
  call(0, Kind::all_reduce, 3);
  EXPECT_FALSE(streams_[0]->idle());
  call(1, Kind::all_reduce, 3);
  EXPECT_TRUE(streams_[0]->idle() && streams_[1]->idle());
  EXPECT_EQ(fake_.misuses(), std::vector<std::string>());
}

TEST_F(Misuse, SizesThatDiffer) {
  call(0, Kind::all_reduce, 4);
  call(1, Kind::all_reduce, 5);
  expect_found("different collective calls");
}

TEST_F(Misuse, KindsThatDiffer) {
  call(0, Kind::all_reduce, 4);
  call(1, Kind::broadcast, 4);
  expect_found("different collective calls");
}

TEST_F(Misuse, AMessageThatDoesNotFit) {
  call(0, Kind::send, 4, 1);
  call(1, Kind::receive, 5, 0);
  expect_found("not of the size");
}

// Each sends first, and would receive afterwards.
TEST_F(Misuse, SendsThatWaitForOneAnother) {
  call(0, Kind::send, 4, 1);
  call(1, Kind::send, 4, 0);
  expect_found("in a circle");
}

TEST_F(Misuse, AMessageAgainstACollective) {
  call(0, Kind::send, 4, 1);
  call(1, Kind::all_reduce, 4);
  expect_found("in a circle");
}

TEST_F(Misuse, AUseAfterAnAbort) {
  comms_[0]->abort();
  call(0, Kind::all_reduce, 4);
  expect_found("after it was aborted");
}

TEST_F(Misuse, MemoryOfTheHost) {
  std::array<float, 4> host{};
  comms_[0]->enqueue(std::array{NcclCall{Kind::all_reduce, host.data(), host.data(), 4}},
                     *streams_[0]);
  expect_found("not in the memory of the device of rank 0");
}

// 17 floats are 68 bytes, of which there are 64.
TEST_F(Misuse, MoreThanThereIs) {
  call(0, Kind::all_reduce, 17);
  expect_found("not in the memory of the device of rank 0");
}

}  // namespace
}  // namespace rehearse
