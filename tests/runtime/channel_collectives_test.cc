// The collectives over several channels and in slices do the right thing on real numbers, for
// groups and nodes of all shapes, and every NIC of a node sends what the formula says.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "runtime/collectives/collectives.h"
#include "runtime/collectives/node_ranks.h"
#include "tests/runtime/interpreter.h"

namespace rehearse {
namespace {

struct Case {
  CollectiveCall call;
  int ranks;
  std::int64_t elements;
};

std::string name_of(const Case& c) {
  return to_text(c.call.operation) + " " + to_text(c.call.algorithm) + " of " +
         std::to_string(c.ranks) + ", " + std::to_string(c.call.ranks_per_node) + " per node, " +
         std::to_string(c.call.channels) + " channels, " + std::to_string(c.elements) + " elements";
}

// What rank r begins with at element i: exact in double, also summed.
double number(std::size_t rank, std::size_t element) {
  return static_cast<double>((rank + 1) * (element + 3) % 101);
}

// Of each element, the rank whose part it is in.
std::vector<std::size_t> owners(const Case& c) {
  std::vector<std::size_t> all;
  for (int rank = 0; rank < c.ranks; ++rank) {
    all.resize(static_cast<std::size_t>(part_begin(c.elements, c.ranks, rank + 1)),
               static_cast<std::size_t>(rank));
  }
  return all;
}

void expect_right(const Case& c) {
  SCOPED_TRACE(name_of(c));
  const auto schedule = make_collective(c.call, c.ranks, c.elements);
  const auto ranks = static_cast<std::size_t>(c.ranks);
  const auto elements = static_cast<std::size_t>(c.elements);
  Data data(ranks, std::vector<double>(elements));
  std::vector<double> sum(elements);
  for (std::size_t r = 0; r < ranks; ++r) {
    for (std::size_t i = 0; i < elements; ++i) sum[i] += data[r][i] = number(r, i);
  }
  run(*schedule, data);
  const std::vector<std::size_t> owner = owners(c);
  const std::size_t part = elements / ranks;  // of an all-to-all
  for (std::size_t r = 0; r < ranks; ++r) {
    for (std::size_t i = 0; i < elements; ++i) {
      double expected = data[r][i];
      switch (c.call.operation) {
        case Operation::all_reduce:
          expected = sum[i];
          break;
        case Operation::all_gather:
          expected = number(owner[i], i);
          break;
        case Operation::reduce_scatter:
          if (owner[i] == r) expected = sum[i];
          break;
        case Operation::all_to_all:
          expected = number(i / part, r * part + i % part);
          break;
        case Operation::broadcast:
          expected = number(0, i);
          break;
        case Operation::reduce:
          if (r == 0) expected = sum[i];
          break;
        case Operation::send_recv:
          expected = number((r + ranks - 1) % ranks, i);
          break;
      }
      ASSERT_EQ(data[r][i], expected) << "rank " << r << ", element " << i;
    }
  }
}

std::vector<CollectiveCall> calls_of(int ranks, int per_node, int nics) {
  using Op = Operation;
  using How = Algorithm;
  const int channels = std::min(per_node, nics);
  const bool whole = ranks % per_node == 0;
  std::vector<CollectiveCall> calls;
  const auto add = [&](Op operation, How algorithm, auto change) {
    CollectiveCall call{.operation = operation,
                        .algorithm = algorithm,
                        .ranks_per_node = per_node,
                        .channels = channels};
    change(call);
    calls.push_back(call);
  };
  const auto plain = [](CollectiveCall&) {};
  for (const bool zigzag : {false, true}) {
    const auto how = [&](CollectiveCall& call) { call.zigzag = zigzag; };
    for (const Op op :
         {Op::all_reduce, Op::all_gather, Op::reduce_scatter, Op::broadcast, Op::reduce}) {
      add(op, How::ring, how);
    }
  }
  add(Op::all_reduce, How::tree, plain);
  for (const Op op : {Op::broadcast, Op::reduce}) add(op, How::binomial, plain);
  add(Op::send_recv, How::pairwise, plain);
  if (ranks == per_node) {
    for (const Op op : {Op::all_reduce, Op::all_gather, Op::reduce_scatter}) {
      add(op, How::nvls, plain);
    }
  }
  if (whole) {
    add(Op::all_reduce, How::nvls_tree, plain);
    add(Op::all_reduce, How::hierarchical, [](CollectiveCall& call) { call.pipelined = true; });
    add(Op::all_to_all, How::pairwise, [](CollectiveCall& call) { call.rails = true; });
  }
  add(Op::all_to_all, How::pairwise, [](CollectiveCall& call) { call.side_by_side = true; });
  return calls;
}

TEST(ChannelCollectives, SmallGroupsOfEveryShape) {
  for (int per_node = 1; per_node <= 5; ++per_node) {
    for (int ranks = 1; ranks <= 13; ++ranks) {
      for (const CollectiveCall& call : calls_of(ranks, std::min(per_node, ranks), per_node)) {
        const bool parts = call.operation == Operation::all_to_all;
        expect_right({call, ranks, parts ? 3 * ranks : 29});
      }
    }
  }
}

// Of all groups of 1 to 64 ranks, nodes of 1 to 8 devices with 1 to 8 NICs and odd lengths, 2 %;
// bench/whole_grids runs all of them.
TEST(ChannelCollectives, ASeededShareOfAllShapes) {
  RandomStream draw(20261129, {});
  const double share = std::getenv("REHEARSE_ALL_MACHINES") != nullptr ? 1 : 0.02;
  int tried = 0;
  for (int ranks = 1; ranks <= 64; ++ranks) {
    for (int per_node = 1; per_node <= 8; ++per_node) {
      for (int nics = 1; nics <= 8; ++nics) {
        for (const std::int64_t elements : {0, 1, 257}) {
          for (const CollectiveCall& call : calls_of(ranks, std::min(per_node, ranks), nics)) {
            if (draw.uniform() >= share) continue;
            const bool parts = call.operation == Operation::all_to_all;
            expect_right({call, ranks, parts ? (elements + 1) / 64 * ranks : elements});
            ++tried;
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
  EXPECT_GT(tried, 2000);
}

// So many that every stream of every channel is cut into two slices or more: 8192 elements each.
TEST(ChannelCollectives, InSlices) {
  for (const auto& [ranks, per_node] :
       std::vector<std::pair<int, int>>{{1, 1}, {3, 1}, {5, 2}, {8, 4}, {9, 3}}) {
    for (const CollectiveCall& call : calls_of(ranks, std::min(per_node, ranks), 2)) {
      const std::int64_t elements = 17001 * std::int64_t{per_node};
      expect_right({call, ranks, elements / ranks * ranks});
    }
  }
}

TEST(ChannelCollectives, VolumesAreTheSumOfTheActions) {
  for (const auto& [ranks, per_node] : std::vector<std::pair<int, int>>{
           {2, 1}, {2, 2}, {3, 2}, {8, 4}, {12, 4}, {15, 5}, {16, 8}, {21, 8}}) {
    for (const CollectiveCall& call : calls_of(ranks, per_node, per_node)) {
      SCOPED_TRACE(name_of({call, ranks, 0}));
      const bool parts = call.operation == Operation::all_to_all;
      expect_volumes(*make_collective(call, ranks, parts ? 7 * ranks : 20011));
    }
  }
}

// What the devices of one node send to other nodes, by the place of the device.
std::map<int, std::int64_t> sent_between(const Schedule& schedule, NodeRanks where, int node) {
  std::map<int, std::int64_t> sent;
  for (int place = 0; place < where.size(node); ++place) {
    std::vector<Volume> volumes;
    for (const Phase& phase : schedule.phases()) {
      schedule.volumes(where.first(node) + place, phase, volumes);
    }
    for (const Volume& volume : volumes) {
      if (where.node_of(volume.peer) != node) sent[place] += volume.elements;
    }
  }
  return sent;
}

// A ring of 4 nodes of 8: every rank's NIC carries 2 * 31/32 n / 8 elements.
TEST(ChannelCollectives, RingsUseEveryNicAlike) {
  const NodeRanks where{32, 8};
  const std::int64_t n = 32 * 8 * 100;
  for (const bool zigzag : {false, true}) {
    const auto schedule = make_collective(
        {.algorithm = Algorithm::ring, .ranks_per_node = 8, .channels = 8, .zigzag = zigzag}, 32,
        n);
    for (int node = 0; node < 4; ++node) {
      const auto sent = sent_between(*schedule, where, node);
      ASSERT_EQ(sent.size(), 8U);
      for (const auto& [place, elements] : sent) EXPECT_EQ(elements, 2 * 31 * n / 32 / 8);
    }
  }
}

// Of 8 devices and 4 NICs, devices 2k and 2k+1 share NIC k: each carries 2 * 31/32 n / 4.
TEST(ChannelCollectives, FewerNicsThanDevices) {
  const NodeRanks where{32, 8};
  const std::int64_t n = 32 * 8 * 100;
  const auto schedule =
      make_collective({.algorithm = Algorithm::ring, .ranks_per_node = 8, .channels = 4}, 32, n);
  for (int node = 0; node < 4; ++node) {
    std::map<int, std::int64_t> nics;
    for (const auto& [place, elements] : sent_between(*schedule, where, node)) {
      nics[place / 2] += elements;
    }
    ASSERT_EQ(nics.size(), 4U);
    for (const auto& [nic, elements] : nics) EXPECT_EQ(elements, 2 * 31 * n / 32 / 4);
  }
}

// Two nodes send every byte across once: one half up and the other down, n/8 over each of 8 NICs.
TEST(ChannelCollectives, ATreeOverTwoNodesSendsOnce) {
  const NodeRanks where{16, 8};
  const std::int64_t n = 16 * 100;
  const auto schedule =
      make_collective({.algorithm = Algorithm::tree, .ranks_per_node = 8, .channels = 8}, 16, n);
  for (int node = 0; node < 2; ++node) {
    for (const auto& [place, elements] : sent_between(*schedule, where, node)) {
      EXPECT_EQ(elements, n / 8);
    }
  }
}

// Over 4 nodes 0 <- 2 <- {1, 3} and 3 <- 1 <- {2, 0}: node 2 sends n/2 up and 2 n/2 down in the
// first tree and n/2 up in the second, nodes 0 and 3 n/2 down in one and n/2 up in the other.
TEST(ChannelCollectives, ATreeOverFourNodesByHand) {
  const NodeRanks where{4, 1};
  const auto schedule = make_collective({.algorithm = Algorithm::tree}, 4, 1000);
  EXPECT_EQ(sent_between(*schedule, where, 0).at(0), 1000);
  EXPECT_EQ(sent_between(*schedule, where, 1).at(0), 2000);
  EXPECT_EQ(sent_between(*schedule, where, 2).at(0), 2000);
  EXPECT_EQ(sent_between(*schedule, where, 3).at(0), 1000);
}

// Zigzags over 4 devices use each of the 12 directed pairs once, so that all direct links carry the
// same: of 1 node, rings of 4 ranks close over 4 pairs a second time.
TEST(ChannelCollectives, ZigzagsUseAllDirectLinks) {
  const NodeRanks where{8, 4};
  const auto schedule = make_collective(
      {.algorithm = Algorithm::ring, .ranks_per_node = 4, .channels = 4, .zigzag = true}, 8, 3200);
  for (int rank = 0; rank < 4; ++rank) {
    std::vector<Volume> volumes;
    schedule->volumes(rank, schedule->phases().front(), volumes);
    std::map<int, std::int64_t> inside;
    for (const Volume& volume : volumes) {
      if (where.node_of(volume.peer) == 0) inside[volume.peer] += volume.elements;
    }
    ASSERT_EQ(inside.size(), 3U);
    for (const auto& [peer, elements] : inside) EXPECT_EQ(elements, 2 * 7 * 3200 / 8 / 4);
  }
}

// Messages on rails: of 4 nodes of 8, a rank sends 3 messages of 8 parts instead of 24 of one.
TEST(ChannelCollectives, RailsSendOneMessagePerNode) {
  const auto schedule = make_collective({.operation = Operation::all_to_all,
                                         .algorithm = Algorithm::pairwise,
                                         .ranks_per_node = 8,
                                         .rails = true},
                                        32, 3200);
  std::vector<Volume> volumes;
  schedule->volumes(9, schedule->phases().front(), volumes);
  std::int64_t between = 0;
  int peers = 0;
  for (const Volume& volume : volumes) {
    if (volume.peer / 8 == 1) continue;
    EXPECT_EQ(volume.peer % 8, 1);
    between += volume.elements;
    ++peers;
  }
  EXPECT_EQ(peers, 3);
  EXPECT_EQ(between, 3 * 8 * 100);
}

// 32768 elements on one channel: two streams of 16384 in 2 slices of 8192; 4 nodes of 1 have 2
// levels, so 2 * 2 steps, of which all but one fill the pipeline.
TEST(ChannelCollectives, StepsOfATree) {
  const auto schedule = make_collective({.algorithm = Algorithm::tree}, 4, 32768);
  ASSERT_EQ(schedule->phases().size(), 1U);
  const Phase phase = schedule->phases().front();
  EXPECT_EQ(phase.steps,
            (PhaseSteps{.inside = 0, .between = 4, .filling = 3, .slices = 2, .slice = 0.5}));
  EXPECT_EQ(phase.rounds, 4 + 1);
}

}  // namespace
}  // namespace rehearse
