#include "report/text/pilot_table.h"

#include <cmath>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "base/units.h"
#include "report/text/text_table.h"

namespace rehearse {
namespace {

std::string step(double seconds) { return to_text(Duration(seconds)); }

std::string runs(const PilotReport& pilot) {
  TextTable table({{"run", Align::left},
                   {"workers"},
                   {"measured"},
                   {"without the pilot"},
                   {"error"},
                   {"with it"},
                   {"error"}});
  for (const PilotReport::Record& record : pilot.records) {
    table.add({record.id, grouped(record.workers), step(record.measured), step(record.before),
               signed_percent(record.before / record.measured - 1), step(record.after),
               signed_percent(record.after / record.measured - 1)});
  }
  return table.text();
}

std::string parameters(const PilotReport& pilot) {
  TextTable table({{"uncertain", Align::left},
                   {"without the pilot"},
                   {"with it"},
                   {"times"},
                   {"settled", Align::left}});
  for (const PilotReport::Parameter& parameter : pilot.parameters) {
    table.add({parameter.name, "± " + percent(parameter.prior_rel_error),
               "± " + percent(parameter.posterior_rel_error), readable(parameter.factor),
               parameter.settled ? "yes" : "no"});
  }
  return table.text();
}

std::string next(const PilotReport& pilot) {
  const std::string now = "p10 – p90 at " + grouped(pilot.largest_workers) + " workers spans " +
                          percent(pilot.largest_width) + " of the median";
  if (pilot.next_measurement.empty()) return now + "; no further measurement would narrow it.\n";
  std::string text = now + ". It would narrow";
  for (std::size_t i = 0; i < pilot.next_measurement.size(); ++i) {
    const PilotReport::NextMeasurement& one = pilot.next_measurement[i];
    text += (i == 0 ? " to " : "; to ") + percent(one.narrows_to) + " with " + one.what;
  }
  return text + ".\n";
}

}  // namespace

std::string pilot_table(const PilotReport& pilot) {
  return "What the pilot says, of a step:\n\n" + runs(pilot) + "\n" + parameters(pilot) + "\n" +
         next(pilot);
}

}  // namespace rehearse
