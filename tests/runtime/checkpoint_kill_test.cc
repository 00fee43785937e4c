// A process that is killed while it writes checkpoints, again and again.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/random.h"
#include "runtime/checkpoint/checkpoint.h"
#include "tests/runtime/temporary_folder.h"

namespace rehearse {
namespace {

constexpr std::size_t kParameters = 200000;

Checkpoint filled(std::int64_t step) {
  Checkpoint checkpoint{.step = step, .workers = 1};
  checkpoint.parameters.assign(kParameters, static_cast<float>(step));
  return checkpoint;
}

// Writes steps after the newest until killed. The pipe tells the parent what is surely written.
[[noreturn]] void write_forever(const std::string& folder, int told) {
  CheckpointStore store(folder);
  const auto last = store.newest();
  for (std::int64_t step = last ? last->step + 1 : 1;; ++step) {
    store.write(filled(step));
    if (::write(told, &step, sizeof step) != sizeof step) _exit(1);
  }
}

TEST(CheckpointStore, SurvivesBeingKilled) {
  const TemporaryFolder folder;
  RandomStream random(1, {});
  std::int64_t newest_known = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      write_forever(folder.path(), ends[1]);
    }
    close(ends[1]);
    // At least one is written, then the kill comes at any moment of the next few.
    ASSERT_EQ(read(ends[0], &newest_known, sizeof newest_known),
              static_cast<ssize_t>(sizeof newest_known));
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(15000)));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (read(ends[0], &newest_known, sizeof newest_known) > 0) {
    }
    close(ends[0]);

    std::vector<std::string> skipped;
    const auto newest = CheckpointStore(folder.path()).newest(&skipped);
    ASSERT_TRUE(newest.has_value());
    EXPECT_TRUE(skipped.empty()) << skipped.front();
    EXPECT_GE(newest->step, newest_known);
    EXPECT_EQ(*newest, filled(newest->step));
    EXPECT_LE(folder.names().size(), 4U);  // two kept, one about to go, one unfinished
  }
}

}  // namespace
}  // namespace rehearse
