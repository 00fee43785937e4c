// The tables of nccl-tests as they are printed and pasted; the numbers are made up.
#include <gtest/gtest.h>

#include "base/error.h"
#include "calibrate/importers/benchmark_log.h"

namespace rehearse {
namespace {

using Kind = BenchmarkTable::Kind;

std::vector<BenchmarkTable> read(const std::string& text) { return read_benchmarks(text, "log"); }

BenchmarkTable only(const std::string& text) {
  const std::vector<BenchmarkTable> tables = read(text);
  EXPECT_EQ(tables.size(), 1u);
  return tables.front();
}

void says(const std::string& text, const std::string& beginning) {
  std::string line = "accepted";
  try {
    read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    line = error.what();
  }
  EXPECT_TRUE(line.starts_with(beginning)) << line;
}

const std::string kRun =
    "# nThread 1 nGpus 1 minBytes 8 maxBytes 134217728 step: 2(factor) warmup iters: 5\n#\n";
const std::string kRanks =
    "# Using devices\n"
    "#  Rank  0 Group  0 Pid   2114 on    node-0 device  0 [0x1b] Some device\n"
    "#  Rank  1 Group  0 Pid   2113 on    node-1 device  0 [0x1b] Some device\n#\n";
const std::string kHeading =
    "#                                                out-of-place                       in-place\n"
    "#       size         count      type   redop    root     time   algbw   busbw #wrong     "
    "time   algbw   busbw #wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            "
    "(us)  (GB/s)  (GB/s)\n";
const std::string kRows =
    "        1000           250     float     sum      -1    20.00    0.05    0.05      0    "
    "10.00    0.10    0.10    N/A\n"
    "     1000000        250000     float     sum      -1    100.0   10.00   10.00      0    "
    "80.00   12.50   12.50    N/A\n";
const std::string kEnd = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 5.6\n#\n";
const std::string kSendrecv = kRun + kRanks + kHeading + kRows + kEnd;

void expect_rows(const BenchmarkTable& table) {
  ASSERT_EQ(table.points.size(), 2u);
  EXPECT_EQ(table.points[1].size, Bytes(1e6));
  EXPECT_DOUBLE_EQ(table.points[0].time.value(), 20e-6);
  EXPECT_DOUBLE_EQ(table.points[1].time.value(), 100e-6);
  EXPECT_EQ(table.kind, Kind::exchange);
}

// Two ranks whose bus and algorithm bandwidth are equal, and nothing compared in place.
TEST(NcclTests, Case01SendrecvWithoutAName) {
  const BenchmarkTable table = only(kSendrecv);
  expect_rows(table);
  EXPECT_EQ(table.operation, Operation::send_recv);
  EXPECT_EQ(table.ranks, 2);
  EXPECT_EQ(table.ranks_per_node, 1);
  EXPECT_EQ(table.one_host, "");
  EXPECT_EQ(table.device, "Some device");
  EXPECT_DOUBLE_EQ(*table.bus_ratio, 1);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

TEST(NcclTests, Case03AsPasted) {
  expect_rows(only("[1,0]<stdout>:" + replaced(kSendrecv, "\n", "\n[1,0]<stdout>:")));
  expect_rows(only("Thu Mar 21 11:50:20 2024[1,0]<stdout>:" +
                   replaced(kSendrecv, "\n", "\nThu Mar 21 11:50:20 2024[1,0]<stdout>:")));
  expect_rows(only("0: " + replaced(kSendrecv, "\n", "\n0: ")));
  expect_rows(only("> " + replaced(kSendrecv, "\n", "\r\n> ")));
  expect_rows(
      only("2024-03-21T11:50:20.123Z " + replaced(kSendrecv, "\n", "\n2024-03-21T11:50:20.123Z ")));
  expect_rows(only(replaced(kSendrecv, "#", "")));  // lost marks, and "wrong" for "#wrong"
  expect_rows(only(replaced(kSendrecv, "\n#", "\n")));
  std::string trimmed = kSendrecv;
  while (trimmed.find("  ") != std::string::npos) trimmed = replaced(trimmed, "  ", " ");
  expect_rows(only(trimmed));
  const std::string chatter =
      "node-0:2114:2120 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[0] via NET/IB/0\n"
      "node-0: NCCL WARN something\n15 more processes have sent help message\n```\n";
  expect_rows(only(chatter + kRun + chatter + kRanks + kHeading + chatter +
                   replaced(kRows, "\n", "\n" + chatter) + kEnd));
  // A terminal of 80 columns broke heading and rows.
  std::string broken = replaced(kSendrecv, "#wrong     time", "#wrong\n     time");
  broken = replaced(replaced(broken, "0    10.00", "0\n    10.00"), "0    80.00", "0\n    80.00");
  expect_rows(only(broken));
}

const std::string kOldHeading =
    "#       size         count    type    time   algbw   busbw  error     time   algbw   busbw  "
    "error\n";
const std::string kOneHost =
    "#   Rank  0 Pid   5897 on         x0 device  0 [0x05] NVIDIA GeForce GTX 1080\n"
    "#   Rank  1 Pid   5897 on         x0 device  1 [0x06] NVIDIA GeForce GTX 1080\n";

TEST(NcclTests, Case02ErrorsAreCompared) {
  const auto rows = [](const std::string& out, const std::string& in) {
    return "# ./build/sendrecv_perf -b 8 -e 196M -g 2 -d uint8\n" + kOneHost + kOldHeading +
           "36700160 36700160 uint8 11405 3.22 3.22 " + out + " 11390 3.22 3.22 " + in + "\n";
  };
  // In place a buffer is compared with what it never was.
  const BenchmarkTable table = only(rows("0e+00", "3e+02"));
  EXPECT_EQ(table.kind, Kind::exchange);
  EXPECT_EQ(table.one_host, "x0");
  EXPECT_EQ(table.ranks_per_node, 2);
  says(rows("3e+02", "3e+02"), "log: line 5: the test received wrong data");
  const auto sums = [](const std::string& type, const std::string& out, const std::string& in) {
    return "# ./build/all_reduce_perf -b 8\n" + kOneHost +
           replaced(kOldHeading, " type ", " type redop ") + "1000 250 " + type +
           " sum 20.00 0.05 0.05 " + out + " 20.00 0.05 0.05 " + in + "\n";
  };
  EXPECT_EQ(only(sums("float", "4e-07", "2e-07")).operation, Operation::all_reduce);
  says(sums("float", "4e-03", "2e-07"), "log: line 5: the test received wrong data");
  says(sums("float", "4e-07", "4e-03"), "log: line 5: the test received wrong data");
  EXPECT_EQ(only(sums("half", "4e-03", "4e-03")).operation, Operation::all_reduce);
  says(sums("int32", "1e+00", "0e+00"), "log: line 5: the test received wrong data");
  says(sums("float", "4e-07*", "2e-07"), "log: line 5: the test received wrong data");
}

TEST(NcclTests, WrongValuesAreRefused) {
  const auto row = [](const std::string& out, const std::string& in) {
    return "# all_reduce_perf\n" + kRanks + kHeading + "1000 250 float sum -1 20.00 0.05 0.05 " +
           out + " 20.00 0.05 0.05 " + in + "\n";
  };
  EXPECT_EQ(only(row("0", "0")).operation, Operation::all_reduce);
  says(row("3", "0"), "log: line 9: the test received wrong data (its column #wrong is above 0)");
  says(row("0", "3"), "log: line 9: the test received wrong data");
  says(row("N/A", "N/A") + "# Out of bounds values : 7 FAILED\n",
       "log: line 10: the test says that values were out of bounds");
}

// Case 48: a name in a sentence is no name; what the test says of itself comes first.
TEST(NcclTests, Case48NamesComeFromTheTest) {
  const std::string table = kRun + kRanks + kHeading + replaced(kRows, " sum ", " none ");
  EXPECT_EQ(only("# $ mpirun -np 2 alltoall_perf -b 1M -e 1G  (sendrecv_perf follows)\n" + table +
                 "# Collective test concluded: alltoall_perf\n")
                .operation,
            Operation::all_to_all);
  EXPECT_EQ(only("# Collective test starting: sendrecv_perf\n" + table).title, "sendrecv_perf");
  EXPECT_EQ(only(table + "# Collective test concluded: alltoall_perf\n").title, "alltoall_perf");
  EXPECT_EQ(only("$ mpirun -n 2 /opt/all_gather_perf_mpi -b 8\n" + table).title, "all_gather_perf");
  EXPECT_EQ(only("we meant to run alltoall_perf after lunch\n" + table).title, "");
  EXPECT_EQ(only("# hypercube_perf\n" + table).kind, Kind::other);
  // Two runs, each with its own name, and a third under the second's heading.
  const std::vector<BenchmarkTable> three =
      read("# Collective test starting: sendrecv_perf\n" + table +
           "# Collective test starting: alltoall_perf\n" + table + kRows);
  ASSERT_EQ(three.size(), 3u);
  EXPECT_EQ(three[0].title, "sendrecv_perf");
  EXPECT_EQ(three[1].title, "alltoall_perf");
  EXPECT_EQ(three[2].title, "alltoall_perf");
}

TEST(NcclTests, AnotherRunWithoutANameHasNone) {
  const std::vector<BenchmarkTable> two =
      read("$ ./alltoall_perf -b 8\n" + kSendrecv + "\n" + kSendrecv);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].title, "alltoall_perf");
  EXPECT_EQ(two[1].title, "");
}

TEST(NcclTests, OneRankAloneIsNoJob) {
  const std::string alone = "#  Rank  0 Group  0 Pid 1 on a device  0 [0x1b] D\n";
  const std::string rows = "1000 250 float sum -1 20.00 0.05 0.00 0 20.00 0.05 0.00 0\n";
  says(alone + kHeading + rows, "log: line 3: only one rank took part");
  // Two processes of a build without MPI, in one log.
  says(alone + alone + kHeading + rows, "log: line 4: rank 0 is listed 2 times");
}

// Version 1: times in ms, three digits behind the point.
TEST(NcclTests, ReadsVersionOne) {
  const BenchmarkTable table = only(
      "# all_reduce_perf\n#   Rank  0 on       n device  0 [0x05] A\n"
      "#   Rank  1 on       n device  1 [0x06] A\n"
      "#      bytes             N    type      op     time  algbw  busbw      res     time  algbw"
      "  busbw      res\n"
      "    10000000       2500000   float     sum    1.611   6.21   6.21    4e-07    1.626   6.15"
      "   6.15    4e-07\n");
  EXPECT_EQ(table.operation, Operation::all_reduce);
  EXPECT_DOUBLE_EQ(table.points[0].time.value(), 1.611e-3);
}

// Times of single iterations (eight columns a way) and a time stamp at the end.
TEST(NcclTests, ReadsMoreColumns) {
  const BenchmarkTable table =
      only("# Collective test starting: sendrecv_perf\n" + kRanks +
           "# size count type redop root time algbw busbw #wrong i_min i_max i_p99 i_cv% "
           "time algbw busbw #wrong i_min i_max i_p99 i_cv% timestamp\n"
           "1000 250 float sum -1 20.00 0.05 0.05 0 19.0 21.0 20.9 1.00 "
           "10.00 0.10 0.10 N/A 9.0 11.0 10.9 1.00 2025-10-01 12:00:00\n");
  ASSERT_EQ(table.points.size(), 1u);
  EXPECT_DOUBLE_EQ(table.points[0].time.value(), 20e-6);
}

// Until 2020 the algorithm bandwidth of an all-gather left out what a rank has: 7 of 8 parts here.
TEST(NcclTests, ReadsOldAllGathers) {
  std::string ranks;
  for (int rank = 0; rank < 8; ++rank) {
    ranks += "#   Rank  " + std::to_string(rank) + " Pid 1 on a device 0 [0x00] A\n";
  }
  const BenchmarkTable table =
      only("$ ./all_gather_perf -b 8\n" + ranks + kOldHeading +
           "1048576 32768 float 162.1 5.66 5.66 0e+00 162.0 5.66 5.66 0e+00\n");
  EXPECT_EQ(table.operation, Operation::all_gather);
  EXPECT_NEAR(*table.bus_ratio, 7.0 / 8, 0.001);
}

TEST(NcclTests, NamesTheLineThatIsWrong) {
  const auto row = [](const std::string& rest) {
    return kHeading + "1000 250 float sum -1 20.00 0.05 0.05 0 " + rest + "\n";
  };
  says(row("10.00 0.20 0.10 0"), "log: line 4: its bandwidth is not its size over its time");
  says(row("10.00 0.10 0.10"), "log: line 4: a row that is not whole");
  says(row("10.00 0.10 0.10 0 0"), "log: line 4: not a row of 13 columns");
  says(row("10.0s 0.10 0.10 0"), "log: line 4: '10.0s' is not a number");
  says(row("0.00 0.10 0.10 0"), "log: line 4: a message cannot take no time");
  says(kHeading + "1e18 250 float sum -1 20.00 0.05 0.05 0 20.00 0.05 0.05 0\n",
       "log: line 4: '1e18' is not a number of bytes");
  says(kHeading + "-8 250 float sum -1 20.00 0.05 0.05 0 20.00 0.05 0.05 0\n",
       "log: line 4: '-8' is not a number");
  says(kHeading + "1000 250 float sum -1 nan 0.05 0.05 0 20.00 0.05 0.05 0\n",
       "log: line 4: 'nan' is not a number");
  says(replaced(kHeading, " time ", " cputime ") + "1000 250 float sum -1 1 1 1 0 1 1 1 0\n",
       "log: line 2: its times are those of the CPU");
  says(kHeading + "1000 250\n", "log: line 4: a row without a type of data");
  says(kSendrecv.substr(0, kSendrecv.find("        1000")), "log: no table of a benchmark");
}

std::string json(const std::string& nwrong, const std::string& size = "1048576") {
  return R"({"version": 2, "args": ["./build/sendrecv_perf", "-b", "1M"], "nccl_version": 22703,
    "config": {"nthreads": 1, "ngpus": 1, "devices": [
      {"rank": 0, "hostname": "a", "device_info": "NVIDIA H100"},
      {"rank": 1, "hostname": "b", "device_info": "NVIDIA H100"}]},
    "results": [
      {"size": 0, "count": 0, "type": "float", "redop": "none", "root": "    -1",
       "out_of_place": {"time": 1.0, "alg_bw": 0.0, "bus_bw": 0.0, "nwrong": 0.0},
       "in_place": null},
      {"size": )" +
         size + R"(, "count": 262144, "type": "float", "redop": "none", "root": "    -1",
       "out_of_place": {"time": 54.15, "alg_bw": 19.36, "bus_bw": 19.36, "nwrong": )" +
         nwrong +
         R"(}, "in_place": {"time": 54.2, "alg_bw": 19.35, "bus_bw": 19.35, "nwrong": null}}]})";
}

// What -J writes since version 2.17.
TEST(NcclTests, Case48ReadsItsJson) {
  const BenchmarkTable table = only(json("0.000000"));
  EXPECT_EQ(table.kind, Kind::exchange);
  EXPECT_EQ(table.title, "sendrecv_perf");
  EXPECT_EQ(table.ranks, 2);
  EXPECT_EQ(table.ranks_per_node, 1);
  EXPECT_EQ(table.library_version, "2.27.3");
  ASSERT_EQ(table.points.size(), 1u);
  EXPECT_DOUBLE_EQ(table.points[0].time.value(), 54.15e-6);
  says(json("4.0"), "log: /results/1/out_of_place/nwrong: the test received wrong data");
  says(json("0.0", "1e18"), "log: /results/1/size: ");
  says(json("0.0", "-8"), "log: /results/1/size: ");
}

}  // namespace
}  // namespace rehearse
