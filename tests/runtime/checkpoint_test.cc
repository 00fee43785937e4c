#include "runtime/checkpoint/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/error.h"
#include "runtime/checkpoint/checkpoint_file.h"
#include "runtime/checkpoint/checksum.h"
#include "runtime/checkpoint/posix_file.h"
#include "tests/runtime/temporary_folder.h"

namespace rehearse {
namespace {

using Names = std::vector<std::string>;

Checkpoint checkpoint_of(std::int64_t step, std::size_t parameters = 11) {
  Checkpoint checkpoint{.step = step, .workers = 4, .identity = "tiny, seed 1"};
  checkpoint.parameters.resize(parameters);
  std::iota(checkpoint.parameters.begin(), checkpoint.parameters.end(), static_cast<float>(step));
  checkpoint.optimizer_state = {0.5F, -1};
  checkpoint.statistics = {3};
  checkpoint.optimizer_steps = step + 1;
  checkpoint.losses = {2.5, 1.25, 1.0 / 3};
  return checkpoint;
}

// Published for XXH64 with seed 0 (the first two by xxhash's tests, the third by python-xxhash).
TEST(Checksum, PublishedValues) {
  const auto sum_of = [](std::string_view text) {
    Checksum sum;
    sum.add(text.data(), text.size());
    return sum.digest();
  };
  EXPECT_EQ(sum_of(""), 0xef46db3751d8e999U);
  EXPECT_EQ(sum_of("a"), 0xd24ec4f1a98c6e5bU);
  EXPECT_EQ(sum_of("abc"), 0x44bc2cf5ad770999U);
}

TEST(Checksum, PiecesAddUp) {
  std::vector<char> bytes(32 * 7 + 13);
  std::iota(bytes.begin(), bytes.end(), 0);
  Checksum whole;
  whole.add(bytes.data(), bytes.size());
  Checksum pieces;
  pieces.add(bytes.data(), 61);
  pieces.add(bytes.data() + 61, 163);
  pieces.add(bytes.data() + 224, 13);
  EXPECT_EQ(whole.digest(), pieces.digest());
}

// The sums that files of version 1 of the format end with: of one piece and of several.
TEST(Checksum, EndsFilesAsEver) {
  const TemporaryFolder folder;
  const auto sum_of = [&](const Checkpoint& checkpoint) {
    const std::string file = folder.file("one.ckpt");
    write_checkpoint_file(file, checkpoint);
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(-static_cast<std::streamoff>(sizeof(std::uint64_t)), std::ios::end);
    std::uint64_t sum = 0;
    stream.read(reinterpret_cast<char*>(&sum), sizeof sum);
    return sum;
  };
  EXPECT_EQ(sum_of(checkpoint_of(10)), 0xe497acde6690a068U);
  EXPECT_EQ(sum_of(checkpoint_of(10, 700'000)), 0xb8ac3554ed466185U);
}

TEST(CheckpointStore, ReturnsWhatWasWritten) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.file("new/nested"));
  EXPECT_EQ(store.newest(), std::nullopt);
  for (const std::size_t parameters : {0U, 1U, 8U, 11U, 700000U}) {
    store.write(checkpoint_of(10, parameters));
    EXPECT_EQ(store.newest(), checkpoint_of(10, parameters));
  }
  store.write({});
  EXPECT_EQ(CheckpointStore(folder.file("new/nested")).newest(), Checkpoint{});
}

TEST(CheckpointStore, KeepsEvaluations) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path());
  Checkpoint checkpoint = checkpoint_of(10);
  checkpoint.seconds = 1.0 / 3;
  checkpoint.evaluations = {5, 0.1, 320, 2.5, 0.1, 2.4, 0.75};
  store.write(checkpoint);
  EXPECT_EQ(store.newest(), checkpoint);
}

// Its header has 32 bytes more.
TEST(CheckpointStore, KeepsTheLossScale) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path());
  store.write(checkpoint_of(10));
  Checkpoint checkpoint = checkpoint_of(10);
  checkpoint.loss_scale = 32768;
  checkpoint.good_steps = 17;
  store.write(checkpoint);
  EXPECT_EQ(store.newest(), checkpoint);
  EXPECT_EQ(read_whole_file(folder.file("checkpoint-00000002.ckpt")).size(),
            read_whole_file(folder.file("checkpoint-00000001.ckpt")).size() + 32);
}

TEST(CheckpointStore, KeepsTheNewest) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path(), 3);
  (void)folder.put("notes.txt", {1});
  (void)folder.put("checkpoint-7.ckpt", {1});  // not a name of ours
  (void)folder.put("checkpoint-00000001.ckpt.tmp", {1});
  for (std::int64_t step = 1; step <= 5; ++step) store.write(checkpoint_of(step));
  EXPECT_EQ(folder.names(), (Names{"checkpoint-00000003.ckpt", "checkpoint-00000004.ckpt",
                                   "checkpoint-00000005.ckpt", "checkpoint-7.ckpt", "notes.txt"}));
  // A run that went back is the newest all the same.
  CheckpointStore(folder.path(), 3).write(checkpoint_of(2));
  EXPECT_EQ(store.newest(), checkpoint_of(2));
}

