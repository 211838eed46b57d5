#include "local/llama_model.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <format>
#include <map>
#include <mutex>
#include <optional>

#include <llama-cpp.h>

#include "base/log.hpp"
#include "local/backend.hpp"
#include "local/chat_template.hpp"
#include "local/machine.hpp"
#include "local/prompt.hpp"
#include "local/read_through.hpp"
#include "local/sizing.hpp"
#include "local/threads.hpp"
#include "local/token_chooser.hpp"

namespace entente::local {

namespace {

std::string metadata(const llama_model* model, const char* key) {
  char text[256];
  return llama_model_meta_val_str(model, key, text, sizeof text) >= 0 ? text : "";
}

// Cells of keys and values, as libllama lays them out for models with ordinary attention.
std::uint64_t bytes_per_token(const llama_model* model, const std::string& architecture, KvLayout kv) {
  auto heads = static_cast<std::uint64_t>(std::max(1, llama_model_n_head(model)));
  auto width = [&](const char* which) {
    std::string told = metadata(model, std::format("{}.attention.{}_length", architecture, which).c_str());
    return told.empty() ? static_cast<std::uint64_t>(llama_model_n_embd(model)) / heads
                        : std::strtoull(told.c_str(), nullptr, 10);
  };
  double bytes_per_number = kv == KvLayout::f16 ? 2 : 34.0 / 32;  // q8_0: 32 bytes and their scale
  std::uint64_t numbers = static_cast<std::uint64_t>(llama_model_n_layer(model)) *
                          static_cast<std::uint64_t>(llama_model_n_head_kv(model)) * (width("key") + width("value"));
  return static_cast<std::uint64_t>(static_cast<double>(numbers) * bytes_per_number);
}

std::string bytes_of_token(const llama_vocab* vocab, Token token, bool special) {
  std::string bytes(64, '\0');
  auto size = static_cast<std::int32_t>(bytes.size());
  std::int32_t length = llama_token_to_piece(vocab, token, bytes.data(), size, 0, special);
  if (length < 0) {
    bytes.resize(static_cast<std::size_t>(-length));
    length = llama_token_to_piece(vocab, token, bytes.data(), -length, 0, special);
  }
  bytes.resize(static_cast<std::size_t>(std::max(0, length)));
  return bytes;
}

std::vector<Token> tokens_of(const llama_vocab* vocab, std::string_view text, bool with_control_tokens) {
  std::vector<Token> tokens(text.size() + 2);
  auto size = static_cast<std::int32_t>(tokens.size());
  auto length = static_cast<std::int32_t>(text.size());
  std::int32_t count = llama_tokenize(vocab, text.data(), length, tokens.data(), size, false, with_control_tokens);
  if (count < 0) {
    tokens.resize(static_cast<std::size_t>(-count));
    count = llama_tokenize(vocab, text.data(), length, tokens.data(), -count, false, with_control_tokens);
  }
  tokens.resize(static_cast<std::size_t>(std::max(0, count)));
  return tokens;
}

// "llama 135M Q4_1". libllama's own description guesses the size from the number of layers.
std::string describe(const llama_model* model, std::string_view architecture) {
  char text[128] = {};
  llama_model_desc(model, text, sizeof text);
  std::string_view packing = text;  // "llama 256M Q4_K - Medium"
  for (int word = 0; word < 2; ++word) packing.remove_prefix(std::min(packing.find(' ') + 1, packing.size()));
  double millions = static_cast<double>(llama_model_n_params(model)) / 1e6;
  std::string size = millions < 1000 ? std::format("{:.0f}M", millions) : std::format("{:.1f}B", millions / 1000);
  return std::format("{} {} {}", architecture, size, packing);
}

class LlamaModel final : public Model {
 public:
  // `measures_threads`: how many threads a single answer's step gets is measured by warm_up().
  LlamaModel(llama_model_ptr model, llama_context_ptr context, EngineInfo info, bool measures_threads)
      : measures_threads_(measures_threads),
        model_(std::move(model)),
        context_(std::move(context)),
        vocab_(llama_model_get_vocab(model_.get())),
        info_(std::move(info)),
        batch_(llama_batch_init(static_cast<std::int32_t>(llama_n_batch(context_.get())), 0, 1)) {
    read_vocabulary();
    read_template();
    llama_set_abort_callback(
        context_.get(), [](void* self) { return static_cast<LlamaModel*>(self)->should_abort(); }, this);
  }
  ~LlamaModel() override { llama_batch_free(batch_); }
  LlamaModel(const LlamaModel&) = delete;
  LlamaModel& operator=(const LlamaModel&) = delete;

