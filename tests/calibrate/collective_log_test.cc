// The formats as the benchmarks print them; the numbers are made up.
#include "calibrate/importers/collective_log.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rehearse {
namespace {

CollectiveLog read(const std::string& text) {
  const std::vector<CollectiveLog> logs = read_collective_logs(text, "log.txt");
  EXPECT_EQ(logs.size(), 1u);
  return logs.front();
}

std::string complaint(const std::string& text, const std::string& file = "log.txt") {
  try {
    read_collective_logs(text, file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input);
    return error.what();
  }
  return "accepted";
}

const std::string kRanks =
    "# Using devices\n"
    "#  Rank  0 Group  0 Pid     43 on     node-0 device  0 [0x0f] Some device\n"
    "#  Rank  1 Group  0 Pid     44 on     node-0 device  1 [0x15] Some device\n"
    "#  Rank  2 Group  0 Pid     45 on     node-1 device  0 [0x0f] Some device\n"
    "#  Rank  3 Group  0 Pid     46 on     node-1 device  1 [0x15] Some device\n";
const std::string kHeading =
    "#       size         count      type   redop    root     time   algbw   busbw #wrong     time "
    "  algbw   busbw #wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us) "
    " (GB/s)  (GB/s)\n";

// A table of one row of 1 MB in 100 us, 10 GB/s.
std::string table(const std::string& redop, const std::string& root, const std::string& busbw) {
  const std::string way = " 100.0 10.00 " + busbw + " 0";
  return kRanks + kHeading + " 1000000 250000 float " + redop + " " + root + way + way + "\n";
}

TEST(CollectiveLog, KnowsTheOperationOfATableByItsColumns) {
  // Four ranks: 2 * 3 / 4 = 1.5 for an all-reduce, 3 / 4 for a reduce-scatter.
  EXPECT_EQ(read(table("sum", "-1", "15.00")).operation, Operation::all_reduce);
  EXPECT_EQ(read(table("sum", "-1", "7.50")).operation, Operation::reduce_scatter);
  EXPECT_EQ(read(table("sum", "0", "10.00")).operation, Operation::reduce);
  EXPECT_EQ(read(table("none", "0", "10.00")).operation, Operation::broadcast);
  EXPECT_EQ(read(table("none", "-1", "10.00")).operation, Operation::send_recv);
  EXPECT_EQ(read(table("none", "0", "7.50")).operation, std::nullopt);  // scatter or gather
  // An all-gather or an all-to-all.
  EXPECT_EQ(read(table("none", "-1", "7.50")).operation, std::nullopt);
}

TEST(CollectiveLog, TakesTheNameOfTheProgram) {
  const std::string gathered = table("none", "-1", "7.50");
  EXPECT_EQ(read("# Collective test starting: alltoall_perf\n" + gathered).operation,
            Operation::all_to_all);
  EXPECT_EQ(read("$ mpirun -n 4 ./build/all_gather_perf -b 8 -e 1M\n" + gathered).operation,
            Operation::all_gather);
  // Two names tell nothing.
  EXPECT_EQ(read("# alltoall_perf\n# all_gather_perf\n" + gathered).operation, std::nullopt);
}

TEST(CollectiveLog, CountsRanksAndNodes) {
  const CollectiveLog log = read(table("sum", "-1", "15.00"));
  EXPECT_EQ(log.ranks, 4);
  EXPECT_EQ(log.ranks_per_node, 2);
  ASSERT_TRUE(log.bus_ratio);
  EXPECT_DOUBLE_EQ(*log.bus_ratio, 1.5);
  EXPECT_FALSE(log.per_rank);
  ASSERT_EQ(log.rows.size(), 1u);
  EXPECT_EQ(log.rows[0].bytes, 1e6);
  EXPECT_DOUBLE_EQ(log.rows[0].seconds, 100e-6);
  EXPECT_EQ(log.name, "log.txt");
}

TEST(CollectiveLog, PassesOverTheWordsOfOthers) {
  const CollectiveLog log = read(
      "15 more processes have sent help message help-mca-var.txt\n"
      "Warning: Permanently added 'node-1' to the list of known hosts.\n" +
      kRanks + "rccl-tests: Version develop:5b27b96\nNCCL version 2.21.5+cuda12.4\n" +
      "node-1:15718:15718 [0] NCCL INFO cudaDriverVersion 12040\n" + kHeading +
      "  8 2 float sum -1 20.0 0.00 0.00 0 20.0 0.00 0.00 N/A\n"
      "node-1:15718:15718 [0] NCCL INFO Channel 00 : 0 -> 1\n"
      "[1,0]<stdout>: 1000000 250000 float sum -1 100.0 10.00 15.00 0 100.0 10.00 15.00 N/A\n"
      "# Avg bus bandwidth    : 5.6\nsrun: done\n");
  ASSERT_EQ(log.rows.size(), 2u);
  EXPECT_EQ(log.ranks, 4);
  EXPECT_EQ(log.operation, Operation::all_reduce);
}

TEST(CollectiveLog, NumbersSeveralTables) {
  const std::vector<CollectiveLog> logs = read_collective_logs(
      "# OSU MPI Latency Test v5.9\n# Size  Latency (us)\n8 2.00\n# all_reduce_perf\n" +
          table("sum", "-1", "15.00") + "# reduce_scatter_perf\n" + table("sum", "-1", "7.50"),
      "log.txt");
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[0].name, "log.txt#1");
  EXPECT_EQ(logs[0].operation, Operation::all_reduce);
  EXPECT_EQ(logs[1].name, "log.txt#2");
  EXPECT_EQ(logs[1].operation, Operation::reduce_scatter);
}

