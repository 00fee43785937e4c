// `train` with several ranks, which the program starts itself.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <sstream>
#include <thread>

#include "runtime/checkpoint.h"
#include "runtime/mpi_world.h"
#include "tests/apps/train_fixture.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

class TrainRanks : public TrainProgram {
 protected:
  void SetUp() override {
    if (MpiSession::library().empty() || std::system("command -v mpirun > /dev/null") != 0) {
      GTEST_SKIP() << "there is no mpirun";
    }
    TrainProgram::SetUp();
  }
};

TEST_F(TrainRanks, LeaveOneRecord) {
  const ProgramRun run = train(2, "out", "--json --quiet");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out, read_file(path("out") + "/run.json"));
  EXPECT_EQ(names_in("out"), std::vector<std::string>{"run.json"});
  const nlohmann::json made = record("out");
  EXPECT_EQ(made["workers"], 2);
  EXPECT_EQ(made["global_batch"], 32);
  ASSERT_EQ(made["ranks"].size(), 2u);
  EXPECT_EQ(made["ranks"][1]["rank"], 1);
  EXPECT_EQ(made["loss"].size(), 6u);
  EXPECT_EQ(made["evaluation"]["samples"], 64);
  // Two ranks send each other half of the gradients twice: their size, in each of six steps.
  const nlohmann::json model =
      nlohmann::json::parse(run_program("model " + path("s.json") + " --json").out);
  EXPECT_EQ(made["ranks"][0]["bytes_sent"], 6 * 4 * model["parameters"].get<std::int64_t>());
}

TEST_F(TrainRanks, ResumeBitForBitWithAsMany) {
  const std::string often = "--quiet --set training.checkpoint_every=2 ";
  ASSERT_EQ(train(2, "whole", "--quiet --set training.steps=9").status, 0);
  ASSERT_EQ(train(2, "parts", often).status, 0);
  const ProgramRun rest = train(2, "parts", often + "--resume --set training.steps=9");
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(record("parts")["loss"].dump(), record("whole")["loss"].dump());
  const ProgramRun other = train(1, "parts", often + "--resume --set training.steps=12");
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("resume with --ranks 2"), std::string::npos) << other.err;
}

TEST_F(TrainRanks, ErrorsAreToldOnce) {
  ASSERT_EQ(train(1, "out", "--quiet --set training.checkpoint_every=2").status, 0);
  const ProgramRun run = train(2, "out", "--quiet --resume --set training.steps=9");
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.err,
            "rehearse: the checkpoint was written by 1 ranks, this run has 2: resume with --ranks "
            "1\n");
}

std::string whole_file(const fs::path& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return content.str();
}

pid_t parent_of(pid_t process) {
  const std::string stat = whole_file("/proc/" + std::to_string(process) + "/stat");
  const std::size_t name_end = stat.rfind(')');  // pid (name) state parent …
  if (name_end == std::string::npos) return 0;
  return static_cast<pid_t>(std::strtol(stat.c_str() + name_end + 4, nullptr, 10));
}

bool descends_from(pid_t process, pid_t ancestor) {
  for (; process > 1; process = parent_of(process)) {
    if (process == ancestor) return true;
  }
  return false;
}

// The process of a rank that `launcher` has started.
std::optional<pid_t> find_rank(pid_t launcher, int rank) {
  const std::string mark = "OMPI_COMM_WORLD_RANK=" + std::to_string(rank) + '\0';
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto process =
        static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
    if (process <= 0 || !descends_from(process, launcher)) continue;
    if (whole_file(entry.path() / "environ").find(mark) != std::string::npos) return process;
  }
  return std::nullopt;
}

// Starts the program with its stderr in a file.
pid_t start(const std::string& arguments, const std::string& err) {
  const std::string command =
      std::string("exec '") + REHEARSE_BINARY + "' " + arguments + " > /dev/null 2> '" + err + "'";
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  return child;
}

// The exit status if the process ends in time.
std::optional<int> wait_for(pid_t process, std::chrono::seconds most) {
  for (const auto end = SteadyClock::now() + most; SteadyClock::now() < end;) {
    int status = 0;
    if (waitpid(process, &status, WNOHANG) == process) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(20ms);
  }
  return std::nullopt;
}

TEST_F(TrainRanks, AKilledRankEndsTheRunAndLeavesItsCheckpoints) {
  const pid_t run = start(words(2, "out",
                                "--quiet --set training.steps=100000000 "
                                "--set training.checkpoint_every=5"),
                          path("err"));
  ASSERT_GT(run, 0);
  const fs::path checkpoints = path("out") + "/checkpoints";
  std::optional<pid_t> victim;
  for (const auto end = SteadyClock::now() + 30s; SteadyClock::now() < end;) {
    std::error_code not_yet;
    if (!victim) victim = find_rank(run, 1);
    if (victim && fs::exists(checkpoints / "checkpoint-00000003.ckpt", not_yet)) break;
    std::this_thread::sleep_for(20ms);
  }
  if (!victim) kill(run, SIGTERM);
  ASSERT_TRUE(victim);
  ASSERT_EQ(kill(*victim, SIGKILL), 0);
  const std::optional<int> status = wait_for(run, 10s);
  if (!status) kill(run, SIGKILL);
  ASSERT_TRUE(status) << "the run has not ended";
  EXPECT_EQ(*status, 3);
  const std::string said = read_file(path("err"));
  EXPECT_NE(said.find("rank 1 on "), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;

  const std::optional<Checkpoint> newest = CheckpointStore(checkpoints.string()).newest();
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->step % 5, 0);
  EXPECT_EQ(newest->losses.size(), static_cast<std::size_t>(newest->step));
  const ProgramRun rest =
      train(2, "out", "--quiet --resume --set training.steps=" + std::to_string(newest->step + 2));
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(record("out")["first_step"], newest->step);
}

}  // namespace
}  // namespace rehearse
