#include <string_view>

#include "base/error.h"
#include "runtime/checkpoint/posix_file.h"
#include "runtime/data/stored_images.h"

namespace rehearse {
namespace {

constexpr std::int64_t kClasses = 10;
constexpr std::uint32_t kImagesMagic = 2051;
constexpr std::uint32_t kLabelsMagic = 2049;
constexpr std::int64_t kLargestSide = 4096;  // keeps count x height x width within 64 bits

Error wrong(const std::string& file, std::int64_t offset, const std::string& what,
            const std::string& why = "", const std::string& remedy = "") {
  return Error::input("byte " + std::to_string(offset) + ": " + what, why, remedy).at(file, "");
}

struct IdxFile {
  std::string name;
  std::vector<std::uint8_t> bytes;

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(bytes.size()); }

  [[nodiscard]] std::int64_t number(std::int64_t offset) const {
    if (size() < offset + 4) {
      throw wrong(name, size(), "the file ends within its header", "",
                  "fetch the file again, it is truncated");
    }
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | bytes[static_cast<std::size_t>(offset + i)];
    return value;
  }

  void expect_magic(std::uint32_t magic, std::string_view content) const {
    if (size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) {
      throw wrong(name, 0, "the file is compressed", "", "unpack it with gunzip");
    }
    const std::int64_t found = number(0);
    if (found != magic) {
      throw wrong(name, 0, "wrong magic number " + std::to_string(found),
                  std::string(content) + " of MNIST have " + std::to_string(magic),
                  "check that the files of images and labels are not exchanged");
    }
  }

  void expect_size(std::int64_t expected) const {
    const std::string why = "its header promises " + std::to_string(expected) +
                            " bytes, the file has " + std::to_string(size());
    if (size() < expected) {
      throw wrong(name, size(), "the file is truncated", why, "fetch it again");
    }
    if (size() > expected) {
      throw wrong(name, expected, "bytes after the end of the data", why, "fetch the file again");
    }
  }

  // What follows the header.
  std::vector<std::uint8_t> content(std::int64_t header) && {
    bytes.erase(bytes.begin(), bytes.begin() + header);
    return std::move(bytes);
  }
};

}  // namespace

std::unique_ptr<Dataset> open_mnist(const std::string& images, const std::string& labels) {
  constexpr std::int64_t kImagesHeader = 16;
  constexpr std::int64_t kLabelsHeader = 8;

  IdxFile image_file{images, read_whole_file(images)};
  image_file.expect_magic(kImagesMagic, "images");
  const std::int64_t count = image_file.number(4);
  const Shape shape{.channels = 1, .height = image_file.number(8), .width = image_file.number(12)};
  if (count == 0) throw wrong(images, 4, "the file holds no images");
  if (shape.height < 1 || shape.width < 1 || shape.height > kLargestSide ||
      shape.width > kLargestSide) {
    throw wrong(images, 8, "images of " + to_text(shape), "a side is 1 to 4096 pixels");
  }
  image_file.expect_size(kImagesHeader + count * shape.elements());

  IdxFile label_file{labels, read_whole_file(labels)};
  label_file.expect_magic(kLabelsMagic, "labels");
  const std::int64_t label_count = label_file.number(4);
  if (label_count != count) {
    throw wrong(labels, 4, std::to_string(label_count) + " labels",
                "there are " + std::to_string(count) + " images in " + images,
                "use the two files of one set");
  }
  label_file.expect_size(kLabelsHeader + count);
  for (std::int64_t i = kLabelsHeader; i < label_file.size(); ++i) {
    const int label = label_file.bytes[static_cast<std::size_t>(i)];
    if (label >= kClasses) {
      throw wrong(labels, i, "label " + std::to_string(label), "labels are 0 to 9");
    }
  }
  return std::make_unique<StoredImages>(
      shape, kClasses, std::move(label_file).content(kLabelsHeader),
      std::move(image_file).content(kImagesHeader), std::vector<ChannelStatistics>{kMnist});
}

}  // namespace rehearse
