// What the program says to those who mistype.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <ostream>

#include "kernels/cuda/cuda_devices.h"
#include "tests/apps/run_program.h"

namespace rehearse {
namespace {

struct Mistake {
  const char* arguments;
  int status;
  const char* says;
};

// Names the test in lists; ctest cannot hold quotes and brackets.
void PrintTo(const Mistake& mistake, std::ostream* out) {
  for (const char* c = mistake.arguments; *c != '\0'; ++c) {
    *out << (std::isalnum(static_cast<unsigned char>(*c)) != 0 ? *c : ' ');
  }
}

class Usage : public testing::TestWithParam<Mistake> {};

TEST_P(Usage, IsOneLineOnStderr) {
  const ProgramRun run = run_program(GetParam().arguments);
  EXPECT_EQ(run.status, GetParam().status) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find(GetParam().says), std::string::npos) << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, Usage,
    testing::Values(
        Mistake{"", 2, "no command is given"},
        Mistake{"predcit s.json", 2, "unknown command 'predcit': did you mean 'predict'?"},
        Mistake{"xyzzyplugh", 2, "unknown command 'xyzzyplugh': use predict"},
        Mistake{"--json predict s.json", 2, "'--json' stands before the command"},
        Mistake{"train /nowhere/s.json", 2, "/nowhere/s.json"},
        Mistake{"train s.json --ranks 0", 2, "--ranks"},
        Mistake{"calibrate", 2, "--output is required"},
        Mistake{"calibrate nothing -o p.json", 2, "nothing"},
        Mistake{"calibrate -o p.json --budget 5", 2, "unit"},
        Mistake{"emulate", 2, "SCENARIO is required"},
        Mistake{"emulate s.json --threads 0", 2, "--threads"},
        Mistake{"emulate cnn_async --fidelity analytic", 2, "one rank that stands for all"},
        Mistake{"emulate cnn_async --vary training.strategy=async_ps,lagge", 2, "'lagged'"},
        Mistake{"predict", 2, "SCENARIO is required"},
        Mistake{"predict --fidelty flow s.json", 2, "did you mean '--fidelity'?"},
        Mistake{"predict s.json --jsno", 2, "did you mean '--json'?"},
        Mistake{"predict s.json --ot=x", 2, "unknown option '--ot' of predict"},
        Mistake{"predict a.json b.json", 2, "one argument too many: 'b.json'"},
        Mistake{"predict s.json --seed x", 2, "--seed"},
        Mistake{"predict s.json --seed -1", 2, "--seed"},
        Mistake{"predict s.json --jobs 0", 2, "--jobs"},
        Mistake{"predict s.json --trace", 2, "--trace"},
        Mistake{"predict /nowhere/s.json", 2, "/nowhere/s.json"},
        Mistake{"compare s.json", 2, "--vary is required"},
        Mistake{"compare s.json --vary a", 2, "it has no '='"},
        Mistake{"model restnet50", 2, "resnet50"},
        Mistake{"model lenet5 --set a=1", 2, "unknown key 'a'"},
        Mistake{"model llama3_9b", 2, "'llama3_8b'"},
        Mistake{"model /nowhere/m.onnx", 2, "/nowhere/m.onnx: cannot be opened"},
        Mistake{"model lenet5 --batch global=64", 2, "write --batch 64"},
        Mistake{"predict resnet50_strng", 2, "did you mean 'resnet50_strong'?"},
        Mistake{"predict resnet50", 2, "'resnet50' is a model"},
        Mistake{"predict s.json --workers 1, 2", 2, "in one word, or in quotes"},
        Mistake{"predict resnet50_strong --workers x", 2, "'x' is no count"},
        Mistake{"predict resnet50_strong --batch mini=8", 2, "no kind of batch"},
        Mistake{"predict resnet50_strong --nodes 0", 2, "of at least 1"},
        Mistake{"predict resnet50_strong --strategy async", 2, "'async_ps'"},
        Mistake{"predict resnet50_strong --seed -1", 2, "'-1' is no whole number of at least 0"},
        Mistake{"train cnn_local --epochs 0", 2, "'0' is no number above 0"},
        Mistake{"plan resnet50_strong --epochs 1 --budget '40 GPU-hours'", 2,
                "no number of node-hours"},
        Mistake{"plan resnet50_strong --epochs x", 2, "'x' is no number"},
        Mistake{"explain s.json", 2, "'explain' does not work yet"},
        Mistake{"list device", 2, "did you mean 'devices'?"},
        Mistake{"topology /nowhere/n.json", 2, "/nowhere/n.json"},
        Mistake{"topology aries-piz-dant", 2, "aries-piz-daint"},
        Mistake{"topology aries-piz-daint --simgrid-xml x", 2, "at most 512 devices"},
        Mistake{"topology '{\"topology\": \"ring\"}'", 2, "topology"},
        Mistake{"check /nowhere/s.json", 2, "/nowhere/s.json"},
        Mistake{"validate", 2, "MEASUREMENTS is required"},
        Mistake{"validate x.json --max-error much", 2, "is not a share"}));

TEST(UsageHelp, IsOnStdout) {
  const ProgramRun all = run_program("--help");
  EXPECT_EQ(all.status, 0);
  EXPECT_EQ(all.err, "");
  for (const char* command : {"predict", "compare", "plan", "model", "emulate", "validate",
                              "topology", "check", "collective"}) {
    EXPECT_NE(all.out.find(command), std::string::npos) << command;
    const ProgramRun one = run_program(std::string(command) + " --help");
    EXPECT_EQ(one.status, 0) << command;
    EXPECT_NE(one.out.find("--json"), std::string::npos) << command;
  }
  EXPECT_NE(run_program("topology --help").out.find("--simgrid-xml"), std::string::npos);
}

TEST(UsageVersion, IsOnStdout) {
  const ProgramRun run = run_program("--version");
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.out.substr(0, 9), "rehearse ");
  const std::string libraries = cuda_libraries();
  const std::string expected = libraries.empty()
                                   ? "GPU, NCCL and cuDNN: absent (CUDA: not compiled in)"
                                   : libraries + ": compiled in, ";
  EXPECT_NE(run.out.find(expected), std::string::npos) << run.out;
}

TEST(UsageOutput, FullDiskIsTheEnvironment) {
  const ProgramRun run = run_program("--version > /dev/full; exit $? #");
  EXPECT_EQ(run.status, 3);
}

TEST(UsageOutput, UnwritablePlacesAreTheEnvironment) {
  const TemporaryFile scenario(small_scenario());
  EXPECT_EQ(run_program("predict " + scenario.path() + " --out /proc/nothing").status, 3);
  EXPECT_EQ(run_program("topology aries-piz-daint --nodes 8 --dot /nowhere/x.dot").status, 3);
}

}  // namespace
}  // namespace rehearse