  EngineInfo info() const override { return info_; }
  RecommendedSampling recommended_sampling() const override {
    auto number = [this](llama_model_meta_key key) -> std::optional<double> {
      std::string text = metadata(model_.get(), llama_model_meta_key_str(key));
      double value = 0;
      auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (failure != std::errc() || value < 0) return std::nullopt;
      return value;
    };
    return {.temperature = number(LLAMA_MODEL_META_KEY_SAMPLING_TEMP),
            .top_p = number(LLAMA_MODEL_META_KEY_SAMPLING_TOP_P)};
  }

  Result<Prompt> prompt_of(const Chat& chat) const override {
    if (!template_) return fail(template_.error());
    Conversation conversation = chat.conversation;
    Tooling tooling = chat.tooling;
    Marks marks = guard(conversation, tooling, *control_);
    TRY_ASSIGN(std::string text, template_->render(conversation, tooling, chat.reasoning_effort));
    Prompt prompt{.tokens = {}, .thinking = template_->began_thought(text)};
    for (const PromptPart& part : split_guarded(text, marks)) {
      std::vector<Token> tokens = tokens_of(vocab_, part.text, !part.plain);
      prompt.tokens.insert(prompt.tokens.end(), tokens.begin(), tokens.end());
    }
    Token begin = llama_vocab_bos(vocab_);
    if (llama_vocab_get_add_bos(vocab_) && (prompt.tokens.empty() || prompt.tokens.front() != begin))
      prompt.tokens.insert(prompt.tokens.begin(), begin);
    return prompt;
  }

  const AnswerForm& answer_form() const override { return answer_form_; }
  std::string_view spelled(Token token) const override {
    auto control = control_spellings_.find(token);
    return control == control_spellings_.end() ? bytes_of(token) : std::string_view(control->second);
  }
  const Words& words() const override {
    std::call_once(words_made_, [this] {
      std::vector<std::string> tokens = bytes_;
      for (const auto& [token, spelling] : control_spellings_) tokens[static_cast<std::size_t>(token)] = spelling;
      std::vector<Token> ends;
      for (std::size_t i = 0; i < bytes_.size(); ++i) {
        if (!ends_answer(static_cast<Token>(i))) continue;
        ends.push_back(static_cast<Token>(i));
        tokens[i].clear();
      }
      words_.emplace(grammar::Vocabulary(tokens), std::move(ends));
    });
    return *words_;
  }

  std::string_view bytes_of(Token token) const override { return bytes_[static_cast<std::size_t>(token)]; }
  bool ends_answer(Token token) const override { return llama_vocab_is_eog(vocab_, token); }
  std::uint32_t longest_token_bytes() const override { return longest_; }
  std::uint32_t vocabulary() const override { return static_cast<std::uint32_t>(bytes_.size()); }

  std::unique_ptr<TokenChooser> chooser(const Sampling& sampling, std::uint32_t choice,
                                        std::span<const Token> prompt) const override {
    return make_chooser(sampling, choice, prompt);
  }

