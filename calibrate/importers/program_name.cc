#include "calibrate/importers/program_name.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

namespace rehearse {
namespace {

constexpr std::size_t kLongestLine = 10'000;
constexpr std::size_t kWordsOfAHeading = 3;

bool is_part_of_a_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The name in "/opt/nccl-tests/build/all_reduce_perf_mpi", "`osu_latency`," or "X_perf.exe".
std::string benchmark_in(std::string_view word) {
  const std::size_t slash = word.rfind('/');
  if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
  const auto* begin = std::find_if(word.begin(), word.end(), is_part_of_a_name);
  const auto* end = std::find_if_not(begin, word.end(), is_part_of_a_name);
  const std::string name(begin, end);
  if (name.starts_with("osu_") && name.size() > 4) return name;
  const std::size_t mark = name.find("_perf");
  if (mark == std::string::npos || mark == 0) return {};
  const std::string behind = name.substr(mark + 5);
  return behind.empty() || behind.starts_with("_") ? name.substr(0, mark + 5) : "";
}

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

// A word that begins a command: a path to a program, or a launcher.
bool begins_a_command(const std::string& word) {
  static const std::set<std::string> kLaunchers{"mpirun", "mpiexec", "srun", "orterun", "prun",
                                                "aprun",  "jsrun",   "$",    "+",       "%"};
  const std::size_t slash = word.rfind('/');
  return kLaunchers.contains(slash == std::string::npos ? word : word.substr(slash + 1));
}

}  // namespace

ProgramName program_named_by(const TextLine& line) {
  using Said = ProgramName::Said;
  const std::string& text = line.text;
  if (text.size() > kLongestLine ||
      (text.find("_perf") == std::string::npos && text.find("osu_") == std::string::npos)) {
    return {};
  }
  const std::vector<std::string> words = line.fields();
  const auto of = [&](const char* mark, Said said) -> ProgramName {
    const std::size_t found = text.find(mark);
    if (found == std::string::npos) return {};
    return {said, benchmark_in(text.substr(text.find(':', found) + 1))};
  };
  for (const auto& [mark, said] : {std::pair{"ollective test starting:", Said::starting},
                                   std::pair{"ollective test concluded:", Said::concluded}}) {
    if (ProgramName name = of(mark, said); name.said != Said::nothing) return name;
  }
  std::set<std::string> all;        // that stand in the line
  std::set<std::string> commanded;  // that are followed by options or end a command
  const bool command = std::any_of(words.begin(), words.end(), begins_a_command);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = benchmark_in(words[i]);
    if (name.empty()) continue;
    all.insert(name);
    const bool last = i + 1 == words.size();
    if ((!last && is_option(words[i + 1])) || (last && command)) commanded.insert(name);
  }
  if (commanded.size() == 1) return {Said::command, *commanded.begin()};
  if (!commanded.empty() || all.size() != 1) return {};
  if (command) return {Said::command, *all.begin()};
  return words.size() <= kWordsOfAHeading ? ProgramName{Said::heading, *all.begin()}
                                          : ProgramName{};
}

}  // namespace rehearse
