#include <nlohmann/json.hpp>
#include <string>

#include "report/json/notes.h"

namespace rehearse {

using Json = nlohmann::ordered_json;

Json to_value(const std::vector<Warning>& warnings) {
  Json list = Json::array();
  for (const Warning& warning : warnings) {
    list.push_back({{"code", warning.code}, {"what", warning.what}, {"points", warning.points}});
  }
  return list;
}

Json to_value(const std::vector<Provenance>& provenance) {
  Json list = Json::array();
  for (const Provenance& entry : provenance) {
    list.push_back({{"quantity", entry.quantity},
                    {"source", entry.source},
                    {"kind", std::string(to_text(entry.kind))}});
  }
  return list;
}

}  // namespace rehearse