  Computed compute(std::span<const BatchToken> batch, const std::function<bool()>& abort) override {
    batch_.n_tokens = static_cast<std::int32_t>(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      batch_.token[i] = batch[i].token;
      batch_.pos[i] = batch[i].position;
      batch_.n_seq_id[i] = 1;
      batch_.seq_id[i][0] = static_cast<llama_seq_id>(batch[i].sequence);
      batch_.logits[i] = batch[i].wants_logits ? 1 : 0;
    }
    abort_ = &abort;
    ErrorsKept errors;  // an abort is no error, but libllama says three
    std::int32_t status = llama_decode(context_.get(), batch_);
    if (status == 0) llama_synchronize(context_.get());
    abort_ = nullptr;
    if (status != 0 && status != 2)
      log::error("libllama refused a step.", {{"status", status}, {"said", errors.text()}});
    return status == 0 ? Computed::done : status == 2 ? Computed::aborted : Computed::failed;
  }

  std::uint32_t most_batch() const override { return llama_n_batch(context_.get()); }

  std::span<const float> logits(std::size_t index) override {
    return {llama_get_logits_ith(context_.get(), static_cast<std::int32_t>(index)), bytes_.size()};
  }

  void copy(std::uint32_t from, std::uint32_t to) override {
    // Always the whole: libllama ends the process when a part is copied between separate streams.
    llama_memory_seq_cp(llama_get_memory(context_.get()), static_cast<llama_seq_id>(from),
                        static_cast<llama_seq_id>(to), -1, -1);
  }

  std::vector<std::uint8_t> save(std::uint32_t sequence) override {
    auto id = static_cast<llama_seq_id>(sequence);
    std::vector<std::uint8_t> state(llama_state_seq_get_size(context_.get(), id));
    state.resize(llama_state_seq_get_data(context_.get(), state.data(), state.size(), id));
    return state;
  }

  bool restore(std::uint32_t sequence, std::span<const std::uint8_t> state, std::uint32_t tokens) override {
    ErrorsKept errors;
    auto id = static_cast<llama_seq_id>(sequence);
    llama_memory_t memory = llama_get_memory(context_.get());
    bool put_back = llama_state_seq_set_data(context_.get(), state.data(), state.size(), id) > 0 &&
                    llama_memory_seq_rm(memory, id, static_cast<llama_pos>(tokens), -1) &&
                    llama_memory_seq_pos_max(memory, id) + 1 == static_cast<llama_pos>(tokens);
    if (!put_back) forget(sequence);
    return put_back;
  }

  // The first state that is saved costs 40 times the next ones, and the first step brings the weights in.
  void warm_up() override {
    constexpr std::int32_t some = 16;
    std::vector<BatchToken> batch;
    batch.reserve(some);
    for (std::int32_t i = 0; i < some; ++i) batch.push_back({0, i, 0, i + 1 == some});
    if (compute(batch, [] { return false; }) == Computed::done) {
      std::vector<std::uint8_t> state = save(0);
      forget(0);
      (void)restore(0, state, some);
    }
    if (measures_threads_) choose_answer_threads();
    forget(0);
  }

  void shorten(std::uint32_t sequence, std::uint32_t tokens) override {
    llama_memory_seq_rm(llama_get_memory(context_.get()), static_cast<llama_seq_id>(sequence),
                        static_cast<llama_pos>(tokens), -1);
  }
  bool can_shorten() const override {
    return !llama_model_is_recurrent(model_.get()) && !llama_model_is_hybrid(model_.get());
  }

  void forget(std::uint32_t sequence) override {
    llama_memory_seq_rm(llama_get_memory(context_.get()), static_cast<llama_seq_id>(sequence), -1, -1);
  }

 private:
  // libllama has one number for steps of a single token and one for all others.
  void choose_answer_threads() {
    using Clock = std::chrono::steady_clock;
    std::int32_t position = 16;
    auto seconds = [&](std::uint32_t threads) {
      llama_set_n_threads(context_.get(), static_cast<std::int32_t>(threads), static_cast<std::int32_t>(info_.threads));
      BatchToken token{0, position++, 0, true};
      auto began = Clock::now();
      (void)compute({&token, 1}, [] { return false; });
      return std::chrono::duration<double>(Clock::now() - began).count();
    };
    (void)seconds(info_.threads);
    std::uint32_t best = measure_threads(info_.threads, 5, seconds);
    llama_set_n_threads(context_.get(), static_cast<std::int32_t>(best), static_cast<std::int32_t>(info_.threads));
    log::info("Threads chosen.", {{"prompts", info_.threads}, {"one_answer", best}});
  }

