// The main program of tests that mpirun starts: every rank runs all of them.
#pragma once

#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <vector>

#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {

// What ranks other than the first one print.
class FailuresOnly : public testing::EmptyTestEventListener {
 public:
  explicit FailuresOnly(int rank) : rank_(rank) {}

 private:
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << "rank " << rank_ << ": " << result.file_name() << ":" << result.line_number()
              << ": " << result.message() << std::endl;
  }

  int rank_;
};

// Returns the exit status, the same on all ranks: 0 when every test passed on every rank.
inline int run_tests_over_mpi(MpiSession& mpi, int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (mpi.rank() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailuresOnly(mpi.rank()));
  }
  const int status = RUN_ALL_TESTS();
  const std::vector<std::string> all = mpi.gather(std::to_string(status));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] != "0") std::cerr << "rank " << i << " failed\n";
  }
  const bool good = all == std::vector<std::string>(all.size(), "0");
  return mpi.broadcast(good ? "0" : "1") == "0" ? 0 : 1;
}

}  // namespace rehearse
