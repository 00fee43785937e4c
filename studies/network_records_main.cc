// rehearse_network_records fit RECORDS CLOCK NAME
//   fits the ends of messages to the ping-pongs and exchanges of CLOCK and prints the fabric
//   profile
// rehearse_network_records judge RECORDS FIDELITY CLOCK=FABRIC...
//   predicts the records of each CLOCK with the profile in the file FABRIC and prints predicted,
//   measured and signed error of each, and a summary. FIDELITY is flow or message.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "calibrate/machine/stack_file.h"
#include "studies/ends_fit.h"
#include "studies/network_judgement.h"
#include "studies/tool_main.h"

namespace rehearse {
namespace {

constexpr int kJobs = 2;

std::string percent(double error) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.1f %%", 100 * error);
  return text;
}

std::string milliseconds(Duration time) { return significant(1e3 * time.value(), 4); }

void print(const std::vector<JudgedRecord>& judged) {
  std::cout << "| clock | record | measured, ms | predicted, ms | error |\n|---|---|---|---|---|\n";
  for (const JudgedRecord& one : judged) {
    std::cout << "| " << one.record.clock << " | " << title(one.record) << " | "
              << milliseconds(one.record.median) << " | " << milliseconds(one.predicted) << " | "
              << percent(one.error()) << " |\n";
  }
  std::cout << "\n| clock | what | records | median of the error's size | worst |\n"
               "|---|---|---|---|---|\n";
  for (const JudgedClass& one : summary(judged)) {
    std::cout << "| " << one.clock << " | " << one.name << " | " << one.records << " | "
              << percent(one.median).substr(1) << " | " << percent(one.worst) << " |\n";
  }
}

int run(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "fit" && words.size() == 4) {
    std::cout << stack_file(fit_ends(read_network_records(words[1]), words[2], words[3]));
    return 0;
  }
  const bool flow = words.size() > 2 && words[2] == "flow";
  const bool message = words.size() > 2 && words[2] == "message";
  if (command != "judge" || words.size() < 4 || (!flow && !message)) {
    std::cerr << "usage: rehearse_network_records fit RECORDS CLOCK NAME\n"
                 "       rehearse_network_records judge RECORDS flow|message CLOCK=FABRIC...\n";
    return 2;
  }
  std::map<std::string, StackProfile> stacks;
  for (auto word = words.begin() + 3; word != words.end(); ++word) {
    const std::size_t at = std::min(word->find('='), word->size() - 1);
    const JsonDocument file = JsonDocument::parse_file(word->substr(at + 1));
    stacks[word->substr(0, at)] = read_stack_profile(file.root());
  }
  print(judge(read_network_records(words[1]).records, stacks,
              flow ? Fidelity::flow : Fidelity::message, kJobs));
  return 0;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  return rehearse::tool_main([&] { return rehearse::run({argv + 1, argv + argc}); });
}
