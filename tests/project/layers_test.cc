// Holds the picture of CONTRIBUTING.md: which folder may include which, and the home of every third
// party.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/project/source_files.h"

namespace rehearse {
namespace {

using Names = std::set<std::string>;

// What each folder sees; itself always.
const std::map<std::string, Names>& picture() {
  static const std::map<std::string, Names> kPicture = [] {
    std::map<std::string, Names> sees;
    sees["base"] = {};
    sees["kernels"] = {"base"};
    sees["topologies"] = {"base"};
    // Schedules and strategies know neither models nor networks; the real world trains models.
    sees["runtime"] = {"base", "kernels"};
    sees["sim"] = {"base", "kernels", "topologies", "runtime"};
    // What a question is and how it is simulated are strangers; predict joins them.
    sees["scenarios"] = {"base", "kernels", "topologies", "runtime"};
    sees["predict"] = {"base", "kernels", "topologies", "runtime", "sim", "scenarios"};
    sees["train"] = sees["predict"];
    sees["train"].insert("predict");
    sees["validate"] = sees["train"];
    sees["validate"].insert("train");
    sees["report"] = sees["calibrate"] = sees["validate"];
    sees["report"].insert("validate");
    sees["calibrate"].insert("validate");
    sees["api"] = sees["validate"];
    sees["api"].insert({"validate", "calibrate"});
    sees["apps"] = sees["api"];
    sees["apps"].insert({"api", "report"});
    sees["bench"] = sees["studies"] = sees["apps"];
    // Studies ask as the command line does.
    sees["studies"].insert("apps");
    return sees;
  }();
  return kPicture;
}

struct ThirdParty {
  const char* headers;  // regular expression over the whole name
  Names homes;
  const char* room = "";  // of the home, if it stays in one: how its paths begin
};

const std::vector<ThirdParty>& third_parties() {
  static const std::vector<ThirdParty> kThirdParties{
      {"simgrid/.*|xbt/.*|xbt\\.h", {"sim"}},
      {"boost/math/.*", {"predict"}},
      {"boost/.*", {"topologies"}},
      {"expat\\.h|yaml-cpp/.*", {"topologies"}},
      {"CLI/.*", {"apps"}},
      {"Eigen/.*", {"kernels", "calibrate", "scenarios", "studies"}},
      {"mpi\\.h", {"runtime"}},
      {"nccl\\.h", {"runtime"}, "runtime/worlds/nccl/"},
      {"xxhash\\.h", {"runtime"}},
      {"onnx/.*|google/protobuf/.*", {"kernels"}, "kernels/models/importers/"},
      {"dnnl.*|oneapi/.*", {"kernels"}},
      {"cudnn.*|cublas.*|cuda.*", {"kernels"}, "kernels/cuda/"},
      {"omp\\.h", {"kernels"}},
      {"openssl/.*", {"kernels"}},
      {"torch/.*", {"bench"}},
      {"benchmark/.*", {"bench"}},
  };
  return kThirdParties;
}

const std::regex kInclude(R"re(^\s*#\s*include\s*(["<])([^">]+)[">].*)re");
const std::regex kSystem(
    "sys/.*|arpa/.*|netinet/.*|netdb\\.h|linux/.*|unistd\\.h|fcntl\\.h|signal\\.h|poll\\.h|"
    "sched\\.h|spawn\\.h|dirent\\.h|pthread\\.h|termios\\.h|[a-z0-9]*intrin\\.h|cpuid\\.h|"
    "execinfo\\.h|dlfcn\\.h|std[a-z]+\\.h|string\\.h|errno\\.h|malloc\\.h|time\\.h|math\\.h");

// "tests/sim" sees what "sim" sees.
std::string place_of(const SourceFile& file) {
  return file.folder.starts_with("tests/") ? file.folder.substr(6) : file.folder;
}

std::string judge_own(const SourceFile& file, const std::string& header) {
  const std::string target = header.substr(0, header.find('/'));
  const bool is_test = file.folder.starts_with("tests");
  if (target == "tests") return is_test ? "" : "only tests may include tests";
  if (is_test && target == header) return "";  // beside it
  const std::string place = place_of(file);
  const bool of_no_folder = is_test && !picture().contains(place);  // they test the whole
  if (place == target || of_no_folder) return "";
  const auto sees = picture().find(place);
  if (sees == picture().end()) return "the folder '" + place + "' is not in the picture";
  return sees->second.contains(target) ? "" : place + " must not see " + target;
}

std::string judge_foreign(const SourceFile& file, const std::string& header) {
  const bool is_test = file.folder.starts_with("tests");
  if (header.starts_with("gtest/") || header.starts_with("gmock/")) {
    return is_test ? "" : "GoogleTest is for tests";
  }
  if (header.starts_with("nlohmann/")) {
    const bool forward = header == "nlohmann/json_fwd.hpp";  // names only
    return is_test || forward || file.path.ends_with("_json.cc") ? "" : "JSON is for *_json.cc";
  }
  for (const ThirdParty& party : third_parties()) {
    if (!std::regex_match(header, std::regex(party.headers))) continue;
    // Streams and device buffers of NCCL are those of the CUDA runtime.
    if (header == "cuda_runtime_api.h" && file.path.starts_with("runtime/worlds/nccl")) return "";
    const bool home = party.homes.contains(place_of(file)) && file.path.starts_with(party.room);
    return home ? "" : "it lives elsewhere";
  }
  const bool standard = header.find_first_of("./") == std::string::npos;
  return standard || std::regex_match(header, kSystem) ? "" : "nobody said where it lives";
}

struct Include {
  std::size_t line = 0;  // from 1
  bool own = false;      // in quotes
  std::string header;
};

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> result;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_match(file.lines[i], match, kInclude)) continue;
    result.push_back({i + 1, match[1] == "\"", match[2]});
  }
  return result;
}

