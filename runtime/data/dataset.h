// Labelled samples by index: images, sequences or text.
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

  // Of one sample: 1, or, of a set for language models, one for each step, the token that follows.
  [[nodiscard]] virtual std::int64_t labels() const { return 1; }

  // Writes the sample as channels x height x width (a sequence as steps x channels), standardised
  // to about mean 0 and deviation 1 (but tokens as they are), and its labels. Thread-safe.
  // REQUIRES: 0 <= index < size(), image has the shape's size, labels that of labels().
  virtual void read(std::int64_t index, std::span<float> image,
                    std::span<std::int32_t> labels) const = 0;

  // The same of a set with one label for each sample, which it returns.
  std::int32_t read_one(std::int64_t index, std::span<float> image) const {
    std::int32_t label = 0;
    read(index, image, {&label, 1});
    return label;
  }
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

// Text for a language model: every byte is a token, of 256. Sample i of a file is the bytes
// [i sequence, (i + 1) sequence), its labels are the bytes behind each of them; what is left at the
// end of a file is not used, and the samples of several files follow one another. Throws
// Error::environment for a file that cannot be read, Error::input for one that does not exist or
// has no sample.
std::unique_ptr<Dataset> open_text(const std::vector<std::string>& files, std::int64_t sequence);

// A learnable text of tokens: a sample is in one of eight languages, and each language has one
// token that follows a token, but an eighth of all tokens are drawn from the whole vocabulary. So
// who knows the languages must look at what came before to tell which one it is. Samples depend on
// (seed, index) alone. With a vocabulary of 256 the least loss is 1.07 once the language is clear.
struct SyntheticTextOptions {
  std::int64_t vocabulary = 256;
  std::int64_t sequence = 256;
  std::int64_t first = 0;  // as of SyntheticOptions
  std::int64_t size = 0;
  std::uint64_t seed = 1;
};
std::unique_ptr<Dataset> make_synthetic_text(const SyntheticTextOptions& options);

// Writes `dataset` (3x32x32, at most 256 classes) in the binary format of CIFAR-10, pixels scaled
// to bytes: for tests and for who wants to see the synthetic set. Throws Error::environment.
void write_cifar10(const Dataset& dataset, const std::string& file);

}  // namespace rehearse
