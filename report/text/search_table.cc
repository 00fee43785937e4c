#include <algorithm>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/search_report.h"
#include "report/text/text_table.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

std::string devices(std::int64_t count) {
  return grouped(count) + (count == 1 ? " device" : " devices");
}

std::string span(const Quantiles& time) {
  return to_text(Duration(time.p10)) + " – " + to_text(Duration(time.p90));
}

std::string counts(const WorkersSearch& found) {
  return grouped(found.candidates) + " candidates, " + grouped(found.legal) + " legal, " +
         grouped(found.fitting) + " fit in " + to_text(Bytes(found.most_memory));
}

// The layout, and how its gradients travel where a search was to find it.
std::string words_of(const FoundLayout& found) {
  return to_text(found.layout) + (found.fusion ? ", " + to_text(*found.fusion) : "");
}

std::string workers_table(const SearchResult& result) {
  const bool machines = !result.across.empty();
  TextTable table({{machines ? "machine" : "", Align::left},
                   {"workers"},
                   {"nodes"},
                   {"legal"},
                   {"fit"},
                   {"step p50"},
                   {"samples/s"},
                   {"MFU"},
                   {"memory"},
                   {"node-hours of an epoch"},
                   {"best layout", Align::left}});
  for (const WorkersSearch& found : result.by_workers) {
    const PredictedPoint& point = found.best.front().point;
    table.add({found.machine, grouped(found.workers), grouped(found.nodes), grouped(found.legal),
               grouped(found.fitting), to_text(Duration(point.step_time.p50)),
               readable(point.samples_per_s), percent(point.model_flops_utilization),
               to_text(point.memory.total()), readable(point.node_hours_per_epoch),
               words_of(found.best.front())});
  }
  return table.text() + "\n";
}

std::string best_table(const WorkersSearch& found) {
  TextTable table({{""},
                   {"step p50"},
                   {"p10 – p90"},
                   {"samples/s"},
                   {"MFU"},
                   {"memory"},
                   {"layout", Align::left},
                   {"loses because", Align::left}});
  for (std::size_t i = 0; i < found.best.size(); ++i) {
    const FoundLayout& one = found.best[i];
    table.add({std::to_string(i + 1), to_text(Duration(one.point.step_time.p50)),
               span(one.point.step_time), readable(one.point.samples_per_s),
               percent(one.point.model_flops_utilization), to_text(one.point.memory.total()),
               words_of(one), one.loses ? one.loses->text : "the best"});
  }
  return table.text();
}

std::string across_table(const SearchResult& result) {
  const bool priced = !result.currency.empty();
  TextTable table({{""},
                   {"machine", Align::left},
                   {"nodes"},
                   {"workers"},
                   {"step p50"},
                   {"p10 – p90"},
                   {"samples/s"},
                   {"memory"},
                   {"an epoch: node-hours"},
                   {"MWh"},
                   {priced ? result.currency : ""},
                   {"layout", Align::left},
                   {"loses because", Align::left}});
  constexpr double kMegawattHour = 3.6e9;  // J
  for (std::size_t i = 0; i < result.across.size(); ++i) {
    const AcrossLayout& one = result.across[i];
    const WorkersSearch& at = result.by_workers[one.point];
    const PredictedPoint& point = one.found.point;
    table.add({std::to_string(i + 1), at.machine, grouped(at.nodes), grouped(at.workers),
               to_text(Duration(point.step_time.p50)), span(point.step_time),
               readable(point.samples_per_s), to_text(point.memory.total()),
               readable(point.node_hours_per_epoch),
               point.energy_per_epoch > 0 ? readable(point.energy_per_epoch / kMegawattHour) : "-",
               one.price ? readable(*one.price) : (priced ? "-" : ""), words_of(one.found),
               one.found.loses ? one.found.loses->text : "the best"});
  }
  return table.text();
}

// The closed form and the longest path agree on the time of a layout no better than this, even of
// plain schedules (docs/models/search.md).
constexpr double kNoise = 0.02;

std::string noise_text(const std::vector<double>& times) {
  const double least = *std::ranges::min_element(times);
  const auto near =
      std::ranges::count_if(times, [&](double time) { return time <= (1 + kNoise) * least; });
  if (near < 2) return "";
  return std::to_string(near) + " of these layouts are within " + percent(kNoise) +
         " of the fastest, which is within the noise of the prediction: any of them may be the "
         "best.\n";
}

std::string best_text(const SearchResult& result) {
  std::vector<double> times;
  for (const AcrossLayout& one : result.across) times.push_back(per_sample(one.found));
  if (!times.empty()) return across_table(result) + noise_text(times);
  const WorkersSearch& last = told_point(result);
  for (const FoundLayout& one : last.best) times.push_back(per_sample(one));
  return best_table(last) + noise_text(times);
}

