#include "apps/output_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "scenarios/find_scenario.h"
#include "scenarios/scenario.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  return fs::equivalent(a, b, failed) && !failed;
}

// A name that both would have, whether or not there is such a file yet.
bool same_name(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  return fs::weakly_canonical(a, failed) == fs::weakly_canonical(b, failed) && !failed;
}

// All files that are read because of `inputs`.
std::set<std::string> files_read(const std::vector<std::string>& inputs) {
  std::set<std::string> all;
  std::vector<std::string> open;
  const auto add = [&](const std::string& word, const std::string& folder) {
    for (std::string& file : files_behind(word, folder)) {
      if (all.insert(file).second) open.push_back(std::move(file));
    }
  };
  for (const std::string& word : inputs) {
    add(word, "");
    if (!word.starts_with('{')) continue;
    for (const std::string& text : texts_in(word)) add(text, "");
  }
  while (!open.empty()) {
    const std::string file = std::move(open.back());
    open.pop_back();
    if (!file.ends_with(".json")) continue;
    const std::string folder = fs::path(file).parent_path().string();
    for (const std::string& text : texts_in(file)) add(text, folder);
  }
  return all;
}

std::vector<NamedOutput> outputs_of(const std::string& folder, const FilePlan& plan) {
  std::vector<NamedOutput> outputs;
  if (!folder.empty()) {
    for (const std::string& name : plan.in_out) {
      outputs.push_back({"--out", (fs::path(folder) / name).string()});
    }
  }
  for (const NamedOutput& output : plan.elsewhere) {
    if (!output.path.empty()) outputs.push_back(output);
  }
  return outputs;
}

void expect_folder(const NamedOutput& output) {
  const fs::path folder = fs::path(output.path).parent_path();
  std::error_code failed;
  if (folder.empty() || fs::is_directory(folder, failed)) return;
  throw Error::environment("'" + output.path + "' cannot be written",
                           "there is no folder '" + folder.string() + "'",
                           "make it, or choose another " + output.option);
}

void expect_different(const std::vector<NamedOutput>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::string& path = outputs[i].path;
      std::error_code failed;
      const bool thing = fs::exists(path, failed) && !is_file(path);  // a pipe takes both
      if (thing || !same_name(path, outputs[j].path)) continue;
      throw Error::input(
          outputs[j].option + " and " + outputs[i].option + " both write '" + path + "'", "",
          "choose another name for one of them");
    }
  }
}

}  // namespace

std::vector<std::string> files_behind(const std::string& word, const std::string& folder) {
  std::vector<std::string> files;
  if (word.empty() || word.find('\0') != std::string::npos) return files;
  const fs::path shipped = scenarios_folder();
  for (const fs::path& path :
       {fs::path(folder) / word, fs::path(find_scenario(word)),
        shipped / "devices" / (word + ".json"), shipped / "networks" / (word + ".json"),
        shipped / "stacks" / (word + ".json"), shipped / "fabrics" / (word + ".json")}) {
    if (is_file(path)) files.push_back(path.lexically_normal().string());
  }
  return files;
}

void expect_apart(const std::string& folder, const FilePlan& plan) {
  const std::vector<NamedOutput> outputs = outputs_of(folder, plan);
  for (const NamedOutput& output : plan.elsewhere) {
    if (!output.path.empty()) expect_folder(output);
  }
  expect_different(outputs);
  std::vector<NamedOutput> old;  // what is no file yet is read by nobody
  for (const NamedOutput& output : outputs) {
    if (is_file(output.path)) old.push_back(output);
  }
  if (old.empty()) return;
  for (const std::string& input : files_read(plan.inputs)) {
    for (const NamedOutput& output : old) {
      if (!same_file(output.path, input)) continue;
      throw Error::input(output.option + " would overwrite '" + output.path + "'",
                         "this command reads it", "choose another place");
    }
  }
}

}  // namespace rehearse
