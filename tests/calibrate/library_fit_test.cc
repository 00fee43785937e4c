// Stacks fitted to tables of collectives: tables that the formulas themselves made give their
// parameters back.
#include "calibrate/fits/library_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "calibrate/fits/library_start.h"
#include "calibrate/fits/table_prices.h"
#include "calibrate/machine/stack_file.h"

namespace rehearse {
namespace {

Scenario machine() {
  return read_scenario(JsonDocument::parse_text(R"({
    "name": "machine",
    "workload": {"collectives": [{"all_reduce": "1 MiB"}]},
    "cluster": {"nodes": 16,
                "node": {"device": "a100-sxm4-80gb", "devices": 4, "nics": 2,
                         "device_bandwidth": "300 GB/s", "device_latency": "1 us"},
                "network": {"topology": "single_switch", "injection_bandwidth": "25 GB/s",
                            "injection_latency": "0.5 us", "nic": "ib-hdr", "stack": "ideal"}},
    "sweep": {"workers": 4}
  })",
                                                "machine.json"));
}

StackProfile stack_of(double inside, double nic, double latency) {
  StackProfile stack;
  stack.name = "made";
  CollectiveLibrary library;
  library.version = "2.18";
  library.launch = Duration(6.6e-6);
  library.inside.emplace();
  library.inside->channel_bandwidth = Bandwidth(inside);
  library.inside->channels = 12;
  library.nic.emplace();
  library.nic->channel_bandwidth = Bandwidth(nic);
  library.inside->latency = {Duration(0.6e-6), Duration(1.9e-6), Duration(3.4e-6)};
  library.nic->latency = {Duration(2.7e-6), Duration(4e-6), Duration(14e-6)};
  for (Duration& one : library.nic->latency) one = one * latency;
  stack.library = library;
  return stack;
}

MeasuredTable table_of(const Scenario& scenario, const StackProfile& stack, Operation operation,
                       int ranks) {
  MeasuredTable table{"made", &scenario, operation, ranks, 4, {}};
  TablePrices prices(scenario, operation, ranks, 4);
  for (double bytes = 1024; bytes <= 1e9; bytes *= 4) {
    table.rows.push_back({bytes, prices.time(stack, bytes)});
  }
  return table;
}

TEST(LibraryFit, GivesBackWhatMadeTheTablesAndPredictsMoreNodes) {
  const Scenario scenario = machine();
  const StackProfile truth = stack_of(18e9, 20e9, 2);
  const std::vector<MeasuredTable> tables{table_of(scenario, truth, Operation::all_reduce, 4),
                                          table_of(scenario, truth, Operation::all_reduce, 8),
                                          table_of(scenario, truth, Operation::all_gather, 8)};
  LibraryFitOptions options;
  options.row_error = 0.01;  // exact rows outweigh the priors
  const LibraryFit fit = fit_library(stack_of(22e9, 24e9, 1), tables, options);
  const CollectiveLibrary& library = *fit.stack.library;
  EXPECT_NEAR(library.inside->channel_bandwidth.value() / 18e9, 1, 0.03);
  EXPECT_NEAR(library.nic->channel_bandwidth.value() / 20e9, 1, 0.03);
  EXPECT_NEAR(library.nic->latency[2].value() / 28e-6, 1, 0.05);
  const MeasuredTable more = table_of(scenario, truth, Operation::all_reduce, 64);
  for (const double error : table_errors(fit.stack, more)) EXPECT_NEAR(error, 0, 0.05);
}

// A table of one node says nothing of NICs.
TEST(LibraryFit, LeavesAloneWhatNoTableBearsOn) {
  const Scenario scenario = machine();
  const StackProfile truth = stack_of(18e9, 20e9, 1);
  const LibraryFit fit = fit_library(stack_of(15e9, 24e9, 1.5),
                                     {table_of(scenario, truth, Operation::all_reduce, 4)}, {});
  EXPECT_EQ(fit.stack.library->nic->channel_bandwidth, Bandwidth(24e9));
  EXPECT_FALSE(fit.stack.library->nic->bandwidth_rel_error.has_value());
  EXPECT_TRUE(fit.stack.library->inside->bandwidth_rel_error.has_value());
  for (const FittedFactor& one : fit.factors) EXPECT_EQ(one.key.find("nic."), std::string::npos);
}

