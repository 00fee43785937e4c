// A line of a program's output without what others put around it: launchers their ranks, loggers
// their clocks, terminals their colours, mails and web pages their marks.
#pragma once

#include <string>
#include <string_view>

namespace rehearse {

// Takes away, as often as they stand at the beginning, the tags of Open MPI
// ("[1,0]<stdout>:", with or without a time), MPICH ("[0]"), srun -l ("0: "), pdsh ("node1: ") and
// kubectl --prefix ("[pod/name/container]"), times (ISO 8601, ctime, syslog, "12:00:01.5"),
// containers' streams ("stdout F", "name  |"), levels of loggers ("INFO") and quotation marks (">
// ") or bars of tables; anywhere, escape sequences of terminals and control characters. White space
// at either end goes, too; a hard space becomes a blank.
std::string undecorated(std::string_view line);

}  // namespace rehearse
