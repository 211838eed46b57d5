#include "local/libllama/llama_eyes.hpp"

#include <algorithm>
#include <format>
#include <mutex>

#include <mtmd-helper.h>
#include <mtmd.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "local/libllama/backend.hpp"
#include "local/libllama/picture_size.hpp"

namespace entente::local {

namespace {

constexpr std::uint64_t most_pixels = 50'000'000;

struct BitmapFree {
  void operator()(mtmd_bitmap* bitmap) const { mtmd_bitmap_free(bitmap); }
};
struct ChunksFree {
  void operator()(mtmd_input_chunks* chunks) const { mtmd_input_chunks_free(chunks); }
};
struct ChunkFree {
  void operator()(mtmd_input_chunk* chunk) const { mtmd_input_chunk_free(chunk); }
};

// A picture, or a part of one: some projectors cut large ones into pieces.
struct LlamaSeen final : Seen {
  std::unique_ptr<mtmd_input_chunk, ChunkFree> chunk;
  std::vector<float> vectors;
  bool tried = false;
};

std::unexpected<Error> refusal(std::string message) {
  return fail({.code = ErrorCode::invalid_request,
               .message = std::move(message),
               .reason = "invalid_image",
               .param = "messages"});
}

// Its messages go where libllama's go.
void keep_messages() {
  static std::once_flag once;
  std::call_once(once, [] {
    ggml_log_callback callback = nullptr;
    void* data = nullptr;
    llama_log_get(&callback, &data);
    mtmd_helper_log_set(callback, data);
  });
}

// Negative numbers that follow from the picture and the position, and are the same for nothing else.
class PictureTokens {
 public:
  explicit PictureTokens(std::string_view file) : digest_(sha256(file)) {}
  Token next() {
    if (at_ + 4 > block_.size()) {
      std::string seed(as_text(digest_));
      seed += std::to_string(count_++);
      block_ = sha256(seed);
      at_ = 0;
    }
    std::uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) bits = bits << 8 | block_[at_++];
    return static_cast<Token>(bits | 0x8000'0000U);
  }

 private:
  const Digest digest_;
  Digest block_{};
  std::size_t at_ = sizeof(Digest);
  std::uint64_t count_ = 0;
};

}  // namespace

LlamaEyes::LlamaEyes(mtmd_context* context, const llama_model* model)
    : context_(context), width_(static_cast<std::size_t>(llama_model_n_embd_inp(model))) {}

LlamaEyes::~LlamaEyes() { mtmd_free(context_); }

Result<std::unique_ptr<LlamaEyes>> LlamaEyes::load(const std::filesystem::path& file, const llama_model* model,
                                                   std::uint32_t threads) {
  std::string name = file.filename().string();
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure))
    return fail(ErrorCode::unavailable, std::format("This model's projector of pictures, {}, is not there.", name));
  mtmd_context_params parameters = mtmd_context_params_default();
  parameters.use_gpu = true;
  parameters.print_timings = false;
  parameters.n_threads = static_cast<int>(threads);
  parameters.warmup = false;
  keep_messages();
  ErrorsKept errors;
  mtmd_context* context = mtmd_init_from_file(file.c_str(), model, parameters);
  if (!context) {
    return fail({.code = ErrorCode::unavailable,
                 .message = std::format("{} cannot be loaded as this model's projector of pictures.", name),
                 .reason = "projector_not_loaded",
                 .details = errors.text()});
  }
  std::unique_ptr<LlamaEyes> eyes(new LlamaEyes(context, model));
  if (!mtmd_support_vision(context))
    return fail(ErrorCode::unsupported, std::format("{} is a projector of something else than pictures.", name));
  if (mtmd_decode_use_mrope(context))
    return fail(ErrorCode::unsupported,
                std::format("{} counts the positions of pictures in a way that is not done here yet (M-RoPE).", name));
  return eyes;
}

Result<> LlamaEyes::read(std::string_view file, Prompt& prompt) const {
  auto size = picture_size(file);
  if (!size) return refusal("A picture that was sent is neither PNG nor JPEG, or it is cut. Send it as one of those.");
  if (size->pixels() == 0 || size->pixels() > most_pixels) {
    return refusal(std::format("A picture that was sent has {} × {} pixels; at most 50 million are looked at.",
                               size->width, size->height));
  }
  ErrorsKept errors;
  mtmd_helper_bitmap_wrapper read = mtmd_helper_bitmap_init_from_buf(context_, as_bytes(file).data(), file.size(),
                                                                     false, mtmd_helper_init_opt_default());
  std::unique_ptr<mtmd_bitmap, BitmapFree> bitmap(read.bitmap);
  if (!bitmap || read.video_ctx || mtmd_bitmap_is_audio(bitmap.get()))
    return refusal("A picture that was sent cannot be read: its file is damaged.");
  std::unique_ptr<mtmd_input_chunks, ChunksFree> chunks(mtmd_input_chunks_init());
  std::string_view marker = mtmd_get_marker(context_);
  mtmd_input_text text{.text = marker.data(), .text_len = marker.size(), .add_special = false, .parse_special = true};
  const mtmd_bitmap* bitmaps[] = {bitmap.get()};
  if (std::int32_t status = mtmd_tokenize(context_, chunks.get(), &text, bitmaps, 1); status != 0) {
    log::warning("A picture could not be made ready.", {{"status", status}, {"said", errors.text()}});
    return refusal("A picture that was sent cannot be made ready for this model.");
  }
  PictureTokens tokens(file);
  for (std::size_t i = 0; i < mtmd_input_chunks_size(chunks.get()); ++i) {
    const mtmd_input_chunk* chunk = mtmd_input_chunks_get(chunks.get(), i);
    if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_TEXT) {
      std::size_t count = 0;
      const llama_token* words = mtmd_input_chunk_get_tokens_text(chunk, &count);
      prompt.tokens.insert(prompt.tokens.end(), words, words + count);
      continue;
    }
    if (mtmd_decode_use_non_causal(context_, chunk)) {
      return fail({.code = ErrorCode::unsupported,
                   .message = "This model looks at pictures from both sides, which is not done here yet.",
                   .reason = "unsupported_value",
                   .param = "messages"});
    }
    auto seen = std::make_shared<LlamaSeen>();
    seen->chunk.reset(mtmd_input_chunk_copy(chunk));
    std::size_t count = mtmd_input_chunk_get_n_tokens(chunk);
    prompt.sights.push_back({.begin = prompt.tokens.size(), .count = count, .seen = std::move(seen)});
    for (std::size_t k = 0; k < count; ++k) prompt.tokens.push_back(tokens.next());
  }
  return {};
}

const std::vector<float>& LlamaEyes::vectors_of(Seen& what) {
  auto& seen = static_cast<LlamaSeen&>(what);
  if (seen.tried) return seen.vectors;
  seen.tried = true;
  ErrorsKept errors;
  if (std::int32_t status = mtmd_encode_chunk(context_, seen.chunk.get()); status != 0) {
    log::error("A picture could not be encoded.", {{"status", status}, {"said", errors.text()}});
    return seen.vectors;
  }
  const float* out = mtmd_get_output_embd(context_);
  seen.vectors.assign(out, out + mtmd_input_chunk_get_n_tokens(seen.chunk.get()) * width_);
  seen.chunk.reset();  // its pixels
  return seen.vectors;
}

}  // namespace entente::local
