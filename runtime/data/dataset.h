// Labelled samples by index: images or sequences.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse {

class Dataset {
 public:
  virtual ~Dataset() = default;

  [[nodiscard]] virtual std::int64_t size() const = 0;
  [[nodiscard]] virtual Shape shape() const = 0;  // of one sample
  [[nodiscard]] virtual std::int64_t classes() const = 0;

  // Writes the sample as channels x height x width (a sequence as steps x channels), standardised
  // to about mean 0 and deviation 1, and returns its label. Thread-safe. REQUIRES: 0 <= index <
  // size(), image has the shape's size.
  virtual std::int32_t read(std::int64_t index, std::span<float> image) const = 0;
};

// Stored pixels are standardised as (byte / 255 - mean) / deviation with the mean and deviation of
// each channel over the training set (stored_images.h names the sources).
//
// The IDX pair of MNIST (http://yann.lecun.com/exdb/mnist: big-endian magic 2051 and 2049). Throws
// Error::environment for a file that cannot be read, Error::input for one that does not exist, and
// with file and byte offset for a wrong magic number, truncation, trailing bytes, a label above 9
// or counts that differ.
std::unique_ptr<Dataset> open_mnist(const std::string& images, const std::string& labels);

// Files in the binary format of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html: records of
// one label byte and 3,072 pixels, red, green, blue planes), one behind the other. Errors as above.
std::unique_ptr<Dataset> open_cifar10(const std::vector<std::string>& files);

// Throws Error::input, which says what to take instead, for a folder and for a file that begins as
// Python's pickles or compressed files do. A file that is not there is left for open_cifar10.
void expect_binary_cifar10(const std::string& file);

// A learnable classification problem that looks like images: each class is a smooth random pattern
// of its own; a sample is that pattern shifted by up to half its period (at most 32 pixels) in both
// directions, perhaps mirrored, scaled in contrast and buried in smooth and white noise. Samples
// depend on (seed, index) alone, patterns on (seed, class), so a training and a test set are two
// disjoint ranges [first, first + size) of one seed; labels go round. On 3x32x32 with 10 classes
// ridge regression on 20,000 samples reaches 54 % of a test set, three convolutions of 16, 32 and
// 64 channels after two epochs of 4,000 samples 97 %.
//
// A shape of several steps gives sequences: some waves, each turning in a plane of its own in the
// space of features, buried in white noise. The planes are the same for all classes; a class is how
// fast and which way round each wave turns, and where it begins is drawn for every sample. So each
// step by itself is distributed equally for all classes: only what remembers the steps before does
// better than chance. On 20 steps of 32 features with 10 classes the zoo's lstm reaches 99 % of a
// test set after two epochs of 4,000 samples.
struct SyntheticOptions {
  Shape shape{3, 32, 32};
  std::int64_t classes = 10;
  std::int64_t first = 0;
  std::int64_t size = 0;
  std::uint64_t seed = 1;
};
// Throws Error::input for numbers out of range.
std::unique_ptr<Dataset> make_synthetic(const SyntheticOptions& options);

// Writes `dataset` (3x32x32, at most 256 classes) in the binary format of CIFAR-10, pixels scaled
// to bytes: for tests and for who wants to see the synthetic set. Throws Error::environment.
void write_cifar10(const Dataset& dataset, const std::string& file);

}  // namespace rehearse
