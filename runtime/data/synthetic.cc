#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/data/dataset.h"
#include "runtime/data/fast_noise.h"
#include "runtime/data/synthetic_sequences.h"

namespace rehearse {
namespace {

// Names of random streams.
constexpr std::uint64_t kPattern = 0x7061747465726e;  // "pattern"
constexpr std::uint64_t kSample = 0x73616d706c65;     // "sample"

// What makes a sample, chosen so that a small convolutional network learns the set within a few
// thousand samples and a linear classifier does not.
constexpr std::int64_t kLargestTile = 32;  // pixels; a larger image repeats the pattern
constexpr int kWaves = 6;                  // per class
constexpr std::int64_t kHighestWave = 4;   // periods per tile
constexpr double kContrastSpread = 0.5;    // contrast is uniform in 1 -+ this
constexpr float kWhiteNoise = 0.7F;        // deviation; the pattern has deviation 1
constexpr float kSmoothNoise = 0.7F;       // deviation at the nodes of its grid
constexpr std::int64_t kGrid = 8;          // pixels between nodes

// Linear interpolation between independent nodes has 2/3 of their variance on average per
// direction.
constexpr double kSmoothVariance = kSmoothNoise * kSmoothNoise * 4 / 9;

std::int64_t blocks(std::int64_t extent, std::int64_t block) {
  return (extent + block - 1) / block;
}

// One period of a class's pattern, every row twice in a row: a shifted row is contiguous.
struct Tile {
  std::int64_t height = 0, width = 0;
  std::vector<float> plain, mirrored;

  Tile(const Shape& shape, RandomStream& random);

  [[nodiscard]] const float* row(bool mirror, std::int64_t channel, std::int64_t y) const {
    return (mirror ? mirrored : plain).data() + (channel * height + y) * 2 * width;
  }
};

Tile::Tile(const Shape& shape, RandomStream& random)
    : height(std::min(shape.height, kLargestTile)), width(std::min(shape.width, kLargestTile)) {
  std::vector<double> values(static_cast<std::size_t>(shape.channels * height * width));
  const auto wave_number = [&] {
    return static_cast<double>(random.below(2 * kHighestWave + 1)) - kHighestWave;
  };
  for (int wave = 0; wave < kWaves; ++wave) {
    const double along_y = 2 * std::numbers::pi * wave_number() / static_cast<double>(height);
    const double along_x = 2 * std::numbers::pi * wave_number() / static_cast<double>(width);
    auto value = values.begin();
    for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
      const double amplitude = random.normal();
      const double phase = 2 * std::numbers::pi * random.uniform();
      for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
          *value++ += amplitude * std::cos(along_y * static_cast<double>(y) +
                                           along_x * static_cast<double>(x) + phase);
        }
      }
    }
  }
  double squares = 0;
  for (const double value : values) squares += value * value;
  const double factor = std::sqrt(static_cast<double>(values.size()) / squares);
  for (auto row = values.begin(); row != values.end(); row += width) {
    for (int copy = 0; copy < 2; ++copy) {
      for (std::int64_t x = 0; x < width; ++x) {
        plain.push_back(static_cast<float>(factor * row[x]));
        mirrored.push_back(static_cast<float>(factor * row[width - 1 - x]));
      }
    }
  }
}

class Synthetic final : public Dataset {
 public:
  explicit Synthetic(const SyntheticOptions& options) : options_(options) {
    for (std::int64_t label = 0; label < options.classes; ++label) {
      RandomStream random(options.seed, {kPattern, static_cast<std::uint64_t>(label)});
      tiles_.emplace_back(options.shape, random);
    }
  }

  [[nodiscard]] std::int64_t size() const override { return options_.size; }
  [[nodiscard]] Shape shape() const override { return options_.shape; }
  [[nodiscard]] std::int64_t classes() const override { return options_.classes; }

