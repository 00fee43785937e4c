// How the commands join the command line. Each add_* declares one command with its options; when
// the user asks for that command, it stores in `action` what is to be done, which returns the exit
// status.
#pragma once

#include <functional>

namespace CLI {
class App;
}  // namespace CLI

namespace rehearse {

using CommandAction = std::function<int()>;

void add_predict(CLI::App& app, CommandAction& action);
void add_compare(CLI::App& app, CommandAction& action);
void add_plan(CLI::App& app, CommandAction& action);
void add_search(CLI::App& app, CommandAction& action);
void add_model(CLI::App& app, CommandAction& action);
void add_validate(CLI::App& app, CommandAction& action);
void add_topology(CLI::App& app, CommandAction& action);
void add_train(CLI::App& app, CommandAction& action);
void add_calibrate(CLI::App& app, CommandAction& action);
void add_collective(CLI::App& app, CommandAction& action);
void add_emulate(CLI::App& app, CommandAction& action);
void add_check(CLI::App& app, CommandAction& action);
void add_convert(CLI::App& app, CommandAction& action);
void add_list(CLI::App& app, CommandAction& action);

}  // namespace rehearse
