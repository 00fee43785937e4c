#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/contract.h"
#include "base/error.h"
#include "runtime/checkpoint/posix_file.h"
#include "runtime/data/stored_images.h"

namespace rehearse {
namespace {

constexpr Shape kShape{.channels = 3, .height = 32, .width = 32};
constexpr std::int64_t kPixels = 3072;
constexpr std::int64_t kRecord = 1 + kPixels;
constexpr std::int64_t kClasses = 10;

Error wrong(const std::string& file, std::int64_t offset, const std::string& what,
            const std::string& why, const std::string& remedy = "") {
  return Error::input("byte " + std::to_string(offset) + ": " + what, why, remedy).at(file, "");
}

// As the python version of CIFAR-10 begins: a binary pickle names its protocol behind 0x80, one of
// protocol 0 begins with a mark and a dictionary (docs.python.org, pickletools).
bool begins_as_pickle(std::string_view head) {
  constexpr char kProtocolMark = '\x80';
  constexpr char kNewestProtocol = 5;
  const bool binary =
      head.size() >= 2 && head[0] == kProtocolMark && head[1] >= 2 && head[1] <= kNewestProtocol;
  return binary || head.starts_with("(dp");
}

void append_records(const std::string& file, std::vector<std::uint8_t>& labels,
                    std::vector<std::uint8_t>& pixels) {
  expect_binary_cifar10(file);
  const std::vector<std::uint8_t> bytes = read_whole_file(file);
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t rest = size % kRecord;
  if (size == 0) throw wrong(file, 0, "the file is empty", "a record has 3073 bytes");
  if (rest != 0) {
    throw wrong(file, size - rest, "the last record has " + std::to_string(rest) + " bytes",
                "a record has 3073", "fetch the file again, in the binary version of CIFAR-10");
  }
  for (std::int64_t at = 0; at < size; at += kRecord) {
    const std::uint8_t label = bytes[static_cast<std::size_t>(at)];
    if (label >= kClasses) {
      throw wrong(file, at, "label " + std::to_string(label), "labels are 0 to 9",
                  "use the binary version of CIFAR-10");
    }
    labels.push_back(label);
    const auto first = bytes.begin() + at + 1;
    pixels.insert(pixels.end(), first, first + kPixels);
  }
}

// The inverse of the standardisation of open_cifar10, so that reading returns about the same image.
std::uint8_t to_byte(float value, const ChannelStatistics& channel) {
  const float share = std::clamp(channel.mean + channel.deviation * value, 0.0F, 1.0F);
  return static_cast<std::uint8_t>(std::lround(255 * share));
}

}  // namespace

void expect_binary_cifar10(const std::string& file) {
  const char* take = "take the binary version of CIFAR-10 (cifar-10-binary.tar.gz) and unpack it";
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) {
    throw Error::input("this is a folder", "data.train and data.test are lists of files",
                       "name its files: data_batch_1.bin and so on")
        .at(file, "");
  }
  constexpr std::size_t kHead = 8;
  std::string head(kHead, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  if (begins_as_pickle(head)) {
    throw Error::input("these are pickles of Python", "records of 3073 bytes are read", take)
        .at(file, "");
  }
  for (const char* magic : {"\x1f\x8b", "PK\x03\x04", "BZh", "\xfd\x37zXZ"}) {
    if (head.starts_with(magic)) {
      throw Error::input("the file is compressed", "records of 3073 bytes are read", take)
          .at(file, "");
    }
  }
}

std::unique_ptr<Dataset> open_cifar10(const std::vector<std::string>& files) {
  if (files.empty()) throw Error::input("no files of CIFAR-10 are given");
  std::vector<std::uint8_t> labels;
  std::vector<std::uint8_t> pixels;
  for (const std::string& file : files) append_records(file, labels, pixels);
  return std::make_unique<StoredImages>(
      kShape, kClasses, std::move(labels), std::move(pixels),
      std::vector<ChannelStatistics>(kCifar10.begin(), kCifar10.end()));
}

void write_cifar10(const Dataset& dataset, const std::string& file) {
  EXPECTS(dataset.shape() == kShape);
  EXPECTS(dataset.classes() <= 256);
  PosixFile out = PosixFile::create(file);
  std::vector<float> image(kPixels);
  std::vector<std::uint8_t> record(kRecord);
  for (std::int64_t index = 0; index < dataset.size(); ++index) {
    record[0] = static_cast<std::uint8_t>(dataset.read_one(index, image));
    for (std::int64_t i = 0; i < kPixels; ++i) {
      const ChannelStatistics& channel = kCifar10[static_cast<std::size_t>(i / 1024)];
      record[static_cast<std::size_t>(1 + i)] =
          to_byte(image[static_cast<std::size_t>(i)], channel);
    }
    out.write(record.data(), kRecord);
  }
  out.close();
}

}  // namespace rehearse
