// The readers of MNIST and CIFAR-10: values, and every reason to refuse a file.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "runtime/data/dataset.h"
#include "tests/runtime/temporary_folder.h"

namespace rehearse {
namespace {

using Bytes8 = std::vector<std::uint8_t>;

void expect_error(const std::function<void()>& action, Error::Kind kind,
                  const std::vector<std::string>& parts) {
  try {
    action();
    ADD_FAILURE() << "accepted; expected " << parts.front();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

Bytes8 idx(std::initializer_list<std::uint32_t> header, Bytes8 content) {
  Bytes8 bytes;
  for (const std::uint32_t word : header) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  }
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

class Mnist : public testing::Test {
 protected:
  void expect_refused(const Bytes8& images, const Bytes8& labels,
                      const std::vector<std::string>& parts) {
    const std::string image_file = folder_.put("images", images);
    const std::string label_file = folder_.put("labels", labels);
    expect_error([&] { open_mnist(image_file, label_file); }, Error::Kind::input, parts);
  }

  TemporaryFolder folder_;
  // Two images of 2 x 3.
  Bytes8 images_ = idx({2051, 2, 2, 3}, {0, 255, 51, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  Bytes8 labels_ = idx({2049, 2}, {7, 9});
};

TEST_F(Mnist, ReadsStandardisedPixels) {
  const auto data = open_mnist(folder_.put("i", images_), folder_.put("l", labels_));
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->shape(), (Shape{.channels = 1, .height = 2, .width = 3}));
  EXPECT_EQ(data->classes(), 10);
  std::vector<float> image(6);
  EXPECT_EQ(data->read_one(0, image), 7);
  EXPECT_NEAR(image[0], -0.4242129, 1e-6);  // -0.1307 / 0.3081
  EXPECT_NEAR(image[1], 2.8214865, 1e-6);   // (1 - 0.1307) / 0.3081
  EXPECT_NEAR(image[2], 0.2249270, 1e-6);   // (0.2 - 0.1307) / 0.3081
  EXPECT_EQ(data->read_one(1, image), 9);
  EXPECT_NEAR(image[5], -0.3096589, 1e-6);  // (9 / 255 - 0.1307) / 0.3081
}

TEST_F(Mnist, RefusesWhatIsNotMnist) {
  expect_refused(labels_, images_, {"/images: byte 0", "2049", "2051"});
  expect_refused(images_, images_, {"/labels: byte 0", "2051", "2049"});
  expect_refused({0x1f, 0x8b, 8, 0}, labels_, {"/images: byte 0", "gunzip"});
  expect_refused({}, labels_, {"/images: byte 0", "header"});
  expect_refused(idx({2051, 0, 28, 28}, {}), idx({2049, 0}, {}), {"byte 4", "no images"});
  expect_refused(idx({2051, 1, 0, 28}, {}), labels_, {"byte 8"});
  expect_refused(idx({2051, 0xffffffff, 0xffffffff, 0xffffffff}, {}), labels_, {"byte 8"});
  expect_refused(idx({2051, 0xffffffff, 4096, 4096}, {}), labels_, {"byte 16", "truncated"});
}

TEST_F(Mnist, RefusesEveryTruncation) {
  for (std::size_t length = 0; length < images_.size(); ++length) {
    const std::string place = "/images: byte " + std::to_string(length);
    expect_refused({images_.begin(), images_.begin() + static_cast<std::ptrdiff_t>(length)},
                   labels_, {place});
  }
  for (std::size_t length = 0; length < labels_.size(); ++length) {
    expect_refused(images_,
                   {labels_.begin(), labels_.begin() + static_cast<std::ptrdiff_t>(length)},
                   {"/labels: byte " + std::to_string(length)});
  }
}

TEST_F(Mnist, RefusesTrailingBytesLabelsAndCounts) {
  Bytes8 longer = images_;
  longer.push_back(0);
  expect_refused(longer, labels_, {"/images: byte 28", "after the end"});
  longer = labels_;
  longer.push_back(0);
  expect_refused(images_, longer, {"/labels: byte 10", "after the end"});
  expect_refused(images_, idx({2049, 2}, {7, 10}), {"/labels: byte 9", "label 10"});
  expect_refused(images_, idx({2049, 3}, {1, 2, 3}), {"/labels: byte 4", "3 labels", "2 images"});
}

TEST_F(Mnist, NamesAFileThatCannotBeRead) {
  const std::string labels = folder_.put("labels", labels_);
  expect_error([&] { open_mnist(folder_.file("none"), labels); }, Error::Kind::input,
               {"/none", "does not exist"});
  expect_error([&] { open_mnist(folder_.path(), labels); }, Error::Kind::environment,
               {folder_.path(), "directory"});
}

Bytes8 cifar_record(std::uint8_t label, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  Bytes8 record{label};
  for (const std::uint8_t value : {red, green, blue}) record.insert(record.end(), 1024, value);
  return record;
}

TEST(Cifar10, ReadsFilesOneBehindTheOther) {
  const TemporaryFolder folder;
  Bytes8 two = cifar_record(3, 255, 0, 51);
  const Bytes8 other = cifar_record(4, 1, 2, 3);
  two.insert(two.end(), other.begin(), other.end());
  const auto data = open_cifar10({folder.put("a", two), folder.put("b", cifar_record(9, 0, 0, 0))});
  EXPECT_EQ(data->size(), 3);
  EXPECT_EQ(data->shape(), (Shape{.channels = 3, .height = 32, .width = 32}));
  std::vector<float> image(3072);
  EXPECT_EQ(data->read_one(0, image), 3);
  EXPECT_NEAR(image[0], 2.0591093, 1e-6);      // (1 - 0.4914) / 0.2470
  EXPECT_NEAR(image[1024], -1.9802875, 1e-6);  // -0.4822 / 0.2435
  EXPECT_NEAR(image[3071], -0.9422783, 1e-6);  // (0.2 - 0.4465) / 0.2616
  EXPECT_EQ(data->read_one(1, image), 4);
  EXPECT_EQ(data->read_one(2, image), 9);
  EXPECT_NEAR(image[3071], -1.7068043, 1e-6);  // -0.4465 / 0.2616
}

TEST(Cifar10, RefusesWithFileAndOffset) {
  const TemporaryFolder folder;
  const auto refused = [&](const Bytes8& bytes, const std::vector<std::string>& parts) {
    const std::string file = folder.put("c", bytes);
    expect_error([&] { open_cifar10({file}); }, Error::Kind::input, parts);
  };
  refused({}, {"/c: byte 0", "empty"});
  Bytes8 bytes = cifar_record(1, 0, 0, 0);
  bytes.pop_back();
  refused(bytes, {"/c: byte 0", "3072 bytes"});
  bytes = cifar_record(1, 0, 0, 0);
  bytes.push_back(5);
  refused(bytes, {"/c: byte 3073", "1 bytes"});
  bytes = cifar_record(1, 0, 0, 0);
  const Bytes8 bad = cifar_record(10, 0, 0, 0);
  bytes.insert(bytes.end(), bad.begin(), bad.end());
  refused(bytes, {"/c: byte 3073", "label 10"});
  expect_error([] { open_cifar10({}); }, Error::Kind::input, {"no files"});
  expect_error([&] { open_cifar10({folder.file("none")}); }, Error::Kind::input,
               {"/none", "does not exist"});
}

TEST(Cifar10, WritesWhatItReads) {
  const TemporaryFolder folder;
  const auto synthetic = make_synthetic({.size = 20, .seed = 3});
  write_cifar10(*synthetic, folder.file("first"));
  const auto stored = open_cifar10({folder.file("first")});
  ASSERT_EQ(stored->size(), 20);
  std::vector<float> original(3072);
  std::vector<float> image(3072);
  int clipped = 0;
  for (std::int64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(stored->read_one(i, image), synthetic->read_one(i, original));
    for (std::size_t p = 0; p < image.size(); ++p) {
      // Half a grey level is 0.5 / 255 / 0.2435 = 0.0081; beyond black and white it is cut off.
      if (std::abs(image[p] - original[p]) > 0.0081F) ++clipped;
    }
  }
  EXPECT_LT(clipped, 20 * 3072 / 10);
  write_cifar10(*stored, folder.file("second"));
  const auto again = open_cifar10({folder.file("second")});
  for (std::int64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(again->read_one(i, original), stored->read_one(i, image));
    EXPECT_EQ(original, image);
  }
  expect_error([&] { write_cifar10(*stored, folder.file("none/x")); }, Error::Kind::environment,
               {"/none/x", "No such file"});
}

}  // namespace
}  // namespace rehearse