  bool should_abort() const { return abort_ && (*abort_)(); }

  void read_vocabulary() {
    auto size = static_cast<std::size_t>(llama_vocab_n_tokens(vocab_));
    std::vector<std::string> control;
    bytes_.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
      auto token = static_cast<Token>(i);
      bytes_.push_back(bytes_of_token(vocab_, token, false));
      auto attributes = static_cast<unsigned>(llama_vocab_get_attr(vocab_, token));
      if (attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN)) {
        control.push_back(bytes_of_token(vocab_, token, true));
        control_spellings_.emplace(token, control_mark + control.back());
        longest_ = std::max(longest_, static_cast<std::uint32_t>(control.back().size()));
      }
      longest_ = std::max(longest_, static_cast<std::uint32_t>(bytes_.back().size()));
    }
    control_.emplace(std::move(control));
  }

  void read_template() {
    const char* source = llama_model_chat_template(model_.get(), nullptr);
    if (!source) {
      template_ = fail(ErrorCode::unsupported,
                       "The model file carries no chat template, so it cannot chat. Use an instruction-tuned model.");
      return;
    }
    auto spelling = [this](Token token) {
      return token == LLAMA_TOKEN_NULL ? std::string() : bytes_of_token(vocab_, token, true);
    };
    template_ = ChatTemplate::parse(source, spelling(llama_vocab_bos(vocab_)), spelling(llama_vocab_eos(vocab_)));
    if (!template_) return;
    AnswerForm form = local::spelled(template_->form(), *control_);
    // Only marks are read as what they are; other control tokens say nothing, as ever.
    std::erase_if(control_spellings_, [&](const auto& control) {
      return std::ranges::none_of(
          std::initializer_list<std::string_view>{form.begin, form.open, form.to_arguments, form.close, form.between,
                                                  form.end, form.thought_begin, form.thought_end, form.text_begin},
          [&](std::string_view mark) { return mark.contains(control.second); });
    });
    answer_form_ = std::move(form);
  }

  const bool measures_threads_;
  llama_model_ptr model_;
  llama_context_ptr context_;
  const llama_vocab* vocab_;
  EngineInfo info_;
  llama_batch batch_;
  const std::function<bool()>* abort_ = nullptr;
  std::vector<std::string> bytes_;  // of each token
  std::uint32_t longest_ = 1;
  std::optional<ControlSpellings> control_;
  std::map<Token, std::string> control_spellings_;  // of those that stand in marks
  AnswerForm answer_form_;
  mutable std::once_flag words_made_;
  mutable std::optional<Words> words_;
  Result<ChatTemplate> template_ = fail(ErrorCode::internal, "The template was not read.");
};

Error why_not_loaded(const std::filesystem::path& file, const std::string& said) {
  std::string name = file.filename().string();
  std::string_view unknown = "unknown model architecture: ";
  if (auto at = said.find(unknown); at != std::string::npos) {
    std::string_view architecture = std::string_view(said).substr(at + unknown.size());
    return {.code = ErrorCode::unsupported,
            .message = std::format("{} holds a model of the architecture {}, which libllama {} does not know.", name,
                                   architecture.substr(0, architecture.find_first_of(";\n")), llama_version()),
            .reason = "unknown_architecture",
            .details = said};
  }
  // "llama_model_load: error loading model: tensor … is not within the file bounds; …": the middle is for the person.
  std::string_view reason = std::string_view(said).substr(0, said.find(';'));
  if (auto at = reason.rfind("error loading model: "); at != std::string_view::npos) reason.remove_prefix(at + 21);
  return {.code = ErrorCode::unavailable,
          .message = std::format("{} cannot be loaded{}{}.", name, reason.empty() ? "" : ": ", reason),
          .reason = "model_not_loaded",
          .details = said};
}

