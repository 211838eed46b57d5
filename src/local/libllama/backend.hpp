// The tensor library underneath: started once a process, its back ends chosen by ggml for the processor it finds, its
// messages put into our log (debug, or what it calls a warning or an error). Any thread.
#pragma once

#include <string>
#include <vector>

#include "local/model/offload.hpp"

namespace entente::local {

void start_backends();

// What does the computing on this machine, as ggml chose it: "CPU (zen4)", "Vulkan0, CPU (haswell)".
std::string describe_backends();

// The devices beside the processor, with the memory they have free now.
std::vector<Device> devices();

// While alive, errors of the library on this thread are kept instead of logged: they say why a model did not load.
class ErrorsKept {
 public:
  ErrorsKept();
  ~ErrorsKept();
  ErrorsKept(const ErrorsKept&) = delete;
  ErrorsKept& operator=(const ErrorsKept&) = delete;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace entente::local
