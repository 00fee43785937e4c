#include "predict/forked_map.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

std::string square(std::size_t i) { return std::to_string(i * i); }

TEST(ForkedMap, KeepsOrderWhateverTheJobs) {
  const std::vector<std::string> expected{"0", "1", "4", "9", "16"};
  for (const int jobs : {1, 2, 8}) {
    EXPECT_EQ(forked_map(5, jobs, square, nullptr), expected) << jobs;
  }
}

TEST(ForkedMap, OfNothingIsNothing) { EXPECT_TRUE(forked_map(0, 2, square, nullptr).empty()); }

TEST(ForkedMap, CarriesResultsLargerThanAPipe) {
  const auto results = forked_map(
      2, 2, [](std::size_t i) { return std::string(1'000'000, static_cast<char>('a' + i)); },
      nullptr);
  EXPECT_EQ(results[0], std::string(1'000'000, 'a'));
  EXPECT_EQ(results[1], std::string(1'000'000, 'b'));
}

TEST(ForkedMap, CarriesTheEmptyResult) {
  const auto results = forked_map(
      1, 1, [](std::size_t) { return std::string(); }, nullptr);
  EXPECT_EQ(results, std::vector<std::string>{""});
}

TEST(ForkedMap, CountsWhatIsFinished) {
  std::vector<std::size_t> told;
  forked_map(3, 2, square, [&](std::size_t done) { told.push_back(done); });
  EXPECT_EQ(told, (std::vector<std::size_t>{1, 2, 3}));
}

TEST(ForkedMap, WorksInProcessesOfTheirOwn) {
  const auto pids = forked_map(
      2, 1, [](std::size_t) { return std::to_string(getpid()); }, nullptr);
  EXPECT_NE(pids[0], pids[1]);
  EXPECT_NE(pids[0], std::to_string(getpid()));
}

TEST(ForkedMap, ThrowsTheErrorOfAChildAgain) {
  const auto body = [](std::size_t i) -> std::string {
    if (i == 1) throw Error::input("too many workers", "the cluster has 4", "lower sweep.workers");
    return "";
  };
  try {
    forked_map(3, 2, body, nullptr);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    EXPECT_STREQ(error.what(), "too many workers (the cluster has 4): lower sweep.workers");
  }
}

TEST(ForkedMap, ThrowsTheBrokenContractOfAChildAgain) {
  const auto body = [](std::size_t) -> std::string {
    EXPECTS(1 + 1 == 3);
    return "";
  };
  EXPECT_THROW(forked_map(1, 1, body, nullptr), ContractViolation);
}

TEST(ForkedMap, AChildThatDiesIsAnErrorOfTheEnvironment) {
  const auto body = [](std::size_t i) -> std::string {
    if (i == 0) raise(SIGKILL);
    return "alive";
  };
  try {
    forked_map(2, 2, body, nullptr);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::environment);
  }
}

TEST(ForkedMap, AChildThatAbortsIsOurBugWithItsFirstLine) {
  const auto body = [](std::size_t) -> std::string {
    std::fputs("it cannot be\nBacktrace\n", stderr);
    std::fflush(stderr);
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  };
#if !defined(__SANITIZE_ADDRESS__)
  try {
    forked_map(1, 1, body, nullptr);
    FAIL();
  } catch (const ContractViolation& bug) {
    EXPECT_STREQ(bug.what(), "a simulating process died of signal 6: it cannot be");
  }
#else
  EXPECT_THROW(forked_map(1, 1, body, nullptr), ContractViolation);
#endif
}

TEST(ForkedMap, HearsHowFarThePiecesAre) {
  std::vector<double> shares;
  const auto results =
      watched_map(2, 1,
                  [](std::size_t i, const PieceTeller& tell) {
                    for (int k = 1; k <= 1000; ++k) tell.share(k / 1000.0);
                    return std::string(1, static_cast<char>('a' + i));
                  },
                  {nullptr, [&](double share) { shares.push_back(share); }, nullptr});
  EXPECT_EQ(results, (std::vector<std::string>{"a", "b"}));
  ASSERT_FALSE(shares.empty());
  for (std::size_t i = 1; i < shares.size(); ++i) EXPECT_GE(shares[i], shares[i - 1]);
  EXPECT_EQ(shares.back(), 1);
}

// Case F7. A process starts two children that never end and is then ended by a signal. The children
// hold the only ends of a pipe that are left: it is at its end when they are gone.
TEST(ForkedMap, ChildrenEndWithTheirParentWhateverEndsIt) {
  for (const int signal : {SIGTERM, SIGINT, SIGKILL, SIGHUP}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t parent = fork();
    if (parent == 0) {
      close(ends[0]);
      std::signal(signal, SIG_DFL);
      forked_map(
          2, 2,
          [&](std::size_t) -> std::string {
            if (write(ends[1], "x", 1) != 1) _exit(1);
            for (;;) pause();
          },
          nullptr);
      _exit(0);
    }
    close(ends[1]);
    char byte = 0;
    for (int child = 0; child < 2; ++child) ASSERT_EQ(read(ends[0], &byte, 1), 1);
    kill(parent, signal);
    waitpid(parent, nullptr, 0);
    constexpr int kLong = 60'000;  // ms; a child that stays never ends
    pollfd end{ends[0], POLLIN, 0};
    EXPECT_EQ(poll(&end, 1, kLong), 1) << "signal " << signal;
    EXPECT_EQ(read(ends[0], &byte, 1), 0) << "signal " << signal;
    close(ends[0]);
  }
}

}  // namespace
}  // namespace rehearse
