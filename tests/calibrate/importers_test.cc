// The formats as the benchmarks print them; the numbers are made up.
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "calibrate/importers/nccl_tests.h"
#include "calibrate/importers/osu.h"

namespace rehearse {
namespace {

// The line of the Error that `read` throws.
std::string complaint(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "";
}

std::string osu_complaint(const std::string& text) {
  return complaint([&] { read_osu(text, "osu.txt"); });
}

std::string nccl_complaint(const std::string& text) {
  return complaint([&] { read_nccl_tests(text, "nccl.txt"); });
}

void starts_with(const std::string& text, const std::string& beginning) {
  EXPECT_TRUE(text.starts_with(beginning)) << text;
}

const std::string kLatency = R"(# OSU MPI Latency Test v5.9
# Size          Latency (us)
0                       2.00
1000                    3.00
2000                    4.00
4000                    6.00
)";

TEST(Osu, LatencyIsOneWay) {
  const OsuTimes times = read_osu(kLatency, "osu.txt");
  EXPECT_EQ(times.benchmark, OsuTimes::Benchmark::latency);
  EXPECT_EQ(times.title, "OSU MPI Latency Test v5.9");
  ASSERT_EQ(times.points.size(), 4u);
  EXPECT_EQ(times.points[1].size, Bytes(1000));
  EXPECT_DOUBLE_EQ(times.points[1].time.value(), 3e-6);
  // 2 us + 1 us per 1000 B.
  ASSERT_EQ(times.fit.pieces.size(), 1u);
  EXPECT_NEAR(times.fit.pieces[0].latency.value(), 2e-6, 1e-12);
  EXPECT_NEAR(times.fit.pieces[0].bandwidth.value(), 1e9, 1e3);
  EXPECT_LT(times.fit.worst_error, 1e-9);
}

TEST(Osu, BandwidthIsTimePerMessage) {
  const OsuTimes times = read_osu(R"(
# OSU MPI-CUDA Bandwidth Test v7.1
# Send Buffer on DEVICE (D) and Receive Buffer on DEVICE (D)
# Size      Bandwidth (MB/s)
# Datatype: MPI_CHAR.
1                       2.00
1048576             10485.76
)",
                                  "osu.txt");
  EXPECT_EQ(times.benchmark, OsuTimes::Benchmark::bandwidth);
  EXPECT_DOUBLE_EQ(times.points[0].time.value(), 0.5e-6);  // 1 B / 2 MB/s
  EXPECT_DOUBLE_EQ(times.points[1].time.value(), 1e-4);    // 2^20 B / 10,485.76 MB/s
}

TEST(Osu, BidirectionalBandwidthIsOfBothStreams) {
  const OsuTimes times = read_osu(
      "# OSU MPI Bi-Directional Bandwidth Test v7.5\n"
      "# Datatype: MPI_CHAR.\n"
      "# Size      Bandwidth (MB/s)        Validation\n"
      "1                       4.00              Pass\r\n"
      "1000                 2000.00              Pass\n",
      "osu.txt");
  EXPECT_EQ(times.benchmark, OsuTimes::Benchmark::bidirectional);
  EXPECT_DOUBLE_EQ(times.points[0].time.value(), 0.5e-6);  // 2 B / 4 MB/s
  EXPECT_DOUBLE_EQ(times.points[1].time.value(), 1e-6);    // 2,000 B / 2 GB/s
}

TEST(Osu, AllReduceTakesTheMeanOfTheRanks) {
  const OsuTimes times = read_osu(
      "# OSU MPI Allreduce Latency Test v5.6.2\n"
      "# Size       Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations\n"
      "4                       1.75              1.50              2.00        1000\n"
      "8                       1.80              1.50              2.10        1000\n",
      "osu.txt");
  EXPECT_EQ(times.benchmark, OsuTimes::Benchmark::all_reduce);
  EXPECT_DOUBLE_EQ(times.points[0].time.value(), 1.75e-6);
}

TEST(Osu, NamesTheLineThatIsWrong) {
  using std::string;
  const string title = "# OSU MPI Latency Test v5.9\n";
  const string table = title + "# Size          Latency (us)\n";
  starts_with(osu_complaint(table + "1 1.0\nmpirun noticed something\n"), "osu.txt: line 4: ");
  starts_with(osu_complaint(table + "1 1.0\n2 fast\n"),
              "osu.txt: line 4: 'fast' is not a number that this benchmark prints");
  starts_with(osu_complaint(table + "1 1.0 7\n"), "osu.txt: line 3: not a row of 2 columns");
  starts_with(osu_complaint(table + "1 -1\n"), "osu.txt: line 3: ");
  starts_with(osu_complaint(table + "1 nan\n"), "osu.txt: line 3: ");
  starts_with(osu_complaint(table + "1 0.0\n"), "osu.txt: line 3: ");
  starts_with(osu_complaint(table + "2 1.0\n1 1.0\n"), "osu.txt: line 4: sizes do not ascend");
  starts_with(osu_complaint(kLatency + kLatency), "osu.txt: line 7: a second benchmark begins");
  starts_with(osu_complaint(title + "1 1.0\n"), "osu.txt: line 2: text before the table");
  starts_with(osu_complaint(title + "# Size      Bandwidth (MB/s)\n"), "osu.txt: line 2: ");
  starts_with(osu_complaint("# OSU MPI Multi Latency Test v5.9\n"), "osu.txt: line 1: ");
  starts_with(osu_complaint("# OSU MPI Multiple Bandwidth / Message Rate Test v5.6\n"),
              "osu.txt: line 1: ");
  starts_with(osu_complaint("# OSU MPI Bandwidth Test v7.5\n"
                            "# Size      Bandwidth (MB/s)        Validation\n"
                            "1                       4.00              Fail\n"),
              "osu.txt: line 3: the benchmark received wrong data");
  starts_with(osu_complaint(""), "osu.txt: ");
  starts_with(osu_complaint(table + "1 1.0\n"), "osu.txt: fewer than two sizes");
}

