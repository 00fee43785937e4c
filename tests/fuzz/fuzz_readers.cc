// fuzz_readers [--kind NAME] [--seconds N] [--inputs N] [--seed N] [--keep DIR]
// fuzz_readers --kind NAME --file FILE
// fuzz_readers --kind NAME --seed N --only N
//
// Feeds damaged files to the readers of all formats. Each must be taken, or be refused by an error
// of one printable line that names the file, within the limits of judge.h; anything
// else (another exception, a crash, a report of a sanitizer) is a failure, of which the input is
// kept. With --file one file is read as that kind, in this process: a debugger can look on; with
// --only one input of a seed is written to the folder of --keep and read so.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "tests/fuzz/campaign.h"
#include "tests/fuzz/inputs.h"

namespace rehearse {
namespace {

// A door that takes or refuses fewer of 1000 inputs than this tries little: its texts to begin with
// are out of date, or it takes anything.
constexpr std::uint64_t kEnoughInputs = 1000;
constexpr double kLeastShare = 0.01;

struct Asked {
  std::string kind = "all";
  std::string file;
  std::optional<std::uint64_t> only;
  CampaignOptions campaign;
};

std::vector<Door> doors_of(const std::string& kind, const std::vector<Door>& all) {
  std::vector<Door> some;
  std::string known;
  for (const Door& door : all) {
    if (kind == "all" || kind == door.name) some.push_back(door);
    known += " " + door.name;
  }
  if (some.empty()) std::cerr << "no kind '" << kind << "'; known: all" << known << "\n";
  return some;
}

int read_file(const Door& door, const Asked& asked) {
  std::ostringstream text;
  text << std::ifstream(asked.file, std::ios::binary).rdbuf();
  const std::string path = asked.file + ".read" + door.ending;
  const Verdict verdict = judge(door, text.str(), path, asked.campaign.limits);
  std::remove(path.c_str());
  std::cout << (verdict.taken ? "taken" : "refused: " + verdict.said) << "\n";
  if (!verdict.fault.empty()) std::cout << "fault: " << verdict.fault << "\n";
  return verdict.fault.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

// Writes one input to a file; returns its path.
std::string write_input(const Door& door, const std::vector<Door>& all, const Asked& asked) {
  const CampaignOptions& campaign = asked.campaign;
  std::filesystem::create_directories(campaign.keep);
  const std::string name = campaign.keep + "/" + door.name + "-" + std::to_string(campaign.seed) +
                           "-" + std::to_string(*asked.only) + door.ending;
  std::ofstream(name, std::ios::binary) << Inputs(door, all).text(campaign.seed, *asked.only);
  std::cout << name << ": " << std::flush;
  return name;
}

int run(Asked asked) {
  const std::vector<Door> all = all_doors();
  const std::vector<Door> doors = doors_of(asked.kind, all);
  if (doors.empty()) return EXIT_FAILURE;
  if (asked.only) asked.file = write_input(doors.front(), all, asked);
  if (!asked.file.empty()) return read_file(doors.front(), asked);
  std::cout << "seed " << asked.campaign.seed << std::endl;
  std::uint64_t inputs = 0;
  std::uint64_t failures = 0;
  bool balanced = true;
  for (const DoorResult& result : run_campaign(doors, all, asked.campaign)) {
    inputs += result.inputs();
    failures += result.failures;
    const auto least = kLeastShare * static_cast<double>(result.inputs());
    if (result.inputs() < kEnoughInputs) continue;
    if (static_cast<double>(result.taken) < least || static_cast<double>(result.refused) < least) {
      std::cerr << result.door << ": nearly all inputs are "
                << (result.taken < result.refused ? "refused" : "taken") << "\n";
      balanced = false;
    }
  }
  std::cout << inputs << " inputs, " << failures << " failures" << std::endl;
  return failures == 0 && balanced ? EXIT_SUCCESS : EXIT_FAILURE;
}

// Throws std::invalid_argument.
Asked read_arguments(const std::vector<std::string>& arguments) {
  Asked asked;
  asked.campaign.seed = static_cast<std::uint64_t>(
      std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1));
  asked.campaign.keep = "fuzz_failures";
  const std::map<std::string, std::function<void(const std::string&)>> options{
      {"--kind", [&](const std::string& value) { asked.kind = value; }},
      {"--file", [&](const std::string& value) { asked.file = value; }},
      {"--only", [&](const std::string& value) { asked.only = std::stoull(value); }},
      {"--keep", [&](const std::string& value) { asked.campaign.keep = value; }},
      {"--seconds", [&](const std::string& value) { asked.campaign.seconds = std::stod(value); }},
      {"--inputs", [&](const std::string& value) { asked.campaign.inputs = std::stoull(value); }},
      {"--seed", [&](const std::string& value) { asked.campaign.seed = std::stoull(value); }}};
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto option = options.find(arguments[i]);
    if (option == options.end() || i + 1 == arguments.size()) {
      throw std::invalid_argument(arguments[i]);
    }
    option->second(arguments[i + 1]);
  }
  const CampaignOptions& campaign = asked.campaign;
  if (campaign.seconds <= 0 && campaign.inputs == 0) asked.campaign.seconds = 60;
  return asked;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  try {
    return rehearse::run(rehearse::read_arguments({argv + 1, argv + argc}));
  } catch (const std::invalid_argument& wrong) {
    std::cerr << "unknown, or no number: " << wrong.what()
              << "\nusage: fuzz_readers [--kind NAME] [--seconds N] [--inputs N] [--seed N] "
                 "[--keep DIR] [--file FILE] [--only N]\n";
    return EXIT_FAILURE;
  }
}
