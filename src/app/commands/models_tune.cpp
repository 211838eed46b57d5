// entente models tune: packs an installed model in other ways, measures each on this machine, and installs the one that
// the person chooses beside the original. One candidate at a time lies on the disk.
#include <cstdio>
#include <format>
#include <fstream>
#include <iostream>
#include <optional>

#include <unistd.h>

#include "app/commands/commands.hpp"
#include "app/commands/model_output.hpp"
#include "app/paths.hpp"
#include "app/reports/layout_report.hpp"
#include "app/reports/tune_text.hpp"
#include "app/terminal/output.hpp"
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "local/libllama/versions.hpp"
#include "models/gguf.hpp"
#include "models/workplace.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

namespace fs = std::filesystem;
using models::Installed;

constexpr std::uint64_t most_text_bytes = 1024 * 1024, spare_bytes = 200'000'000;

Result<std::string> text_to_judge(const fs::path& file) {
  if (file.empty()) return std::string(tune_text());
  std::ifstream in(file, std::ios::binary);
  std::string text(most_text_bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() && !in) return fail(ErrorCode::not_found, std::format("The file {} cannot be read.", file.string()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  std::size_t wrong = find_invalid_utf8(text);
  if (wrong != std::string::npos && wrong + 4 < text.size()) {  // the last character may be cut
    return fail(ErrorCode::invalid_request, std::format("{} is not a text in UTF-8.", file.string()));
  }
  return text.substr(0, wrong);
}

// smollm2:135m and Q4_0 give smollm2:135m-q4_0; tiny gives tiny:q4_0.
std::string name_for(const std::string& model, std::string_view layout) {
  return model + (model.contains(':') ? "-" : ":") + to_lower(layout);
}

Result<const local::Layout*> layout_named(const std::string& name) {
  if (const local::Layout* layout = local::find_layout(name)) return layout;
  std::string known;
  for (const local::Layout& layout : local::layouts())
    known += std::format("{}{}", known.empty() ? "" : ", ", layout.name);
  return fail(ErrorCode::invalid_request, std::format("There is no layout '{}'. There are {}.", name, known));
}

void say(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::fflush(stderr);
}

class Tuning {
 public:
  Tuning(models::ModelStore& store, Installed model, std::string text, std::uint32_t threads, models::Workplace place)
      : store_(store), model_(std::move(model)), text_(std::move(text)), threads_(threads), place_(std::move(place)) {}

  Result<> measure_original() {
    TRY_ASSIGN(models::GgufInfo info, models::inspect_gguf(model_.path));
    parameters_ = info.parameters;
    packing_ = info.quantisation;
    say(std::format("Measuring {} as it is ({}).", model_.name, packing_.empty() ? "unknown packing" : packing_));
    return measure(model_.path, packing_.empty() ? "original" : packing_);
  }

  // A candidate that cannot be made or measured is said and left out.
  Result<> try_out(const local::Layout& layout) {
    if (layout.name == packing_) return {};
    fs::path file = place_.file(to_lower(layout.name));
    Result<> tried = [&]() -> Result<> {
      TRY(pack(layout, file));
      say(std::format("Measuring {}.", layout.name));
      return measure(file, std::string(layout.name));
    }();
    std::error_code ignored;
    fs::remove(file, ignored);
    if (!tried) say(std::format("{} is left out. {}", layout.name, tried.error().message));
    return tried;
  }

  Result<Installed> choose(const local::Layout& layout) {
    if (layout.name == packing_) {
      return fail(ErrorCode::invalid_request, std::format("{} is packed as {} already.", model_.name, packing_));
    }
    fs::path file = place_.file(to_lower(layout.name));
    TRY(pack(layout, file));
    return store_.adopt_made(file, name_for(model_.name, layout.name), model_,
                             std::format("made of {} (sha256 {}): packed as {} by libllama {}", model_.name,
                                         model_.sha256, layout.name, local::llama_version()));
  }

  const std::vector<MeasuredLayout>& measured() const { return measured_; }
  const Installed& model() const { return model_; }

 private:
  Result<> pack(const local::Layout& layout, const fs::path& file) {
    auto bytes = static_cast<std::uint64_t>(static_cast<double>(parameters_) * layout.bits / 8);
    if (bytes + bytes / 10 + spare_bytes > place_.room()) {
      return fail(ErrorCode::unavailable,
                  std::format("It would take about {} in {}, and {} is free there.", in_words(bytes),
                              file.parent_path().string(), in_words(place_.room())));
    }
    say(std::format("Packing {} ({}).", layout.name, layout.what));
    return local::repack(model_.path, file, layout, threads_);
  }

  Result<> measure(const fs::path& file, std::string name) {
    TRY_ASSIGN(models::GgufInfo info, models::inspect_gguf(file));
    TRY_ASSIGN(local::Measured measured, local::measure(file, text_, threads_));
    measured_.push_back({.name = std::move(name),
                         .bytes = info.file_bytes,
                         .measured = measured,
                         .kernels = in_words(kernel_shares(info))});
    return {};
  }

  models::ModelStore& store_;
  const Installed model_;
  const std::string text_;
  const std::uint32_t threads_;
  const models::Workplace place_;
  std::uint64_t parameters_ = 0;
  std::string packing_;
  std::vector<MeasuredLayout> measured_;
};

void print_json(const Tuning& tuning, const std::optional<Installed>& installed) {
  std::string out;
  wire::JsonWriter json(out);
  std::vector<std::string> words = good_for(tuning.measured());
  json.begin_object().key("model").string(tuning.model().name).key("text_tokens");
  json.number(std::int64_t{tuning.measured().front().measured.text_tokens}).key("layouts").begin_array();
  for (std::size_t i = 0; i < tuning.measured().size(); ++i) {
    const MeasuredLayout& layout = tuning.measured()[i];
    json.begin_object().key("layout").string(layout.name).key("bytes").number(static_cast<std::int64_t>(layout.bytes));
    json.key("prompt_tokens_per_second").number(layout.measured.prompt_tokens_per_second);
    json.key("answer_tokens_per_second").number(layout.measured.answer_tokens_per_second);
    json.key("answers_tokens_per_second").number(layout.measured.answers_tokens_per_second);
    json.key("perplexity").number(layout.measured.perplexity);
    json.key("kernels").string(layout.kernels).key("good_for").string(words[i]).end_object();
  }
  json.end_array();
  if (installed) {
    json.key("installed").begin_object();
    write_model(json, *installed);
    json.end_object();
  }
  json.end_object();
  std::printf("%s\n", out.c_str());
}

void print(const Tuning& tuning) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(tuning.measured().size());
  std::vector<std::string> words = good_for(tuning.measured());
  for (std::size_t i = 0; i < tuning.measured().size(); ++i) {
    const MeasuredLayout& layout = tuning.measured()[i];
    rows.push_back({layout.name, in_words(layout.bytes),
                    std::format("{:.0f}", layout.measured.prompt_tokens_per_second),
                    std::format("{:.0f}", layout.measured.answer_tokens_per_second),
                    std::format("{:.0f}", layout.measured.answers_tokens_per_second),
                    std::format("{:.2f}", layout.measured.perplexity), layout.kernels, words[i]});
  }
  print_table({"LAYOUT", "SIZE", "PROMPT/S", "ANSWER/S", "8 ANSWERS/S", "PERPLEXITY", "KERNELS", "GOOD FOR"}, rows);
  std::printf("Speeds in tokens a second, the best of three rounds. Perplexity over %u tokens: lower is better.\n",
              tuning.measured().front().measured.text_tokens);
}

// An empty answer, or the end of input, is no choice.
Result<const local::Layout*> ask_which() {
  std::printf("Which shall be installed beside the original? (its name, or Enter for none) ");
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line) || trim(line).empty()) return nullptr;
  return layout_named(std::string(trim(line)));
}

}  // namespace

