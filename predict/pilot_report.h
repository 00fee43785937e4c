// What the runs of a pilot taught, as a prediction reports it. Names and meanings are those of
// docs/formats.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rehearse {

struct PilotReport {
  // Steps in s: measured, predicted without the pilot, and with it.
  struct Record {
    std::string file, id;
    std::int64_t workers = 0;
    double measured = 0;
    double before = 0;
    double after = 0;
  };

  struct Parameter {
    std::string name;                // "device_time"
    double prior_rel_error = 0;      // standard error of the logarithm
    double posterior_rel_error = 0;  //
    double factor = 1;               // on what the profiles say
    bool settled = false;            // the standard error is less than half of what it was
  };

  // A measurement that was not made, and how wide p10 to p90 of the largest point would be with it,
  // as a share of its median.
  struct NextMeasurement {
    std::string what;
    double narrows_to = 0;
  };

  std::vector<Record> records;
  std::vector<Parameter> parameters;
  std::int64_t largest_workers = 0;               // of the sweep
  double largest_width = 0;                       // p10 to p90 there, as a share of the median
  std::vector<NextMeasurement> next_measurement;  // the best first; empty: nothing would help
};

}  // namespace rehearse
