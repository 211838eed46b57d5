#include "local/libllama/llama_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <format>
#include <map>

#include "base/log.hpp"
#include "local/libllama/backend.hpp"
#include "local/libllama/llama_known.hpp"
#include "local/machine/machine.hpp"
#include "local/machine/threads.hpp"

namespace entente::local {

namespace {

class LlamaReader final : public LlamaKnown {
 public:
  LlamaReader(llama_model_ptr model, llama_context_ptr context, EngineInfo info)
      : LlamaKnown(std::move(model), std::move(info)),
        context_(std::move(context)),
        texts_(info_.sequences),
        batch_(llama_batch_init(static_cast<std::int32_t>(llama_n_ubatch(context_.get())), 0, 1)) {
    llama_set_abort_callback(
        context_.get(), [](void* self) { return static_cast<LlamaReader*>(self)->should_abort(); }, this);
  }
  ~LlamaReader() override { llama_batch_free(batch_); }
  LlamaReader(const LlamaReader&) = delete;
  LlamaReader& operator=(const LlamaReader&) = delete;

  Result<std::vector<Token>> pair_of(std::string_view query, std::string_view document,
                                     std::uint32_t most) const override {
    return vocabulary_.pair_of(query, document, most, llama_model_chat_template(model_.get(), "rerank"));
  }

  Result<std::uint32_t> adapter(std::string_view name) const override {
    return fail(ErrorCode::not_found,
                std::format("A model that only reads takes no adapters, so there is no {}.", name));
  }
  void use_adapter(std::uint32_t) override {}

  // Whole texts are computed together as far as they fit; those that are not whole yet are kept.
  Computed compute(std::span<const BatchToken> batch, const std::function<bool()>& abort) override {
    vectors_.clear();
    std::vector<std::size_t> whole;  // places in `batch` of last tokens
    for (std::size_t i = 0; i < batch.size(); ++i) {
      texts_[batch[i].sequence].push_back(batch[i].token);
      if (batch[i].wants_logits) whole.push_back(i);
    }
    abort_ = &abort;
    Computed done = Computed::done;
    for (auto next = whole.begin(); next != whole.end() && done == Computed::done;) {
      std::vector<std::size_t> together;
      std::size_t tokens = 0;
      for (; next != whole.end(); ++next) {
        std::size_t more = texts_[batch[*next].sequence].size();
        if (!together.empty() && tokens + more > llama_n_ubatch(context_.get())) break;
        together.push_back(*next);
        tokens += more;
      }
      done = compute_whole(batch, together);
    }
    abort_ = nullptr;
    return done;
  }

  std::uint32_t most_batch() const override { return llama_n_ubatch(context_.get()); }
  std::span<const float> logits(std::size_t) override { return {}; }
  void give_vectors(bool) override {}
  std::span<const float> vector(std::size_t index) override { return vectors_.at(index); }
  Pooling pooling() const override { return Pooling::whole; }

  void copy(std::uint32_t from, std::uint32_t to) override { texts_[to] = texts_[from]; }
  std::vector<std::uint8_t> save(std::uint32_t sequence) override {
    const std::vector<Token>& text = texts_[sequence];
    std::vector<std::uint8_t> bytes(text.size() * sizeof(Token));
    if (!bytes.empty()) std::memcpy(bytes.data(), text.data(), bytes.size());
    return bytes;
  }
  bool restore(std::uint32_t sequence, std::span<const std::uint8_t> state, std::uint32_t tokens) override {
    std::vector<Token>& text = texts_[sequence];
    text.resize(state.size() / sizeof(Token));
    if (!state.empty()) std::memcpy(text.data(), state.data(), text.size() * sizeof(Token));
    if (text.size() < tokens) return false;
    text.resize(tokens);
    return true;
  }
  void forget(std::uint32_t sequence) override { texts_[sequence].clear(); }
  void shorten(std::uint32_t sequence, std::uint32_t tokens) override { texts_[sequence].resize(tokens); }
  bool can_shorten() const override { return true; }

  void warm_up() override {
    BatchToken token{.token = 0, .position = 0, .sequence = 0, .wants_logits = true};
    (void)compute({&token, 1}, [] { return false; });
    forget(0);
  }

