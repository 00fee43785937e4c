#include "predict/layout_known.h"

#include "base/error.h"
#include "scenarios/parallelism_reader.h"

namespace rehearse {

void expect_layout_known(const Scenario& scenario) {
  const std::vector<std::string>& open = scenario.parallelism.open;
  if (open.empty()) return;
  const bool all = open == open_keys();
  const std::string key = all ? "" : "." + open.front();
  throw Error::input("training.parallelism" + key + " is open (\"auto\")",
                     all ? "nothing is said of the layout" : "its value is for a search to find",
                     "run rehearse search, or give a layout")
      .at(scenario.file, "/training/parallelism" + (all ? "" : "/" + open.front()));
}

void expect_plain_layout(const Scenario& scenario) {
  const std::string key = beyond_data(scenario.parallelism);
  if (key.empty() || !scenario.model) return;
  for (const std::int64_t workers : scenario.workers) {
    if (scenario.layout_at(workers).is_plain()) continue;
    throw Error::input("layouts beyond data parallelism do not work yet",
                       "training.parallelism." + key + " is given", "leave it out")
        .at(scenario.file, "/training/parallelism/" + key);
  }
}

}  // namespace rehearse
