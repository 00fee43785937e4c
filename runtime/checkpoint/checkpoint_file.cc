#include "runtime/checkpoint/checkpoint_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "runtime/checkpoint/checksum.h"
#include "runtime/checkpoint/posix_file.h"

namespace rehearse {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are stored as they lie");

constexpr std::int64_t kStripe = 32;  // sections are padded to a multiple of it, in bytes

struct Header {
  std::array<char, 8> magic;
  std::uint64_t version;
  std::int64_t step;
  std::int64_t workers;
  std::int64_t optimizer_steps;
  // Elements of the sections, in their order.
  std::uint64_t identity;
  std::uint64_t parameters;
  std::uint64_t optimizer_state;
  std::uint64_t statistics;
  std::uint64_t losses;
  // Both 0 in files of programs that did not keep them.
  std::uint64_t evaluations;
  double seconds;
  // A header without loss scale ends here.
  double loss_scale;
  std::int64_t good_steps;
  std::array<std::uint64_t, 2> unused;
};
constexpr std::int64_t kPlainHeader = 96;  // bytes
static_assert(sizeof(Header) == 128 && sizeof(Header) % kStripe == 0);

constexpr std::array<char, 8> kMagic{'R', 'E', 'H', 'E', 'A', 'R', 'S', 'E'};
constexpr std::uint64_t kPlain = 1, kLossScaled = 2;             // versions
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 56;  // of a section: keeps sums exact
constexpr std::int64_t kPiece = std::int64_t{1} << 20;  // summed, then moved, while in the cache

std::int64_t padding_of(std::int64_t bytes) { return (kStripe - bytes % kStripe) % kStripe; }

template <class T>
std::int64_t bytes_of(std::uint64_t elements) {
  const auto bytes = static_cast<std::int64_t>(elements * sizeof(T));
  return bytes + padding_of(bytes);
}

std::int64_t header_bytes(std::uint64_t version) {
  return version == kPlain ? kPlainHeader : static_cast<std::int64_t>(sizeof(Header));
}

std::int64_t length_of(const Header& header) {
  return header_bytes(header.version) + bytes_of<char>(header.identity) +
         bytes_of<float>(header.parameters) + bytes_of<float>(header.optimizer_state) +
         bytes_of<float>(header.statistics) + bytes_of<double>(header.losses) +
         bytes_of<double>(header.evaluations) + static_cast<std::int64_t>(sizeof(std::uint64_t));
}

// Both ends of a file: sections padded with zeros to stripes, summed up on their way.
class SummedWriter {
 public:
  explicit SummedWriter(const std::string& file) : file_(PosixFile::create(file)) {}

  void section(const void* data, std::int64_t bytes) {
    const auto* from = static_cast<const char*>(data);
    const std::int64_t whole = bytes - bytes % kStripe;
    for (std::int64_t done = 0; done < whole;) {
      const std::int64_t piece = std::min(kPiece, whole - done);
      put(from + done, piece);
      done += piece;
    }
    if (whole == bytes) return;
    std::array<char, kStripe> last{};
    std::memcpy(last.data(), from + whole, static_cast<std::size_t>(bytes - whole));
    put(last.data(), static_cast<std::int64_t>(last.size()));
  }

  void finish() {
    const std::uint64_t sum = sum_.digest();
    file_.write(&sum, sizeof sum);
    file_.sync();
    file_.close();
  }

 private:
  void put(const char* from, std::int64_t bytes) {
    sum_.add(from, static_cast<std::size_t>(bytes));
    file_.write(from, bytes);
  }

  PosixFile file_;
  Checksum sum_;
};

Error damaged(const std::string& file, const std::string& why) {
  return Error::input("not an intact checkpoint", why).at(file, "");
}

class SummedReader {
 public:
  SummedReader(const std::string& name, PosixFile& file) : name_(name), file_(file) {}

  void section(void* data, std::int64_t bytes) {
    auto* to = static_cast<char*>(data);
    const std::int64_t whole = bytes - bytes % kStripe;
    for (std::int64_t done = 0; done < whole;) {
      const std::int64_t piece = std::min(kPiece, whole - done);
      get(to + done, piece);
      done += piece;
    }
    if (whole == bytes) return;
    std::array<char, kStripe> last{};
    get(last.data(), static_cast<std::int64_t>(last.size()));
    std::memcpy(to + whole, last.data(), static_cast<std::size_t>(bytes - whole));
  }