 private:
  Computed compute_whole(std::span<const BatchToken> batch, const std::vector<std::size_t>& together) {
    batch_.n_tokens = 0;
    for (std::size_t i = 0; i < together.size(); ++i) {
      const std::vector<Token>& text = texts_[batch[together[i]].sequence];
      for (std::size_t at = 0; at < text.size(); ++at) {
        std::int32_t row = batch_.n_tokens++;
        batch_.token[row] = text[at];
        batch_.pos[row] = static_cast<llama_pos>(at);
        batch_.n_seq_id[row] = 1;
        batch_.seq_id[row][0] = static_cast<llama_seq_id>(i);
        batch_.logits[row] = 1;
      }
    }
    ErrorsKept errors;
    llama_memory_t memory = llama_get_memory(context_.get());
    std::int32_t status = memory ? llama_decode(context_.get(), batch_) : llama_encode(context_.get(), batch_);
    if (status == 0) llama_synchronize(context_.get());
    for (std::size_t i = 0; status == 0 && i < together.size(); ++i) {
      const float* numbers = llama_get_embeddings_seq(context_.get(), static_cast<llama_seq_id>(i));
      if (!numbers) status = -1;
      if (numbers) vectors_[together[i]] = made_of(numbers);
    }
    if (memory) llama_memory_clear(memory, false);
    if (status != 0 && status != 2)
      log::error("libllama refused to read texts.", {{"status", status}, {"said", errors.text()}});
    return status == 0 ? Computed::done : status == 2 ? Computed::aborted : Computed::failed;
  }

  // A score is a chance: of one number by the logistic function, of two ("yes", "no") libllama makes it itself.
  std::vector<float> made_of(const float* numbers) const {
    if (info_.makes == Makes::vectors) return {numbers, numbers + info_.width};
    if (llama_model_n_cls_out(model_.get()) == 1) return {1 / (1 + std::exp(-numbers[0]))};
    return {numbers[0]};
  }

  bool should_abort() const { return abort_ && (*abort_)(); }

  llama_context_ptr context_;
  std::vector<std::vector<Token>> texts_;              // by sequence, as far as they came
  std::map<std::size_t, std::vector<float>> vectors_;  // by place in the last batch
  llama_batch batch_;
  const std::function<bool()>* abort_ = nullptr;
};

// One number, or the pair of chances "yes" and "no" that libllama makes for Qwen's models.
Result<> check_scores(const llama_model* model, std::string_view file) {
  std::uint32_t classes = llama_model_n_cls_out(model);
  const char* first = classes == 2 ? llama_model_cls_label(model, 0) : nullptr;
  if (classes == 1 || (first && std::string_view(first) == "yes")) return {};
  return fail(
      ErrorCode::unsupported,
      std::format("{} sorts texts into {} classes; Entente knows models that score with one number.", file, classes));
}

}  // namespace

Result<std::unique_ptr<Model>> load_llama_reader(const EngineOptions& options, llama_model_ptr model,
                                                 std::uint32_t gpu_layers) {
  bool scores = pooling_of(model.get()) == LLAMA_POOLING_TYPE_RANK;
  std::string file = options.file.filename().string();
  if (scores) TRY(check_scores(model.get(), file));
  ModelNeeds needs = needs_of(model.get(), options.kv);
  Shape shape = choose_shape(needs, options.sequences, options.context_tokens, usual_cells(usual_budget()));
  std::uint32_t threads = options.threads ? options.threads : usual_threads();
  llama_context_params parameters = llama_context_default_params();
  // One text at a time must fit whole; several that are short are computed together.
  parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = shape.context_tokens;
  parameters.n_seq_max = shape.sequences;
  parameters.n_threads = parameters.n_threads_batch = static_cast<std::int32_t>(threads);
  parameters.kv_unified = true;  // the little memory there is belongs to whoever needs it
  parameters.no_perf = true;
  parameters.embeddings = true;
  if (pooling_of(model.get()) <= LLAMA_POOLING_TYPE_NONE) parameters.pooling_type = LLAMA_POOLING_TYPE_MEAN;
  ErrorsKept errors;
  llama_context_ptr context(llama_init_from_model(model.get(), parameters));
  if (!context) {
    return fail({.code = ErrorCode::unavailable,
                 .message = std::format("There is no memory for texts of {} tokens. Set engine.context_tokens lower.",
                                        shape.context_tokens),
                 .reason = "no_memory",
                 .details = errors.text()});
  }
  EngineInfo info{.sha256 = options.sha256,
                  .architecture = metadata(model.get(), "general.architecture"),
                  .description = describe(model.get()),
                  .backend = describe_backends(),
                  .file_bytes = llama_model_size(model.get()),
                  .parameters = llama_model_n_params(model.get()),
                  .context_tokens = shape.context_tokens,
                  .trained_context_tokens = needs.trained_context_tokens,
                  .sequences = shape.sequences,
                  .threads = threads,
                  .width = static_cast<std::uint32_t>(llama_model_n_embd_out(model.get())),
                  .gpu_layers = gpu_layers,
                  .layers = static_cast<std::uint32_t>(llama_model_n_layer(model.get())) + 1,
                  .makes = scores ? Makes::scores : Makes::vectors,
                  .for_vectors = !scores};
  return std::make_unique<LlamaReader>(std::move(model), std::move(context), std::move(info));
}

}  // namespace entente::local