TEST(CheckpointStore, PassesOverWhatIsNotIntactAndSaysSo) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path());
  store.write(checkpoint_of(1));
  (void)folder.put("checkpoint-00000002.ckpt", {1, 2, 3});
  std::filesystem::create_directory(folder.file("checkpoint-00000003.ckpt"));
  std::vector<std::string> skipped;
  EXPECT_EQ(store.newest(&skipped), checkpoint_of(1));
  ASSERT_EQ(skipped.size(), 2U);
  EXPECT_NE(skipped[0].find("checkpoint-00000003.ckpt: cannot read"), std::string::npos);
  EXPECT_NE(skipped[1].find("checkpoint-00000002.ckpt: not an intact"), std::string::npos);
  // Only intact ones count as kept: another process keeps 1 and 4 and those between.
  CheckpointStore other(folder.path());
  other.write(checkpoint_of(2));
  EXPECT_EQ(folder.names().size(), 4U);
  other.write(checkpoint_of(3));
  EXPECT_EQ(folder.names(), (Names{"checkpoint-00000004.ckpt", "checkpoint-00000005.ckpt"}));
}

class Damage : public testing::Test {
 protected:
  Damage() {
    CheckpointStore(folder_.path()).write(checkpoint_of(7));
    bytes_ = read_whole_file(folder_.file(kName));
  }

  void expect_refused(const std::vector<std::uint8_t>& bytes) {
    (void)folder_.put(kName, bytes);
    std::vector<std::string> skipped;
    ASSERT_EQ(CheckpointStore(folder_.path()).newest(&skipped), std::nullopt);
    ASSERT_EQ(skipped.size(), 1U);
  }

  static constexpr const char* kName = "checkpoint-00000001.ckpt";
  TemporaryFolder folder_;
  std::vector<std::uint8_t> bytes_;
};

TEST_F(Damage, OfAnyByteIsSeen) {
  // Header 96, identity 32, parameters 64, slots 32, statistics 32, losses 32, checksum 8.
  ASSERT_EQ(bytes_.size(), 296U);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::vector<std::uint8_t> damaged = bytes_;
      damaged[i] ^= static_cast<std::uint8_t>(mask);
      expect_refused(damaged);
    }
  }
}

TEST_F(Damage, OfTheLengthIsSeen) {
  for (std::size_t length = 0; length < bytes_.size(); ++length) {
    expect_refused({bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(length)});
  }
  std::vector<std::uint8_t> longer = bytes_;
  for (int i = 0; i < 70; ++i) {
    longer.push_back(0);
    expect_refused(longer);
  }
}

// Lengths that lie, under a checksum that matches: no memory is asked for, nothing is accepted.
TEST_F(Damage, OfSectionLengthsIsSeenWithoutTheChecksum) {
  for (std::size_t field = 40; field < 80; field += 8) {
    for (const std::uint64_t lie :
         {~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{1} << 62, std::uint64_t{1} << 56,
          std::uint64_t{1} << 40, std::uint64_t{1000}}) {
      std::vector<std::uint8_t> damaged = bytes_;
      std::memcpy(damaged.data() + field, &lie, sizeof lie);
      Checksum sum;
      sum.add(damaged.data(), damaged.size() - 8);
      const std::uint64_t digest = sum.digest();
      std::memcpy(damaged.data() + damaged.size() - 8, &digest, sizeof digest);
      expect_refused(damaged);
    }
  }
}

// The limit makes writing fail as a full disk does.
TEST(CheckpointStore, AFullDiskLeavesTheOlderOnes) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path());
  store.write(checkpoint_of(1));
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 1 << 20, .rlim_max = old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string line;
  Error::Kind kind = Error::Kind::input;
  try {
    store.write(checkpoint_of(2, 1000000));
  } catch (const Error& error) {
    line = error.what();
    kind = error.kind();
  }
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(kind, Error::Kind::environment);
  EXPECT_NE(line.find("checkpoint-00000002.ckpt.tmp: cannot write (File too large)"),
            std::string::npos)
      << line;
  EXPECT_EQ(folder.names(), Names{"checkpoint-00000001.ckpt"});
  EXPECT_EQ(store.newest(), checkpoint_of(1));
}

TEST(CheckpointStore, AFolderThatCannotBeUsedIsNamed) {
  const TemporaryFolder folder;
  (void)folder.put("file", {});
  EXPECT_THROW(CheckpointStore(folder.file("file/folder")), Error);
  CheckpointStore store(folder.file("gone"));
  std::filesystem::remove(folder.file("gone"));
  EXPECT_THROW(store.write(checkpoint_of(1)), Error);
}

TEST(CheckpointStore, AReadOnlyFolderIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "permissions do not bind the superuser";
  const TemporaryFolder folder;
  CheckpointStore locked(folder.file("locked"));
  std::filesystem::permissions(folder.file("locked"), std::filesystem::perms(0555));
  EXPECT_THROW(locked.write(checkpoint_of(1)), Error);
}

}  // namespace
}  // namespace rehearse
