#include "predict/layout_known.h"

#include "base/error.h"
#include "scenarios/parallelism_reader.h"

namespace rehearse {

void expect_layout_known(const Scenario& scenario) {
  if (!scenario.all_reduce.open.empty()) {
    const std::string& key = scenario.all_reduce.open.front();
    throw Error::input("training.allreduce." + key + " is open (\"auto\")",
                       "its value is for a search to find", "run rehearse search, or give a value")
        .at(scenario.file, "/training/allreduce/" + key);
  }
  const std::vector<std::string>& open = scenario.parallelism.open;
  if (open.empty()) return;
  const bool all = open == open_keys();
  const std::string key = all ? "" : "." + open.front();
  throw Error::input("training.parallelism" + key + " is open (\"auto\")",
                     all ? "nothing is said of the layout" : "its value is for a search to find",
                     "run rehearse search, or give a layout")
      .at(scenario.file, "/training/parallelism" + (all ? "" : "/" + open.front()));
}

}  // namespace rehearse