Error no_room(const Shape& shape, std::string details) {
  return {.code = ErrorCode::unavailable,
          .message = std::format("There is no memory for {} sequences of {} tokens. Set engine.sequences or "
                                 "engine.context_tokens lower.",
                                 shape.sequences, shape.context_tokens),
          .reason = "no_memory",
          .details = std::move(details)};
}

Result<llama_model_ptr> load_file(const EngineOptions& options, const std::function<bool(float)>& progress,
                                  bool metadata_only, std::uint32_t gpu_layers = 0) {
  start_backends();
  bool stopped = false;
  constexpr float read = 0.9f;  // the part of a loading that is reading
  TRY(read_through(options.file, metadata_only ? 0 : UINT64_MAX,
                   [&](float done) { return !progress || progress(read * done); }));
  struct Watching {
    const std::function<bool(float)>* progress;
    bool* stopped;
  } watching{&progress, &stopped};
  llama_model_params parameters = llama_model_default_params();
  parameters.n_gpu_layers = static_cast<std::int32_t>(gpu_layers);
  parameters.no_alloc = metadata_only;
  if (metadata_only) parameters.load_mode = LLAMA_LOAD_MODE_NONE;
  parameters.progress_callback_user_data = &watching;
  parameters.progress_callback = [](float done, void* data) {
    auto* watching = static_cast<Watching*>(data);
    bool go_on = !*watching->progress || (*watching->progress)(read + (1 - read) * done);
    *watching->stopped = !go_on;
    return go_on;
  };
  ErrorsKept errors;
  llama_model_ptr model(llama_model_load_from_file(options.file.c_str(), parameters));
  if (stopped) return fail(ErrorCode::cancelled, "The loading was stopped.");
  if (!model) return fail(why_not_loaded(options.file, errors.text()));
  return model;
}

ModelNeeds needs_of(const llama_model* model, KvLayout kv) {
  return {.bytes_per_token = bytes_per_token(model, metadata(model, "general.architecture"), kv),
          .trained_context_tokens = static_cast<std::uint32_t>(std::max(0, llama_model_n_ctx_train(model))),
          .weights = llama_model_size(model),
          .vocabulary = static_cast<std::uint32_t>(llama_vocab_n_tokens(llama_model_get_vocab(model))),
          .width = static_cast<std::uint32_t>(llama_model_n_embd(model))};
}

// From the file's header, where there is a device to ask for.
Result<std::uint32_t> choose_gpu_layers(const EngineOptions& options) {
  std::vector<Device> found = devices();
  if (found.empty()) {
    if (options.gpu_layers.value_or(0) > 0) {
      log::warning(
          "engine.gpu_layers asks for a device beside the processor, but ggml finds none: all is computed on "
          "the processor.",
          {{"gpu_layers", *options.gpu_layers}});
    }
    return 0;
  }
  TRY_ASSIGN(llama_model_ptr header, load_file(options, {}, true));
  ModelNeeds needs = needs_of(header.get(), options.kv);
  Shape shape = choose_shape(needs, options.sequences, options.context_tokens, usual_cells(usual_budget()));
  auto layers = static_cast<std::uint32_t>(llama_model_n_layer(header.get()));
  std::uint32_t chosen =
      choose_offload({.layers = layers,
                      .weight_bytes = llama_model_size(header.get()),
                      .cell_bytes = std::uint64_t{shape.sequences} * shape.context_tokens * needs.bytes_per_token},
                     found, options.gpu_layers);
  log::info("Layers computed by devices beside the processor.", {{"layers", chosen}, {"of", layers + 1}});
  return chosen;
}

