#include "local/libllama/llama_model.hpp"

#include <algorithm>
#include <chrono>
#include <format>
#include <mutex>
#include <optional>

#include <llama-cpp.h>

#include "base/log.hpp"
#include "local/libllama/backend.hpp"
#include "local/libllama/llama_eyes.hpp"
#include "local/libllama/llama_file.hpp"
#include "local/libllama/llama_known.hpp"
#include "local/libllama/llama_reader.hpp"
#include "local/machine/machine.hpp"
#include "local/machine/threads.hpp"
#include "local/model/sizing.hpp"

namespace entente::local {

namespace {

// An adapter that was asked for, or why there is none.
struct LoadedAdapter {
  std::string name;
  Result<llama_adapter_lora*> loaded;  // the model's: it goes with it
  float scale = 1;
};

class LlamaModel final : public LlamaKnown {
 public:
  // `measures_threads`: how many threads a single answer's step gets is measured by warm_up().
  LlamaModel(llama_model_ptr model, std::unique_ptr<LlamaEyes> eyes, std::vector<LoadedAdapter> adapters,
             llama_context_ptr context, EngineInfo info, bool measures_threads)
      : LlamaKnown(std::move(model), std::move(info)),
        measures_threads_(measures_threads),
        eyes_(std::move(eyes)),
        adapters_(std::move(adapters)),
        context_(std::move(context)),
        batch_(llama_batch_init(static_cast<std::int32_t>(llama_n_batch(context_.get())), 0, 1)) {
    llama_set_abort_callback(
        context_.get(), [](void* self) { return static_cast<LlamaModel*>(self)->should_abort(); }, this);
  }
  ~LlamaModel() override { llama_batch_free(batch_); }
  LlamaModel(const LlamaModel&) = delete;
  LlamaModel& operator=(const LlamaModel&) = delete;

  Result<std::uint32_t> adapter(std::string_view name) const override {
    auto found = std::ranges::find(adapters_, name, &LoadedAdapter::name);
    if (found == adapters_.end())
      return fail(ErrorCode::not_found, std::format("This model was loaded without an adapter named {}.", name));
    if (!found->loaded) return fail(found->loaded.error());
    return static_cast<std::uint32_t>(found - adapters_.begin()) + 1;
  }

  void use_adapter(std::uint32_t number) override {
    if (number == 0) {
      llama_set_adapters_lora(context_.get(), nullptr, 0, nullptr);
      return;
    }
    LoadedAdapter& adapter = adapters_[number - 1];
    llama_set_adapters_lora(context_.get(), &*adapter.loaded, 1, &adapter.scale);
  }

  Result<Prompt> prompt_of(const Chat& chat) const override {
    if (!eyes_) return vocabulary_.prompt_of(chat);
    return vocabulary_.prompt_of(
        chat, [this](const ImagePart& picture, Prompt& prompt) { return eyes_->read(picture.bytes, prompt); });
  }

  // libllama computes tokens or vectors, not both at once, and its logits are those of the last computation. So what
  // stands before the end of a picture goes first, piece by piece, and all that may want logits together at the end.
  Computed compute(std::span<const BatchToken> batch, const std::function<bool()>& abort) override {
    rows_.clear();
    if (std::ranges::none_of(batch, &BatchToken::seen)) return compute_tokens(batch, abort);
    std::vector<BatchToken> last;
    rows_.resize(batch.size());
    for (std::size_t begin = 0, end; begin < batch.size(); begin = end) {
      end = end_of(batch, begin, [](const BatchToken& a, const BatchToken& b) { return a.sequence == b.sequence; });
      std::size_t rest = begin;  // behind the last picture
      for (std::size_t i = begin; i < end; ++i) rest = batch[i].seen ? i + 1 : rest;
      for (std::size_t from = begin, to; from < rest; from = to) {
        to = std::min(rest, end_of(batch, from, [](const auto& a, const auto& b) { return a.seen == b.seen; }));
        std::span piece = batch.subspan(from, to - from);
        Computed computed = piece[0].seen ? compute_picture(piece, abort) : compute_tokens(piece, abort);
        if (computed != Computed::done) return computed;
      }
      for (std::size_t i = rest; i < end; ++i) {
        rows_[i] = last.size();
        last.push_back(batch[i]);
      }
    }
    return last.empty() ? Computed::done : compute_tokens(last, abort);
  }

