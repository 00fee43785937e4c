// Processes of a run that the program has started, for tests that disturb them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

#include "runtime/worlds/mpi/mpi_world.h"
#include "tests/apps/train_fixture.h"

namespace rehearse {

// The process of a rank that `launcher` has started.
std::optional<pid_t> find_rank(pid_t launcher, int rank);

// Starts the program with its stderr in a file. `environment`: NAME=VALUE words of a shell.
pid_t start_program(const std::string& arguments, const std::string& err,
                    const std::string& environment = "");

// The exit status (128 + the signal it died of) if the process ends in time.
std::optional<int> wait_for(pid_t process, std::chrono::seconds most);

// Whether `holds` becomes true in time.
bool comes_true(std::chrono::seconds most, const std::function<bool()>& holds);

// Skips where there is no mpirun.
class TrainRanks : public TrainProgram {
 protected:
  void SetUp() override {
    if (MpiSession::library().empty() || std::system("command -v mpirun > /dev/null") != 0) {
      GTEST_SKIP() << "there is no mpirun";
    }
    TrainProgram::SetUp();
  }
};

}  // namespace rehearse
