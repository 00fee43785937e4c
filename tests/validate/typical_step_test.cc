#include <gtest/gtest.h>

#include "base/contract.h"
#include "tests/validate/made_up_run.h"
#include "validate/run_measurement.h"

namespace rehearse {
namespace {

double typical_time(const std::vector<double>& times) {
  return typical_step({made_up_rank(0, times)}).time;
}

// Warm-up: two steps, of fewer than five one, of a single one none. Of the rest a quarter, rounded
// down, is cut off at either end.
TEST(TypicalStep, IsTheMeanOfTheMiddleHalf) {
  EXPECT_DOUBLE_EQ(typical_time({9}), 9);
  EXPECT_DOUBLE_EQ(typical_time({9, 2}), 2);
  EXPECT_DOUBLE_EQ(typical_time({9, 2, 4, 6}), 4);        // (2 + 4 + 6) / 3
  EXPECT_DOUBLE_EQ(typical_time({9, 9, 6, 2, 4}), 4);     // three: nothing is cut
  EXPECT_DOUBLE_EQ(typical_time({9, 9, 8, 1, 2, 4}), 3);  // 1 and 8 are cut
  EXPECT_DOUBLE_EQ(typical_time({0, 0, 5, 1, 100, 5, 3, 3, 5, 7}), 4.5);
  // sorted 1 3 3 | 5 5 5 7 100: cut 1 3 and 7 100, mean of 3 5 5 5 is 4.5
}

TEST(TypicalStep, AveragesTheRanksFirst) {
  // Steps of the means (3, 2): the first is warm-up.
  const TypicalStep step = typical_step({made_up_rank(0, {1, 3}), made_up_rank(1, {5, 1})});
  EXPECT_DOUBLE_EQ(step.time, 2);
  EXPECT_DOUBLE_EQ(step.parts[StepPhase::compute].value(), 1);
  EXPECT_DOUBLE_EQ(step.parts[StepPhase::exposed_communication].value(), 0.4);
  EXPECT_DOUBLE_EQ(step.parts[StepPhase::straggler_wait].value(), 0.2);
  EXPECT_DOUBLE_EQ(step.parts[StepPhase::input_wait].value(), 0.1);
  EXPECT_DOUBLE_EQ(step.parts[StepPhase::optimizer].value(), 0.2);
  EXPECT_DOUBLE_EQ(step.parts[StepPhase::other].value(), 0.1);
  EXPECT_DOUBLE_EQ(step.hidden_communication.value(), 0.6);
}

TEST(TypicalStep, NeedsSteps) {
  EXPECT_THROW((void)typical_step({}), ContractViolation);
  EXPECT_THROW((void)typical_step({made_up_rank(0, {})}), ContractViolation);
  EXPECT_THROW((void)typical_step({made_up_rank(0, {1, 2}), made_up_rank(1, {1})}),
               ContractViolation);
}

}  // namespace
}  // namespace rehearse
