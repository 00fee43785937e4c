#include "calibrate/machine/co_run.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "base/error.h"

namespace rehearse {
namespace {

std::string failure_of(const CoRunOptions& options,
                       const std::function<std::vector<double>(std::size_t)>& measure) {
  try {
    (void)co_run(options, 3, measure);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::environment);
    return error.what();
  }
  return "measured";
}

// Every process counts its calls: the first is called alone and with the other (1, 2; then 3, 4),
// the second only with the first (1; then 2).
TEST(CoRun, MeasuresAloneThenTogether) {
  int calls = 0;
  const auto results = co_run({.devices = 2, .values_per_job = 2}, 2, [&](std::size_t job) {
    return std::vector<double>{static_cast<double>(++calls), 10.0 * static_cast<double>(job)};
  });
  EXPECT_EQ(calls, 0);  // here, nobody called
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].alone, (std::vector<double>{1, 0}));
  EXPECT_EQ(results[0].busy, (std::vector<double>{1.5, 0}));  // (2 + 1) / 2
  EXPECT_EQ(results[1].alone, (std::vector<double>{3, 10}));
  EXPECT_EQ(results[1].busy, (std::vector<double>{3, 10}));  // (4 + 2) / 2
}

TEST(CoRun, OneDeviceIsNeverBusier) {
  const auto results =
      co_run({}, 3, [](std::size_t job) { return std::vector<double>{static_cast<double>(job)}; });
  for (std::size_t job = 0; job < 3; ++job) {
    EXPECT_EQ(results[job].alone, std::vector<double>{static_cast<double>(job)});
    EXPECT_EQ(results[job].busy, results[job].alone);
  }
}

TEST(CoRun, StopsWhenTheBudgetIsOver) {
  const auto results = co_run({.devices = 2, .budget = Duration(0)}, 5,
                              [](std::size_t) { return std::vector<double>{1}; });
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0].busy, std::vector<double>{1});  // the first is always measured
  for (std::size_t job = 1; job < 5; ++job) EXPECT_TRUE(results[job].alone.empty()) << job;
}

TEST(CoRun, WhatAChildThrowsIsTold) {
  EXPECT_EQ(failure_of({.devices = 2},
                       [](std::size_t job) {
                         if (job == 1) throw Error::input("the disk is full");
                         return std::vector<double>{1};
                       }),
            "the measurement failed (the disk is full)");
}

TEST(CoRun, AChildThatDiesEndsTheOthers) {
  const pid_t parent = getpid();
  EXPECT_EQ(failure_of({.devices = 3},
                       [&](std::size_t job) {
                         if (job == 1 && getpid() != parent) kill(getpid(), SIGKILL);
                         return std::vector<double>{1};
                       }),
            "the measurement failed (a process died)");
}

}  // namespace
}  // namespace rehearse