// Rows that are off by a factor of e^0.2 to both sides in turn: four of five lie within 0.2, which
// as a standard error is 0.2 / 1.28 = 0.156, and 1.5 times that on other numbers of nodes.
TEST(LibraryFit, TellsTheDispersionOfItsTables) {
  const Scenario scenario = machine();
  const StackProfile truth = stack_of(18e9, 20e9, 1);
  MeasuredTable table = table_of(scenario, truth, Operation::all_reduce, 8);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    table.rows[i].seconds *= std::exp(i % 2 == 0 ? 0.2 : -0.2);
  }
  const LibraryFit fit = fit_library(truth, {table}, {});
  EXPECT_NEAR(*fit.stack.library->nic->bandwidth_rel_error, 1.5 * 0.156, 0.09);
  EXPECT_NEAR(*fit.stack.library->nic->latency_rel_error, 1.5 * 0.156, 0.09);
  // All of a large transfer is bandwidth, so its spread is that of the bandwidth.
  EXPECT_NEAR(table_spreads(fit.stack, table).back(), *fit.stack.library->nic->bandwidth_rel_error,
              0.03);
}

TEST(LibraryFit, RefusesAStackWithoutLevels) {
  const Scenario scenario = machine();
  EXPECT_THROW(fit_library(scenario.stack, {}, {}), Error);
  EXPECT_THROW(TablePrices(scenario, Operation::all_reduce, 128, 8), Error);
}

TEST(LibraryFit, ItsFileIsReadBack) {
  StackProfile stack = stack_of(18e9, 20e9, 1);
  stack.nic_family = NicFamily::ib_hdr;
  stack.library->nic->converging = 0.6;
  stack.library->nic->half_bandwidth = Bytes(65536);
  stack.library->inside->switch_adders = Bandwidth(270e9);
  stack.library->nic->latency_rel_error = 0.25;
  const JsonDocument document = JsonDocument::parse_text(stack_file(stack), "made.json");
  const StackProfile back = read_stack_profile(document.root());
  ASSERT_TRUE(back.library && back.library->has_levels());
  EXPECT_EQ(back.nic_family, NicFamily::ib_hdr);
  EXPECT_EQ(back.library->version, "2.18");
  EXPECT_DOUBLE_EQ(back.library->launch->value(), 6.6e-6);
  EXPECT_DOUBLE_EQ(back.library->inside->switch_adders->value(), 270e9);
  EXPECT_DOUBLE_EQ(back.library->nic->converging, 0.6);
  EXPECT_EQ(back.library->nic->half_bandwidth, Bytes(65536));
  EXPECT_DOUBLE_EQ(*back.library->nic->latency_rel_error, 0.25);
  EXPECT_DOUBLE_EQ(back.library->nic->latency[2].value(), 14e-6);
}

// Logs of 8 devices that send 230 GB/s each: 8 channels of 28.75 GB/s.
TEST(LibraryStart, TakesRatesFromLogsAndArchitectureFromTheDevice) {
  const Scenario scenario = machine();
  const StackProfile stack =
      starting_stack(scenario, {"nccl", "2.21.5", "NVIDIA H100 80GB HBM3", 230e9, 0});
  EXPECT_EQ(stack.library->architecture, CollectiveLibrary::Architecture::hopper);
  EXPECT_DOUBLE_EQ(stack.library->inside->channel_bandwidth.value(), 28.75e9);
  EXPECT_DOUBLE_EQ(stack.library->nic->channel_bandwidth.value(), 25e9);  // the link's
  EXPECT_EQ(stack.provenance.front().kind, Provenance::Kind::assumed);
}

}  // namespace
}  // namespace rehearse
