#include "apps/fit_curves.h"

#include <iostream>

#include "api/convergence.h"
#include "apps/output.h"
#include "base/error.h"
#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/text/text_table.h"
#include "scenarios/convergence_reader.h"

namespace rehearse {
namespace {

std::string fit_table(const ConvergenceFit& fit) {
  TextTable table(
      {{"run", Align::left}, {"B"}, {"staleness"}, {"samples"}, {"fitted"}, {"residual"}});
  for (std::size_t i = 0; i < fit.points.size(); ++i) {
    const ConvergencePoint& p = fit.points[i];
    table.add({p.file, grouped(p.update_samples), fixed(p.staleness, 2), grouped(p.samples),
               grouped(fit.fitted[i]), signed_percent(fit.residual(i))});
  }
  const ConvergenceOptions& c = fit.convergence;
  return "Samples until " + to_text(c.target) + ", B per update of the weights:\n\n" +
         table.text() + "\nsamples_at_small_batch " + grouped(c.samples_at_small_batch) +
         "\ncritical_batch " + readable(c.critical_batch) + "\nstaleness_penalty " +
         significant(c.staleness_penalty) + "\n";
}

}  // namespace

int fit_curves(const FitCurves& options) {
  if (options.target.empty()) {
    throw Error::input("it is not known which target the runs should reach", "",
                       "give --target test_accuracy=0.9, or --target loss=0.3");
  }
  if (options.runs.empty()) {
    throw Error::input("no run is given", "",
                       "write calibrate convergence RUN… --target " + options.target);
  }
  const MetricTarget target = parse_metric_target(options.target, "--target");
  if (target.metric == Metric::test_loss) {
    throw Error::input("--target test_loss: a convergence is known for test_accuracy and loss only",
                       "", "write --target test_accuracy=0.9, or --target loss=0.3");
  }
  const FittedRuns result = fit_runs(options.runs, target);
  for (const std::string& run : result.not_reached) {
    if (options.quiet) break;
    std::cerr << "warning [not_reached]: " << run << " does not reach " << to_text(target)
              << " and is left out\n";
  }
  if (!options.output.empty()) write_file(options.output, convergence_file(result.fit));
  std::cout << fit_table(result.fit);
  return 0;
}

}  // namespace rehearse
