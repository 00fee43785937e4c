#include <cmath>

#include "base/json_reader.h"
#include "calibrate/importers/collective_log.h"
#include "calibrate/importers/imported_stack.h"
#include "calibrate/machine/stack_file.h"
#include "scenarios/scenario.h"
#include "studies/network_records.h"
#include "tests/fuzz/door.h"

namespace rehearse {
namespace {

// As a stack, which must be readable.
void import(const std::string& text, const std::string& path) {
  const StackProfile stack = import_stack({{path, text}}, {"imported", text.size() % 2 == 0}).stack;
  (void)read_stack_profile(JsonDocument::parse_text(stack_file(stack), "written").root());
}

void read_collectives(const std::string& text, const std::string& path) {
  for (const CollectiveLog& log : read_collective_logs(text, path)) {
    expect_sane(!log.rows.empty(), "a log without rows");
    double before = -1;
    for (const CollectiveLog::Row& row : log.counted(log.ranks.value_or(2))) {
      expect_sane(std::isfinite(row.bytes) && row.bytes > before, "sizes that do not ascend");
      expect_sane(std::isfinite(row.seconds) && row.seconds > 0, "a time that is none");
      before = row.bytes;
    }
    expect_sane(!log.ranks || *log.ranks > 0, "no ranks");
    expect_sane(!log.ranks_per_node || *log.ranks_per_node > 0, "no ranks on a node");
  }
}

}  // namespace

std::vector<Door> log_doors() {
  const std::vector<std::string> words{"# OSU MPI Latency Test v7.2\n",
                                       "# OSU MPI Allgather Latency Test v7.2\n",
                                       "#  Rank  0 Group  0 Pid 1 on n1 device  0 [0x07] A100\n",
                                       "[1,0]<stdout>:",
                                       "0: ",
                                       "NCCL INFO ",
                                       "#wrong",
                                       "N/A",
                                       "Pass",
                                       "sendrecv_perf",
                                       "alltoall_perf",
                                       "# Size          Latency (us)\n",
                                       "out-of-place"};
  std::vector<std::string> tables;
  std::vector<std::string> logs;
  for (std::string& text : seeds_of("log")) {
    (text.starts_with('{') || (text.starts_with('[') && text.find("\"id\"") != std::string::npos)
         ? tables
         : logs)
        .push_back(std::move(text));
  }
  return {
      {"import", ".txt", logs, false, words, import},
      {"log", ".txt", logs, false, words, read_collectives},
      {"tables", ".json", tables, true, {"\"operation_word\": \"reduce\", "}, read_collectives}};
}

}  // namespace rehearse
