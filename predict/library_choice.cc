#include "predict/library_choice.h"

#include <array>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/contract.h"
#include "base/enum_names.h"

namespace rehearse {
namespace {

// Of the time that the better one takes: more is worth a warning.
constexpr double kWorthIt = 0.1;

std::string words_of(const CollectiveCall& call) {
  std::string words = to_text(call.algorithm);
  if (call.protocol != Protocol::none) words += " in " + to_text(call.protocol);
  return words;
}

// NCCL's words in NCCL_ALGO and NCCL_PROTO.
std::string setting_of(const CollectiveCall& call) {
  static const std::array<std::pair<Algorithm, const char*>, 4> kWords{
      {{Algorithm::ring, "Ring"},
       {Algorithm::tree, "Tree"},
       {Algorithm::nvls, "NVLS"},
       {Algorithm::nvls_tree, "NVLSTree"}}};
  static constexpr auto kProtocols = enum_names<Protocol>("", "LL", "LL128", "Simple");
  if (call.protocol == Protocol::none) return {};
  for (const auto& [algorithm, word] : kWords) {
    if (algorithm != call.algorithm) continue;
    return std::string("NCCL_ALGO=") + word +
           " NCCL_PROTO=" + std::string(kProtocols.text(call.protocol));
  }
  return {};
}

std::string percent_more(double share) {
  std::ostringstream text;
  text << std::llround(100 * share) << " %";
  return text.str();
}

std::string milliseconds(double seconds) {
  std::ostringstream text;
  text.precision(3);
  text << seconds * 1e3 << " ms";
  return text.str();
}

}  // namespace

LibraryChoice library_choice(CollectiveChooser& chooser, const Group& group, Operation operation,
                             Algorithm wish, std::optional<Protocol> protocol, int ranks_per_node,
                             std::int64_t elements, int element) {
  const ChosenCollective runs =
      chooser.choose(group, operation, wish, protocol, ranks_per_node, elements, element);
  const ChosenCollective best =
      chooser.best_of_library(group, operation, ranks_per_node, elements, element);
  LibraryChoice choice;
  // Nothing is left of a link that other jobs fill: then nothing can be told by prices.
  if (std::isfinite(runs.price.value()) && std::isfinite(best.price.value())) {
    choice.price = runs.price.value();
    choice.best = best.price.value();
  }
  choice.runs = words_of(runs.call);
  choice.better = words_of(best.call);
  choice.setting = setting_of(best.call);
  const auto nics = chooser.nics_of(group, runs.call, elements);
  choice.nics = nics.all;
  choice.idle_nics = nics.idle;
  return choice;
}

std::string to_text(const LibraryChoice& choice) {
  std::ostringstream text;
  text.precision(std::numeric_limits<double>::max_digits10);
  text << choice.price << ' ' << choice.best << ' ' << choice.nics << ' ' << choice.idle_nics << '|'
       << choice.runs << '|' << choice.better << '|' << choice.setting;
  return text.str();
}

LibraryChoice library_choice_from_text(const std::string& line) {
  LibraryChoice choice;
  std::istringstream text(line);
  text >> choice.price >> choice.best >> choice.nics >> choice.idle_nics;
  ENSURES(text.get() == '|');
  std::getline(text, choice.runs, '|');
  std::getline(text, choice.better, '|');
  std::getline(text, choice.setting);
  return choice;
}

void add_choice_warnings(const std::vector<LibraryChoice>& choices, bool native,
                         std::vector<Warning>& warnings) {
  Warning slow{"library_choice", "", {}};
  Warning idle{"idle_nics", "", {}};
  double worst = 0;
  double most = 0;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const LibraryChoice& choice = choices[i];
    if (!(choice.best > 0)) continue;
    const double more = choice.price / choice.best - 1;
    if (native && more > kWorthIt) {
      slow.points.push_back(i);
      if (more > worst) {
        worst = more;
        slow.what =
            "the library chooses " + choice.runs + ", which takes " + percent_more(more) +
            " longer than " + choice.better + " (" + milliseconds(choice.price) + " instead of " +
            milliseconds(choice.best) + " for its largest message): " +
            (choice.setting.empty() ? "set training.allreduce.algorithm" : "set " + choice.setting);
      }
    }
    if (choice.idle_nics > 0) {
      idle.points.push_back(i);
      const double cost = choice.price - choice.best;
      if (idle.what.empty() || cost > most) {
        most = cost;
        idle.what = choice.runs + " leaves " + std::to_string(choice.idle_nics) + " of " +
                    std::to_string(choice.nics) +
                    " NICs of a node idle: its largest message takes " +
                    milliseconds(choice.price) + ", by " + choice.better + " it would take " +
                    milliseconds(choice.best);
      }
    }
  }
  if (!slow.points.empty()) warnings.push_back(std::move(slow));
  if (!idle.points.empty()) warnings.push_back(std::move(idle));
}

}  // namespace rehearse
