#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/checkpoint/posix_file.h"
#include "runtime/data/dataset.h"

namespace rehearse {
namespace {

constexpr std::int64_t kTokens = 256;

class Text final : public Dataset {
 public:
  // `starts`: of each sample, its first byte.
  Text(std::vector<std::uint8_t> bytes, std::vector<std::size_t> starts, std::int64_t sequence)
      : bytes_(std::move(bytes)), starts_(std::move(starts)), sequence_(sequence) {}

  [[nodiscard]] std::int64_t size() const override {
    return static_cast<std::int64_t>(starts_.size());
  }
  [[nodiscard]] Shape shape() const override { return {.channels = 1, .sequence = sequence_}; }
  [[nodiscard]] std::int64_t classes() const override { return kTokens; }
  [[nodiscard]] std::int64_t labels() const override { return sequence_; }

  void read(std::int64_t index, std::span<float> tokens,
            std::span<std::int32_t> labels) const override {
    EXPECTS(index >= 0 && index < size());
    EXPECTS(static_cast<std::int64_t>(tokens.size()) == sequence_);
    EXPECTS(static_cast<std::int64_t>(labels.size()) == sequence_);
    const std::uint8_t* byte = bytes_.data() + starts_[static_cast<std::size_t>(index)];
    std::copy_n(byte, sequence_, tokens.begin());
    std::copy_n(byte + 1, sequence_, labels.begin());
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<std::size_t> starts_;
  std::int64_t sequence_;
};

}  // namespace

std::unique_ptr<Dataset> open_text(const std::vector<std::string>& files, std::int64_t sequence) {
  EXPECTS(sequence >= 1);
  if (files.empty()) throw Error::input("no text files are given");
  std::vector<std::uint8_t> all;
  std::vector<std::size_t> starts;
  for (const std::string& file : files) {
    const std::vector<std::uint8_t> bytes = read_whole_file(file);
    const auto step = static_cast<std::size_t>(sequence);
    if (bytes.size() <= step) {
      throw Error::input("the text has " + std::to_string(bytes.size()) + " bytes",
                         "a sample takes " + std::to_string(sequence + 1),
                         "use a longer text or a shorter sequence")
          .at(file, "");
    }
    for (std::size_t at = 0; at + step < bytes.size(); at += step) {
      starts.push_back(all.size() + at);
    }
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return std::make_unique<Text>(std::move(all), std::move(starts), sequence);
}

}  // namespace rehearse
