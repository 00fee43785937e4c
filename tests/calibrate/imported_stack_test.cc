// Stacks of other people's benchmarks; the numbers are made up.
#include "calibrate/importers/imported_stack.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "base/error.h"
#include "topologies/graph/build.h"
#include "topologies/shapes/single_switch.h"
#include "topologies/stacks/end_to_end.h"

namespace rehearse {
namespace {

ImportedStack import(const std::vector<std::string>& texts, bool inside_node = false) {
  std::vector<BenchmarkText> logs;
  for (const std::string& text : texts) {
    logs.push_back({"log" + std::to_string(logs.size()), text});
  }
  return import_stack(logs, {"mine", inside_node});
}

std::string complaint(const std::vector<std::string>& texts, bool inside_node = false) {
  try {
    import(texts, inside_node);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

void says(const std::string& line, const std::string& part) {
  EXPECT_NE(line.find(part), std::string::npos) << line;
}

std::vector<std::string> codes(const ImportedStack& imported) {
  std::vector<std::string> all;
  for (const ImportWarning& warning : imported.warnings) all.push_back(warning.code);
  return all;
}

using Codes = std::vector<std::string>;

// 2 us and 1 us per 10 kB, up to `largest`.
std::string latency(int largest) {
  std::string text = "# OSU MPI Latency Test v5.9\n# Size          Latency (us)\n0  2.00\n";
  for (int size = 1000; size <= largest; size *= 10) {
    text += std::to_string(size) + "  " + std::to_string(2.0 + size / 1e4) + "\n";
  }
  return text;
}

TEST(ImportedStack, MessagesEndWhereTheyWereMeasured) {
  const ImportedStack imported = import({latency(1'000'000)});
  const StackProfile& stack = imported.stack;
  EXPECT_EQ(codes(imported), Codes{});
  ASSERT_EQ(stack.pieces.size(), 2u);
  EXPECT_NEAR(stack.pieces[0].latency.value(), 2e-6, 1e-10);
  EXPECT_NEAR(stack.pieces[0].bandwidth->value(), 1e10, 1e5);
  EXPECT_EQ(stack.pieces[1].from, Bytes(1'000'001));
  EXPECT_EQ(stack.pieces[1].bandwidth, stack.pieces[0].bandwidth);
  // 100 us of bytes beside 2 us: ln(1.02) = 2 %.
  const auto beyond = extrapolated_messages(stack, false);
  ASSERT_TRUE(beyond);
  EXPECT_EQ(beyond->from, Bytes(1'000'001));
  EXPECT_NEAR(beyond->rate_error, std::log(1.02), 1e-4);
  EXPECT_FALSE(extrapolated_messages(stack, true));
}

// Cut short: the largest message spends 2 us beside 1 us, so that the rate may be off by
// ln(3 / 1) = 110 % in the logarithm: more than half is latency.
TEST(ImportedStack, Case05ShortLogsWarn) {
  const ImportedStack imported = import({latency(10'000)});
  EXPECT_EQ(codes(imported), Codes{"extrapolated"});
  says(imported.warnings[0].what, "shows no bandwidth: larger ones go at the rate of the links");
  EXPECT_FALSE(imported.stack.pieces.back().bandwidth);
  EXPECT_NEAR(imported.stack.pieces.back().latency.value(), 3e-6, 1e-9);
  EXPECT_DOUBLE_EQ(extrapolated_messages(imported.stack, false)->rate_error, std::log(2));
  // 10 us beside 2 us: ln(12 / 10) = 18 %.
  const ImportedStack longer = import({latency(100'000)});
  EXPECT_EQ(codes(longer), Codes{"extrapolated"});
  says(longer.warnings[0].what, "their rate is uncertain by 18 %");
}

TEST(ImportedStack, Case04StreamsTellNoLatency) {
  const std::string text =
      "# OSU MPI Bi-Directional Bandwidth Test v5.8\n# Size      Bandwidth (MB/s)\n"
      "1 6.90\n1048576 24200.00\n4194304 24240.00\n";
  const ImportedStack imported = import({text});
  EXPECT_EQ(codes(imported), Codes{"no_latency"});
  EXPECT_TRUE(imported.stack.pieces.empty());
  EXPECT_EQ(imported.stack.message_latency, Duration(0));
  EXPECT_EQ(imported.stack.step_latency, Duration(0));
  EXPECT_NEAR(imported.stack.stream_bandwidth->value(), 12.12e9, 1e3);  // half of both ways
}

TEST(ImportedStack, Case07StreamsGoOnWhereMessagesEnd) {
  const std::string stream =
      "# OSU MPI-CUDA Bandwidth Test v7.2\n# Size      Bandwidth (MB/s)\n"
      "1 1.00\n1000 999.00\n1000000 5000.00\n10000000 5000.00\n";
  says(complaint({stream}), "import it together with osu_latency");
  // Beyond 1 MB / 10: 2 us, and 1 us per 5 kB.
  for (const auto& logs :
       {std::vector{latency(100'000), stream}, std::vector{stream, latency(100'000)},
        std::vector{latency(100'000) + stream}}) {
    const ImportedStack imported = import(logs);
    EXPECT_EQ(codes(imported), Codes{});
    const MessagePiece piece = imported.stack.message(Bytes(5'000'000));
    EXPECT_NEAR(piece.bandwidth->value(), 5e9, 1e7);
    EXPECT_NEAR(imported.stack.message(Bytes(0)).latency.value(), 2e-6, 1e-8);
    EXPECT_EQ(imported.stack.pieces.back().from, Bytes(10'000'001));
  }
  EXPECT_EQ(codes(import({latency(10'000'000), stream})), Codes{"passed_over"});
}

TEST(ImportedStack, RepeatedTablesGiveTheMedian) {
  const std::string title = "# OSU MPI Latency Test v5.9\n# Size  Latency (us)\n";
  const ImportedStack imported =
      import({title + "0 1.00\n1000000 101.0\n" + title + "0 5.00\n1000000 500.0\n" + title +
              "0 2.00\n1000000 102.0\n"});
  EXPECT_EQ(codes(imported), Codes{"repeated"});
  EXPECT_NEAR(imported.stack.pieces[0].latency.value(), 2e-6, 1e-10);
}

const std::string kRows =
    "# size count type redop root time algbw busbw #wrong time algbw busbw #wrong\n"
    "1000 250 float sum -1 20.00 0.05 0.05 0 20.00 0.05 0.05 N/A\n"
    "1000000 250000 float sum -1 100.0 10.00 10.00 0 100.0 10.00 10.00 N/A\n";

std::string ranks(const std::string& second_host) {
  return "#  Rank  0 Group  0 Pid 1 on a device  0 [0x1b] D\n#  Rank  1 Group  0 Pid 2 on " +
         second_host + " device  1 [0x1b] D\n";
}

TEST(ImportedStack, Case02RanksOnOneHostAskForInsideNode) {
  says(complaint({ranks("a") + kRows}), "all ranks ran on 'a'");
  says(complaint({ranks("a") + kRows}), "add --inside-node");
  EXPECT_FALSE(import({ranks("a") + kRows}, true).stack.local_pieces.empty());
  EXPECT_TRUE(import({ranks("a") + kRows}, true).stack.pieces.empty());
  says(complaint({ranks("b") + kRows}, true), "the ranks ran on several nodes");
  EXPECT_FALSE(import({ranks("b") + kRows}).stack.pieces.empty());
}

TEST(ImportedStack, SaysWhatATestCannotTell) {
  const std::string both = "# size count type redop root time algbw busbw #wrong\n";
  says(complaint({both + "1000000 250000 float sum -1 100.0 10.00 10.00 0\n"}),
       "log0: line 1: cannot tell which test of nccl-tests this is (no line names it): add a line "
       "'# sendrecv_perf' above the table");
  says(complaint({"# Size  Bandwidth (MB/s)\n1 1.0\n2 2.0\n"}), "cannot tell osu_bw from osu_bibw");
  says(complaint({"# alltoall_perf\n" + ranks("b") + kRows}),
       "'alltoall_perf' times a whole collective, not one message: add --fit");
  says(complaint({"# OSU MPI Allreduce Latency Test v7.3\n# Size  Avg Latency(us)\n8 2.0\n"}),
       "'OSU MPI Allreduce Latency Test v7.3' times a whole collective");
  says(complaint({"# OSU MPI Multi Latency Test v5.9\n# Size  Latency (us)\n8 2.0\n"}),
       "'OSU MPI Multi Latency Test v5.9' is none of the tests that are read");
}

// Two nodes on one switch with 0.3 us on each link: 0.6 us of what was measured are links.
TEST(EndToEnd, Case39LinksAreNotCountedTwice) {
  NetworkSpec spec;
  spec.topology = std::make_shared<SingleSwitchSpec>();
  spec.injection = {Bandwidth(12.5e9), Duration(0.3e-6)};
  const Network network = build_network(spec, 2, NodeSpec{});
  const auto router = make_router(network, Routing::minimal);
  const StackProfile measured = import({latency(10'000)}).stack;
  const StackProfile above = on_top_of_links(measured, network, *router);
  EXPECT_NEAR(above.pieces[0].latency.value(), 1.4e-6, 1e-9);
  EXPECT_EQ(above.pieces.back().bandwidth, Bandwidth(12.5e9));
  // Never below nothing.
  spec.injection.latency = Duration(5e-6);
  const Network slow = build_network(spec, 2, NodeSpec{});
  EXPECT_EQ(on_top_of_links(measured, slow, *make_router(slow, Routing::minimal)).pieces[0].latency,
            Duration(0));
  // Latencies that were made to come on top of links stay.
  StackProfile derived = measured;
  derived.provenance = {{"messages", "less two adapters", Provenance::Kind::derived}};
  EXPECT_EQ(on_top_of_links(derived, network, *router).pieces[0].latency,
            measured.pieces[0].latency);
}

}  // namespace
}  // namespace rehearse
