#include "predict/forked_map.h"

#include <gtest/gtest.h>
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

}  // namespace
}  // namespace rehearse
