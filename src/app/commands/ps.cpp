#include <cmath>
#include <cstdio>
#include <format>

#include "app/commands/ask_running.hpp"
#include "app/commands/commands.hpp"
#include "app/reports/json_members.hpp"
#include "app/terminal/output.hpp"
#include "wire/json.hpp"

namespace entente::app {

namespace {

void print_engine(const wire::Json& engine) {
  auto number = [&](std::string_view name) { return number_of(engine, name); };
  std::string stage = text_of(engine, "stage"), error = text_of(engine, "error");
  if (text_of(engine, "description").empty()) {
    std::printf("%s  %s%s%s\n", text_of(engine, "model").c_str(), stage.c_str(),
                stage == "loading" ? std::format(" {:.0f} %", std::floor(number("fraction") * 100)).c_str() : "",
                error.empty() ? "" : (": " + error).c_str());
    if (number("waiting_for_it") > 0) std::printf("  %.0f requests wait for it\n", number("waiting_for_it"));
    return;
  }
  double cells = number("sequences") * number("context_tokens"),
         asked = number("prompt_tokens") + number("cached_tokens");
  const wire::Json* pinned = engine.find("pinned");
  std::string on_gpu = number("gpu_layers") > 0 ? std::format(", {:.0f} layers on the GPU", number("gpu_layers")) : "";
  std::printf("%s  %s on %s%s, %.0f threads, %s%s%s\n", text_of(engine, "model").c_str(),
              text_of(engine, "description").c_str(), text_of(engine, "backend").c_str(), on_gpu.c_str(),
              number("threads"), in_words(static_cast<std::uint64_t>(number("bytes"))).c_str(),
              pinned && pinned->as<bool>() && *pinned->as<bool>() ? ", pinned" : "",
              stage == "unloading" ? ", unloading" : "");
  std::string on_disk;
  if (number("spill_prompts") + number("spill_hits") > 0) {
    on_disk = std::format(", {} of {:.0f} on disk (read back {:.0f} times)",
                          in_words(static_cast<std::uint64_t>(number("spill_bytes"))), number("spill_prompts"),
                          number("spill_hits"));
  }
  std::printf("  answers running %.0f of %.0f, waiting %.0f; cells used %.0f %%; computed prompts %s%s\n",
              number("running"), number("sequences"), number("waiting"),
              cells > 0 ? 100 * number("cells_used") / cells : 0,
              in_words(static_cast<std::uint64_t>(number("prefix_bytes"))).c_str(), on_disk.c_str());
  double seconds = number("step_seconds");
  std::string energy = engine.find("joules") ? std::format(", {:.0f} J", number("joules")) : "";
  std::printf(
      "  since it was loaded: %.0f tokens answered, %.0f read (%.0f %% of them from computed prompts), %.0f s of "
      "computing%s%s; parked %.0f times%s\n",
      number("completion_tokens"), asked, asked > 0 ? 100 * number("cached_tokens") / asked : 0, seconds,
      seconds > 0
          ? std::format(", {:.0f} tokens/s", (number("completion_tokens") + number("prompt_tokens")) / seconds).c_str()
          : "",
      energy.c_str(), number("parked"),
      number("proposed_tokens") > 0
          ? std::format("; {:.0f} of {:.0f} proposed tokens right", number("proposed_right"), number("proposed_tokens"))
                .c_str()
          : "");
  if (const wire::Json* draft = engine.find("draft")) {
    std::printf("  draft model %s: %.0f of %.0f guesses right\n", text_of(*draft, "description").c_str(),
                number_of(*draft, "proposed_right"), number_of(*draft, "proposed_tokens"));
  }
  std::vector<std::vector<std::string>> rows;
  for (const wire::Json& tenant : list_of(engine, "tenants")) {
    std::string name = text_of(tenant, "name");
    rows.push_back(
        {name.empty() ? text_of(tenant, "tenant") : name, std::format("{:.0f}", number_of(tenant, "running")),
         std::format("{:.0f}", number_of(tenant, "waiting")), std::format("{:.1f} s", number_of(tenant, "served"))});
  }
  if (!rows.empty()) print_table({"  TENANT", "RUNNING", "WAITING", "SERVED"}, rows);
}

void print_engines(const wire::Json& document) {
  const wire::Json::Array& engines = list_of(document, "engines");
  if (engines.empty()) std::printf("No model is loaded; one is when it is asked for.\n");
  for (const wire::Json& engine : engines) print_engine(engine);
  if (const wire::Json* memory = document.find("memory")) {
    std::printf("memory for models: %s of %s taken\n",
                in_words(static_cast<std::uint64_t>(number_of(*memory, "taken"))).c_str(),
                in_words(static_cast<std::uint64_t>(number_of(*memory, "budget"))).c_str());
  }
  const wire::Json* spill = document.find("spill");
  if (spill && number_of(*spill, "budget") > 0) {
    std::printf("disk for computed prompts: %s of %s taken\n",
                in_words(static_cast<std::uint64_t>(number_of(*spill, "taken"))).c_str(),
                in_words(static_cast<std::uint64_t>(number_of(*spill, "budget"))).c_str());
  }
}

}  // namespace

int ps(const Common& common) { return show_running(common, "/engines", print_engines); }

}  // namespace entente::app
