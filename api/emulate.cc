#include "api/emulate.h"

#include "predict/forked_map.h"

namespace rehearse {

std::vector<Emulation> emulate_all(const std::vector<Scenario>& scenarios,
                                   const EmulateAllOptions& options) {
  const std::vector<std::string> texts =
      watched_map(scenarios.size(), 1,
                  [&](std::size_t i, const PieceTeller& tell) {
                    EmulateOptions how;
                    how.threads = options.threads;
                    how.progress = [&tell](std::int64_t done, std::int64_t all) {
                      if (tell.share)
                        tell.share(static_cast<double>(done) / static_cast<double>(all));
                    };
                    const Scenario& scenario = scenarios[i];
                    return to_json(emulate(scenario, scenario.workers.back(), how));
                  },
                  {options.finished, options.waiting, {}});
  std::vector<Emulation> all;
  for (const std::string& text : texts) all.push_back(emulation_from_json(text));
  return all;
}

}  // namespace rehearse
