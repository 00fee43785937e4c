// Copies between the memories of a device and of its host in one direction: one at a time, in the
// order in which the tasks of a rank ask for them, as a GPU's copy engine performs them.
#pragma once

#include "base/units.h"

namespace rehearse {

class CopyEngine {
 public:
  // Called by an actor: returns when its copy, which takes `time`, is done.
  void copy(Duration time);
  // Asks for the same without waiting; returns when it will be done.
  Duration done_after(Duration time);

 private:
  Duration free_;  // when all that was asked for is done
};

// One engine each way.
struct CopyEngines {
  CopyEngine to_host, to_device;
};

}  // namespace rehearse
