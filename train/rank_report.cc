#include "train/rank_report.h"

#include <cstring>

#include "train/floats_text.h"

namespace rehearse {
namespace {

// Each piece with its length before it.
class Packer {
 public:
  void add(const std::string& piece) {
    const std::uint64_t length = piece.size();
    text_.append(reinterpret_cast<const char*>(&length), sizeof length);
    text_ += piece;
  }
  template <class Number>
  void add(const std::vector<Number>& numbers) {
    add(to_bytes(std::span<const Number>(numbers)));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class Unpacker {
 public:
  explicit Unpacker(const std::string& text) : text_(text) {}

  std::string piece() {
    std::uint64_t length = 0;
    EXPECTS(at_ + sizeof length <= text_.size());
    std::memcpy(&length, text_.data() + at_, sizeof length);
    at_ += sizeof length;
    EXPECTS(length <= text_.size() - at_);
    std::string piece = text_.substr(at_, length);
    at_ += length;
    return piece;
  }
  template <class Number>
  std::vector<Number> numbers() {
    return numbers_of<Number>(piece());
  }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string to_bytes(const RankReport& report) {
  Packer packer;
  packer.add(report.record);
  packer.add(report.parameters);
  packer.add(report.slots);
  packer.add(report.statistics);
  packer.add(report.losses);
  std::vector<std::int64_t> counts{report.updates, report.dropped, report.diverged};
  for (const auto& [staleness, count] : report.staleness) {
    counts.push_back(staleness);
    counts.push_back(count);
  }
  packer.add(counts);
  packer.add(std::vector<double>{report.busy, report.seconds});
  return packer.text();
}

RankReport rank_report_of(const std::string& bytes) {
  Unpacker unpacker(bytes);
  RankReport report;
  report.record = unpacker.piece();
  report.parameters = unpacker.numbers<float>();
  report.slots = unpacker.numbers<float>();
  report.statistics = unpacker.numbers<float>();
  report.losses = unpacker.numbers<double>();
  const auto counts = unpacker.numbers<std::int64_t>();
  report.updates = counts[0];
  report.dropped = counts[1];
  report.diverged = counts[2];
  for (std::size_t i = 3; i + 1 < counts.size(); i += 2)
    report.staleness[counts[i]] = counts[i + 1];
  const auto times = unpacker.numbers<double>();
  report.busy = times[0];
  report.seconds = times[1];
  return report;
}

}  // namespace rehearse
