#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_reader.h"
#include "calibrate/importers/collective_tables.h"

namespace rehearse {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostRanks = 10'000'000;

std::optional<int> count_of(ObjectReader& reader, const char* key) {
  if (!reader.has(key) || reader.raw(key).is_null()) return std::nullopt;
  return static_cast<int>(reader.integer(key, 1, kMostRanks));
}

bool is_positive(const json& value) { return value.is_number() && value.get<double>() > 0; }

// Rows of unknown time are passed over.
std::vector<CollectiveLog::Row> read_rows(ObjectReader& reader) {
  std::vector<CollectiveLog::Row> rows;
  if (!reader.has("rows")) return rows;
  const json& table = reader.raw("rows");
  if (!table.is_array()) throw reader.error_at("rows", "not an array", "", "write [[8, 12.5], …]");
  for (std::size_t i = 0; i < table.size(); ++i) {
    const json& row = table[i];
    const std::string place = "rows/" + std::to_string(i);
    if (!row.is_array() || row.size() < 2) {
      throw reader.error_at(place, "not a row of bytes and microseconds", "",
                            "write for example [8, 12.5]");
    }
    if (!is_positive(row[0]) || !is_positive(row[1])) continue;
    rows.push_back({row[0].get<double>(), 1e-6 * row[1].get<double>()});
    if (rows.size() > 1 && rows.back().bytes <= rows[rows.size() - 2].bytes) {
      throw reader.error_at(place, "sizes do not ascend", "", "sort the rows");
    }
  }
  return rows;
}

std::optional<CollectiveLog> read_table(ObjectReader reader, const std::string& file) {
  CollectiveLog log;
  log.file = file;
  log.name = file + "#" + reader.string("id");
  const std::string word = reader.string("operation_word");
  const std::optional<Operation> operation = kOperationNames.value(word);
  if (!operation) return std::nullopt;
  log.operation = *operation;
  log.ranks = count_of(reader, "ranks");
  const auto nodes = count_of(reader, "nodes");
  if (log.ranks && nodes && *log.ranks % *nodes == 0) log.ranks_per_node = *log.ranks / *nodes;
  log.library = reader.optional_string("library_word").value_or("");
  if (reader.has("library_version") && reader.raw("library_version").is_string()) {
    log.library_version = reader.string("library_version");
  }
  log.device = reader.optional_string("machine").value_or("");
  log.rows = read_rows(reader);
  if (log.rows.empty()) return std::nullopt;
  return log;
}

}  // namespace

bool holds_collective_tables(const std::string& text, const std::string& file) {
  if (!file.ends_with(".json")) return false;
  const JsonDocument document = JsonDocument::parse_text(text, file);
  const json& value = document.value();
  return value.is_array() || (value.is_object() && value.contains("operation_word"));
}

std::vector<CollectiveLog> read_collective_tables(const std::string& text,
                                                  const std::string& file) {
  const JsonDocument document = JsonDocument::parse_text(text, file);
  std::vector<CollectiveLog> logs;
  const auto add = [&](const ObjectReader& reader) {
    if (auto log = read_table(reader, file)) logs.push_back(std::move(*log));
  };
  if (document.value().is_array()) {
    for (std::size_t i = 0; i < document.value().size(); ++i) {
      add({document.value()[i], file, "/" + std::to_string(i)});
    }
  } else {
    add(document.root());
  }
  if (logs.empty()) {
    throw Error::input("no table of a collective is in it", "", "give records with rows")
        .at(file, "/");
  }
  return logs;
}

}  // namespace rehearse
