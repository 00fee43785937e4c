#include "apps/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/suggestion.h"
#include "kernels/backend.h"
#include "kernels/cuda/cuda_devices.h"
#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {
namespace {

constexpr std::array<std::string_view, 3> kLater{"explain", "init", "merge"};

std::string gpu_libraries() {
  const std::string libraries = cuda_libraries();
  if (libraries.empty()) return "GPU, NCCL and cuDNN: absent (CUDA: not compiled in)";
  const int count = cuda_device_count();
  const std::string found = count == 0 ? "no GPU found" : "GPUs found: " + std::to_string(count);
  return libraries + ": compiled in, " + found;
}

// With what the program was built from.
std::string version() {
  const std::string mpi = MpiSession::library();
  return "rehearse " REHEARSE_VERSION "\nkernels: " + cpu_backend().library() +
         "\nmessages: " + (mpi.empty() ? "MPI absent" : mpi) + "\n" + gpu_libraries();
}

void describe(CLI::App& app, CommandAction& action) {
  app.set_version_flag("--version", version);
  app.set_help_flag("-h,--help", "Print this help");
  app.require_subcommand(1);
  add_predict(app, action);
  add_compare(app, action);
  add_plan(app, action);
  add_search(app, action);
  add_model(app, action);
  add_calibrate(app, action);
  add_emulate(app, action);
  add_train(app, action);
  add_convert(app, action);
  add_validate(app, action);
  add_topology(app, action);
  add_collective(app, action);
  add_check(app, action);
  add_list(app, action);
  app.footer("rehearse COMMAND --help describes a command.");
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// CLI11 reports an unknown command as a missing one; say which word it was.
void expect_command(const CLI::App& app, int argc, const char* const* argv) {
  const std::vector<std::string> names = command_names(app);
  if (argc < 2) {
    throw Error::input("no command is given", "", "use " + list_of(names) + ", or --help");
  }
  const std::string word = argv[1];
  if (word == "-h" || word == "--help" || word == "--version") return;
  if (word.starts_with('-')) {
    throw Error::input("'" + word + "' stands before the command", "",
                       "write the command first: rehearse COMMAND … " + word);
  }
  if (std::find(kLater.begin(), kLater.end(), word) != kLater.end()) {
    throw Error::input("the command '" + word + "' does not work yet", "", "use " + list_of(names));
  }
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  throw Error::input("unknown command '" + word + "'", "",
                     suggestion(word, names, "use " + list_of(names)));
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;  // hidden: does not work yet
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  }
  return names;
}

// `names` have no dashes in front: they are in all and would make any two look alike.
std::string option_suggestion(const std::string& word, const std::vector<std::string>& names,
                              const std::string& otherwise) {
  const std::vector<std::string> meant =
      likely(word.substr(std::min(word.find_first_not_of('-'), word.size())), names);
  std::vector<std::string> options;
  for (const std::string& name : meant) options.push_back("'--" + name + "'");
  return options.empty() ? otherwise : "did you mean " + list_of(options) + "?";
}

// Whether the word before it ends with a comma: "--workers 1, 2".
bool breaks_a_list(int argc, const char* const* argv, std::string_view word) {
  for (int i = 2; i < argc; ++i) {
    if (argv[i] == word && std::string_view(argv[i - 1]).ends_with(',')) return true;
  }
  return false;
}

// CLI11 says "Could not convert: --seed = x".
std::string not_a_number(const std::string& text) {
  const std::string begin = "Could not convert: ";
  const std::size_t middle = text.find(" = ");
  if (!text.starts_with(begin) || middle == std::string::npos) return text;
  return text.substr(begin.size(), middle - begin.size()) + ": '" + text.substr(middle + 3) +
         "' is no number that fits here";
}

// One line for what CLI11 refused. `app` still holds the words that it could not place.
Error explain(const CLI::App& app, const CLI::ParseError& error, int argc,
              const char* const* argv) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string help = "see rehearse " + command.get_name() + " --help";
  const std::vector<std::string> rest = app.remaining(true);
  for (const std::string& word : rest) {
    if (!word.starts_with('-') || word == "--") continue;
    const std::string name = word.substr(0, word.find('='));
    return Error::input("unknown option '" + name + "' of " + command.get_name(), "",
                        option_suggestion(name, option_names(command), help));
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !rest.empty()) {
    return Error::input("one argument too many: '" + rest.front() + "'", "",
                        breaks_a_list(argc, argv, rest.front())
                            ? "write the list before it in one word, or in quotes"
                            : help);
  }
  if (const auto* wrong = dynamic_cast<const CLI::ConversionError*>(&error); wrong != nullptr) {
    return Error::input(command.get_name() + ": " + not_a_number(wrong->what()), "", help);
  }
  std::string what = error.what();
  std::replace(what.begin(), what.end(), '\n', ' ');
  return Error::input(command.get_name() + ": " + what, "", help);
}

CommandAction print(const std::string& text) {
  return [text] {
    std::cout << text << std::flush;
    if (!std::cout) throw Error::environment("nothing can be written to stdout");
    return 0;
  };
}

// What --help and --version print, as CLI11 words it.
std::string information(const CLI::App& app, const CLI::Success& request) {
  std::ostringstream out;
  app.exit(request, out, out);
  return out.str();
}

}  // namespace

CommandAction parse_command_line(int argc, const char* const* argv) {
  CommandAction action;
  CLI::App app("Rehearse predicts how long training takes on a cluster before anybody pays for it.",
               "rehearse");
  describe(app, action);
  expect_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {
    return print(information(app, request));
  } catch (const CLI::ParseError& error) {
    throw explain(app, error, argc, argv);
  }
  return action;
}

}  // namespace rehearse
