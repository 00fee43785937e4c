#include "apps/output.h"

#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "base/error.h"
#include "base/printable.h"
#include "base/text_file.h"
#include "report/prediction_report.h"

namespace rehearse {

void write_file(const std::string& path, const std::string& content) {
  write_text_file(path, content);
}

void prepare(const OutputOptions& options, const FilePlan& plan) {
  expect_apart(options.out, plan);
  if (options.out.empty()) return;
  std::error_code trouble;
  std::filesystem::create_directories(options.out, trouble);
  std::error_code unknown;
  if (!std::filesystem::is_directory(options.out, unknown)) {
    throw Error::environment("the folder '" + options.out + "' cannot be made",
                             trouble ? trouble.message() : "something else has this name",
                             "choose another --out");
  }
}

void deliver(const OutputOptions& options, const std::string& stem, const std::string& text,
             const std::string& json, const std::vector<OutputFile>& more) {
  if (!options.out.empty()) {
    const std::filesystem::path folder = options.out;
    write_file(folder / (stem + ".txt"), text);
    write_file(folder / (stem + ".json"), json);
    for (const OutputFile& file : more) write_file(folder / file.name, file.content);
  }
  std::cout << (options.json ? json : text) << std::flush;
  if (!std::cout) {
    throw Error::environment("the result cannot be written to stdout", "", "is the disk full?");
  }
}

void warn(const OutputOptions& options, const std::string& code, const std::string& what) {
  if (!options.quiet) std::cerr << "warning [" << code << "]: " << printable(what) << "\n";
}

void warn(const OutputOptions& options, const Prediction& prediction) {
  for (const Warning& warning : prediction.warnings) {
    warn(options, warning.code, warning_line(warning, prediction));
  }
}

Progress::Progress(const OutputOptions& options)
    : active_(!options.quiet && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (active_) std::cerr << "\r\033[K" << std::flush;
}

void Progress::show(std::size_t done, std::size_t all) {
  if (!active_ || all == 0) return;
  constexpr std::size_t kWidth = 40;
  const std::size_t full = kWidth * done / all;
  std::cerr << "\r[" << std::string(full, '#') << std::string(kWidth - full, ' ') << "] " << done
            << "/" << all << " points" << std::flush;
}

}  // namespace rehearse
