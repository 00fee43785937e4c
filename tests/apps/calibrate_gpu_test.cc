// `rehearse calibrate --device cuda`, where there is no GPU, and what it refuses.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/cuda/cuda_devices.h"
#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

void ends(const std::string& arguments, int status, const std::string& part) {
  const ProgramRun run = run_program(arguments);
  EXPECT_EQ(run.status, status) << arguments << ": " << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
}

TEST(CalibrateGpu, SaysInOneLineThatThereIsNone) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "a GPU";
  for (const char* what : {"kernels", "all", "collectives"}) {
    ends("calibrate --device cuda " + std::string(what) + " -o unused.json", 3,
         "cannot compute on a GPU (");
  }
  ends("calibrate --device cuda:1 kernels --format csv -o unused.csv", 3,
       "cannot compute on a GPU (");
}

TEST(CalibrateGpu, RefusesWhatItDoesNotMeasure) {
  ends("calibrate --device gpu -o unused.json", 2, "cannot measure the device 'gpu'");
  ends("calibrate --device cuda:x -o unused.json", 2, "cannot measure the device 'cuda:x'");
  ends("calibrate --device cuda noise -o unused.json", 2, "say calibrate kernels");
  ends("calibrate --device cuda --devices 2 -o unused.json", 2,
       "--devices does not go with --device cuda");
  ends("calibrate --device cuda --scenario resnet50_strong -o unused.json", 2,
       "--scenario does not go with --device cuda");
  ends("calibrate --device cuda collectives --format csv -o unused.csv", 2,
       "--format does not go with these options");
  ends("calibrate kernels --format csv -o unused.csv", 2,
       "--format does not go with these options");
  ends("calibrate convergence run.json --device cuda -o unused.json", 2,
       "--device does not go with calibrate convergence");
}

}  // namespace
}  // namespace rehearse