  std::uint32_t most_batch() const override { return llama_n_batch(context_.get()); }

  std::span<const float> logits(std::size_t index) override {
    return {llama_get_logits_ith(context_.get(), row_of(index)), vocabulary_.size()};
  }

  // With vectors a step's graph has its leaves in another order, for which libllama does not plan its buffers anew: a
  // leaf is then looked up that has no place, and the process ends. Setting a control vector has it plan anew before
  // the next step, also where none is set: that costs some milliseconds at each change and changes no number.
  void give_vectors(bool wanted) override {
    if (vectors_ == wanted) return;
    vectors_ = wanted;
    llama_set_embeddings(context_.get(), wanted);
    llama_set_adapter_cvec(context_.get(), nullptr, 0, llama_model_n_embd(model_.get()), 1, 1);
  }

  std::span<const float> vector(std::size_t index) override {
    return {llama_get_embeddings_ith(context_.get(), row_of(index)), info_.width};
  }

  Pooling pooling() const override {
    enum llama_pooling_type told = pooling_of(model_.get());
    return told == LLAMA_POOLING_TYPE_LAST  ? Pooling::last
           : told == LLAMA_POOLING_TYPE_CLS ? Pooling::first
                                            : Pooling::mean;
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
    if (info_.gpu_layers > 0) warm_up_device();
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
  // A graphics card's driver makes a program for each shape of a step when it first comes, which takes up to seconds:
  // better now than in somebody's answer, where it would also be taken for the card's speed. Shapes differ by the
  // tokens of a step, by how many sequences they are of, and by the depth they look back to.
  void warm_up_device() {
    auto began = std::chrono::steady_clock::now();
    std::int32_t most = static_cast<std::int32_t>(most_batch()),
                 depth = static_cast<std::int32_t>(info_.context_tokens);
    auto sequences = static_cast<std::int32_t>(info_.sequences);
    for (std::int32_t tokens = 1; tokens < most; tokens = tokens < 8 ? tokens + 1 : 2 * tokens) {
      forget(0);
      try_step({{.sequence = 0, .from = 0, .tokens = tokens}});
    }
    forget(0);
    for (std::int32_t at = 0; at + most < depth && at < 4 * most && can_shorten(); at += most) {
      try_step({{.sequence = 0, .from = at, .tokens = most}});
      try_step({{.sequence = 0, .from = at + most, .tokens = 1}});
      shorten(0, static_cast<std::uint32_t>(at + most));
    }
    for (std::int32_t answers = 2; answers <= sequences; ++answers) {
      for (std::int32_t last : {1, most / 8}) {
        std::vector<Piece> pieces;
        for (std::int32_t i = 0; i < answers; ++i) {
          forget(static_cast<std::uint32_t>(i));
          pieces.push_back({.sequence = i, .from = 0, .tokens = i + 1 < answers ? 1 : last});
        }
        try_step(pieces);
      }
    }
    for (std::int32_t i = 0; i < sequences; ++i) forget(static_cast<std::uint32_t>(i));
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    log::info("A device was warmed up.", {{"seconds", took.count()}});
  }

  struct Piece {
    std::int32_t sequence = 0, from = 0, tokens = 0;
  };
  void try_step(const std::vector<Piece>& pieces) {
    std::vector<BatchToken> batch;
    for (const Piece& piece : pieces) {
      for (std::int32_t i = 0; i < piece.tokens; ++i)
        batch.push_back({0, piece.from + i, static_cast<std::uint32_t>(piece.sequence), i + 1 == piece.tokens});
    }
    (void)compute(batch, [] { return false; });
  }

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

  Computed compute_picture(std::span<const BatchToken> rows, const std::function<bool()>& abort) {
    const std::vector<float>& vectors = eyes_->vectors_of(*rows[0].seen);
    if (vectors.empty()) return Computed::failed;
    fill(rows);
    llama_batch batch = batch_;
    batch.token = nullptr;
    batch.embd = const_cast<float*>(vectors.data() + rows[0].row * eyes_->width());  // only read
    return decode(batch, abort);
  }

  Computed compute_tokens(std::span<const BatchToken> batch, const std::function<bool()>& abort) {
    for (std::size_t i = 0; i < batch.size(); ++i) batch_.token[i] = batch[i].token;
    fill(batch);
    return decode(batch_, abort);
  }

  void fill(std::span<const BatchToken> batch) {
    batch_.n_tokens = static_cast<std::int32_t>(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      batch_.pos[i] = batch[i].position;
      batch_.n_seq_id[i] = 1;
      batch_.seq_id[i][0] = static_cast<llama_seq_id>(batch[i].sequence);
      batch_.logits[i] = batch[i].wants_logits || vectors_ ? 1 : 0;
    }
  }

  Computed decode(const llama_batch& batch, const std::function<bool()>& abort) {
    abort_ = &abort;
    ErrorsKept errors;  // an abort is no error, but libllama says three
    std::int32_t status = llama_decode(context_.get(), batch);
    if (status == 0) llama_synchronize(context_.get());
    abort_ = nullptr;
    if (status != 0 && status != 2)
      log::error("libllama refused a step.", {{"status", status}, {"said", errors.text()}});
    return status == 0 ? Computed::done : status == 2 ? Computed::aborted : Computed::failed;
  }

  // Where the run of tokens ends that begins at `begin` and whose neighbours are alike.
  template <class Alike>
  static std::size_t end_of(std::span<const BatchToken> batch, std::size_t begin, Alike alike) {
    std::size_t end = begin + 1;
    while (end < batch.size() && alike(batch[end - 1], batch[end])) ++end;
    return end;
  }

  // Of the last computation of a step, for an index of the step's batch.
  std::int32_t row_of(std::size_t index) const {
    return static_cast<std::int32_t>(rows_.empty() ? index : rows_[index]);
  }

  bool should_abort() const { return abort_ && (*abort_)(); }

  const bool measures_threads_;
  std::unique_ptr<LlamaEyes> eyes_;  // null: it sees nothing
  std::vector<std::size_t> rows_;    // empty: as the batch
  std::vector<LoadedAdapter> adapters_;
  llama_context_ptr context_;
  llama_batch batch_;
  bool vectors_ = false;
  const std::function<bool()>* abort_ = nullptr;
};

Error no_room(const Shape& shape, std::string details) {
  return {.code = ErrorCode::unavailable,
          .message = std::format("There is no memory for {} sequences of {} tokens. Set engine.sequences or "
                                 "engine.context_tokens lower.",
                                 shape.sequences, shape.context_tokens),
          .reason = "no_memory",
          .details = std::move(details)};
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

Result<std::unique_ptr<Model>> load_llama_model(const EngineOptions& options,
                                                const std::function<bool(float)>& progress) {
  start_backends();
  use_numa(options.numa);
  TRY_ASSIGN(std::uint32_t gpu_layers, choose_gpu_layers(options));
  TRY_ASSIGN(llama_model_ptr model, load_weights(options, gpu_layers, progress));
  if (!llama_model_has_decoder(model.get()) || llama_model_has_encoder(model.get()) ||
      llama_model_is_diffusion(model.get())) {
    return fail(ErrorCode::unsupported,
                std::format("{} is a model of a kind that Entente does not compute: it neither goes on with a text nor "
                            "reads one whole.",
                            options.file.filename().string()));
  }
  if (only_reads(model.get())) return load_llama_reader(options, std::move(model), gpu_layers);
  ModelNeeds needs = needs_of(model.get(), options.kv);
  std::uint32_t trained = needs.trained_context_tokens;
  Shape shape = choose_shape(needs, options.sequences, options.context_tokens, usual_cells(usual_budget()));
  std::uint32_t threads = options.threads ? options.threads : usual_threads();

  // Before the context, whose graphs leave room for them.
  std::vector<LoadedAdapter> adapters;
  for (const AdapterFile& adapter : options.adapters) {
    adapters.push_back({adapter.name, load_adapter(model.get(), adapter), adapter.scale});
    if (const auto& loaded = adapters.back().loaded; !loaded)
      log::error(loaded.error().message, {{"file", adapter.file.string()}, {"details", loaded.error().details}});
  }

  std::unique_ptr<LlamaEyes> eyes;
  std::string why_blind;
  if (!options.eyes.empty()) {
    if (auto loaded = LlamaEyes::load(options.eyes, model.get(), threads)) {
      eyes = std::move(*loaded);
    } else {  // it answers what is text all the same
      why_blind = loaded.error().message;
      log::error(why_blind, {{"file", options.eyes.string()}, {"details", loaded.error().details}});
    }
  }

  llama_context_params parameters = llama_context_default_params();
  parameters.n_ctx = shape.sequences * shape.context_tokens;
  parameters.n_seq_max = shape.sequences;
  parameters.n_batch = parameters.n_ubatch = batch_of(shape);
  parameters.n_threads = static_cast<std::int32_t>(options.answer_threads ? options.answer_threads : threads);
  parameters.n_threads_batch = static_cast<std::int32_t>(threads);
  parameters.kv_unified = false;  // one shared buffer costs 19 to 43 % of decoding at 4 to 16 streams
  parameters.no_perf = true;
  parameters.pooling_type = LLAMA_POOLING_TYPE_NONE;  // a text may be computed in several steps: we pool ourselves
  if (options.kv == KvLayout::q8_0) parameters.type_k = parameters.type_v = GGML_TYPE_Q8_0;
  // Linux promises memory that it does not have: asking is no proof, and who takes it all is ended.
  std::uint64_t cells = std::uint64_t{shape.sequences} * shape.context_tokens, free = available_memory();
  if (cells > INT32_MAX || cells * needs.bytes_per_token > free) {
    return fail(no_room(shape, std::format("{} bytes are needed, {} are free", cells * needs.bytes_per_token, free)));
  }
  ErrorsKept errors;
  llama_context_ptr context(llama_init_from_model(model.get(), parameters));
  if (!context) return fail(no_room(shape, errors.text()));
  EngineInfo info{.sha256 = options.sha256,
                  .architecture = metadata(model.get(), "general.architecture"),
                  .description = describe(model.get()),
                  .backend = describe_backends(),
                  .file_bytes = llama_model_size(model.get()),
                  .parameters = llama_model_n_params(model.get()),
                  .context_tokens = std::min(llama_n_ctx_seq(context.get()), trained ? trained : UINT32_MAX),
                  .trained_context_tokens = trained,
                  .sequences = llama_n_seq_max(context.get()),
                  .threads = threads,
                  .width = static_cast<std::uint32_t>(llama_model_n_embd(model.get())),
                  .gpu_layers = gpu_layers,
                  .layers = static_cast<std::uint32_t>(llama_model_n_layer(model.get())) + 1,
                  .sees = eyes != nullptr,
                  .why_blind = std::move(why_blind),
                  .for_vectors = pooling_of(model.get()) > LLAMA_POOLING_TYPE_NONE};
  bool measures_threads = options.answer_threads == 0 && threads > 1 && gpu_layers == 0;
  return std::make_unique<LlamaModel>(std::move(model), std::move(eyes), std::move(adapters), std::move(context),
                                      std::move(info), measures_threads);
}

}  // namespace entente::local
