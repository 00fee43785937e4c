#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "calibrate/importers/nccl_json.h"
#include "calibrate/importers/nccl_table.h"
#include "calibrate/importers/nccl_words.h"
#include "calibrate/importers/program_name.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr std::int64_t kLargest = std::int64_t{1} << 50;  // bytes
constexpr double kLongest = 86400e6;                      // us
constexpr int kMostPerProcess = 4096;                     // threads, devices
constexpr int kMostRanks = 10'000'000;
constexpr std::size_t kMostTables = 10'000;

// Program and data of the whole file.
NcclTable read_head(ObjectReader root) {
  NcclTable head;
  head.counts = true;
  if (root.has("args") && !root.raw("args").empty()) {
    const json& program = root.raw("args").front();
    if (program.is_string()) head.name = program_named_by({0, program.get<std::string>()}).name;
  }
  if (root.has("nccl_version") && root.raw("nccl_version").is_number_integer()) {
    head.library_version =
        nccl_version_in("nccl-library=" + std::to_string(root.raw("nccl_version").get<int>()));
  }
  auto config = root.optional_object("config");
  if (!config || !config->has("devices")) return head;
  // A device is listed for each process, which may have several.
  const auto each =
      static_cast<int>(config->optional_integer("nthreads", 1, kMostPerProcess).value_or(1) *
                       config->optional_integer("ngpus", 1, kMostPerProcess).value_or(1));
  int rank = 0;
  for (ObjectReader& device : config->objects("devices")) {
    const std::string host = device.optional_string("hostname").value_or("");
    if (rank == 0) head.device = device.optional_string("device_info").value_or("");
    for (int i = 0; i < each && rank < kMostRanks; ++i, ++rank) head.ranks[rank] = {host, 1};
  }
  return head;
}

// absent: null, as where nothing is compared or nothing ran
std::optional<double> number_or_null(ObjectReader& reader, const char* key, double most) {
  if (!reader.has(key) || reader.raw(key).is_null()) return {};
  return reader.number(key, 0, most);
}

// The time of one way, us.
double read_way(ObjectReader way, NcclTable::Way& to) {
  if (way.has("cpu_time")) {
    throw way.error_at("cpu_time", "a time of the CPU, not of the operation",
                       "the test ran with -C 1", "run it without -C");
  }
  const double time = way.number("time", 0, kLongest);
  if (time == 0) throw way.error_at("time", "an operation cannot take no time");
  if (const auto wrong = number_or_null(way, "nwrong", 1e18)) {
    to.checked = true;
    if (*wrong > 0) to.wrong.push_back(way.path() + "/nwrong");
  }
  return time;
}

}  // namespace

bool is_nccl_json(const JsonDocument& document) {
  const json& value = document.value();
  if (!value.is_object() || !value.contains("results")) return false;
  const json& results = value["results"];
  return results.is_array() && (value.contains("nccl_version") || value.contains("args") ||
                                value.contains("average_bus_bandwidth"));
}

std::vector<BenchmarkTable> read_nccl_json(const JsonDocument& document) {
  ObjectReader root = document.root();
  const NcclTable head = read_head(root);
  std::vector<NcclTable> tables;
  for (ObjectReader& result : root.objects("results")) {
    const auto size = static_cast<double>(result.integer("size", 0, kLargest));
    if (!result.has("out_of_place") || result.raw("out_of_place").is_null() || size == 0) continue;
    const bool again =
        tables.empty() || Bytes(size) <= tables.back().out_of_place.points.back().size;
    if (again) {
      if (tables.size() == kMostTables) throw root.error_at("results", "too many tables");
      tables.push_back(head);
      tables.back().place = result.path();
    }
    NcclTable& table = tables.back();
    table.reduction = result.optional_string("redop").value_or("");
    table.root = result.optional_string("root").value_or("");
    table.root.erase(0, table.root.find_first_not_of(' '));
    ObjectReader out = result.object("out_of_place");
    const double time = read_way(out, table.out_of_place);
    table.out_of_place.points.push_back({Bytes(size), Duration(1e-6 * time)});
    if (const auto bus = number_or_null(out, "bus_bw", 1e9)) {
      table.bus_ratio = *bus * 1e9 * 1e-6 * time / size;
    }
    if (result.has("in_place") && !result.raw("in_place").is_null()) {
      if (!table.in_place) table.in_place.emplace();
      const double in_time = read_way(result.object("in_place"), *table.in_place);
      table.in_place->points.push_back({Bytes(size), Duration(1e-6 * in_time)});
    }
  }
  std::vector<BenchmarkTable> settled_tables;
  settled_tables.reserve(tables.size());
  for (const NcclTable& table : tables) {
    settled_tables.push_back(settled(table, document.name()));
  }
  return settled_tables;
}

}  // namespace rehearse
