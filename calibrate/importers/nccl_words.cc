#include "calibrate/importers/nccl_words.h"

#include <charconv>
#include <map>
#include <string_view>

namespace rehearse {
namespace {

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

bool is_whole(const std::string& type) { return has(type, "int") || has(type, "char"); }

}  // namespace

std::optional<int> whole_number(const std::string& field) {
  int value = 0;
  const char* end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc() || stop != end) return {};
  return value;
}

bool is_nccl_type(const std::string& word) {
  return is_whole(word) || word == "half" || has(word, "float") || has(word, "double") ||
         word.starts_with("f8") || word.starts_with("fp8") || word.starts_with("bf");
}

double allowed_error(const std::string& type) {
  if (is_whole(type)) return 0;
  if (has(type, "8")) return 1;
  if (type.starts_with("bf")) return 0.1;
  if (type == "half") return 1e-2;
  return has(type, "double") ? 1e-12 : 1e-5;
}

std::optional<Operation> nccl_operation(const std::string& name) {
  static const std::map<std::string, Operation> kPrograms{
      {"all_reduce_perf", Operation::all_reduce},
      {"all_gather_perf", Operation::all_gather},
      {"reduce_scatter_perf", Operation::reduce_scatter},
      {"alltoall_perf", Operation::all_to_all},
      {"broadcast_perf", Operation::broadcast},
      {"reduce_perf", Operation::reduce},
      {"sendrecv_perf", Operation::send_recv}};
  const auto found = kPrograms.find(name);
  return found == kPrograms.end() ? std::nullopt : std::optional(found->second);
}

std::string nccl_version_in(const std::string& text) {
  constexpr std::string_view kNumber = "nccl-library=";
  if (const std::size_t found = text.find(kNumber); found != std::string::npos) {
    const std::size_t begin = found + kNumber.size();
    const std::size_t end = text.find_first_not_of("0123456789", begin);
    const auto code =
        whole_number(text.substr(begin, end == std::string::npos ? end : end - begin));
    if (!code || *code < 20'000 || *code > 99'999) return {};
    return std::to_string(*code / 10'000) + "." + std::to_string(*code / 100 % 100) + "." +
           std::to_string(*code % 100);
  }
  constexpr std::string_view kWords = "CCL version";
  const std::size_t found = text.find(kWords);
  if (found == std::string::npos) return {};
  const std::size_t begin = text.find_first_not_of(" :", found + kWords.size());
  if (begin == std::string::npos) return {};
  std::string version = text.substr(begin, 20);
  version.resize(std::min(version.size(), version.find_first_not_of("0123456789.")));
  return version.find('.') == std::string::npos ? "" : version;
}

}  // namespace rehearse
