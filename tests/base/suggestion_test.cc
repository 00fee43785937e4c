#include "base/suggestion.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

using Words = std::vector<std::string>;

const Words kStrategies{"sync", "async_ps", "sync_backup_ps", "hybrid", "lagged"};

TEST(Suggestion, TakesTheSameLettersFirst) {
  EXPECT_EQ(likely("Batch-Norm", {"batch", "batch_norm"}), Words{"batch_norm"});
  EXPECT_EQ(likely("ResNet 50", {"resnet50", "resnet152"}), Words{"resnet50"});
}

TEST(Suggestion, TakesWhatBeginsWithTheWordBeforeWhatIsSpeltAlike) {
  // "sync" is one letter away, "async_ps" three.
  EXPECT_EQ(likely("async", kStrategies), Words{"async_ps"});
  EXPECT_EQ(likely("resnet", {"resnet50", "vgg16", "resnet101"}), (Words{"resnet50", "resnet101"}));
  EXPECT_EQ(likely("sync_sgd", kStrategies), Words{"sync"});
  EXPECT_EQ(likely("hybird", kStrategies), Words{"hybrid"});
  EXPECT_EQ(likely("xyzzyplugh", kStrategies), Words{});
  EXPECT_EQ(likely("", kStrategies), Words{});
}

// Both are two letters away.
TEST(Suggestion, TakesWhatBeginsAlikeOfTwoAsNear) {
  EXPECT_EQ(likely("lagd", {"easgd", "hybrid", "lagged"}), Words{"lagged"});
  EXPECT_EQ(likely("lagd", {"lagged", "easgd"}), Words{"lagged"});
}

TEST(Suggestion, ListsAtMostFour) {
  EXPECT_EQ(likely("net", {"net1", "net2", "net3", "net4", "net5"}).size(), 4U);
}

TEST(Suggestion, IsAQuestion) {
  EXPECT_EQ(suggestion("rign", {"ring", "tree"}), "did you mean 'ring'?");
  EXPECT_EQ(suggestion("net", {"net1", "net2"}), "did you mean 'net1' or 'net2'?");
  EXPECT_EQ(suggestion("xyzzyplugh", {"ring"}, "remove it"), "remove it");
}

TEST(UnknownWord, SaysWhatDoesNotWorkYet) {
  const auto says = [](std::string_view word) {
    return std::string(unknown_word(word, {"sync"}, {"async_ps", "hybrid"}, "one day").what());
  };
  EXPECT_EQ(says("hybrid"), "'hybrid' does not work yet (one day): use sync");
  EXPECT_EQ(says("async"),
            "'async' is not known (did you mean 'async_ps'? it does not work yet: one day): use "
            "sync");
  EXPECT_EQ(says("snyc"), "'snyc' is not known (it can be sync): did you mean 'sync'?");
}

}  // namespace
}  // namespace rehearse
