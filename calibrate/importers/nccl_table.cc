#include "calibrate/importers/nccl_table.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "calibrate/importers/nccl_words.h"

namespace rehearse {
namespace {

using Kind = BenchmarkTable::Kind;

// Everything that the list of ranks tells.
void settle_ranks(const NcclTable& table, const std::string& file, BenchmarkTable& result) {
  result.ranks = ranks_of(table);
  std::map<std::string, int> hosts;
  for (const auto& [number, rank] : table.ranks) {
    if (rank.times > 1) {
      throw Error::input(
          "rank " + std::to_string(number) + " is listed " + std::to_string(rank.times) + " times",
          "every process ran alone: the tests were built without MPI=1",
          "build them with MPI=1 and run them again")
          .at(file, table.place);
    }
    ++hosts[rank.host];
  }
  if (result.ranks == 1 || (!result.ranks && result.bus_ratio == 0.0)) {
    throw Error::input("only one rank took part", "nothing travelled",
                       "give the tests -g 2, or build them with MPI=1 and start several")
        .at(file, table.place);
  }
  const bool whole = result.ranks && table.ranks.size() == static_cast<std::size_t>(*result.ranks);
  if (!whole) return;
  const auto most = std::max_element(
      hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  result.ranks_per_node = most->second;
  if (hosts.size() == 1) result.one_host = most->first;
}

// What the columns of a table tell: only all-gathers and all-to-alls look the same. `moves`: in
// place nothing was compared, as of sendrecv and alltoall.
std::optional<Operation> operation_by_columns(const NcclTable& table, bool moves) {
  const auto is = [&](double expected) {
    return table.bus_ratio && std::abs(*table.bus_ratio / expected - 1) < 0.02;
  };
  const bool sums = table.reduction != "none";
  if (!table.root.empty() && table.root != "-1") {
    if (!is(1)) return {};
    return sums ? Operation::reduce : Operation::broadcast;
  }
  if (moves && is(1)) return Operation::send_recv;
  const std::optional<int> ranks = ranks_of(table);
  if (!ranks || table.reduction.empty()) return {};
  if (!sums) return is(1) ? std::optional(Operation::send_recv) : std::nullopt;
  // Without a comparison two ranks that sum look like two that send.
  if (*ranks == 2 && is(1) && !table.out_of_place.checked) return {};
  for (const Operation operation : {Operation::all_reduce, Operation::reduce_scatter}) {
    if (is(bus_factor(operation, *ranks))) return operation;
  }
  return {};
}

// A test that moves data from one buffer to another is not compared in place: newer versions print
// N/A there, older ones the difference of two buffers that have nothing to do with each other.
bool only_moves(const NcclTable& table) {
  const NcclTable::Way& out = table.out_of_place;
  if (!table.in_place || !out.checked || !out.wrong.empty()) return false;
  const NcclTable::Way& in = *table.in_place;
  return !in.checked || (!table.counts && in.wrong.size() == in.points.size());
}

}  // namespace

std::optional<int> ranks_of(const NcclTable& table) {
  if (table.ranks.empty()) return {};
  return table.ranks.rbegin()->first + 1;
}

BenchmarkTable settled(const NcclTable& table, const std::string& file) {
  BenchmarkTable result;
  result.place = table.place;
  result.title = table.name;
  result.bus_ratio = table.bus_ratio;
  settle_ranks(table, file, result);
  bool moves = only_moves(table);
  if (!table.name.empty()) {
    result.operation = nccl_operation(table.name);
    result.kind = result.operation ? Kind::collective : Kind::other;
  } else if ((result.operation = operation_by_columns(table, moves))) {
    result.kind = Kind::collective;
  }
  if (result.operation == Operation::send_recv) result.kind = Kind::exchange;
  if (result.operation) {
    moves = result.operation == Operation::send_recv || result.operation == Operation::all_to_all;
  }
  const std::vector<std::string>* wrong = &table.out_of_place.wrong;
  if (wrong->empty() && table.in_place && !moves) wrong = &table.in_place->wrong;
  if (!wrong->empty()) {
    throw Error::input("the test received wrong data",
                       table.counts ? "its column #wrong is above 0"
                                    : "its column error is above what the type of data allows",
                       "times of wrong results say nothing: repair the machine and run it again")
        .at(file, wrong->front());
  }
  if (table.failed) {
    throw Error::input("the test says that values were out of bounds", "",
                       "times of wrong results say nothing: repair the machine and run it again")
        .at(file, *table.failed);
  }
  result.library = table.library.empty() ? "nccl" : table.library;
  result.library_version = table.library_version;
  result.device = table.device;
  result.points = table.out_of_place.points;
  return result;
}

}  // namespace rehearse
