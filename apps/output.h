// Where results go: stdout, files of --out, and warnings and progress on stderr.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "apps/options.h"
#include "predict/prediction.h"

namespace rehearse {

// Throws Error::environment if the file cannot be written.
void write_file(const std::string& path, const std::string& content);

// Makes the folder of --out now, so that a long computation does not end in vain.
void prepare(const OutputOptions& options);

struct OutputFile {
  std::string name;
  std::function<std::string()> content;  // called only if the file is wanted
};

// Prints `text` or `json`, then writes STEM.txt, STEM.json and `more` into the folder of --out.
// What cannot be drawn is left out with a warning. Throws Error::environment.
void deliver(const OutputOptions& options, const std::string& stem, const std::string& text,
             const std::string& json, const std::vector<OutputFile>& more = {});

// Writes one file that was asked for beside the result, after that; nothing if `path` is empty.
// What cannot be drawn is left out with a warning. Throws Error::environment.
void deliver_extra(const OutputOptions& options, const std::string& path,
                   const std::function<std::string()>& content);

// The tables hold the warnings; this is for those who read JSON.
void warn(const OutputOptions& options, const std::string& code, const std::string& what);
void warn(const OutputOptions& options, const Prediction& prediction);

// A bar on stderr if that is a terminal, else a line every half minute; nothing with --quiet.
class Progress {
 public:
  explicit Progress(const OutputOptions& options);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // wipes the bar

  // So many of all points are done.
  void show(std::size_t done, std::size_t all);
  // Which share of all points is simulated, parts of points included, 0 to 1; called often.
  void waiting(double share);

 private:
  void draw() const;

  using Clock = std::chrono::steady_clock;

  bool quiet_, terminal_;
  std::size_t done_ = 0, all_ = 0;
  double share_ = 0;
  Clock::time_point begin_ = Clock::now(), said_ = begin_;
};

}  // namespace rehearse
