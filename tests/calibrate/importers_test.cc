// The formats as the benchmarks print them; the numbers are made up.
#include <gtest/gtest.h>

#include "base/error.h"
#include "calibrate/importers/benchmark_log.h"
#include "calibrate/importers/undecorated.h"

namespace rehearse {
namespace {

using Kind = BenchmarkTable::Kind;

std::vector<BenchmarkTable> read(const std::string& text) { return read_benchmarks(text, "log"); }

BenchmarkTable only(const std::string& text) {
  const std::vector<BenchmarkTable> tables = read(text);
  EXPECT_EQ(tables.size(), 1u);
  return tables.front();
}

// The line of the Error, or "accepted".
std::string complaint(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

void says(const std::string& text, const std::string& beginning) {
  const std::string line = complaint(text);
  EXPECT_TRUE(line.starts_with(beginning)) << line;
}

TEST(Undecorated, TakesAwayWhatOthersPutAround) {
  for (const char* line : {"[1,0]<stdout>:# a 1",
                           "[1,0]<stdout>: # a 1",
                           "[prterun-n1-77@1,0]<stdout>: # a 1",
                           "Thu Mar 21 11:50:20 2024[1,0]<stdout>:# a 1",
                           "Thu Mar 21 11:50:20 2024<stdout>:# a 1",
                           "2024-03-21T11:50:20.123456789Z # a 1",
                           "2024-03-21 11:50:20,123 INFO # a 1",
                           "2024-03-21T11:50:20.1Z stdout F # a 1",
                           "Mar 21 11:50:20 n1 job[77]: # a 1",
                           "[11:50:20] # a 1",
                           "11:50:20.5 # a 1",
                           "0: # a 1",
                           " 12: # a 1",
                           "n1: # a 1",
                           "0:# a 1",
                           "[0] # a 1",
                           "[pod/launcher-x7/main] # a 1",
                           "launcher-1  | # a 1",
                           "> # a 1",
                           "> > # a 1",
                           "\x1b[1;32m# a 1\x1b[0m",
                           "\x1b]0;title\a# a 1",
                           "# a 1 \t\r",
                           "| # a 1 |",
                           "\xc2\xa0# a\xc2\xa0"
                           "1"}) {
    EXPECT_EQ(undecorated(line), "# a 1") << line;
  }
  for (const char* line : {"1024  1.5", "# Rank 0 [0]", "Warning: 3 0.5",
                           "n1:77:77 [0] NCCL INFO x", "8 2 float sum"}) {
    EXPECT_EQ(undecorated(line), line);
  }
  // Long lines cost no stack and no more than their length.
  EXPECT_EQ(undecorated(std::string(1'000'000, ' ') + "x"), "x");
  EXPECT_EQ(undecorated(std::string(1'000'000, '>')), "");
}

const std::string kLatency =
    "# OSU MPI Latency Test v5.9\n"
    "# Size          Latency (us)\n"
    "0                       2.00\n1000                    3.00\n2000                    4.00\n";

TEST(Osu, LatencyIsOneWay) {
  const BenchmarkTable table = only(kLatency);
  EXPECT_EQ(table.kind, Kind::latency);
  EXPECT_EQ(table.title, "OSU MPI Latency Test v5.9");
  ASSERT_EQ(table.points.size(), 3u);
  EXPECT_EQ(table.points[1].size, Bytes(1000));
  EXPECT_DOUBLE_EQ(table.points[1].time.value(), 3e-6);
}

TEST(Osu, BandwidthIsTimePerMessage) {
  const BenchmarkTable table = only(
      "$ mpirun -np 2 osu_bw -d cuda D D\n# OSU MPI-CUDA Bandwidth Test v7.1\n"
      "# Send Buffer on DEVICE (D) and Receive Buffer on DEVICE (D)\n"
      "# Size      Bandwidth (MB/s)\n# Datatype: MPI_CHAR.\n"
      "1                       2.00\n1048576             10485.76\n");
  EXPECT_EQ(table.kind, Kind::stream);
  EXPECT_DOUBLE_EQ(table.points[0].time.value(), 0.5e-6);  // 1 B / 2 MB/s
  EXPECT_DOUBLE_EQ(table.points[1].time.value(), 1e-4);    // 2^20 B / 10,485.76 MB/s
}

TEST(Osu, BidirectionalBandwidthIsOfBothStreams) {
  const BenchmarkTable table = only(
      "# OSU MPI Bi-Directional Bandwidth Test v7.5\n# Datatype: MPI_CHAR.\n"
      "# Size      Bandwidth (MB/s)        Validation\n"
      "1                       4.00              Pass\r\n"
      "1000                 2000.00              Pass\n");
  EXPECT_EQ(table.kind, Kind::two_streams);
  EXPECT_DOUBLE_EQ(table.points[0].time.value(), 0.5e-6);  // 2 B / 4 MB/s
  EXPECT_DOUBLE_EQ(table.points[1].time.value(), 1e-6);    // 2,000 B / 2 GB/s
}

TEST(Osu, ManyPairsAreAStreamIfOne) {
  const auto with = [](const std::string& pairs) {
    return "# OSU MPI Multiple Bandwidth / Message Rate Test v5.6\n# [ pairs: " + pairs +
           " ] [ window size: 64 ]\n# Size                  MB/s        Messages/s\n"
           "1000                 1000.00        1000000.00\n";
  };
  EXPECT_EQ(only(with("1")).kind, Kind::stream);
  EXPECT_DOUBLE_EQ(only(with("1")).points[0].time.value(), 1e-6);
  EXPECT_EQ(only(with("12")).kind, Kind::other);
}

// Case 06, and percentiles.
TEST(Osu, Case06CollectivesTakeTheMeanOfTheRanks) {
  const BenchmarkTable table = only(
      "\n# OSU MPI-CUDA Allreduce Latency Test v7.3\n# Datatype: MPI_CHAR.\n"
      "# Size       Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations  "
      "P50 Tail Lat(us)  P99 Tail Lat(us)\n"
      "0  1.0 1.0 1.0 1000 1.0 1.0\n1  53.34  24.80  158.96  1000  50.00  90.00\n");
  EXPECT_EQ(table.kind, Kind::collective);
  EXPECT_EQ(table.operation, Operation::all_reduce);
  ASSERT_EQ(table.points.size(), 1u);
  EXPECT_DOUBLE_EQ(table.points[0].time.value(), 53.34e-6);
}

TEST(Osu, PassesOverTheWordsOfOthersAndLostMarks) {
  const BenchmarkTable table = only(
      "Warning: Permanently added 'n1' to the list of known hosts.\n```\n"
      "[1,0]<stdout>:OSU MPI Latency Test v5.9\n[1,0]<stdout>:Size Latency (us)\n"
      "[1,0]<stdout>:1 1.50\nmpirun noticed something\n15 more processes have sent help\n"
      "[1,0]<stdout>:2 1.60\n```\n");
  EXPECT_EQ(table.kind, Kind::latency);
  EXPECT_EQ(table.points.size(), 2u);
}

TEST(Osu, OneSidedTestsAreOthers) {
  EXPECT_EQ(only("# OSU MPI_Put Bandwidth Test v5.3\n# Window creation: MPI_Win_allocate\n"
                 "# Size      Bandwidth (MB/s)\n1  1.78\n")
                .kind,
            Kind::other);
}

TEST(Osu, RunsUnderOneHeadingAreTables) {
  EXPECT_EQ(read(kLatency + kLatency).size(), 2u);
  EXPECT_EQ(read(kLatency + "0 2.00\n1000 3.00\n").size(), 2u);
  // Without a title a plain latency is osu_latency's; a rate could be either's.
  EXPECT_EQ(only("# Size  Latency (us)\n1 1.0\n").kind, Kind::latency);
  EXPECT_EQ(only("# Size  Bandwidth (MB/s)\n1 1.0\n").kind, Kind::unknown);
}

TEST(Osu, NamesTheLineThatIsWrong) {
  const std::string table = "# OSU MPI Latency Test v5.9\n# Size          Latency (us)\n";
  says(table + "1 1.0\n2 fast\n", "log: line 4: 'fast' is not a number that this benchmark prints");
  says(table + "1 1.0 7\n", "log: line 3: not a row of 2 columns");
  says(table + "1 -1\n", "log: line 3: '-1' is not a number");
  says(table + "1 nan\n", "log: line 3: 'nan' is not a number");
  says(table + "1 inf\n", "log: line 3: 'inf' is not a number");
  says(table + "1 1e300\n", "log: line 3: a message cannot take no time, or a day");
  says(table + "1 1e400\n", "log: line 3: '1e400' is not a number");
  says(table + "1 0.0\n", "log: line 3: a message cannot take no time");
  says(table + "-8 1.0\n", "log: line 3: '-8' is not a number");
  says(table + "1e18 1.0\n", "log: line 3: '1e18' is not a number of bytes");
  says(table + "1.5 1.0\n", "log: line 3: '1.5' is not a number of bytes");
  says("# OSU MPI Latency Test v5.9\n# Size      Bandwidth (MB/s)\n", "log: line 2: the columns");
  says(
      "# OSU MPI Bandwidth Test v7.5\n# Size      Bandwidth (MB/s)        Validation\n"
      "1                       4.00              Fail\n",
      "log: line 3: the benchmark received wrong data");
  std::string many = table;
  for (int size = 1; size <= 1001; ++size) many += std::to_string(size) + " 1.0\n";
  says(many, "log: line 1003: a table of more than 1000 sizes");
}

TEST(Imb, ReadsPingPongAndCollectives) {
  const std::vector<BenchmarkTable> tables = read(
      "#---------------\n# Benchmarking PingPong \n# #processes = 2 \n#---------------\n"
      "       #bytes #repetitions      t[usec]   Mbytes/sec\n"
      "            0         1000         1.30         0.00\n"
      "         1024         1000         2.00       512.00\n"
      "# Benchmarking Allreduce \n# #processes = 8 \n"
      "       #bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]\n"
      "            0         1000         0.04         0.05         0.05\n"
      "            4         1000         2.00         4.00         3.00\n"
      "# Benchmarking Exchange \n# #processes = 8 \n"
      "       #bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]   Mbytes/sec\n"
      "            4         1000         2.00         4.00         3.00         1.00\n");
  ASSERT_EQ(tables.size(), 3u);
  EXPECT_EQ(tables[0].kind, Kind::latency);
  EXPECT_DOUBLE_EQ(tables[0].points[1].time.value(), 2e-6);
  EXPECT_EQ(tables[1].operation, Operation::all_reduce);
  EXPECT_EQ(tables[1].ranks, 8);
  ASSERT_EQ(tables[1].points.size(), 1u);
  EXPECT_DOUBLE_EQ(tables[1].points[0].time.value(), 3e-6);
  EXPECT_EQ(tables[2].kind, Kind::other);
}

TEST(BenchmarkLog, SaysWhatElseAFileIs) {
  says("{\"model\": {\"zoo\": \"resnet50\"}, \"cluster\": {}, \"training\": {}}",
       "log: this is no benchmark output but a scenario: what is read are logs of nccl-tests");
  says("{\"x\": 1}", "log: this is no benchmark output but JSON of another kind");
  says("", "log: no table of a benchmark is in it: what is read are logs of nccl-tests");
  says("Dear reader,\n1 2 3\n", "log: no table of a benchmark is in it");
}

// Text that sent std::regex beyond the end of its stack.
TEST(BenchmarkLog, LongLinesAreNoTrouble) {
  const std::string blanks(40'000, ' ');
  says("# OSU MPI Latency Test v5.9\n# Size" + blanks + "Latency (us)\n", "log: no table");
  says("# OSU MPI" + std::string(100'000, 'x') + " Latency Test v5.9\n# Size  Bandwidth (MB/s)\n",
       "log: no table");
  says(std::string(1'000'000, '#') + "\n" + std::string(1'000'000, '1'), "log: no table");
}

}  // namespace
}  // namespace rehearse
