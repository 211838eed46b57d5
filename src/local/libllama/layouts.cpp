#include "local/libllama/layouts.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <format>
#include <vector>

#include <llama-cpp.h>

#include "base/ascii.hpp"
#include "local/libllama/backend.hpp"
#include "local/machine/threads.hpp"
#include "local/model/token_chooser.hpp"

namespace entente::local {

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

// The tensors whose loss of digits costs the text most, left at eight bits in the mixed layouts.
constexpr llama_model_tensor_override sensitive[] = {
    {"attn_v\\.weight", GGML_TYPE_Q8_0}, {"ffn_down\\.weight", GGML_TYPE_Q8_0}, {nullptr, GGML_TYPE_F32}};

struct Recipe {
  Layout layout;
  llama_ftype type;
  const llama_model_tensor_override* overrides = nullptr;
};
constexpr Recipe recipes[] = {
    {{"Q4_0", 4.7, "four bits, one scale"}, LLAMA_FTYPE_MOSTLY_Q4_0},
    {{"IQ4_NL", 4.7, "four bits, uneven steps"}, LLAMA_FTYPE_MOSTLY_IQ4_NL},
    {{"Q4_0-mix", 6.0, "Q4_0, the sensitive tensors in Q8_0"}, LLAMA_FTYPE_MOSTLY_Q4_0, sensitive},
    {{"IQ4_NL-mix", 6.0, "IQ4_NL, the sensitive tensors in Q8_0"}, LLAMA_FTYPE_MOSTLY_IQ4_NL, sensitive},
    {{"Q8_0", 8.6, "eight bits"}, LLAMA_FTYPE_MOSTLY_Q8_0},
    {{"BF16", 16.1, "sixteen bits, nothing packed"}, LLAMA_FTYPE_MOSTLY_BF16},
};
constexpr auto table = [] {
  std::array<Layout, std::size(recipes)> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = recipes[i].layout;
  return out;
}();

constexpr std::uint32_t window = 512, unjudged = 32, most_windows = 32, judged_at_once = 64, streams = 8;

class Measuring {
 public:
  Measuring(const llama_model* model, llama_context* context)
      : context_(context),
        vocab_(llama_model_get_vocab(model)),
        batch_(llama_batch_init(static_cast<std::int32_t>(window), 0, 1)) {}
  ~Measuring() { llama_batch_free(batch_); }
  Measuring(const Measuring&) = delete;
  Measuring& operator=(const Measuring&) = delete;

  Result<Measured> run(std::string_view text) {
    TRY_ASSIGN(std::vector<Token> tokens, tokens_of(text));
    Measured out;
    TRY(read(tokens, out));
    for (int round = 0; round < 3; ++round) {
      TRY_ASSIGN(double prompt, prompt_speed(tokens));
      TRY_ASSIGN(double answer, answer_speed(1));
      TRY_ASSIGN(double answers, answer_speed(streams));
      out.prompt_tokens_per_second = std::max(out.prompt_tokens_per_second, prompt);
      out.answer_tokens_per_second = std::max(out.answer_tokens_per_second, answer);
      out.answers_tokens_per_second = std::max(out.answers_tokens_per_second, answers);
    }
    return out;
  }

 private:
  Result<std::vector<Token>> tokens_of(std::string_view text) const {
    std::vector<Token> tokens(text.size() + 2);
    std::int32_t count = llama_tokenize(vocab_, text.data(), static_cast<std::int32_t>(text.size()), tokens.data(),
                                        static_cast<std::int32_t>(tokens.size()), true, false);
    tokens.resize(static_cast<std::size_t>(std::max(0, count)));
    if (tokens.size() < 2 * unjudged) {
      return fail(ErrorCode::invalid_request,
                  std::format("The text has {} tokens; a judgement needs at least {}, better a few thousand.",
                              tokens.size(), 2 * unjudged));
    }
    return tokens;
  }

  void add(Token token, std::uint32_t position, std::uint32_t sequence, bool wants_logits) {
    std::int32_t i = batch_.n_tokens++;
    batch_.token[i] = token;
    batch_.pos[i] = static_cast<llama_pos>(position);
    batch_.n_seq_id[i] = 1;
    batch_.seq_id[i][0] = static_cast<llama_seq_id>(sequence);
    batch_.logits[i] = wants_logits;
  }

  Result<> compute() {
    ErrorsKept errors;
    if (llama_decode(context_, batch_) != 0) {
      return fail({.code = ErrorCode::unavailable,
                   .message = "libllama could not compute with this layout.",
                   .details = errors.text()});
    }
    llama_synchronize(context_);
    batch_.n_tokens = 0;
    return {};
  }

  void begin_anew() {
    llama_memory_clear(llama_get_memory(context_), false);
    batch_.n_tokens = 0;
  }

  std::uint32_t longest() const { return std::min(window, llama_n_ctx_seq(context_)); }

