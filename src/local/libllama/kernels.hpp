// Kernels: whether ggml has something better for a kind of packing on this processor than its general code.
//
// Some packings are laid out anew when a model is loaded, for the widest instructions that the processor has; prompts
// are then computed two to three times faster. Which ones differs by processor and by ggml's version, so ggml itself is
// asked, as libllama does when it loads. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace entente::local {

// By ggml's type number, as it stands in a GGUF file.
struct Kernels {
  std::string packing;  // "Q4_0"; "type 99" when this ggml does not know it
  std::string special;  // "CPU_REPACK": the name of ggml's special buffer; empty: the general code
  bool packed = false;  // in blocks of few bits; false for plain numbers (F32, BF16), which need no unpacking
};
Kernels kernels_for(std::uint32_t ggml_type);

}  // namespace entente::local
