// rehearse_stack_study STUDY.json TABLES.json… [--only STACK] [--rows] [--write FOLDER] [--page
// FILE]
//
// Fits the stacks of STUDY.json to published tables of collectives, and judges them by the tables
// that were left out. --write: the stack files; --page: a table for docs; --rows: every row.
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/quantity_text.h"
#include "base/stats.h"
#include "calibrate/machine/stack_file.h"
#include "studies/study_file.h"
#include "studies/tool_main.h"

namespace rehearse {
namespace {

constexpr double kLarge = 1024.0 * 1024;
constexpr double kNormalTenth = 1.2816;
constexpr double kAssumed = 0.3;  // relative error of what no table tells

struct Options {
  std::string study, only, folder, page;
  std::vector<std::string> tables;
  bool rows = false;
};

struct Judged {
  StudyTable table;
  std::string stack;
  bool own = false;
  std::vector<double> errors, spreads;
};

// Of the rows of one range of sizes, over several tables.
struct Sum {
  std::vector<double> sizes;  // |errors|
  int inside = 0, slow = 0;   // in the interval; predicted too slow
  std::vector<double> widths;

  void add(const Judged& one, bool large) {
    for (std::size_t i = 0; i < one.errors.size(); ++i) {
      if ((one.table.table.rows[i].bytes >= kLarge) != large) continue;
      sizes.push_back(std::abs(one.errors[i]));
      slow += one.errors[i] > 0 ? 1 : 0;
      inside += std::abs(std::log1p(one.errors[i])) <= kNormalTenth * one.spreads[i] ? 1 : 0;
      widths.push_back(std::expm1(kNormalTenth * one.spreads[i]));
    }
  }
  [[nodiscard]] std::string median() const {
    return sizes.empty() ? "–" : significant(100 * quantile(sizes, 0.5), 2) + " %";
  }
  [[nodiscard]] std::string coverage() const {
    return sizes.empty() ? "–"
                         : std::to_string(inside) + "/" + std::to_string(sizes.size()) + " ± " +
                               significant(100 * quantile(widths, 0.5), 2) + " %";
  }
};

void print_rows(const Judged& one, std::ostream& out) {
  for (std::size_t i = 0; i < one.errors.size(); ++i) {
    const auto& row = one.table.table.rows[i];
    out << "    " << row.bytes << " B: " << significant(1e6 * row.seconds, 4) << " us, "
        << significant(100 * one.errors[i], 3) << " % (± "
        << significant(100 * kNormalTenth * one.spreads[i], 2) << " %)\n";
  }
}

// How far other machines of the same kind lie, sigma of ln: launches inside a node of A100 from 0.8
// to 2 times those fitted (Azure, aic, all_reduce_bench.py of torch), rates within 6 %.
void add_other_machines(StackLevel& level, double bandwidth, double latency) {
  const auto add = [](std::optional<double>& error, double more) {
    if (error) error = std::hypot(*error, more);
  };
  add(level.bandwidth_rel_error, bandwidth);
  add(level.latency_rel_error, latency);
}

StackProfile written(const LibraryFit& fit, const std::vector<MeasuredTable>& fitted) {
  StackProfile stack = fit.stack;
  add_other_machines(*stack.library->inside, 0.06, 0.4);
  add_other_machines(*stack.library->nic, 0.06, 0.2);
  const auto assume = [&](StackLevel& level, const char* name) {
    if (level.bandwidth_rel_error && level.latency_rel_error) return;
    level.bandwidth_rel_error = level.bandwidth_rel_error.value_or(kAssumed);
    level.latency_rel_error = level.latency_rel_error.value_or(kAssumed);
    stack.provenance.push_back({name, "no table bears on all of it", Provenance::Kind::assumed});
  };
  assume(*stack.library->inside, "inside");
  assume(*stack.library->nic, "nic");
  std::string keys;
  std::string tables;
  std::int64_t ranks = 0;
  for (const FittedFactor& one : fit.factors) keys += (keys.empty() ? "" : ", ") + one.key;
  for (const MeasuredTable& one : fitted) {
    tables += (tables.empty() ? "" : ", ") + one.name;
    ranks = std::max<std::int64_t>(ranks, one.ranks);
  }
  stack.max_ranks = ranks;
  stack.provenance.insert(
      stack.provenance.begin(),
      {keys,
       "maximum a posteriori fit of rehearse_stack_study (docs/studies/stacks.md) to tables " +
           tables + " of published collectives",
       Provenance::Kind::derived});
  stack.provenance.push_back({"bandwidth_rel_error, latency_rel_error",
                              "what holds four of five rows from 1 MiB on, and below, and how far "
                              "other machines of the kind lie",
                              Provenance::Kind::derived});
  return stack;
}

// A level of another stack, of which nobody knows whether it holds here.
void derive(const std::string& from, const std::map<std::string, StackProfile>& stacks,
            const char* name, std::optional<StackLevel> CollectiveLibrary::*level,
            StackProfile& stack) {
  if (from.empty()) return;
  const auto found = stacks.find(from);
  if (found == stacks.end()) {
    throw Error::input("stack '" + from + "' does not stand before '" + stack.name + "'", "",
                       "put it there");
  }
  StackLevel& own = (*stack.library.*level).value();
  const Bandwidth bandwidth = own.channel_bandwidth;
  const int channels = own.channels;
  own = (*found->second.library.*level).value();
  own.channel_bandwidth = bandwidth;
  own.channels = channels;
  own.bandwidth_rel_error = std::max(kAssumed, own.bandwidth_rel_error.value_or(0));
  own.latency_rel_error = std::max(kAssumed, own.latency_rel_error.value_or(0));
  stack.provenance.push_back({name,
                              "latencies and half_bandwidth of " + from +
                                  ", of the same kind; the channels' rates are those of the links",
                              Provenance::Kind::assumed});
}

std::string page_of(const std::vector<Judged>& all) {
  std::ostringstream page;
  page
      << "| stack | machine | operation | ranks (per node) | | below 1 MiB | inside | from 1 MiB | "
         "inside |\n|---|---|---|---|---|---|---|---|---|\n";
  for (const Judged& one : all) {
    Sum small;
    Sum large;
    small.add(one, false);
    large.add(one, true);
    const MeasuredTable& table = one.table.table;
    page << "| " << one.stack << " | " << one.table.machine << " | " << to_text(table.operation)
         << " | " << table.ranks << " (" << table.ranks_per_node << ") | "
         << (one.table.fitted ? "fitted"
             : one.own        ? "own table"
                              : "judged")
         << " | " << small.median() << " | " << small.coverage() << " | " << large.median() << " | "
         << large.coverage() << " |\n";
  }
  return page.str();
}

// By stack, and over the best variants of all machines.
void summarise(const std::vector<Judged>& all, bool own, std::ostream& out) {
  using Sums = std::array<Sum, 2>;  // below 1 MiB, and from there on
  std::map<std::string, Sums> stacks;
  Sums total;
  std::map<std::string, Sums> best;
  for (const Judged& one : all) {
    if (one.table.fitted || one.own != own) continue;
    for (const bool large : {false, true}) {
      stacks[one.stack][large ? 1 : 0].add(one, large);
      if (!one.table.best) continue;
      total[large ? 1 : 0].add(one, large);
      best[one.stack][large ? 1 : 0].add(one, large);
    }
  }
  const auto print = [&](const std::string& name, const Sums& sums) {
    for (const bool large : {false, true}) {
      const Sum& sum = sums[large ? 1 : 0];
      if (sum.sizes.empty()) continue;
      out << "  " << name << (large ? ", from 1 MiB: " : ", below 1 MiB: ") << "median "
          << significant(100 * quantile(sum.sizes, 0.5), 4) << " %, inside " << sum.coverage()
          << ", too slow " << sum.slow << "\n";
    }
  };
  out << (own ? "own tables, other node counts:\n" : "judged:\n");
  for (const auto& [name, sums] : stacks) print(name, sums);
  print("best variants of all", total);
  for (const bool large : {false, true}) {
    double shares = 0;
    int count = 0;
    for (const auto& [name, sums] : best) {
      const Sum& sum = sums[large ? 1 : 0];
      if (sum.sizes.empty()) continue;
      shares += sum.inside / static_cast<double>(sum.sizes.size());
      ++count;
    }
    if (count == 0) continue;
    out << "  mean over " << count << " stacks" << (large ? ", from 1 MiB: " : ", below 1 MiB: ")
        << significant(100 * shares / count, 3) << " % inside\n";
  }
}

void run(const Options& options) {
  std::map<std::string, StackProfile> fitted_stacks;
  std::vector<Judged> all;
  for (StudyStack& study : read_study(options.study, options.tables)) {
    const bool own = !study.start_of.empty();
    if (own) {
      if (!fitted_stacks.contains(study.start_of)) continue;
      study.start = fitted_stacks.at(study.start_of);
    } else if (!options.only.empty() && study.start.name.find(options.only) == std::string::npos) {
      continue;
    }
    derive(study.inside_of, fitted_stacks, "inside", &CollectiveLibrary::inside, study.start);
    derive(study.nic_of, fitted_stacks, "nic", &CollectiveLibrary::nic, study.start);
    std::vector<MeasuredTable> fitted;
    for (const StudyTable& one : study.tables) {
      if (one.fitted) fitted.push_back(one.table);
    }
    std::cout << study.start.name << (own ? " by own tables" : "") << "\n";
    StackProfile stack = study.start;
    if (!fitted.empty()) {
      const LibraryFit fit = fit_library(study.start, fitted, {});
      for (const FittedFactor& one : fit.factors) {
        std::cout << "  " << one.key << " x " << significant(one.factor, 3) << " +- "
                  << significant(100 * one.relative_error, 2) << " %\n";
      }
      stack = own ? fit.stack : written(fit, fitted);
    }
    if (!own) fitted_stacks[stack.name] = stack;
    for (const StudyTable& one : study.tables) {
      Judged judged{one, stack.name, own, table_errors(stack, one.table),
                    table_spreads(stack, one.table)};
      std::cout << "  " << page_of({judged}).substr(page_of({}).size());
      if (options.rows) print_rows(judged, std::cout);
      all.push_back(std::move(judged));
    }
    if (options.rows) {
      for (const std::string& line : study.left_out) std::cout << "  left out " << line << "\n";
    }
    if (!own && !options.folder.empty()) {
      std::ofstream(options.folder + "/" + stack.name + ".json") << stack_file(stack);
    }
    std::cout.flush();
  }
  summarise(all, false, std::cout);
  summarise(all, true, std::cout);
  if (!options.page.empty()) std::ofstream(options.page) << page_of(all);
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  rehearse::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--rows") {
      options.rows = true;
    } else if (word.starts_with("--") && i + 1 < argc) {
      (word == "--only"    ? options.only
       : word == "--write" ? options.folder
                           : options.page) = argv[++i];
    } else {
      if (options.study.empty()) {
        options.study = word;
      } else {
        options.tables.push_back(word);
      }
    }
  }
  if (options.tables.empty()) {
    std::cerr << "usage: rehearse_stack_study STUDY.json TABLES.json… [--only STACK] [--rows] "
                 "[--write FOLDER] [--page FILE]\n";
    return 2;
  }
  return rehearse::tool_main([&] {
    rehearse::run(options);
    return 0;
  });
}