int models_tune(const Common& common, const TuneWanted& wanted) {
  auto done = [&]() -> Result<> {
    const local::Layout* chosen = nullptr;
    if (!wanted.choose.empty()) {
      TRY_ASSIGN(chosen, layout_named(wanted.choose));
    }
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    models::ModelStore store(models_dir(loaded.config));
    TRY_ASSIGN(Installed model, store.find(wanted.name));
    TRY_ASSIGN(std::string text, text_to_judge(wanted.text_file));
    TRY_ASSIGN(models::Workplace place, models::Workplace::open(store.partial_folder(), "tune"));
    Tuning tuning(store, std::move(model), std::move(text), loaded.config.engine.threads, std::move(place));
    TRY(tuning.measure_original());
    for (const local::Layout& layout : local::layouts()) {
      if (chosen && chosen != &layout) continue;
      if (auto tried = tuning.try_out(layout); !tried && chosen) return tried;
    }
    bool person = !common.json && is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO);
    if (!common.json) print(tuning);
    if (!chosen && person) {
      TRY_ASSIGN(chosen, ask_which());
    }
    std::optional<Installed> installed;
    if (chosen) {
      TRY_ASSIGN(installed, tuning.choose(*chosen));
    }
    if (common.json) {
      print_json(tuning, installed);
    } else if (installed) {
      say_installed(*installed);
    } else {
      std::printf("Nothing was changed. `entente models tune %s --choose LAYOUT` installs one beside it.\n",
                  wanted.name.c_str());
    }
    return {};
  }();
  return done ? 0 : report(done.error(), common.json);
}

}  // namespace entente::app