  // Judges each token of the text by what the model thought of it before.
  Result<> read(const std::vector<Token>& tokens, Measured& out) {
    auto vocabulary = static_cast<std::size_t>(llama_vocab_n_tokens(vocab_));
    double surprise = 0;
    for (std::uint32_t w = 0; w < most_windows; ++w) {
      std::size_t from = std::size_t{w} * longest();
      if (from + 2 * unjudged > tokens.size()) break;
      std::span<const Token> part =
          std::span(tokens).subspan(from).first(std::min<std::size_t>(longest(), tokens.size() - from));
      begin_anew();
      for (std::uint32_t at = 0; at < part.size(); at += judged_at_once) {
        auto end = static_cast<std::uint32_t>(std::min<std::size_t>(at + judged_at_once, part.size()));
        for (std::uint32_t i = at; i < end; ++i) add(part[i], i, 0, true);
        TRY(compute());
        for (std::uint32_t i = std::max(at, unjudged); i + 1 < part.size() && i < end; ++i) {
          const float* logits = llama_get_logits_ith(context_, static_cast<std::int32_t>(i - at));
          surprise -= score({logits, vocabulary}, part[i + 1], 0)[0].logprob;
          ++out.text_tokens;
        }
      }
    }
    out.perplexity = std::exp(surprise / out.text_tokens);
    return {};
  }

  Result<double> prompt_speed(const std::vector<Token>& tokens) {
    begin_anew();
    for (std::uint32_t i = 0; i < longest(); ++i) add(tokens[i % tokens.size()], i, 0, i + 1 == longest());
    auto began = Clock::now();
    TRY(compute());
    return longest() / std::chrono::duration<double>(Clock::now() - began).count();
  }

  // Which tokens does not matter for the time.
  Result<double> answer_speed(std::uint32_t answers) {
    constexpr std::uint32_t steps = 48;
    begin_anew();
    auto began = Clock::now();
    for (std::uint32_t i = 0; i <= steps; ++i) {
      if (i == 1) began = Clock::now();
      for (std::uint32_t s = 0; s < answers; ++s) add(static_cast<Token>(i + s), i, s, true);
      TRY(compute());
    }
    return answers * steps / std::chrono::duration<double>(Clock::now() - began).count();
  }

  llama_context* context_;
  const llama_vocab* vocab_;
  llama_batch batch_;
};

}  // namespace

std::span<const Layout> layouts() { return table; }

const Layout* find_layout(std::string_view name) {
  auto same = [name](const Layout& layout) { return equal_without_case(layout.name, name); };
  auto found = std::ranges::find_if(table, same);
  return found == table.end() ? nullptr : &*found;
}

Result<> repack(const fs::path& from, const fs::path& to, const Layout& layout, std::uint32_t threads) {
  start_backends();
  const Recipe& recipe = *std::ranges::find(recipes, layout.name, [](const Recipe& r) { return r.layout.name; });
  llama_model_quantize_params parameters = llama_model_quantize_default_params();
  parameters.nthread = static_cast<std::int32_t>(threads ? threads : usual_threads());
  parameters.ftype = recipe.type;
  parameters.allow_requantize = true;
  parameters.tt_overrides = recipe.overrides;
  ErrorsKept errors;
  if (llama_model_quantize(from.c_str(), to.c_str(), &parameters) == 0) return {};
  return fail({.code = ErrorCode::unavailable,
               .message = std::format("{} could not be packed as {}: {}.", from.filename().string(), layout.name,
                                      errors.text().empty() ? "libllama gives no reason" : errors.text())});
}

Result<Measured> measure(const fs::path& file, std::string_view text, std::uint32_t threads) {
  start_backends();
  ErrorsKept errors;
  llama_model_params of_model = llama_model_default_params();
  llama_model_ptr model(llama_model_load_from_file(file.c_str(), of_model));
  auto cannot = [&] {
    return fail({.code = ErrorCode::unavailable,
                 .message = std::format("{} cannot be loaded here: {}.", file.filename().string(),
                                        errors.text().empty() ? "libllama gives no reason" : errors.text())});
  };
  if (!model) return cannot();
  llama_context_params parameters = llama_context_default_params();
  auto trained = static_cast<std::uint32_t>(std::max(1, llama_model_n_ctx_train(model.get())));
  parameters.n_ctx = streams * std::min(trained, window);
  parameters.n_seq_max = streams;
  parameters.n_batch = parameters.n_ubatch = window;
  parameters.n_threads = parameters.n_threads_batch = static_cast<std::int32_t>(threads ? threads : usual_threads());
  parameters.kv_unified = false;
  parameters.no_perf = true;
  llama_context_ptr context(llama_init_from_model(model.get(), parameters));
  if (!context) return cannot();
  return Measuring(model.get(), context.get()).run(text);
}

}  // namespace entente::local
