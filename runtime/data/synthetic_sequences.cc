#include "runtime/data/synthetic_sequences.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "base/contract.h"
#include "base/random.h"
#include "runtime/data/fast_noise.h"

namespace rehearse {
namespace {

// Names of random streams.
constexpr std::uint64_t kPlane = 0x706c616e65;         // "plane"
constexpr std::uint64_t kSpeed = 0x7370656564;         // "speed"
constexpr std::uint64_t kSample = 0x73657175656e6365;  // "sequence"

// What makes a sample, chosen so that a small recurrent network learns the set within some ten
// thousand samples.
constexpr int kWaves = 4;
constexpr double kFastest = 0.25;         // turns of a wave in one step, either way round
constexpr double kContrastSpread = 0.25;  // contrast is uniform in 1 -+ this
constexpr float kWhiteNoise = 1.0F;       // deviation; the waves together have deviation 1

// A plane in the space of features, in which a wave turns.
struct Plane {
  std::vector<float> along, across;
};

class SyntheticSequences final : public Dataset {
 public:
  explicit SyntheticSequences(const SyntheticOptions& options)
      : options_(options),
        features_(static_cast<std::size_t>(options.shape.elements() / options.shape.sequence)) {
    make_planes();
    for (std::int64_t label = 0; label < options.classes; ++label) {
      RandomStream random(options.seed, {kSpeed, static_cast<std::uint64_t>(label)});
      for (int wave = 0; wave < kWaves; ++wave) {
        speeds_.push_back(kFastest * (2 * random.uniform() - 1));
      }
    }
  }

  [[nodiscard]] std::int64_t size() const override { return options_.size; }
  [[nodiscard]] Shape shape() const override { return options_.shape; }
  [[nodiscard]] std::int64_t classes() const override { return options_.classes; }

  void read(std::int64_t index, std::span<float> sequence,
            std::span<std::int32_t> labels) const override {
    EXPECTS(index >= 0 && index < options_.size);
    EXPECTS(static_cast<std::int64_t>(sequence.size()) == options_.shape.elements());
    const std::int64_t sample = options_.first + index;
    const std::int64_t label = sample % options_.classes;
    RandomStream random(options_.seed, {kSample, static_cast<std::uint64_t>(sample)});
    FastNoise noise(random);
    const double contrast = 1 + kContrastSpread * (2 * random.uniform() - 1);
    std::fill(sequence.begin(), sequence.end(), 0.0F);
    for (std::size_t wave = 0; wave < planes_.size(); ++wave) {
      const double speed = speeds_[static_cast<std::size_t>(label) * planes_.size() + wave];
      add_wave(planes_[wave], contrast / kDeviation, random.uniform(), speed, sequence);
    }
    noise.add(sequence, static_cast<float>(kWhiteNoise / kDeviation));
    labels.front() = static_cast<std::int32_t>(label);
  }

 private:
  // Of a value over all samples: contrast has mean square 1 + spread^2 / 3.
  inline static const double kDeviation =
      std::sqrt(1 + kContrastSpread * kContrastSpread / 3 + kWhiteNoise * kWhiteNoise);

  // The mean square over features and turns is 1 for all waves together.
  void make_planes() {
    RandomStream random(options_.seed, {kPlane});
    double squares = 0;
    const auto draw = [&](std::vector<float>& axis) {
      for (std::size_t i = 0; i < features_; ++i) {
        axis.push_back(static_cast<float>(random.normal()));
        squares += static_cast<double>(axis.back()) * static_cast<double>(axis.back());
      }
    };
    planes_.resize(kWaves);
    for (Plane& plane : planes_) {
      draw(plane.along);
      draw(plane.across);
    }
    const auto factor = static_cast<float>(std::sqrt(2 * static_cast<double>(features_) / squares));
    for (Plane& plane : planes_) {
      for (float& x : plane.along) x *= factor;
      for (float& x : plane.across) x *= factor;
    }
  }

  // `begin` and `speed` in turns.
  void add_wave(const Plane& plane, double contrast, double begin, double speed,
                std::span<float> sequence) const {
    float* out = sequence.data();
    for (std::int64_t step = 0; step < options_.shape.sequence; ++step) {
      const double angle = 2 * std::numbers::pi * (begin + speed * static_cast<double>(step));
      const auto along = static_cast<float>(contrast * std::cos(angle));
      const auto across = static_cast<float>(contrast * std::sin(angle));
      for (std::size_t i = 0; i < features_; ++i) {
        *out++ += along * plane.along[i] + across * plane.across[i];
      }
    }
  }

  SyntheticOptions options_;
  std::size_t features_;        // of a step
  std::vector<Plane> planes_;   // of each wave, the same for all classes
  std::vector<double> speeds_;  // class by class, of each wave
};

}  // namespace

std::unique_ptr<Dataset> make_synthetic_sequences(const SyntheticOptions& options) {
  EXPECTS(options.shape.sequence >= 2);
  return std::make_unique<SyntheticSequences>(options);
}

}  // namespace rehearse
