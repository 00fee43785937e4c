#include "apps/collective_logs.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/quantity_text.h"
#include "base/text_file.h"

namespace rehearse {
namespace {

// Of "tables.json#coll-001" or "log.txt#2" the file; the rest is an id.
std::string file_of(const std::string& name) {
  const std::size_t mark = name.rfind('#');
  if (mark == std::string::npos || std::filesystem::exists(name)) return name;
  return name.substr(0, mark);
}

// A table among others of a file is a candidate, a log that was named is meant.
bool is_one_of_many(const CollectiveLog& log, const std::vector<CollectiveLog>& logs) {
  return std::count_if(logs.begin(), logs.end(),
                       [&](const CollectiveLog& other) { return other.file == log.file; }) > 1;
}

std::string said(Operation value) { return to_text(value); }
std::string said(int value) { return std::to_string(value); }

// Fills `asked` from the logs, if it is open; leaves out tables that differ; refuses logs that do.
template <class Value>
void settle(std::optional<Value>& asked, std::optional<Value> CollectiveLog::*told,
            const std::string& option, const std::string& noun, std::vector<CollectiveLog>& logs) {
  if (!asked) {
    for (const CollectiveLog& log : logs) {
      if (!(log.*told)) continue;
      if (asked && *asked != *(log.*told)) {
        throw Error::input("the logs tell different " + noun,
                           said(*asked) + " and " + said(*(log.*told)), "give " + option);
      }
      asked = log.*told;
    }
    return;
  }
  std::vector<CollectiveLog> left;
  for (const CollectiveLog& log : logs) {
    if (!(log.*told) || *(log.*told) == *asked) {
      left.push_back(log);
    } else if (!is_one_of_many(log, logs)) {
      throw Error::input("the log is of " + said(*(log.*told)) + ", not of " + said(*asked),
                         option + " and the log tell different " + noun,
                         "leave " + option + " out, or give another log")
          .at(log.name, "");
    }
  }
  if (left.empty() && !logs.empty()) {
    throw Error::input("no table is of " + said(*asked),
                       option + " and the tables tell different " + noun,
                       "give another file or " + option)
        .at(logs.front().file, "");
  }
  logs = std::move(left);
}

void expect_bus_ratio(const AskedCollective& asked, const std::vector<CollectiveLog>& logs) {
  const double expected = bus_factor(*asked.operation, *asked.ranks);
  for (const CollectiveLog& log : logs) {
    if (!log.bus_ratio || std::abs(*log.bus_ratio / expected - 1) < 0.05) continue;
    throw Error::input("the log is not of " + to_text(*asked.operation) + " on " +
                           std::to_string(*asked.ranks) + " ranks",
                       "its bus bandwidth is " + significant(*log.bus_ratio, 4) +
                           " times its algorithm bandwidth, not " + significant(expected, 4),
                       "correct --op or --ranks")
        .at(log.name, "");
  }
}

template <class Value>
void expect_given(const std::optional<Value>& value, const std::string& option,
                  const std::string& example, bool has_logs) {
  if (value) return;
  throw Error::input(option + " is not given", has_logs ? "no log tells it" : "",
                     "give for example " + option + " " + example);
}

}  // namespace

std::vector<CollectiveLog> read_logs(const std::vector<std::string>& files) {
  std::vector<CollectiveLog> logs;
  for (const std::string& name : files) {
    const std::string file = file_of(name);
    const std::size_t before = logs.size();
    for (CollectiveLog& log : read_collective_logs(read_text_file(file), file)) {
      if (file == name || log.name == name) logs.push_back(std::move(log));
    }
    if (logs.size() == before) {
      throw Error::input("there is no table '" + name.substr(file.size() + 1) + "' with rows", "",
                         "give the id of one")
          .at(file, "");
    }
  }
  return logs;
}

AskedCollective agree(AskedCollective asked, std::vector<CollectiveLog>& logs) {
  const bool has_logs = !logs.empty();
  settle(asked.operation, &CollectiveLog::operation, "--op", "operations", logs);
  expect_given(asked.operation, "--op", "all_reduce", has_logs);
  settle(asked.ranks, &CollectiveLog::ranks, "--ranks", "numbers of ranks", logs);
  expect_given(asked.ranks, "--ranks", "64", has_logs);
  if (asked.ranks < 2) {
    throw Error::input("one rank has nobody to send to", "", "give --ranks 2 or more");
  }
  expect_bus_ratio(asked, logs);
  if (!asked.ranks_per_node && logs.size() == 1) asked.ranks_per_node = logs[0].ranks_per_node;
  return asked;
}

void expect_ranks_per_node(int ranks_per_node, std::vector<CollectiveLog>& logs) {
  std::optional<int> asked = ranks_per_node;
  for (CollectiveLog& log : logs) {  // fewer ranks than a node holds
    if (log.ranks && log.ranks_per_node && *log.ranks == *log.ranks_per_node &&
        *log.ranks <= ranks_per_node) {
      log.ranks_per_node = ranks_per_node;
    }
  }
  settle(asked, &CollectiveLog::ranks_per_node, "--ranks-per-node", "ranks on a node", logs);
}

}  // namespace rehearse
