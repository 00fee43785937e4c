#include "runtime/checkpoint/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/checkpoint/checkpoint_file.h"
#include "runtime/checkpoint/posix_file.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::string_view kSuffix = ".ckpt";
constexpr std::string_view kUnfinished = ".ckpt.tmp";

Error trouble(const std::string& what, const std::string& file, const std::error_code& why) {
  return Error::environment(what, why.message(), "").at(file, "");
}

std::string name_of(std::uint64_t number, std::string_view suffix) {
  std::string digits = std::to_string(number);
  constexpr std::size_t kDigits = 8;  // names sort as numbers do
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return std::string(kPrefix) + digits + std::string(suffix);
}

std::string path_of(const std::string& folder, std::uint64_t number, std::string_view suffix) {
  return (fs::path(folder) / name_of(number, suffix)).string();
}

// Files of other names are none of our business.
std::optional<std::uint64_t> number_of(const std::string& name, std::string_view suffix) {
  if (!name.starts_with(kPrefix) || !name.ends_with(suffix)) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), number);
  if (name != name_of(number, suffix)) return std::nullopt;
  return number;
}

// Newest first.
std::vector<std::uint64_t> numbers_in(const std::string& folder, std::string_view suffix) {
  std::vector<std::uint64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto number = number_of(entry->path().filename().string(), suffix)) {
      numbers.push_back(*number);
    }
  }
  if (error) throw trouble("cannot list the folder of checkpoints", folder, error);
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  return numbers;
}

}  // namespace

CheckpointStore::CheckpointStore(std::string folder, int keep)
    : folder_(std::move(folder)), keep_(keep) {
  EXPECTS(keep >= 1);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw trouble("cannot create the folder of checkpoints", folder_, error);
}

void CheckpointStore::write(const Checkpoint& checkpoint) {
  const std::vector<std::uint64_t> present = numbers_in(folder_, kSuffix);
  const std::uint64_t number = present.empty() ? 1 : present.front() + 1;
  const std::string unfinished = path_of(folder_, number, kUnfinished);
  const std::string finished = path_of(folder_, number, kSuffix);
  try {
    write_checkpoint_file(unfinished, checkpoint);
    std::error_code error;
    fs::rename(unfinished, finished, error);
    if (error) throw trouble("cannot rename the finished checkpoint", unfinished, error);
  } catch (...) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    throw;
  }
  sync_folder(folder_);
  intact_.insert(number);
  clean_up();
}

void CheckpointStore::clean_up() const {
  std::error_code ignored;
  for (const std::uint64_t number : numbers_in(folder_, kUnfinished)) {
    fs::remove(path_of(folder_, number, kUnfinished), ignored);
  }
  int kept = 0;
  for (const std::uint64_t number : numbers_in(folder_, kSuffix)) {
    if (kept < keep_) {
      if (is_intact(number)) ++kept;
    } else {
      fs::remove(path_of(folder_, number, kSuffix), ignored);
      intact_.erase(number);
    }
  }
}

bool CheckpointStore::is_intact(std::uint64_t number) const {
  if (intact_.contains(number)) return true;
  try {
    read_checkpoint_file(path_of(folder_, number, kSuffix));
  } catch (const Error&) {
    return false;
  }
  intact_.insert(number);
  return true;
}

std::optional<Checkpoint> CheckpointStore::newest(std::vector<std::string>* skipped,
                                                  std::int64_t most) const {
  for (const std::uint64_t number : numbers_in(folder_, kSuffix)) {
    try {
      Checkpoint checkpoint = read_checkpoint_file(path_of(folder_, number, kSuffix));
      intact_.insert(number);
      if (checkpoint.step <= most) return checkpoint;
    } catch (const Error& error) {
      if (skipped != nullptr) skipped->emplace_back(error.what());
    }
  }
  return std::nullopt;
}

}  // namespace rehearse
