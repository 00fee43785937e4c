// Which rank is named, by a made-up clock.
#include "runtime/worlds/stall_judge.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

constexpr Duration kAfter(60);

Whereabouts at(Stage stage, std::int64_t step, std::int64_t moves) {
  return {.stage = stage, .step = step, .moves = moves};
}

Lines look(StallJudge& judge, double now, bool speaks = true) {
  return judge.look(Duration(now), speaks);
}

// Rank 1 of two says nothing any more after 10 s; rank 0 goes on waiting and saying so.
TEST(StallJudge, Case49NamesASilentRankThenRarelyAndWhenItAnswers) {
  StallJudge judge({"left", "right"}, 0, kAfter);
  judge.hear(1, at(Stage::passes, 12, 100), Duration(10));
  const auto lines_at = [&](double now) {
    judge.hear(0, at(Stage::all_reduce, 12, 90), Duration(now));
    return look(judge, now);
  };
  EXPECT_EQ(lines_at(69), Lines{});
  EXPECT_EQ(lines_at(70),
            Lines{"rank 1 on right has not answered for 60 s: rank 0 waits in the all-reduce of "
                  "step 12 (a stopped process, or a node out of reach)"});
  // Again after twice the silence: 120 s after it was last heard.
  EXPECT_EQ(lines_at(129), Lines{});
  EXPECT_EQ(lines_at(130).size(), 1u);
  EXPECT_EQ(lines_at(249), Lines{});
  judge.hear(1, at(Stage::passes, 12, 101), Duration(250));
  EXPECT_EQ(lines_at(250), Lines{"rank 1 on right answers again after 240 s"});
  // And from the beginning.
  EXPECT_EQ(lines_at(309), Lines{});
  EXPECT_EQ(lines_at(310).size(), 1u);
}

// It answers, but its step does not move while the other waits: hung storage, for example.
TEST(StallJudge, NamesARankThatStandsStill) {
  StallJudge judge({"a", "b"}, 0, Duration(2));
  Lines lines;
  for (const double now : {0.5, 1.0, 1.5, 2.0, 2.5}) {
    judge.hear(0, at(Stage::all_reduce, 3, 40), Duration(now));
    judge.hear(1, at(Stage::input, 3, 31), Duration(now));
    lines = look(judge, now);
    if (now < 2.5) {
      EXPECT_EQ(lines, Lines{}) << now;
    }
  }
  EXPECT_EQ(lines, Lines{"rank 1 on b has not moved on for 2.0 s: it reads the input of step 3, "
                         "rank 0 waits in the all-reduce of step 3"});
}

TEST(StallJudge, LongStepsAndMovesAreNoStall) {
  StallJudge judge({"a", "b"}, 0, Duration(2));
  for (int i = 1; i <= 20; ++i) {
    judge.hear(0, at(Stage::all_reduce, 3, 40), Duration(i));
    judge.hear(1, at(Stage::passes, 3, i), Duration(i));  // a layer further each time
    EXPECT_EQ(look(judge, i), Lines{});
  }
  StallJudge both({"a", "b"}, 0, Duration(2));
  for (int i = 1; i <= 20; ++i) {  // nobody waits
    both.hear(0, at(Stage::passes, 3, 40), Duration(i));
    both.hear(1, at(Stage::passes, 3, 40), Duration(i));
    EXPECT_EQ(look(both, i), Lines{});
  }
}

// Rank 0 is stopped: rank 1 speaks, and says when it is back although rank 0 speaks then.
TEST(StallJudge, TheFirstThatIsAwakeSpeaks) {
  StallJudge judge({"a", "b", "c"}, 1, kAfter);
  const auto lines_at = [&](double now) {
    judge.hear(1, at(Stage::pause, 7, 1), Duration(now));
    judge.hear(2, at(Stage::pause, 7, 1), Duration(now));
    return look(judge, now, judge.speaks(3, Duration(now)));
  };
  judge.hear(0, at(Stage::passes, 8, 1), Duration(1));
  EXPECT_FALSE(judge.speaks(3, Duration(60)));
  EXPECT_EQ(lines_at(60), Lines{});
  EXPECT_EQ(lines_at(61).size(), 1u);
  judge.hear(0, at(Stage::passes, 8, 2), Duration(80));
  EXPECT_EQ(lines_at(80), Lines{"rank 0 on a answers again after 79 s"});
  EXPECT_FALSE(judge.speaks(3, Duration(80)));
}

TEST(StallJudge, WhoHasLeftIsNotMissed) {
  StallJudge judge({"a", "b"}, 0, kAfter);
  judge.hear(1, at(Stage::left, 9, 5), Duration(1));
  judge.hear(0, at(Stage::evaluation, 9, 5), Duration(500));
  EXPECT_EQ(look(judge, 500), Lines{});
  EXPECT_TRUE(judge.all_have_left());
}

}  // namespace
}  // namespace rehearse
