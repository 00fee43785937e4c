#include <CLI/CLI.hpp>
#include <memory>

#include "apps/catalogue.h"
#include "apps/command.h"
#include "apps/options.h"
#include "apps/output.h"

namespace rehearse {
namespace {

struct Options {
  std::string kind;  // empty: the kinds themselves
  OutputOptions output;
};

int run(const Options& options) {
  if (options.kind.empty()) {
    deliver(options.output, "list", kinds_table(), kinds_json());
    return 0;
  }
  deliver(options.output, "list", options.output.json ? "" : catalogue_table(options.kind),
          options.output.json ? catalogue_json(options.kind) : "");
  return 0;
}

}  // namespace

void add_list(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand(
      "list", "What devices, networks, models, scenarios and the like there are");
  const auto options = std::make_shared<Options>();
  command.add_option("KIND", options->kind,
                     "devices, networks, stacks, models, strategies, scenarios, topologies, "
                     "algorithms or layers; without it, what each of these is");
  command.add_flag("--json", options->output.json, "Print an array of objects");
  add_examples(command, {"rehearse list devices", "rehearse list scenarios --json"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
