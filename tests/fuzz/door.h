// The ways by which texts of others come into the program: each with texts to begin with, and what
// reads them.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rehearse {

// A text and a path. Whoever reads files writes the text there first; the path names the text in
// messages.
using ReadText = std::function<void(const std::string& text, const std::string& path)>;

struct Door {
  std::string name;                // of --kind: "graphml"
  std::string ending;              // of files of this kind: ".graphml"
  std::vector<std::string> seeds;  // sound texts; they may be binary
  bool json = false;               // whether seeds are JSON and are damaged as trees as well
  std::vector<std::string> words;  // tokens of this kind, beside those of all others
  // Throws Error for what is refused; returns for what is taken. Whatever the reader lets through
  // is used a little, so that what it promises is tried.
  ReadText read;
};

std::vector<Door> network_doors();   // network files, and graphs of other programs
std::vector<Door> profile_doors();   // devices, stacks, prices, profiles of machines
std::vector<Door> log_doors();       // outputs of benchmarks
std::vector<Door> record_doors();    // measurements, runs, pilots, and `check` of anything
std::vector<Door> scenario_doors();  // scenarios, models, overrides
std::vector<Door> data_doors();      // checkpoints and data sets
std::vector<Door> all_doors();

// The contents of all files of a folder and below, in the order of their names.
std::vector<std::string> files_in(const std::string& folder);
// Of tests/fuzz/seeds/NAME.
std::vector<std::string> seeds_of(const std::string& name);

// Throws std::logic_error: the reader let something through that it should not have.
void expect_sane(bool condition, const char* what);

}  // namespace rehearse
