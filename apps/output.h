// Where results go: stdout, files of --out, and warnings and progress on stderr.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/options.h"
#include "apps/output_files.h"
#include "predict/prediction.h"

namespace rehearse {

// Throws Error::environment if the file cannot be written.
void write_file(const std::string& path, const std::string& content);

// Before anything is computed, so that it is not in vain: holds the files that will be written
// against those that are read (output_files.h), and makes the folder of --out.
void prepare(const OutputOptions& options, const FilePlan& plan);

struct OutputFile {
  std::string name;
  std::string content;
};

// Prints `text` or `json`, and writes STEM.txt, STEM.json and `more` into the folder of --out.
// Throws Error::environment.
void deliver(const OutputOptions& options, const std::string& stem, const std::string& text,
             const std::string& json, const std::vector<OutputFile>& more = {});

// The tables hold the warnings; this is for those who read JSON.
void warn(const OutputOptions& options, const std::string& code, const std::string& what);
void warn(const OutputOptions& options, const Prediction& prediction);

// A bar on stderr, if that is a terminal and --quiet is not given.
class Progress {
 public:
  explicit Progress(const OutputOptions& options);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // wipes the bar

  void show(std::size_t done, std::size_t all);

 private:
  bool active_;
};

}  // namespace rehearse