std::string front_text(const WorkersSearch& found) {
  TextTable table({{"memory"}, {"step, estimated"}, {"layout", Align::left}});
  constexpr std::size_t kLines = 8;
  for (const RankedLayout& ranked : thinned(found.pareto, kLines)) {
    table.add(
        {to_text(Bytes(ranked.memory)), to_text(Duration(ranked.seconds)), to_text(ranked.layout)});
  }
  return "\nNo layout takes less time and less memory than one of these:\n\n" + table.text();
}

std::string sensitivity_text(const WorkersSearch& found) {
  std::string text = "\n";
  for (const BandwidthCase& one : found.sensitivity) {
    text += "Between nodes " + readable(one.factor) +
            " times the bandwidth: a step of the best takes " + to_text(Duration(one.seconds));
    text += one.same ? "; it stays the best\n"
                     : "; then the best takes " + to_text(Duration(one.best_seconds)) + ": " +
                           to_text(one.best) + "\n";
  }
  return text;
}

// Tensor parallelism moves activations inside the node, data parallelism gradients between nodes:
// what moves more wants the faster links.
std::string thumb_text(const WorkersSearch& found) {
  const LayoutTraffic& traffic = found.traffic;
  std::string text = "\nRule of thumb: a device sends " + to_text(Bytes(traffic.gradients)) +
                     " of gradients and parameters in a step";
  const auto add = [&](double bytes, const char* what) {
    if (bytes > 0) text += ", " + to_text(Bytes(bytes)) + what;
  };
  add(traffic.tensor, " of activations along tensor");
  add(traffic.context, " along context");
  add(traffic.expert, " along expert");
  add(traffic.stages, " between stages");
  return text + "; what is more belongs on the faster links.\n";
}

}  // namespace

std::string search_table(const SearchResult& result) {
  const WorkersSearch& last = told_point(result);
  const std::string of = result.across.empty() ? devices(last.workers) : "all machines";
  std::string text = result.scenario + ": layouts of " + of + ", the least " +
                     std::string(kSearchObjectiveNames.text(result.objective)) + " first\n";
  if (!result.across.empty()) text += devices(last.workers) + " of " + last.machine + ": ";
  text += counts(last) + "\n\n";
  if (result.by_workers.size() > 1) text += workers_table(result);
  text += best_text(result) + front_text(last) + sensitivity_text(last) + thumb_text(last);
  text += "MFU counts the FLOP of the model (" +
          std::string(last.best.front().point.counts_full_attention ? "full" : "causal") +
          " attention, no recomputation) against the dense peak.\n";
  if (!result.warnings.empty()) text += "\nWarnings:\n";
  for (const Warning& warning : result.warnings) {
    text += "  " + warning.code + ": " + warning.what + "\n";
  }
  return text;
}

std::string search_csv(const SearchResult& result) {
  std::string text =
      "workers,rank,data,tensor,pipeline,context,expert,expert_tensor,sequence,zero,shard_group,"
      "schedule,virtual_stages,microbatch,microbatches,recompute,offload_optimizer,"
      "step_time_p10_s,step_time_p50_s,step_time_p90_s,samples_per_s,model_flops_utilization,"
      "memory_bytes,loses_phase,loses_s,fusion_bytes,cycle_s,machine\n";
  for (const WorkersSearch& found : result.by_workers) {
    for (std::size_t i = 0; i < found.best.size(); ++i) {
      const FoundLayout& one = found.best[i];
      const Layout& l = one.layout;
      const auto mode = l.recompute.mode;
      using Mode = Recompute::Mode;
      const std::string recompute = mode == Mode::none        ? "none"
                                    : mode == Mode::selective ? "selective"
                                    : mode == Mode::full      ? "full"
                                                              : "kinds";
      std::string row = std::to_string(found.workers) + "," + std::to_string(i + 1);
      for (const std::int64_t value :
           {l.data, l.tensor, l.pipeline, l.context, l.expert, l.expert_tensor}) {
        row += "," + std::to_string(value);
      }
      row += std::string(",") + (l.sequence ? "true" : "false") + "," + std::to_string(l.zero) +
             "," + std::to_string(l.shard_group) + "," +
             std::string(kPipelineScheduleNames.text(l.schedule)) + "," +
             std::to_string(l.virtual_stages) + "," + std::to_string(l.microbatch) + "," +
             std::to_string(l.microbatches) + "," + recompute + "," + exact(l.offload_optimizer);
      const PredictedPoint& p = one.point;
      for (const double value : {p.step_time.p10, p.step_time.p50, p.step_time.p90, p.samples_per_s,
                                 p.model_flops_utilization, p.memory.total().value()}) {
        row += "," + exact(value);
      }
      row += one.loses
                 ? "," + std::string(to_text(one.loses->phase)) + "," + exact(one.loses->seconds)
                 : ",,";
      row += one.fusion
                 ? "," + exact(one.fusion->fusion.value()) + "," + exact(one.fusion->cycle.value())
                 : ",,";
      text += row + "," + found.machine + "\n";
    }
  }
  return text;
}

}  // namespace rehearse
