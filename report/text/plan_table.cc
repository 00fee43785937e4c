#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/plan_report.h"
#include "report/prediction_report.h"
#include "report/text/pilot_table.h"
#include "report/text/text_table.h"

namespace rehearse {
namespace {

std::string verdict(bool asked, bool met) { return asked ? (met ? "yes" : "no") : "-"; }

std::string question(const Prediction& prediction, const PlanOptions& options) {
  std::string text = options.to_target    ? "until " + prediction.target
                     : options.tokens > 0 ? grouped(options.tokens) + " tokens"
                                          : grouped(options.epochs * options.samples) + " samples";
  if (options.deadline_s) text += ", deadline " + to_text(Duration(*options.deadline_s));
  if (options.budget_node_hours) {
    text += ", budget " + readable(*options.budget_node_hours) + " node-hours";
  }
  return text;
}

// What chance does to each run, where things fail.
std::string failures_text(const Prediction& prediction, const Plan& plan) {
  TextTable table({{"workers"}, {"failures p50"}, {"p10 – p90"}, {"goodput p50"}, {"p10 – p90"}});
  bool any = false;
  for (const PlannedPoint& planned : plan.points) {
    if (!planned.failures) continue;
    any = true;
    const Quantiles& failures = *planned.failures;
    const Quantiles& goodput = *planned.goodput;
    table.add({grouped(prediction.points.at(planned.point).workers), grouped(failures.p50),
               grouped(failures.p10) + " – " + grouped(failures.p90), percent(goodput.p50),
               percent(goodput.p10) + " – " + percent(goodput.p90)});
  }
  return any ? "Failures of the whole run, counted in its time:\n\n" + table.text() + "\n" : "";
}

}  // namespace

std::string plan_table(const Prediction& prediction, const PlanOptions& options, const Plan& plan) {
  TextTable table({{""},
                   {"workers"},
                   {"nodes"},
                   {"steps"},
                   {"time p50"},
                   {"p10 – p90"},
                   {"node-hours p50"},
                   {"p10 – p90"},
                   {"in time"},
                   {"in budget"},
                   {"fits"}});
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    const PlannedPoint& planned = plan.points[i];
    const PredictedPoint& point = prediction.points.at(planned.point);
    table.add(
        {plan.recommended == i ? "->" : "", grouped(point.workers), grouped(point.nodes),
         grouped(planned.steps), to_text(Duration(planned.time_s.p50)),
         to_text(Duration(planned.time_s.p10)) + " – " + to_text(Duration(planned.time_s.p90)),
         readable(planned.node_hours.p50),
         readable(planned.node_hours.p10) + " – " + readable(planned.node_hours.p90),
         verdict(options.deadline_s.has_value(), planned.meets_deadline),
         verdict(options.budget_node_hours.has_value(), planned.meets_budget),
         planned.fits ? "yes" : "NO"});
  }
  std::string text =
      prediction.scenario + ": " + question(prediction, options) + "\n\n" + table.text() + "\n";
  text += failures_text(prediction, plan);
  text += (plan.recommended ? "Recommended: " : "Nothing to recommend: ") + plan.why + "\n";
  if (prediction.pilot) text += "\n" + pilot_table(*prediction.pilot);
  return text;
}

}  // namespace rehearse
