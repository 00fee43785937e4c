#include "apps/output.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>

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

namespace {

// Empty, with a warning, if it cannot be drawn: a result never depends on its pictures.
std::optional<std::string> drawn(const OutputOptions& options, const std::string& name,
                                 const std::function<std::string()>& content) {
  try {
    return content();
  } catch (const std::exception& fault) {
    warn(options, "not_drawn", "'" + name + "' is left out: " + fault.what());
  }
  return {};
}

}  // namespace

void deliver(const OutputOptions& options, const std::string& stem, const std::string& text,
             const std::string& json, const std::vector<OutputFile>& more) {
  std::cout << (options.json ? json : text) << std::flush;
  const bool printed = static_cast<bool>(std::cout);
  if (!options.out.empty()) {
    const std::filesystem::path folder = options.out;
    write_file(folder / (stem + ".txt"), text);
    write_file(folder / (stem + ".json"), json);
    for (const OutputFile& file : more) deliver_extra(options, folder / file.name, file.content);
  }
  if (!printed) {
    throw Error::environment("the result cannot be written to stdout", "", "is the disk full?");
  }
}

void deliver_extra(const OutputOptions& options, const std::string& path,
                   const std::function<std::string()>& content) {
  if (path.empty()) return;
  if (const auto text = drawn(options, path, content)) write_file(path, *text);
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
    : quiet_(options.quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (!quiet_ && terminal_) std::cerr << "\r\033[K" << std::flush;
}

void Progress::show(std::size_t done, std::size_t all) {
  done_ = done;
  all_ = all;
  share_ = all == 0 ? 1 : std::max(share_, static_cast<double>(done) / static_cast<double>(all));
  if (!quiet_ && terminal_ && all > 0) draw();
}

void Progress::waiting(double share) {
  share_ = std::max(share_, share);
  if (quiet_) return;
  constexpr std::chrono::milliseconds kRedraw(500);
  constexpr std::chrono::seconds kLine(30);
  const Clock::time_point now = Clock::now();
  if (now - said_ < (terminal_ ? Clock::duration(kRedraw) : Clock::duration(kLine))) return;
  said_ = now;
  if (terminal_) return draw();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count();
  std::cerr << "rehearse: " << std::llround(100 * share_) << " % is simulated after " << seconds
            << " s" << std::endl;
}

void Progress::draw() const {
  constexpr double kWidth = 40;
  const auto full = static_cast<std::size_t>(kWidth * share_);
  std::cerr << "\r[" << std::string(full, '#')
            << std::string(static_cast<std::size_t>(kWidth) - full, ' ') << "] ";
  if (all_ > 0) std::cerr << done_ << "/" << all_ << " points ";
  std::cerr << std::llround(100 * share_) << " %" << std::flush;
}

}  // namespace rehearse
