// rehearse_fit_stack MEASUREMENTS NETWORK NAME MESSAGE_LATENCY SOURCE [JOBS]
//
// Fits the software stack NAME to the records of NETWORK in MEASUREMENTS that the file's own
// calibrated_from name and that have more than one worker, and prints its fabric profile.
// MESSAGE_LATENCY ("3.4 us") is taken as it is, from SOURCE.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/error.h"
#include "base/quantity_text.h"
#include "calibrate/machine/stack_file.h"
#include "studies/stack_fit.h"
#include "studies/tool_main.h"
#include "validate/measurements.h"

namespace rehearse {
namespace {

struct Arguments {
  std::string measurements, network, name;
  Duration message_latency;
  std::string message_latency_source;
  int jobs = 1;
};

struct Chosen {
  Scenario scenario;
  std::vector<StackSample> samples;
  std::vector<std::string> ids;
};

double step_time(const Measurement& record, const Scenario& scenario) {
  const double value = record.value * record.unit_value;
  if (record.quantity == Measurement::Quantity::step_time) return value;
  if (record.quantity == Measurement::Quantity::throughput) {
    return static_cast<double>(scenario.global_batch_at(record.workers)) / value;
  }
  throw Error::input("record '" + record.id + "' is of another quantity", "it has no step time",
                     "calibrate from throughputs or step times");
}

Chosen choose(const Arguments& arguments) {
  std::vector<Measurement> all = read_measurements({arguments.measurements}).records;
  std::stable_sort(all.begin(), all.end(), [](const Measurement& a, const Measurement& b) {
    return a.workers < b.workers;
  });
  const std::vector<std::string> calibrating = calibrating_ids(all);
  ProfileLibrary profiles;
  Chosen chosen;
  for (const Measurement& record : all) {
    if (record.workers < 2) continue;
    if (!std::binary_search(calibrating.begin(), calibrating.end(), record.id)) continue;
    // The stack that the record names may be the one that is being made.
    Scenario scenario =
        scenario_of(record, {record.workers}, profiles, {"cluster.network.stack=ideal"});
    if (scenario.model->name() != arguments.network) continue;
    if (!chosen.samples.empty() && record.workers == chosen.samples.back().workers) {
      throw Error::input(
          "records '" + chosen.ids.back() + "' and '" + record.id + "' are of the same workers", "",
          "leave one of them in calibrated_from");
    }
    chosen.samples.push_back({record.workers, step_time(record, scenario)});
    chosen.ids.push_back(record.id);
    chosen.scenario = std::move(scenario);
  }
  if (chosen.samples.empty()) {
    throw Error::input("no record of '" + arguments.network + "' calibrates a stack",
                       "none of more than one worker stands in a calibrated_from",
                       "name another network")
        .at(arguments.measurements, "/");
  }
  return chosen;
}

StackProfile profile_of(const Arguments& arguments, const Chosen& chosen,
                        const StackFitOptions& options, const StackFit& fit) {
  StackProfile profile;
  profile.name = arguments.name;
  profile.stream_bandwidth = Bandwidth(fit.stream_bandwidth.value);
  profile.stream_rate_spread = fit.stream_rate_spread.value;
  profile.step_latency = Duration(fit.step_latency.value);
  profile.message_latency = arguments.message_latency;
  profile.uncertainties = {{"stream_bandwidth", fit.stream_bandwidth.relative_error},
                           {"stream_rate_spread", fit.stream_rate_spread.relative_error},
                           {"step_latency", fit.step_latency.relative_error}};
  profile.max_ranks = 0;
  for (const StackSample& sample : chosen.samples) {
    profile.max_ranks = std::max(*profile.max_ranks, sample.workers);
  }
  std::string records;
  for (const std::string& id : chosen.ids) records += (records.empty() ? "" : ", ") + id;
  const auto prior = [](const LogNormalPrior& p, const std::string& median) {
    return median + " (sigma of the logarithm " + significant(p.sigma) + ")";
  };
  profile.provenance = {
      {"stream_bandwidth, stream_rate_spread, step_latency",
       "maximum a posteriori fit to the step times of records " + records +
           ", each and the device's own record known to " +
           significant(100 * options.reading_error) + " %; log-normal priors: stream_bandwidth " +
           prior(options.stream_bandwidth, to_text(Bandwidth(options.stream_bandwidth.median))) +
           " from one TCP stream on one core, step_latency " +
           prior(options.step_latency, to_text(Duration(options.step_latency.median))) +
           " from NCCL's network latency and kernel TCP, stream_rate_spread " +
           prior(options.stream_rate_spread, significant(options.stream_rate_spread.median)) +
           ", assumed",
       Provenance::Kind::derived},
      {"message_latency", arguments.message_latency_source, Provenance::Kind::published}};
  return profile;
}

void run(const Arguments& arguments) {
  Chosen chosen = choose(arguments);
  chosen.scenario.stack.message_latency = arguments.message_latency;
  StackFitOptions options;
  options.jobs = arguments.jobs;
  options.progress = [](int evaluations, double objective) {
    std::cerr << "\r" << evaluations << " simulations, objective " << significant(objective, 5)
              << "   " << std::flush;
  };
  const StackFit fit = fit_stack(chosen.scenario, chosen.samples, options);
  std::cerr << "\n";
  for (std::size_t i = 0; i < chosen.ids.size(); ++i) {
    std::cerr << chosen.ids[i] << ": " << significant(100 * fit.errors[i]) << " %\n";
  }
  std::cerr << "device record off by " << significant(100 * fit.device_error) << " %, objective "
            << significant(fit.objective, 5) << " after " << fit.evaluations << " simulations\n";
  std::cout << stack_file(profile_of(arguments, chosen, options, fit));
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  if (argc != 6 && argc != 7) {
    std::cerr << "usage: rehearse_fit_stack MEASUREMENTS NETWORK NAME MESSAGE_LATENCY SOURCE "
                 "[JOBS]\n";
    return 2;
  }
  return rehearse::tool_main([&] {
    rehearse::run({argv[1], argv[2], argv[3], rehearse::parse_duration(argv[4]), argv[5],
                   argc == 7 ? std::max(1, std::atoi(argv[6])) : 1});
    return 0;
  });
}
