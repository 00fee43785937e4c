#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "runtime/checkpoint/checkpoint_file.h"
#include "runtime/checkpoint/checksum.h"
#include "runtime/data/dataset.h"
#include "tests/fuzz/door.h"

namespace rehearse {
namespace {

void put(const std::string& text, const std::string& path) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The text of a checkpoint; the folder of the process must be writable for a moment.
std::string checkpoint(std::size_t parameters, std::size_t losses) {
  Checkpoint one;
  one.step = 7;
  one.workers = 2;
  one.identity = "model, seed 1";
  one.parameters.assign(parameters, 0.5F);
  one.optimizer_state.assign(parameters, 0.25F);
  one.statistics.assign(3, 1.0F);
  one.optimizer_steps = 7;
  one.losses.assign(losses, 0.125);
  std::array<char, 32> path{"/tmp/fuzz-checkpoint-XXXXXX"};
  const int descriptor = mkstemp(path.data());
  expect_sane(descriptor >= 0, "no temporary file");
  close(descriptor);
  write_checkpoint_file(path.data(), one);
  std::string text = content(path.data());
  std::remove(path.data());
  return text;
}

// One input in two gets a sum that is right, so that what stands before it is read.
void read_checkpoint(const std::string& text, const std::string& path) {
  std::string whole = text;
  if (whole.size() > sizeof(std::uint64_t) && whole.size() % 2 == 0) {
    const std::size_t length = whole.size() - sizeof(std::uint64_t);
    Checksum checksum;
    checksum.add(whole.data(), length);
    const std::uint64_t sum = checksum.digest();
    std::memcpy(whole.data() + length, &sum, sizeof sum);
  }
  put(whole, path);
  (void)read_checkpoint_file(path);
}

std::string idx(std::initializer_list<std::uint32_t> header, const std::string& content_bytes) {
  std::string bytes;
  for (const std::uint32_t word : header) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift);
  }
  return bytes + content_bytes;
}

// The first byte tells how long the images are; the rest are the labels.
void read_mnist(const std::string& text, const std::string& path) {
  const std::size_t images = std::min<std::size_t>(28, text.size());
  put(text.substr(0, images), path);
  put(text.substr(images), path + ".labels");
  (void)open_mnist(path, path + ".labels");
}

void read_cifar(const std::string& text, const std::string& path) {
  put(text, path);
  (void)open_cifar10({path});
}

}  // namespace

std::vector<Door> data_doors() {
  return {{"checkpoint",
           ".ckpt",
           {checkpoint(1, 1), checkpoint(64, 8)},
           false,
           {"REHEARSE"},
           read_checkpoint},
          {"mnist",
           ".idx",
           {idx({2051, 2, 2, 3}, std::string(12, 'p')) + idx({2049, 2}, std::string(2, '\3'))},
           false,
           {},
           read_mnist},
          {"cifar",
           ".bin",
           {std::string(3073, '\2'), std::string(2 * 3073, '\2')},
           false,
           {},
           read_cifar}};
}

}  // namespace rehearse
