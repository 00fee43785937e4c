#include "runtime/collectives/open_mpi_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "runtime/collectives/collectives.h"

namespace rehearse {
namespace {

constexpr auto kRing = Algorithm::ring;
constexpr auto kDoubling = Algorithm::recursive_doubling;
constexpr auto kBinomial = Algorithm::binomial;
constexpr auto kHalving = Algorithm::rabenseifner;
constexpr auto kAllReduce = Operation::all_reduce;

TEST(OpenMpiRules, UpTo40DoublesShortAndRingsLongMessages) {
  for (const char* version : {"1.10.7", "2.1", "3.1.4", "4.0.5", "4.0.7rc1"}) {
    EXPECT_EQ(choose_like_open_mpi(version, kAllReduce, 64, 9999), kDoubling) << version;
    EXPECT_EQ(choose_like_open_mpi(version, kAllReduce, 64, 10000), kRing) << version;
    EXPECT_EQ(choose_like_open_mpi(version, kAllReduce, 64, 1e9), kRing) << version;
    // 10,000 bytes are 2,500 numbers: a ring needs more than ranks.
    EXPECT_EQ(choose_like_open_mpi(version, kAllReduce, 2499, 10000), kRing) << version;
    EXPECT_EQ(choose_like_open_mpi(version, kAllReduce, 2500, 10000), kBinomial) << version;
  }
}

TEST(OpenMpiRules, From41TheTableHolds) {
  for (const char* version : {"", "4.1", "4.1.6", "4.10", "5.0.3", "10.0"})
    for (int ranks : {2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 2048, 4096, 10000})
      for (double bytes = 1; bytes < 1e9; bytes *= 2)
        EXPECT_EQ(choose_like_open_mpi(version, kAllReduce, ranks, bytes),
                  choose_like_open_mpi(ranks, bytes));
  // The two differ: 64 ranks below 256 KiB double.
  EXPECT_EQ(choose_like_open_mpi("4.1.0", kAllReduce, 64, 100e3), kDoubling);
  EXPECT_EQ(choose_like_open_mpi("4.0.5", kAllReduce, 64, 100e3), kRing);
}

// Every edge of the table: the last message before it, and the first behind it.
TEST(OpenMpiRules, EdgesOfTheTable) {
  struct Edge {
    int ranks;
    double bytes;
    Algorithm below, above;
  };
  for (const Edge& e : std::initializer_list<Edge>{{3, 8, kRing, kDoubling},
                                                   {3, 4096, kDoubling, kRing},
                                                   {3, 8192, kRing, kDoubling},
                                                   {3, 16384, kDoubling, kRing},
                                                   {3, 262144, kRing, kHalving},
                                                   {4, 16, kRing, kDoubling},
                                                   {7, 8192, kDoubling, kHalving},
                                                   {8, 8192, kDoubling, kHalving},
                                                   {16, 64, kRing, kDoubling},
                                                   {31, 4096, kDoubling, kHalving},
                                                   {32, 128, kRing, kHalving},
                                                   {64, 262144, kDoubling, kHalving},
                                                   {128, 131072, kBinomial, kDoubling},
                                                   {255, 262144, kDoubling, kHalving},
                                                   {256, 4096, kBinomial, kHalving},
                                                   {512, 2048, kBinomial, kDoubling},
                                                   {2047, 16384, kDoubling, kHalving},
                                                   {2048, 2048, kBinomial, kRing},
                                                   {2048, 4096, kRing, kDoubling},
                                                   {4095, 16384, kDoubling, kHalving},
                                                   {4096, 2048, kBinomial, kRing},
                                                   {4096, 16384, kRing, kDoubling},
                                                   {4096, 32768, kDoubling, kHalving}}) {
    EXPECT_EQ(choose_like_open_mpi(e.ranks, e.bytes - 1), e.below) << e.ranks << ' ' << e.bytes;
    EXPECT_EQ(choose_like_open_mpi(e.ranks, e.bytes), e.above) << e.ranks << ' ' << e.bytes;
  }
}

TEST(OpenMpiRules, RefusesWhatIsNoVersion) {
  for (const char* version : {"4", "v4.1", "4.", "newest", "-4.1"}) {
    for (Operation operation : {kAllReduce, Operation::broadcast}) {
      try {
        choose_like_open_mpi(version, operation, 4, 100);
        FAIL() << version;
      } catch (const Error& e) {
        EXPECT_EQ(e.kind(), Error::Kind::input);
        EXPECT_NE(std::string(e.what()).find("no version of Open MPI"), std::string::npos);
      }
    }
  }
}

TEST(OpenMpiRules, MpichDoublesUpTo2048BytesThenHalves) {
  EXPECT_EQ(choose_like_mpich(kAllReduce, 2, 1), kDoubling);
  EXPECT_EQ(choose_like_mpich(kAllReduce, 100, 2048), kDoubling);
  EXPECT_EQ(choose_like_mpich(kAllReduce, 100, 2049), kHalving);
  EXPECT_EQ(choose_like_mpich(kAllReduce, 100, 1e9), kHalving);
  // 1,500 ranks halve among 1,024, of which each needs a number.
  EXPECT_EQ(choose_like_mpich(kAllReduce, 1500, 4 * 1024 - 1), kDoubling);
  EXPECT_EQ(choose_like_mpich(kAllReduce, 1500, 4 * 1024), kHalving);
}

TEST(OpenMpiRules, OtherOperationsHaveOneAlgorithm) {
  const auto expect = [](Operation operation, Algorithm algorithm) {
    for (double bytes : {1.0, 1e9}) {
      EXPECT_EQ(choose_like_open_mpi("4.0.5", operation, 64, bytes), algorithm);
      EXPECT_EQ(choose_like_open_mpi("4.1.6", operation, 64, bytes), algorithm);
      EXPECT_EQ(choose_like_mpich(operation, 64, bytes), algorithm);
    }
  };
  expect(Operation::all_gather, kRing);
  expect(Operation::reduce_scatter, kRing);
  expect(Operation::reduce, kBinomial);
  expect(Operation::all_to_all, Algorithm::pairwise);
  expect(Operation::send_recv, Algorithm::pairwise);
}

// Open MPI broadcasts along a chain from 370,728 bytes on; a stand-in for MPICH is the tree.
TEST(OpenMpiRules, LargeBroadcastsGoAlongAChain) {
  for (const char* version : {"4.0.5", "4.1.6"}) {
    EXPECT_EQ(choose_like_open_mpi(version, Operation::broadcast, 64, 370'727), kBinomial);
    EXPECT_EQ(choose_like_open_mpi(version, Operation::broadcast, 64, 370'728), kRing);
  }
  EXPECT_EQ(choose_like_mpich(Operation::broadcast, 64, 1e9), kBinomial);
}

}  // namespace
}  // namespace rehearse