  void read(std::int64_t index, std::span<float> image,
            std::span<std::int32_t> labels) const override {
    EXPECTS(index >= 0 && index < options_.size);
    EXPECTS(static_cast<std::int64_t>(image.size()) == options_.shape.elements());
    const std::int64_t sample = options_.first + index;
    const std::int64_t label = sample % options_.classes;
    RandomStream random(options_.seed, {kSample, static_cast<std::uint64_t>(sample)});
    FastNoise noise(random);
    const double contrast = 1 + kContrastSpread * (2 * random.uniform() - 1);
    draw_pattern(tiles_[static_cast<std::size_t>(label)], contrast, random, image);
    add_smooth_noise(noise, image);
    noise.add(image, kWhiteNoise / kDeviation);
    labels.front() = static_cast<std::int32_t>(label);
  }

 private:
  // Of a pixel over all samples: contrast has mean square 1 + spread^2 / 3.
  inline static const auto kDeviation = static_cast<float>(std::sqrt(
      1 + kContrastSpread * kContrastSpread / 3 + kSmoothVariance + kWhiteNoise * kWhiteNoise));

  void draw_pattern(const Tile& tile, double contrast, RandomStream& random,
                    std::span<float> image) const {
    const auto factor = static_cast<float>(contrast / kDeviation);
    const bool mirror = random.below(2) == 1;
    const auto down = static_cast<std::int64_t>(random.below(shift_range(tile.height)));
    const auto right = static_cast<std::int64_t>(random.below(shift_range(tile.width)));
    float* out = image.data();
    for (std::int64_t channel = 0; channel < options_.shape.channels; ++channel) {
      for (std::int64_t y = 0; y < options_.shape.height; ++y) {
        const float* row = tile.row(mirror, channel, (y + down) % tile.height) + right;
        for (std::int64_t x = 0; x < options_.shape.width; x += tile.width) {
          const std::int64_t run = std::min(tile.width, options_.shape.width - x);
          for (std::int64_t i = 0; i < run; ++i) out[i] = factor * row[i];
          out += run;
        }
      }
    }
  }

  static std::uint64_t shift_range(std::int64_t extent) {
    return static_cast<std::uint64_t>(blocks(extent, 2));
  }

  void add_smooth_noise(FastNoise& noise, std::span<float> image) const {
    const Shape& shape = options_.shape;
    const std::int64_t rows = blocks(shape.height, kGrid) + 1;
    const std::int64_t columns = blocks(shape.width, kGrid) + 1;
    std::vector<float> nodes(static_cast<std::size_t>(shape.channels * rows * columns));
    noise.add(nodes, kSmoothNoise / kDeviation);
    std::vector<float> line(static_cast<std::size_t>(columns));
    float* out = image.data();
    for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
      for (std::int64_t y = 0; y < shape.height; ++y) {
        const float* above = nodes.data() + (channel * rows + y / kGrid) * columns;
        const float* below = above + columns;
        const float part = static_cast<float>(y % kGrid) / kGrid;
        for (std::int64_t i = 0; i < columns; ++i) {
          line[static_cast<std::size_t>(i)] = above[i] + part * (below[i] - above[i]);
        }
        add_interpolated(line.data(), out);
        out += shape.width;
      }
    }
  }

  void add_interpolated(const float* line, float* out) const {
    for (std::int64_t x = 0; x < options_.shape.width; x += kGrid, ++line) {
      const std::int64_t run = std::min(kGrid, options_.shape.width - x);
      const float slope = (line[1] - line[0]) / kGrid;
      for (std::int64_t i = 0; i < run; ++i) out[x + i] += line[0] + slope * static_cast<float>(i);
    }
  }

  SyntheticOptions options_;
  std::vector<Tile> tiles_;  // per class
};

void require(bool good, const char* what, std::int64_t value) {
  if (!good) {
    throw Error::input(std::string(what) + " of the synthetic data set: " + std::to_string(value));
  }
}

}  // namespace

std::unique_ptr<Dataset> make_synthetic(const SyntheticOptions& options) {
  require(options.shape.channels >= 1, "channels", options.shape.channels);
  require(options.shape.height >= 1, "height", options.shape.height);
  require(options.shape.width >= 1, "width", options.shape.width);
  require(options.shape.sequence >= 1, "sequence", options.shape.sequence);
  require(options.classes >= 1, "classes", options.classes);
  require(options.first >= 0, "first sample", options.first);
  require(options.size >= 0, "size", options.size);
  if (options.shape.sequence > 1) return make_synthetic_sequences(options);
  return std::make_unique<Synthetic>(options);
}

}  // namespace rehearse
