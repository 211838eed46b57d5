// Layouts: one model's weights packed in other ways, and what each way gives and costs on this machine. For
// `entente models tune`, in a process that serves nobody.
//
// repack() writes a new file with libllama's quantiser; the model's own file is only read. Weights that were packed
// before are unpacked first, so what they had lost stays lost. measure() loads a file and computes with it: on one
// thread of the process, the same one each time (see compute_thread.hpp or decision 6: libgomp). Blocking; minutes for
// a large model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::local {

struct Layout {
  std::string_view name;  // "Q4_0"
  double bits;            // of a weight, near enough to ask whether the disk has room
  std::string_view what;  // for a person
};
std::span<const Layout> layouts();
const Layout* find_layout(std::string_view name);  // large or small letters

// `threads` 0: the cores this process may use. Errors: what libllama said.
Result<> repack(const std::filesystem::path& from, const std::filesystem::path& to, const Layout& layout,
                std::uint32_t threads);

struct Measured {
  double prompt_tokens_per_second = 0;   // one prompt of 512 tokens, or what the context holds
  double answer_tokens_per_second = 0;   // one answer
  double answers_tokens_per_second = 0;  // eight answers at once, together
  double perplexity = 0;                 // of the text: how surprised the model is by it; 1 is not at all
  std::uint32_t text_tokens = 0;         // that were judged
};

// Speeds are the best of three rounds: what others on the machine take away is not the layout's fault. The text is read
// in windows of 512 tokens, the first 32 of each are not judged; at most 32 windows.
Result<Measured> measure(const std::filesystem::path& file, std::string_view text, std::uint32_t threads);

}  // namespace entente::local
