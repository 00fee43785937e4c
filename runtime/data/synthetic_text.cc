#include "base/contract.h"
#include "base/error.h"
#include "base/random.h"
#include "runtime/data/dataset.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kSample = 0x74657874;         // names the streams of samples
constexpr std::uint32_t kLanguage = 0x6c616e67;       // names the numbers that make the languages
constexpr std::uint64_t kLanguages = 8, kRandom = 8;  // one token of so many is drawn

class SyntheticText final : public Dataset {
 public:
  explicit SyntheticText(const SyntheticTextOptions& options) : options_(options) {}

  [[nodiscard]] std::int64_t size() const override { return options_.size; }
  [[nodiscard]] Shape shape() const override {
    return {.channels = 1, .sequence = options_.sequence};
  }
  [[nodiscard]] std::int64_t classes() const override { return options_.vocabulary; }
  [[nodiscard]] std::int64_t labels() const override { return options_.sequence; }

  void read(std::int64_t index, std::span<float> tokens,
            std::span<std::int32_t> labels) const override {
    EXPECTS(index >= 0 && index < options_.size);
    EXPECTS(static_cast<std::int64_t>(tokens.size()) == options_.sequence);
    EXPECTS(static_cast<std::int64_t>(labels.size()) == options_.sequence);
    const auto vocabulary = static_cast<std::uint64_t>(options_.vocabulary);
    RandomStream random(options_.seed,
                        {kSample, static_cast<std::uint64_t>(options_.first + index)});
    const std::uint64_t language = random.below(kLanguages);
    std::uint64_t token = random.below(vocabulary);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      tokens[i] = static_cast<float>(token);
      token = random.below(kRandom) == 0 ? random.below(vocabulary) : next(language, token);
      labels[i] = static_cast<std::int32_t>(token);
    }
  }

 private:
  [[nodiscard]] std::uint64_t next(std::uint64_t language, std::uint64_t token) const {
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto bits = philox4x32({low(token), low(language), kLanguage, 0},
                                 {low(options_.seed), low(options_.seed >> 32)});
    return bits[0] % static_cast<std::uint64_t>(options_.vocabulary);
  }

  SyntheticTextOptions options_;
};

}  // namespace

std::unique_ptr<Dataset> make_synthetic_text(const SyntheticTextOptions& options) {
  const bool good =
      options.vocabulary >= 1 && options.sequence >= 1 && options.first >= 0 && options.size >= 0;
  if (!good) {
    throw Error::input("a synthetic text of " + std::to_string(options.size) + " samples of " +
                       std::to_string(options.sequence) + " tokens of " +
                       std::to_string(options.vocabulary));
  }
  return std::make_unique<SyntheticText>(options);
}

}  // namespace rehearse