void use_numa(Numa how) {
  static std::once_flag once;
  std::call_once(once, [how] {
    switch (how) {
      case Numa::off: return;
      case Numa::distribute: return llama_numa_init(GGML_NUMA_STRATEGY_DISTRIBUTE);
      case Numa::isolate: return llama_numa_init(GGML_NUMA_STRATEGY_ISOLATE);
      case Numa::numactl: return llama_numa_init(GGML_NUMA_STRATEGY_NUMACTL);
    }
  });
}

}  // namespace

Result<> check_model_file(const std::filesystem::path& file) {
  TRY_ASSIGN(llama_model_ptr model, load_file({.file = file}, {}, true));
  return {};
}

Result<ModelNeeds> measure_model_file(const EngineOptions& options) {
  TRY_ASSIGN(llama_model_ptr model, load_file(options, {}, true));
  return needs_of(model.get(), options.kv);
}

Result<std::unique_ptr<Model>> load_llama_model(const EngineOptions& options,
                                                const std::function<bool(float)>& progress) {
  start_backends();
  use_numa(options.numa);
  TRY_ASSIGN(std::uint32_t gpu_layers, choose_gpu_layers(options));
  TRY_ASSIGN(llama_model_ptr model, load_file(options, progress, false, gpu_layers));
  if (!llama_model_has_decoder(model.get()) || llama_model_has_encoder(model.get()) ||
      llama_model_is_diffusion(model.get())) {
    return fail(ErrorCode::unsupported,
                std::format("{} is not a model that answers text with text.", options.file.filename().string()));
  }
  std::string architecture = metadata(model.get(), "general.architecture");
  ModelNeeds needs = needs_of(model.get(), options.kv);
  std::uint32_t trained = needs.trained_context_tokens;
  Shape shape = choose_shape(needs, options.sequences, options.context_tokens, usual_cells(usual_budget()));
  std::uint32_t threads = options.threads ? options.threads : usual_threads();

  llama_context_params parameters = llama_context_default_params();
  parameters.n_ctx = shape.sequences * shape.context_tokens;
  parameters.n_seq_max = shape.sequences;
  parameters.n_batch = parameters.n_ubatch = batch_of(shape);
  parameters.n_threads = static_cast<std::int32_t>(options.answer_threads ? options.answer_threads : threads);
  parameters.n_threads_batch = static_cast<std::int32_t>(threads);
  parameters.kv_unified = false;  // one shared buffer costs 19 to 43 % of decoding at 4 to 16 streams
  parameters.no_perf = true;
  if (options.kv == KvLayout::q8_0) parameters.type_k = parameters.type_v = GGML_TYPE_Q8_0;
  // Linux promises memory that it does not have: asking is no proof, and who takes it all is ended.
  std::uint64_t cells = std::uint64_t{shape.sequences} * shape.context_tokens, free = available_memory();
  if (cells > INT32_MAX || cells * needs.bytes_per_token > free) {
    return fail(no_room(shape, std::format("{} bytes are needed, {} are free", cells * needs.bytes_per_token, free)));
  }
  ErrorsKept errors;
  llama_context_ptr context(llama_init_from_model(model.get(), parameters));
  if (!context) return fail(no_room(shape, errors.text()));
  EngineInfo info{.architecture = architecture,
                  .description = describe(model.get(), architecture),
                  .backend = describe_backends(),
                  .file_bytes = llama_model_size(model.get()),
                  .parameters = llama_model_n_params(model.get()),
                  .context_tokens = std::min(llama_n_ctx_seq(context.get()), trained ? trained : UINT32_MAX),
                  .trained_context_tokens = trained,
                  .sequences = llama_n_seq_max(context.get()),
                  .threads = threads,
                  .gpu_layers = gpu_layers};
  bool measures_threads = options.answer_threads == 0 && threads > 1 && gpu_layers == 0;
  return std::make_unique<LlamaModel>(std::move(model), std::move(context), std::move(info), measures_threads);
}

}  // namespace entente::local
