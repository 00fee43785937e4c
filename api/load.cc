#include "api/load.h"

#include "api/local_profile.h"
#include "scenarios/find_scenario.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"

namespace rehearse {

LoadedDocument load_document(const LoadOptions& options) {
  LoadedDocument loaded{open_scenario(options.file), {}};
  bool own_sweep = false;
  for (const std::string& assignment : options.overrides) {
    override_key(loaded.document, assignment);
    own_sweep = own_sweep || assignment.starts_with("sweep");
  }
  if (options.cut_sweep && !own_sweep) loaded.note = cut_sweep(loaded.document);
  return loaded;
}

LoadedScenario load(const LoadOptions& options) {
  const LoadedDocument loaded = load_document(options);
  ProfileLibrary profiles;
  profiles.set_local(local_profile(loaded.document, options.profile, options.door));
  return {read_scenario(loaded.document, profiles), loaded.note};
}

}  // namespace rehearse
