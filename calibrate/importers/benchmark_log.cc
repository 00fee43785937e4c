#include "calibrate/importers/benchmark_log.h"

#include <algorithm>

#include "base/error.h"
#include "base/json_reader.h"
#include "calibrate/importers/imb.h"
#include "calibrate/importers/nccl_json.h"
#include "calibrate/importers/nccl_tests.h"
#include "calibrate/importers/osu.h"
#include "scenarios/check.h"

namespace rehearse {
namespace {

constexpr const char* kFormats =
    "what is read are logs of nccl-tests and rccl-tests (or their -J file), OSU's osu_latency, "
    "osu_bw, osu_bibw and collectives, and IMB-MPI1: a table begins with a line like "
    "'# Size          Latency (us)' or '#  size  count  type  redop  root  time  algbw  busbw'";

std::vector<BenchmarkTable> from_json(const std::string& text, const std::string& file) {
  const JsonDocument document = JsonDocument::parse_text(text, file);
  if (is_nccl_json(document)) return read_nccl_json(document);
  const std::string kind = kind_of_file(document);
  std::string what = kind.empty() ? "JSON of another kind" : "a " + kind;
  if (kind == "measurements") what = "measurements";
  throw Error::input("this is no benchmark output but " + what, "", kFormats).at(file, "");
}

template <class Reader>
void append(Reader& reader, std::vector<BenchmarkTable>& all) {
  for (BenchmarkTable& table : reader.tables()) all.push_back(std::move(table));
}

// The table that a line stands in.
enum class Within { nothing, nccl, osu, imb };

std::vector<BenchmarkTable> from_text(const std::string& text, const std::string& file) {
  NcclReader nccl(file);
  OsuReader osu(file);
  ImbReader imb(file);
  Within within = Within::nothing;
  for (const TextLine& line : lines_of(text)) {
    if (NcclReader::is_heading(line)) {
      within = Within::nccl;
      nccl.read_heading(line);
    } else if (OsuReader::is_heading(line)) {
      within = Within::osu;
      osu.read_heading(line);
    } else if (ImbReader::is_heading(line)) {
      within = Within::imb;
      imb.read_heading(line);
    } else {
      within == Within::nccl ? nccl.read_below(line) : nccl.read_around(line);
      within == Within::osu ? osu.read_below(line) : osu.read_around(line);
      within == Within::imb ? imb.read_below(line) : imb.read_around(line);
    }
  }
  std::vector<BenchmarkTable> all;
  append(nccl, all);
  append(osu, all);
  append(imb, all);
  return all;
}

}  // namespace

bool looks_like_json(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string::npos) return false;
  if (text[begin] == '{' || text.compare(begin, 2, "//") == 0) return true;
  const std::size_t first = text.find_first_not_of(kBlank, begin + 1);
  return text[begin] == '[' && first != std::string::npos &&
         (text[first] == '{' || text[first] == ']' || text[first] == '/');
}

std::vector<BenchmarkTable> read_benchmarks(const std::string& text, const std::string& file) {
  std::vector<BenchmarkTable> all =
      looks_like_json(text) ? from_json(text, file) : from_text(text, file);
  if (all.empty()) {
    throw Error::input("no table of a benchmark is in it", "", kFormats).at(file, "");
  }
  return all;
}

}  // namespace rehearse
