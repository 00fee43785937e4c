// The world over MPI: every rank runs every test, the first one prints, and a failure on any rank
// fails the run.
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "tests/worlds/mpi_main.h"
#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

MpiSession* session = nullptr;  // GoogleTest hands nothing to its tests

void run(const std::function<void(World&)>& program, const Perform& perform) {
  const auto device = make_inline_device([&perform](const Task& task) {
    if (perform) perform(session->rank(), task);
  });
  RealWorldOptions options;
  options.device = device.get();
  options.background_tasks = 5;
  run_over_mpi(*session, options, program);
}

}  // namespace

std::vector<WorldUnderTest> worlds_under_test() {
  const bool others = session->size() > 1;
  return {{"Mpi", session->size(),
           Promises{.numbers = true,
                    .messages = others,
                    .addresses = true,
                    .switch_sums = true,
                    .waits = others,
                    .failures = true},
           run}};
}

}  // namespace rehearse

int main(int argc, char** argv) {
  rehearse::MpiSession mpi;
  rehearse::session = &mpi;
  return rehearse::run_tests_over_mpi(mpi, argc, argv);
}