const std::string kComments =
    R"(# nThread 1 nGpus 1 minBytes 8 maxBytes 134217728 step: 2(factor) warmup iters: 5
#
# Using devices
#  Rank  0 Group  0 Pid   2114 on    node-0 device  0 [0x1b] Some device
#  Rank  1 Group  0 Pid   2113 on    node-1 device  0 [0x1b] Some device
NCCL version 2.26.6+cuda12.8
#
#                                                              out-of-place                       in-place
)";
const std::string kHeading =
    "#       size         count      type   redop    root     time   algbw   busbw #wrong     "
    "time   algbw   busbw #wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            "
    "(us)  (GB/s)  (GB/s)\n";
const std::string kRows =
    "        1000           250     float     sum      -1    20.00    0.05    0.05      0    "
    "10.00    0.10    0.10      0\n"
    "     1000000        250000     float     sum      -1    100.0   10.00   10.00      0    "
    "80.00   12.50   12.50    N/A\n";
const std::string kEnd = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 5.6\n#\n";

TEST(NcclTests, ReadsBothWays) {
  const NcclTimes times = read_nccl_tests(kComments + kHeading + kRows + kEnd, "nccl.txt");
  EXPECT_EQ(times.ranks, 2);
  ASSERT_EQ(times.out_of_place.size(), 2u);
  ASSERT_EQ(times.in_place.size(), 2u);
  EXPECT_EQ(times.out_of_place[1].size, Bytes(1e6));
  EXPECT_DOUBLE_EQ(times.out_of_place[1].time.value(), 100e-6);
  EXPECT_DOUBLE_EQ(times.in_place[0].time.value(), 10e-6);
  // 20 us at 1 kB, 100 us at 1 MB: 80 us per 999,000 B.
  ASSERT_EQ(times.out_of_place_fit.pieces.size(), 1u);
  EXPECT_NEAR(times.out_of_place_fit.pieces[0].bandwidth.value(), 999000 / 80e-6, 1e3);
}

// Version 2.0: an error in place of a count; no root; sendrecv without an operation.
TEST(NcclTests, ReadsOlderTables) {
  const NcclTimes times = read_nccl_tests(
      "#       size         count    type   redop     time   algbw   busbw  error     time   algbw"
      "   busbw  error\n"
      "           0             0   float             4.00    0.00    0.00  0e+00     4.00    0.00"
      "    0.00  0e+00\n"
      "        1024           256   float             8.00    0.13    0.13  0e+00     8.00    0.13"
      "    0.13  N/A\n"
      "        2048           512   float     sum    10.00    0.20    0.20  1e-07    10.00    0.20"
      "    0.20  N/A\n",
      "nccl.txt");
  EXPECT_EQ(times.ranks, 0);
  ASSERT_EQ(times.out_of_place.size(), 2u);
  EXPECT_EQ(times.out_of_place[0].size, Bytes(1024));
}

TEST(NcclTests, NamesTheLineThatIsWrong) {
  const auto row = [](const std::string& rest) {
    return kHeading + "1000 250 float sum -1 20.00 0.05 0.05 0 " + rest + "\n";
  };
  EXPECT_EQ(nccl_complaint(kHeading + kRows), "");
  starts_with(nccl_complaint(row("10.00 0.10 0.10 3")), "nccl.txt: line 3: 3 results were wrong");
  starts_with(nccl_complaint(row("10.00 0.20 0.10 0")),
              "nccl.txt: line 3: its bandwidth is not its size over its time");
  starts_with(nccl_complaint(row("10.00 0.10 0.10")), "nccl.txt: line 3: ");
  starts_with(nccl_complaint(row("10.00 0.10 0.10 0 0")), "nccl.txt: line 3: ");
  starts_with(nccl_complaint(row("10.0s 0.10 0.10 0")), "nccl.txt: line 3: '10.0s'");
  starts_with(nccl_complaint(row("0.00 0.10 0.10 0")), "nccl.txt: line 3: ");
  starts_with(nccl_complaint(kHeading + kRows + kRows), "nccl.txt: line 5: sizes do not ascend");
  starts_with(nccl_complaint(kHeading + kRows + kHeading), "nccl.txt: line 5: a second table");
  starts_with(nccl_complaint(kHeading + "node-1: Test NCCL failure\n"), "nccl.txt: line 3: ");
  starts_with(nccl_complaint("1000 250\n"), "nccl.txt: line 1: text before the table");
  starts_with(nccl_complaint("# size count type time\n"), "nccl.txt: line 1: the columns");
  starts_with(nccl_complaint(kComments), "nccl.txt: fewer than two sizes");
}

}  // namespace
}  // namespace rehearse
