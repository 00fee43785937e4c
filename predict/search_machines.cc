#include "predict/search_machines.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "base/numbers.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

std::optional<double> price_of(const SearchedMachine& machine, const DevicePrices& prices) {
  const auto found = prices.hour.find(machine.scenario.device.name);
  if (found == prices.hour.end()) return std::nullopt;
  return found->second * machine.scenario.node.devices;  // of a node and hour
}

// Whether node-hours of one machine are worth as much as those of another.
bool same_nodes(const std::vector<SearchedMachine>& machines) {
  return std::ranges::all_of(machines, [&](const SearchedMachine& m) {
    const Scenario& first = machines.front().scenario;
    return m.scenario.device.name == first.device.name &&
           m.scenario.node.devices == first.node.devices;
  });
}

void expect_comparable(const std::vector<SearchedMachine>& machines, const DevicePrices& prices,
                       SearchObjective objective) {
  for (const SearchedMachine& machine : machines) {
    const DeviceProfile& device = machine.scenario.device;
    if (objective == SearchObjective::energy && !device.power_watts) {
      throw Error::input("the energy of '" + machine.name + "' is not known",
                         "the profile of '" + device.name + "' has no power",
                         "give power_watts in a device profile, or another --objective");
    }
    const bool needs_price = objective == SearchObjective::cost && !same_nodes(machines);
    if (needs_price && !price_of(machine, prices)) {
      throw Error::input("the cost of '" + machine.name + "' is not known",
                         "the list of prices has none for '" + device.name +
                             "', and node-hours of different nodes cannot be compared",
                         "give a list with --prices FILE, or another --objective");
    }
  }
}

class Across {
 public:
  Across(const std::vector<SearchedMachine>& machines, const DevicePrices& prices,
         const SearchOptions& options)
      : machines_(machines), prices_(prices), options_(options) {
    priced_ = std::ranges::all_of(machines, [&](const SearchedMachine& machine) {
      return price_of(machine, prices).has_value();
    });
  }

  SearchResult search() {
    const Scenario& first = machines_.front().scenario;
    result_.scenario = first.name;
    result_.seed = first.seed;
    result_.objective = options_.objective;
    for (const SearchedMachine& machine : machines_) {
      all_ += machine.scenario.workers.size() * static_cast<std::size_t>(options_.top);
    }
    for (const SearchedMachine& machine : machines_) search(machine);
    if (result_.by_workers.empty()) throw Error(*last_);
    rank();
    add_search_notes(first, result_);
    if (priced_) {
      result_.currency = prices_.currency;
      result_.provenance.insert(result_.provenance.end(), prices_.provenance.begin(),
                                prices_.provenance.end());
    }
    return std::move(result_);
  }

 private:
  void search(const SearchedMachine& machine) {
    const BuiltNetwork built(machine.scenario);
    for (const std::int64_t workers : machine.scenario.workers) {
      const auto told = [&] {
        if (options_.progress) options_.progress(++done_, all_);
      };
      try {
        WorkersSearch found =
            search_point(machine.scenario, built, workers, options_, told, result_);
        found.machine = machine.name;
        add(machine, found);
        result_.by_workers.push_back(std::move(found));
      } catch (const Error& error) {
        if (error.kind() != Error::Kind::input) throw;
        result_.warnings.push_back(
            {"left_out", machine.name + ", " + grouped(workers) + " workers: " + error.what(), {}});
        last_ = error;
      }
    }
  }

  void add(const SearchedMachine& machine, const WorkersSearch& found) {
    for (const FoundLayout& layout : found.best) {
      AcrossLayout& one = result_.across.emplace_back();
      one.point = result_.by_workers.size();
      one.found = layout;
      if (priced_) one.price = layout.point.node_hours_per_epoch * *price_of(machine, prices_);
    }
  }

  [[nodiscard]] double score(const AcrossLayout& one) const {
    const PredictedPoint& point = one.found.point;
    switch (options_.objective) {
      case SearchObjective::cost:
        return one.price.value_or(point.node_hours_per_epoch);
      case SearchObjective::energy:
        return point.energy_per_epoch;
      case SearchObjective::memory:
        return point.memory.total().value();
      case SearchObjective::step_time:
        break;
    }
    return per_sample(one.found);
  }

  // What an epoch takes of the objective, where that is no time.
  [[nodiscard]] std::string score_text(const AcrossLayout& one) const {
    if (options_.objective == SearchObjective::energy) {
      return significant(one.found.point.energy_per_epoch / 3.6e9) + " MWh";
    }
    return significant(score(one)) + (one.price ? " " + prices_.currency : " node-hours");
  }

  void rank() {
    std::ranges::stable_sort(result_.across, {}, [&](const AcrossLayout& one) {
      return std::pair(score(one), per_sample(one.found));
    });
    result_.across.resize(std::min(result_.across.size(), static_cast<std::size_t>(options_.top)));
    const AcrossLayout& best = result_.across.front();
    const bool of_epochs = options_.objective == SearchObjective::cost ||
                           options_.objective == SearchObjective::energy;
    for (std::size_t i = 0; i < result_.across.size(); ++i) {
      AcrossLayout& one = result_.across[i];
      one.found.loses.reset();
      if (i == 0) continue;
      LayoutLoss loss = loss_of(one.found, best.found);
      if (of_epochs) {
        loss.text = "an epoch takes " + score_text(one) + ", of the best " + score_text(best) +
                    "; " + loss.text;
      }
      one.found.loses = std::move(loss);
    }
  }

  const std::vector<SearchedMachine>& machines_;
  const DevicePrices& prices_;
  const SearchOptions& options_;
  bool priced_ = false;
  std::size_t done_ = 0, all_ = 0;
  std::optional<Error> last_;
  SearchResult result_;
};

}  // namespace

SearchResult search_machines(const std::vector<SearchedMachine>& machines,
                             const DevicePrices& prices, const SearchOptions& options) {
  EXPECTS(!machines.empty() && options.top >= 1);
  expect_comparable(machines, prices, options.objective);
  return Across(machines, prices, options).search();
}

}  // namespace rehearse
