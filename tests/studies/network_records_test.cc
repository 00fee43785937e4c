// Records of a real network: reading, the fit of message ends, and how far predictions are off.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/json_reader.h"
#include "calibrate/machine/stack_file.h"
#include "studies/ends_fit.h"
#include "studies/network_judgement.h"

namespace rehearse {
namespace {

using Operation = NetworkRecord::Operation;

const std::string kScenarios = REHEARSE_SOURCE_DIR "/scenarios/";

NetworkRecords shipped() { return read_network_records(kScenarios + "testbed/messages.json"); }

StackProfile shipped_stack(const std::string& clock) {
  const JsonDocument file =
      JsonDocument::parse_file(kScenarios + "stacks/open-mpi-tcp-" + clock + ".json");
  return read_stack_profile(file.root());
}

TEST(NetworkRecords, TheShippedOnesAreComplete) {
  const NetworkRecords all = shipped();
  int virtual_clock = 0;
  int exchanges = 0;
  for (const NetworkRecord& record : all.records) {
    virtual_clock += record.clock == "virtual" ? 1 : 0;
    exchanges += record.operation == Operation::exchange ? 1 : 0;
    EXPECT_LE(record.least, record.median) << title(record);
    EXPECT_LE(record.median, record.greatest) << title(record);
  }
  EXPECT_EQ(all.records.size(), 156U);
  EXPECT_EQ(virtual_clock, 80);
  EXPECT_EQ(exchanges, 20);
}

// A switch of links of 1 MB/s, with two clocks.
NetworkRecord record(Operation operation, double bytes, double delay, double seconds) {
  NetworkRecord one;
  one.clock = "a";
  one.rate = Bandwidth(1e6);
  one.link_delay = Duration(delay);
  one.operation = operation;
  one.size = Bytes(bytes);
  one.median = one.least = one.greatest = Duration(seconds);
  return one;
}

// Seconds that `bytes` of payload take on the wire of 1 MB/s, less a burst of 500 bytes.
double serial(double bytes) { return (bytes * 1514 / 1448 - 500) / 1e6; }

TEST(EndsFit, FindsWhatWasPutIn) {
  // Small messages: two links and 50 us, and 80 us more if that takes long. 10 kB go at once, 20 kB
  // wait for a reply.
  NetworkRecords records;
  for (const double delay : {0.0, 1e-3}) {
    const double small = 2 * delay + (delay > 0 ? 130e-6 : 50e-6);
    records.records.push_back(record(Operation::ping_pong, 1, delay, small));
    records.records.push_back(record(Operation::ping_pong, 10e3, delay, small + serial(10e3)));
    records.records.push_back(record(Operation::ping_pong, 20e3, delay, 3 * small + serial(20e3)));
  }
  for (const double apart : {1e-4, 3e-4, 5e-4}) {
    records.records.push_back(record(Operation::exchange, 20e3, 0, 0.02));
    records.records.back().leave_apart = Duration(apart);
  }
  // Neither a longer delay nor another clock counts.
  records.records.push_back(record(Operation::exchange, 20e3, 1e-3, 0.02));
  records.records.back().leave_apart = Duration(0.1);
  records.records.push_back(record(Operation::exchange, 20e3, 0, 0.02));
  records.records.back().leave_apart = Duration(0.2);
  records.records.back().clock = "b";
  // Four ranks: 1 % of the 1.0456 us that a byte of payload takes.
  for (const double bytes : {10e3, 20e3, 50e3}) {
    records.records.push_back(record(Operation::exchange, bytes, 0, 0.05));
    records.records.back().ranks = 4;
    records.records.back().leave_apart = Duration(2e-4 + 0.01 * bytes * 1514 / 1448 / 1e6);
  }
  const StackProfile fit = fit_ends(records, "a", "x");
  EXPECT_NEAR(fit.step_latency.value(), 50e-6, 1e-12);
  EXPECT_NEAR(fit.ends.wake_up.value(), 80e-6, 1e-12);
  EXPECT_NEAR(fit.ends.departure_spread, 0.01, 1e-9);
  EXPECT_NEAR(fit.ends.idle_burst.value(), 500, 1e-6);
  EXPECT_EQ(fit.ends.rendezvous_from, Bytes(20e3));
  EXPECT_NEAR(fit.ends.departure_skew.value(), 3e-4, 1e-12);
  EXPECT_THROW((void)fit_ends(records, "b", "x"), Error);
}

TEST(EndsFit, GivesTheShippedStacks) {
  for (const std::string clock : {"virtual", "wall"}) {
    std::ifstream file(kScenarios + "stacks/open-mpi-tcp-" + clock + ".json");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(stack_file(fit_ends(shipped(), clock, "open-mpi-tcp-" + clock)), text.str());
  }
}

// What is judged within `bound`, and how many of it there are.
struct Bound {
  std::string clock;
  Operation operation;
  std::string algorithm;
  double least_bytes;
  int records;
  double bound;
};

TEST(NetworkJudgement, PredictionsStayAsGoodAsTheyAre) {
  const std::vector<Bound> bounds{
      {"virtual", Operation::ping_pong, "", 0, 6, 0.005},
      {"virtual", Operation::exchange, "", 0, 12, 0.03},
      {"virtual", Operation::exchanges, "", 0, 8, 0.025},
      {"virtual", Operation::all_reduce, "ring", 0, 10, 0.03},
      {"virtual", Operation::all_reduce, "recursive_doubling", 0, 8, 0.015},
      {"virtual", Operation::all_reduce, "rabenseifner", 0, 4, 0.02},
      {"virtual", Operation::all_to_all, "pairwise", 0, 2, 0.045},
      {"virtual", Operation::all_to_all, "linear", 0, 2, 0.03},
      {"wall", Operation::ping_pong, "", 0, 6, 0.005},
      {"wall", Operation::exchange, "", 0, 8, 0.13},
      {"wall", Operation::all_reduce, "ring", 0, 10, 0.095},
      {"wall", Operation::all_reduce, "recursive_doubling", 0, 8, 0.12},
      {"wall", Operation::all_reduce, "rabenseifner", 0, 4, 0.07},
      {"wall", Operation::all_to_all, "pairwise", 0, 2, 0.1},
      {"wall", Operation::all_to_all, "linear", 0, 2, 0.17},
  };
  for (const auto fidelity : {Fidelity::flow, Fidelity::message}) {
    const std::vector<JudgedRecord> judged = judge(
        shipped().records, {{"virtual", shipped_stack("virtual")}, {"wall", shipped_stack("wall")}},
        fidelity, 2);
    EXPECT_EQ(judged.size(), 156U);
    for (const Bound& bound : bounds) {
      int found = 0;
      for (const JudgedRecord& one : judged) {
        const NetworkRecord& r = one.record;
        if (r.clock != bound.clock || r.operation != bound.operation) continue;
        if (r.algorithm != bound.algorithm || r.size.value() < bound.least_bytes) continue;
        ++found;
        EXPECT_LT(std::abs(one.error()), bound.bound) << title(r) << " on clock " << r.clock;
      }
      EXPECT_EQ(found, bound.records);
    }
    for (const JudgedClass& one : summary(judged)) {
      if (one.name == "collectives") {
        EXPECT_EQ(one.records, 30);
        EXPECT_LT(one.median, 0.05);
      }
      // Who gets more than its share takes it from the others, and the last ends as predicted.
      if (one.name == "flow, last of its case") {
        EXPECT_EQ(one.records, 9);
        EXPECT_LT(std::abs(one.worst), 0.01);
      }
    }
    int unfair = 0;  // flows that TCP does not give their share
    for (const JudgedRecord& one : judged) {
      if (one.record.operation != Operation::flow) continue;
      unfair += std::abs(one.error()) > 0.02 ? 1 : 0;
    }
    EXPECT_LE(unfair, 5);
  }
}

TEST(NetworkJudgement, WithoutEndsTheSameRecordsAreFarOff) {
  // Recursive doubling of 1 MiB over 8 ranks at no delay takes 880 ms; 3 MiB at 50 Mbit/s are 503.
  std::vector<NetworkRecord> one;
  for (const NetworkRecord& r : shipped().records) {
    if (r.clock == "virtual" && !r.fat_tree && r.link_delay == Duration(0) &&
        r.algorithm == "recursive_doubling" && r.size == Bytes(1048576)) {
      one.push_back(r);
    }
  }
  ASSERT_EQ(one.size(), 1U);
  const auto judged = judge(one, {{"virtual", {}}}, Fidelity::message, 1);
  EXPECT_NEAR(judged.at(0).predicted.value(), 3 * 1048576 / 6.25e6, 1e-6);
  EXPECT_LT(judged.at(0).error(), -0.4);
}

}  // namespace
}  // namespace rehearse
