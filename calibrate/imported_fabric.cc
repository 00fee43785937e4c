#include "calibrate/imported_fabric.h"

#include "base/error.h"
#include "base/quantity_text.h"
#include "calibrate/importers/nccl_tests.h"
#include "calibrate/importers/osu.h"
#include "calibrate/measured_fabric.h"

namespace rehearse {
namespace {

struct Imported {
  std::string benchmark;
  MessageFit fit;
};

Error unsuited(const std::string& file, const std::string& what) {
  return Error::input(what + " does not say what one message costs", "",
                      "import osu_latency, osu_bibw or sendrecv_perf")
      .at(file, "/");
}

Imported from_osu(const std::string& text, const std::string& file) {
  const OsuTimes times = read_osu(text, file);
  if (times.benchmark == OsuTimes::Benchmark::all_reduce) throw unsuited(file, "an all-reduce");
  if (is_collective(times.benchmark)) throw unsuited(file, "a collective");
  if (times.benchmark == OsuTimes::Benchmark::bandwidth) throw unsuited(file, "a one-way stream");
  return {times.title, times.fit};
}

Imported from_nccl(const std::string& text, const std::string& file) {
  if (text.find("sendrecv") == std::string::npos) throw unsuited(file, "an all-reduce");
  return {"nccl-tests sendrecv_perf", read_nccl_tests(text, file).out_of_place_fit};
}

}  // namespace

FabricProfile import_fabric(const std::string& text, const std::string& file,
                            const ImportOptions& options) {
  const bool osu = text.find("# OSU") != std::string::npos;
  const Imported imported = osu ? from_osu(text, file) : from_nccl(text, file);
  FabricProfile fabric;
  fabric.name = options.name;
  std::vector<MessagePiece> pieces = as_pieces(imported.fit);
  fabric.message_latency = pieces.front().latency;
  (options.inside_node ? fabric.local_pieces : fabric.pieces) = std::move(pieces);
  fabric.provenance = {{options.inside_node ? "local_messages" : "messages",
                        imported.benchmark + ", fitted within " +
                            significant(100 * imported.fit.median_error, 2) + " % in the median, " +
                            significant(100 * imported.fit.worst_error, 2) + " % at worst",
                        Provenance::Kind::measured}};
  return fabric;
}

}  // namespace rehearse
