// Turns the words of a command line into what is to be done.
#pragma once

#include "apps/command.h"

namespace rehearse {

// Help and version texts are printed by the action. Throws Error::input, with the nearest known
// command or option, for what cannot be understood, and for commands that do not work yet.
CommandAction parse_command_line(int argc, const char* const* argv);

}  // namespace rehearse
