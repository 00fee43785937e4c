// What mpirun says when it fails, as Open MPI 4.1 prints it.
#include "apps/launcher_words.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

const std::string kRule(74, '-');

struct Heard {
  std::vector<std::string> passed;
  LauncherWords words{[this](const std::string& line) { passed.push_back(line); }};

  void hear(const std::string& text) { words.hear(text.data(), text.size()); }
};

TEST(LauncherWords, TheFirstMessageIsTheReason) {
  Heard heard;
  heard.hear(kRule + "\nThe SLURM process starter for OpenMPI was unable to locate a\n" +
             "usable \"srun\" command in its path. Please check your path\nand try again.\n" +
             kRule + "\n" + kRule + "\nAn internal error has occurred in ORTE:\n\n[[8323,0],0] " +
             "FORCE-TERMINATE\n" + kRule + "\n");
  heard.words.end();
  EXPECT_EQ(heard.words.reason(),
            "The SLURM process starter for OpenMPI was unable to locate a usable \"srun\" command "
            "in its path. Please check your path and try again.");
  EXPECT_FALSE(heard.words.ranks_have_told());
  EXPECT_TRUE(heard.passed.empty());
}

TEST(LauncherWords, WithoutRulesTheFirstLinesAre) {
  Heard heard;
  heard.hear("mpirun: Error: unknown option \"--allow-run-as-root\"\nType --help");
  heard.words.end();
  EXPECT_EQ(heard.words.reason(),
            "mpirun: Error: unknown option \"--allow-run-as-root\" Type --help");
}

TEST(LauncherWords, TheWordsOfRanksPassOnce) {
  Heard heard;
  heard.hear("rehearse: step 1 of 9, loss 2.3\nrehear");
  EXPECT_FALSE(heard.words.ranks_have_told());
  heard.hear("se: the disk is full\nrehearse: the disk is full\nwarning [busy_machine]: so\n" +
             kRule + "\nMPI_ABORT was invoked on rank 1\n" + kRule + "\n");
  EXPECT_TRUE(heard.words.ranks_have_told());
  EXPECT_EQ(heard.passed,
            (std::vector<std::string>{"rehearse: step 1 of 9, loss 2.3",
                                      "rehearse: the disk is full", "warning [busy_machine]: so"}));
  EXPECT_EQ(heard.words.death(), "");
}

TEST(LauncherWords, Case45DeathsAreNamed) {
  Heard heard;
  heard.hear(kRule +
             "\nmpirun noticed that process rank 1 with PID 0 on node vm exited on signal " +
             "9 (Killed).\n" + kRule + "\n");
  EXPECT_EQ(heard.words.death(), "rank 1 on vm died of signal 9 (Killed)");
  Heard unnamed;
  unnamed.hear("mpirun noticed that process rank 12 with PID 99 on node n7 exited on signal 64.\n");
  EXPECT_EQ(unnamed.words.death(), "rank 12 on n7 died of signal 64");
}

// A line of a megabyte, blanks without end, a rule that never closes: nothing recurses or grows.
TEST(LauncherWords, LongLinesAreCut) {
  Heard heard;
  heard.hear(kRule + "\nprocess rank " + std::string(1 << 20, ' '));
  heard.hear(std::string(1 << 20, 'x') + "\n");
  heard.words.end();
  EXPECT_EQ(heard.words.death(), "");
  EXPECT_LT(heard.words.reason().size(), 500u);
}

}  // namespace
}  // namespace rehearse