std::string osu(const std::string& title) {
  return "# OSU MPI " + title + " v7.4\n# Datatype: MPI_CHAR.\n# Size       Avg Latency(us)\n" +
         "1024                      10.00\n2048  12.50\n";
}

TEST(CollectiveLog, CountsBytesOfOsuAsNcclTestsDo) {
  const CollectiveLog pairs = read(osu("All-to-All Personalized Exchange Latency Test"));
  EXPECT_EQ(pairs.operation, Operation::all_to_all);
  EXPECT_EQ(pairs.ranks, std::nullopt);
  EXPECT_EQ(pairs.counted(8)[1].bytes, 2048 * 8);  // to each of 8, itself included
  EXPECT_DOUBLE_EQ(pairs.counted(8)[1].seconds, 12.5e-6);
  const CollectiveLog gathered = read(osu("Allgather Latency Test"));
  EXPECT_EQ(gathered.operation, Operation::all_gather);
  EXPECT_EQ(gathered.counted(6)[0].bytes, 1024 * 6);
  for (const auto& [title, operation] :
       {std::pair{"Allreduce Latency Test", Operation::all_reduce},
        std::pair{"Broadcast Latency Test", Operation::broadcast},
        std::pair{"Reduce Latency Test", Operation::reduce},
        std::pair{"Reduce_scatter Latency Test", Operation::reduce_scatter}}) {
    const CollectiveLog log = read(osu(title));
    EXPECT_EQ(log.operation, operation) << title;
    EXPECT_EQ(log.counted(8)[0].bytes, 1024) << title;
  }
}

TEST(CollectiveLog, ReadsPublishedTables) {
  const std::string text = R"([
    {"id": "a", "operation_word": "all_reduce", "ranks": 16, "nodes": 2,
     "rows": [[8, 20.5, null, null], [16, null, null, null], [1024, 30, 0.03, 0.06]]},
    {"id": "b", "operation_word": "latency", "ranks": 2, "nodes": 2, "rows": [[8, 1, 1, 1]]},
    {"id": "c", "operation_word": "all_to_all", "ranks": null, "nodes": null, "rows": []}])";
  const std::vector<CollectiveLog> logs = read_collective_logs(text, "t.json");
  ASSERT_EQ(logs.size(), 1u);
  EXPECT_EQ(logs[0].name, "t.json#a");
  EXPECT_EQ(logs[0].operation, Operation::all_reduce);
  EXPECT_EQ(logs[0].ranks, 16);
  EXPECT_EQ(logs[0].ranks_per_node, 8);
  ASSERT_EQ(logs[0].rows.size(), 2u);
  EXPECT_DOUBLE_EQ(logs[0].rows[0].seconds, 20.5e-6);
  EXPECT_EQ(logs[0].rows[1].bytes, 1024);
}

TEST(CollectiveLog, RefusesWhatIsNoLog) {
  const auto says = [](const std::string& text, const std::string& part,
                       const std::string& file = "log.txt") {
    EXPECT_EQ(complaint(text, file).find(part), 0u) << complaint(text, file);
  };
  says("", "log.txt: no table of a benchmark is in it");
  says("Dear reader,\n1 2 3\n", "log.txt: no table of a benchmark is in it");
  says(R"({"model": {}, "cluster": {}})", "t.json: this is no benchmark output but a scenario",
       "t.json");
  says("# OSU MPI Latency Test v5.9\n# Size          Latency (us)\n8 2.00\n",
       "log.txt: line 1: 'OSU MPI Latency Test v5.9' is no collective");
  const std::string wrong = table("sum", "-1", "15.00") +
                            "2000000 500000 float sum -1 100.0 20.00 30.00 7 100.0 20.00 30.00 0\n";
  says(wrong, "log.txt: line 9: the test received wrong data");
  says("[]", "t.json: /: no table of a collective is in it", "t.json");
  says("[1", "t.json: ", "t.json");
  says(R"([{"id": "a", "operation_word": "reduce", "rows": [[8, 1], [8, 2]]}])",
       "t.json: /0/rows/1: sizes do not ascend", "t.json");
  says(R"([{"id": "a", "operation_word": "reduce", "rows": [8]}])", "t.json: /0/rows/0: not a row",
       "t.json");
}

}  // namespace
}  // namespace rehearse
