#include "apps/kernel_import.h"

#include <filesystem>
#include <iostream>
#include <map>

#include "apps/output.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "base/suggestion.h"
#include "calibrate/fits/kernel_file.h"
#include "calibrate/fits/kernel_fit.h"
#include "calibrate/fits/kernel_judgement.h"
#include "scenarios/profile_library.h"
#include "scenarios/scenario.h"

namespace rehearse {
namespace {

std::string device_of(const KernelTable& table, const KernelImport& what) {
  const std::vector<std::string> words = table.devices();
  if (words.empty()) {
    throw Error::input("the table has no kernel that a law can be fitted to", "",
                       "name kind, precision_word and shape of its rows as docs/formats.md does")
        .at(table.name, "");
  }
  if (!what.device) {
    if (words.size() == 1) return words.front();
    throw Error::input("the table has kernels of " + std::to_string(words.size()) + " devices",
                       "they are " + list_of(words), "say which with --device")
        .at(table.name, "");
  }
  if (std::find(words.begin(), words.end(), *what.device) != words.end()) return *what.device;
  throw Error::input("the table has no kernels of '" + *what.device + "'",
                     "its devices are " + list_of(words), suggestion(*what.device, words))
      .at(table.name, "");
}

// The file of a profile, and what it says. `device`: where --base is not given.
JsonDocument base_document(const KernelImport& what, const std::string& device,
                           ProfileLibrary& profiles) {
  const std::string word = what.base.empty() ? device : what.base;
  try {
    (void)profiles.device(word, "");
  } catch (const Error& error) {
    if (!what.base.empty()) throw;
    throw Error::input("there is no device profile '" + word + "' with the data sheet of the table",
                       "", "name the nearest profile with --base");
  }
  const std::string folder = scenarios_folder() + "/devices/";
  return JsonDocument::parse_file(is_profile_path(word) ? word : folder + word + ".json");
}

std::string in_percent(double share) { return significant(100 * share, 2) + " %"; }

void tell(const KernelLaws& laws, const std::vector<KernelRow>& rows, const DeviceFacts& facts) {
  std::map<const KernelLaw*, Judgement> judged;
  for (const Judgement& one : judge(laws, rows, facts)) judged[one.law] = one;
  for (const KernelLaw& law : laws.laws) {
    std::cout << kKernelKindNames.text(law.kind) << " " << to_text(law.precision) << " "
              << law.library << ": fitted to " << law.rows << " kernels";
    if (const auto found = judged.find(&law); found != judged.end()) {
      const Judgement& one = found->second;
      std::cout << "; of " << one.held << " held out";
      const bool products = law.kind == KernelKind::gemm;
      if (one.large) {
        std::cout << (products ? ", from 1 GFLOP" : "") << " the median error is "
                  << in_percent(one.large->median) << ", nine of ten are within "
                  << in_percent(one.large->p90);
      }
      if (one.small) {
        std::cout << ", below 1 GFLOP the median error is " << in_percent(one.small->median);
      }
      std::cout << ", " << in_percent(one.inside) << " lie within p10 to p90";
    }
    std::cout << "\n";
  }
}

}  // namespace

int import_kernels(const KernelImport& what) {
  const KernelTable table = read_kernel_table(what.table);
  const std::string device = device_of(table, what);
  ProfileLibrary profiles;
  const JsonDocument base = base_document(what, device, profiles);
  const DeviceFacts facts = facts_of(profiles.device(what.base.empty() ? device : what.base, ""));
  const std::vector<KernelRow> rows = table.of(device);
  const std::string file = std::filesystem::path(what.table).filename().string();
  const KernelFit fit = fit_kernels(rows, facts, device + " of " + file);
  if (fit.laws.laws.empty()) {
    throw Error::input("no group of kernels has the 8 rows that a law needs",
                       fit.too_few.empty() ? "" : fit.too_few.front())
        .at(table.name, "");
  }
  const std::string name = std::filesystem::path(what.output).stem().string();
  write_file(what.output,
             profile_with_kernels(base, name, fit.laws, "laws fitted to the kernels of " + file));
  if (what.quiet) return 0;
  tell(fit.laws, rows, facts);
  for (const std::string& group : fit.too_few) {
    std::cerr << "warning [too_few_kernels]: " << group << " are too few for a law\n";
  }
  if (table.left_out > 0) {
    std::cerr << "warning [rows_left_out]: " << table.left_out
              << " rows of other kinds or precisions, or flagged 'do not use', are left out\n";
  }
  return 0;
}

}  // namespace rehearse
