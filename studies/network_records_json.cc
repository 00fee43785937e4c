#include <cmath>

#include "base/enum_names.h"
#include "base/error.h"
#include "base/file_format.h"
#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "studies/network_records.h"

namespace rehearse {
namespace {

using Operation = NetworkRecord::Operation;

constexpr auto kOperationNames =
    enum_names<Operation>("ping_pong", "exchange", "exchanges", "flow", "all_reduce", "all_to_all");

constexpr int kMostRanks = 1024;

Bandwidth rate_at(ObjectReader& reader, const char* key) {
  const Bandwidth rate = reader.bandwidth(key);
  if (rate > Bandwidth(0)) return rate;
  throw reader.error_at(key, "a bandwidth of zero moves nothing", "", "give the link's rate");
}

NetworkRecord read_record(ObjectReader& reader) {
  NetworkRecord record;
  record.where = reader.path();
  record.clock = reader.string("clock");
  record.fat_tree = reader.choice("topology", {"single_switch", "fat_tree"}) == 1;
  record.rate = rate_at(reader, "rate");
  if (record.fat_tree) record.uplink = rate_at(reader, "uplink");
  record.link_delay = reader.duration("link_delay");
  record.ranks = static_cast<int>(reader.integer("ranks", 2, kMostRanks));
  record.operation = kOperationNames.read(reader, "operation");
  if (record.operation == Operation::all_reduce) {
    const std::vector<std::string> known{"ring", "recursive_doubling", "rabenseifner", "open_mpi"};
    record.algorithm = known[reader.choice("algorithm", known)];
  } else if (record.operation == Operation::all_to_all) {
    const std::vector<std::string> known{"linear", "pairwise"};
    record.algorithm = known[reader.choice("algorithm", known)];
  } else if (record.operation == Operation::flow) {
    record.from = static_cast<int>(reader.integer("from", 0, record.ranks - 1));
    record.to = static_cast<int>(reader.integer("to", 0, record.ranks - 1));
    record.together = reader.string("together");
  } else if (record.operation == Operation::exchange) {
    record.leave_apart = reader.optional_duration("leave_apart").value_or(Duration(0));
  }
  record.size = reader.bytes("size");
  record.median = reader.duration("median");
  record.least = reader.duration("least");
  record.greatest = reader.duration("greatest");
  (void)reader.integer("repetitions", 1, 1'000'000);
  if (record.median <= Duration(0)) {
    throw reader.error_at("median", "a median of zero", "nothing takes no time", "measure again");
  }
  reader.finish();
  return record;
}

}  // namespace

std::string to_text(Operation operation) { return std::string(kOperationNames.text(operation)); }

std::string title(const NetworkRecord& record) {
  std::string text = record.fat_tree ? "fat-tree " + to_text(record.uplink) : "switch";
  text += ", " + to_text(record.link_delay) + ", ";
  if (record.operation == Operation::flow) {
    text +=
        record.together + ": " + std::to_string(record.from) + " to " + std::to_string(record.to);
  } else {
    text += to_text(record.operation);
    if (!record.algorithm.empty()) text += " " + record.algorithm;
    if (record.algorithm.empty() && record.ranks > 2) {
      text += " in " + std::to_string(record.ranks / 2) + " pairs";
    }
  }
  return text + ", " + std::to_string(std::llround(record.size.value())) + " B";
}

NetworkRecords read_network_records(const std::string& file) {
  const JsonDocument document = JsonDocument::parse_file(file);
  ObjectReader root = document.root();
  NetworkRecords all;
  expect_format(root, FileKind::measurements);
  all.source = root.string("source");
  for (ObjectReader& reader : root.objects("records")) all.records.push_back(read_record(reader));
  root.finish();
  return all;
}

}  // namespace rehearse