bool is_third_party(const std::string& header) {
  return std::any_of(third_parties().begin(), third_parties().end(), [&](const ThirdParty& party) {
    return std::regex_match(header, std::regex(party.headers));
  });
}

TEST(Layers, ArrowsPointDown) {
  std::size_t count = 0;
  for (const SourceFile& file : source_files(REHEARSE_SOURCE_DIR)) {
    if (!is_cpp(file)) continue;
    for (const Include& include : includes_of(file)) {
      ++count;
      const std::string trouble =
          include.own ? judge_own(file, include.header) : judge_foreign(file, include.header);
      EXPECT_EQ(trouble, "") << file.path << ":" << include.line << ": " << include.header;
    }
  }
  EXPECT_GT(count, 100u);  // the test has read something
}

TEST(Layers, HeadersOfThirdPartiesDoNotLeak) {
  std::map<std::string, Names> includers;  // of each of our headers
  std::map<std::string, std::string> folder;
  std::vector<std::string> reached;  // files that see a third party
  for (const SourceFile& file : source_files(REHEARSE_SOURCE_DIR)) {
    if (!is_cpp(file)) continue;
    folder[file.path] = place_of(file);
    for (const Include& include : includes_of(file)) {
      if (include.own) {
        includers[include.header].insert(file.path);
      } else if (file.path.ends_with(".h") && is_third_party(include.header)) {
        reached.push_back(file.path);
      }
    }
  }
  Names met(reached.begin(), reached.end());
  while (!reached.empty()) {
    const std::string header = reached.back();
    reached.pop_back();
    for (const std::string& includer : includers[header]) {
      EXPECT_EQ(folder[includer], folder[header]) << includer << " includes " << header;
      if (met.insert(includer).second) reached.push_back(includer);
    }
  }
}

TEST(Layers, JudgesAsThePictureSays) {
  const SourceFile kernels{"kernels/models/layer.cc", "kernels", {}};
  const SourceFile runtime{"runtime/ring.cc", "runtime", {}};
  const SourceFile sim{"sim/engine/platform.cc", "sim", {}};
  EXPECT_EQ(judge_own(kernels, "topologies/graph/link.h"), "kernels must not see topologies");
  EXPECT_EQ(judge_own(runtime, "sim/engine/platform.h"), "runtime must not see sim");
  EXPECT_EQ(judge_own(sim, "runtime/world/world.h"), "");
  EXPECT_EQ(judge_foreign(sim, "simgrid/s4u.hpp"), "");
  EXPECT_EQ(judge_foreign(kernels, "simgrid/s4u.hpp"), "it lives elsewhere");
  const SourceFile importer{"kernels/models/importers/onnx/graph_file.cc", "kernels", {}};
  EXPECT_EQ(judge_foreign(importer, "onnx/onnx_pb.h"), "");
  EXPECT_EQ(judge_foreign(kernels, "onnx/onnx_pb.h"), "it lives elsewhere");
  const SourceFile cuda{"kernels/cuda/cuda_context.cc", "kernels", {}};
  const SourceFile nccl{"runtime/worlds/nccl/nccl_transport.cc", "runtime", {}};
  EXPECT_EQ(judge_foreign(cuda, "cudnn.h"), "");
  EXPECT_EQ(judge_foreign(kernels, "cudnn.h"), "it lives elsewhere");
  EXPECT_EQ(judge_foreign(nccl, "nccl.h"), "");
  EXPECT_EQ(judge_foreign(nccl, "cuda_runtime_api.h"), "");
  EXPECT_EQ(judge_foreign(runtime, "nccl.h"), "it lives elsewhere");
  EXPECT_EQ(judge_foreign(kernels, "nlohmann/json.hpp"), "JSON is for *_json.cc");
  EXPECT_EQ(judge_foreign(kernels, "some/library.h"), "nobody said where it lives");
  EXPECT_EQ(judge_foreign(kernels, "vector"), "");
}

}  // namespace
}  // namespace rehearse
