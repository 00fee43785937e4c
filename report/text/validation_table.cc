#include <algorithm>
#include <cmath>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/text/text_table.h"
#include "report/validation_report.h"

namespace rehearse {

namespace {

std::string milliseconds(double seconds) { return significant(1e3 * seconds, 4); }

// Of time as a share, of staleness in updates.
std::string error_text(const ValidatedRecord& record) {
  const double error = record.signed_error();
  if (!record.is_staleness()) return signed_percent(error);
  return (error < 0 ? "-" : "+") + fixed(std::abs(error), 2);
}

std::string machine_line(const ValidatedRecord& record) {
  if (!record.machine) return "";
  const MachineSpeed& machine = *record.machine;
  return "Fixed work took " + significant(machine.slowdown, 3) +
         " times as long as when the machine was calibrated. At that speed: " +
         milliseconds(machine.predicted) + " ms, " +
         signed_percent(machine.predicted / record.measured - 1) + ".\n";
}

// A phase that takes no time has no relative error; the last column weighs it by the step.
std::string phase_table(const ValidatedRecord& record) {
  if (record.phases.empty()) return "";
  TextTable table(
      {{"phase", Align::left}, {"measured, ms"}, {"predicted, ms"}, {"error"}, {"of the step"}});
  for (const ValidatedPhase& phase : record.phases) {
    const double difference = phase.predicted - phase.measured;
    table.add({phase.phase, milliseconds(phase.measured), milliseconds(phase.predicted),
               phase.measured > 0 ? signed_percent(difference / phase.measured) : "",
               signed_percent(difference / record.measured)});
  }
  return record.id + "\n" + table.text() + machine_line(record) + "\n";
}

std::string family_table(const Validation& validation) {
  if (validation.families.empty()) return "";
  TextTable table({{"family", Align::left},
                   {"records"},
                   {"mean error"},
                   {"median"},
                   {"worst"},
                   {"inside"},
                   {"with an assumption"}});
  for (const auto& [name, sums] : validation.families) {
    table.add({name, grouped(sums.records), percent(sums.mean_error), percent(sums.median_error),
               percent(sums.worst_error), percent(sums.inside_interval), grouped(sums.assumed)});
  }
  return table.text() + "\n";
}

}  // namespace

std::string validation_table(const Validation& validation) {
  TextTable table({{"record", Align::left},
                   {"quantity", Align::left},
                   {"measured"},
                   {"predicted"},
                   {"p10 – p90"},
                   {"unit", Align::left},
                   {"error"},
                   {"", Align::left}});
  for (const ValidatedRecord& record : validation.records) {
    table.add({record.id, record.quantity, significant(record.measured, 4),
               significant(record.predicted, 4),
               significant(record.predicted_low, 4) + " – " + significant(record.predicted_high, 4),
               record.unit, error_text(record), record.calibration ? "calibration" : ""});
  }
  std::string text = validation.records.empty() ? "" : table.text() + "\n";
  for (const ValidatedRecord& record : validation.records) text += phase_table(record);
  text += family_table(validation);
  const auto judged = std::count_if(validation.records.begin(), validation.records.end(),
                                    [](const ValidatedRecord& r) { return r.judged(); });
  if (judged > 0) {
    text += "Mean error " + percent(validation.mean_error) + ", worst " +
            percent(validation.worst_error) + ", " + percent(validation.inside_interval) +
            " inside the interval" +
            (validation.families.size() > 1 ? " (mean over the families)" : "") + ", over " +
            grouped(judged) + (judged == 1 ? " record" : " records") +
            " that calibrated nothing.\n" + "A negative error is a prediction that is too fast.\n";
  } else {
    text += "No record could be judged.\n";
  }
  if (!validation.unmapped.empty()) {
    text += "\nNot compared:\n";
    for (const UnmappedRecord& record : validation.unmapped) {
      text += "  " + record.id + ": " + record.why + "\n";
    }
  }
  return text;
}

}  // namespace rehearse