  void finish() {
    std::uint64_t sum = 0;
    if (file_.read(&sum, sizeof sum) != sizeof sum) throw damaged(name_, "it is truncated");
    if (sum != sum_.digest()) throw damaged(name_, "its checksum does not match");
  }

 private:
  void get(char* to, std::int64_t bytes) {
    if (file_.read(to, bytes) != bytes) throw damaged(name_, "it is truncated");
    sum_.add(to, static_cast<std::size_t>(bytes));
  }

  const std::string& name_;
  PosixFile& file_;
  Checksum sum_;
};

void check(const Header& header, const std::string& file, std::int64_t size) {
  if (header.magic != kMagic) throw damaged(file, "it does not begin with REHEARSE");
  if (header.version != kPlain && header.version != kLossScaled) {
    throw damaged(file, "version " + std::to_string(header.version) + ", known are 1 and 2");
  }
  for (const std::uint64_t elements : {header.identity, header.parameters, header.optimizer_state,
                                       header.statistics, header.losses, header.evaluations}) {
    if (elements > kMostElements) throw damaged(file, "a section is too long");
  }
  const std::int64_t length = length_of(header);
  if (size != length) {
    throw damaged(file,
                  "it has " + std::to_string(size) + " bytes instead of " + std::to_string(length));
  }
}

template <class Container>
void write_section(SummedWriter& writer, const Container& values) {
  writer.section(values.data(), static_cast<std::int64_t>(values.size() * sizeof(values[0])));
}

template <class Container>
void read_section(SummedReader& reader, std::uint64_t elements, Container& values) {
  values.resize(elements);
  reader.section(values.data(), static_cast<std::int64_t>(elements * sizeof(values[0])));
}

}  // namespace

void write_checkpoint_file(const std::string& file, const Checkpoint& checkpoint) {
  const Header header{.magic = kMagic,
                      .version = checkpoint.loss_scale > 0 ? kLossScaled : kPlain,
                      .step = checkpoint.step,
                      .workers = checkpoint.workers,
                      .optimizer_steps = checkpoint.optimizer_steps,
                      .identity = checkpoint.identity.size(),
                      .parameters = checkpoint.parameters.size(),
                      .optimizer_state = checkpoint.optimizer_state.size(),
                      .statistics = checkpoint.statistics.size(),
                      .losses = checkpoint.losses.size(),
                      .evaluations = checkpoint.evaluations.size(),
                      .seconds = checkpoint.seconds,
                      .loss_scale = checkpoint.loss_scale,
                      .good_steps = checkpoint.good_steps,
                      .unused = {}};
  SummedWriter writer(file);
  writer.section(&header, header_bytes(header.version));
  write_section(writer, checkpoint.identity);
  write_section(writer, checkpoint.parameters);
  write_section(writer, checkpoint.optimizer_state);
  write_section(writer, checkpoint.statistics);
  write_section(writer, checkpoint.losses);
  write_section(writer, checkpoint.evaluations);
  writer.finish();
}

Checkpoint read_checkpoint_file(const std::string& file) {
  PosixFile source = PosixFile::open_to_read(file);
  const std::int64_t size = source.size();
  if (size < kPlainHeader) throw damaged(file, "it is truncated");
  SummedReader reader(file, source);
  Header header{};
  reader.section(&header, kPlainHeader);
  check(header, file, size);
  if (const std::int64_t rest = header_bytes(header.version) - kPlainHeader; rest > 0) {
    reader.section(reinterpret_cast<char*>(&header) + kPlainHeader, rest);
  }
  Checkpoint checkpoint;
  checkpoint.step = header.step;
  checkpoint.workers = header.workers;
  checkpoint.optimizer_steps = header.optimizer_steps;
  checkpoint.seconds = header.seconds;
  checkpoint.loss_scale = header.loss_scale;
  checkpoint.good_steps = header.good_steps;
  read_section(reader, header.identity, checkpoint.identity);
  read_section(reader, header.parameters, checkpoint.parameters);
  read_section(reader, header.optimizer_state, checkpoint.optimizer_state);
  read_section(reader, header.statistics, checkpoint.statistics);
  read_section(reader, header.losses, checkpoint.losses);
  read_section(reader, header.evaluations, checkpoint.evaluations);
  reader.finish();
  return checkpoint;
}

}  // namespace rehearse
