// The lines of a configuration file as Slurm's own parser sees them (SchedMD, slurm,
// src/common/parse_config.c): per line the comment goes first, then a backslash at its end, with
// blanks or a carriage return behind it, joins the next one; other backslashes protect one
// character.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

struct SlurmLine {
  int number;  // of its first line in the file, from 1
  std::string text;
};

// Without the empty ones.
std::vector<SlurmLine> slurm_lines(const std::string& text);

struct SlurmPair {
  std::string key;    // as it is written; Slurm does not mind the case
  std::string lower;  // the same in lower case
  std::string value;  // without quotes
};

// KEY=VALUE of a line; blanks may stand around "=", and within double quotes. Throws Error::input
// for anything else, without a place.
std::vector<SlurmPair> slurm_pairs(const std::string& line);

}  // namespace rehearse
