// The tensor library underneath: started once a process, its back ends chosen by ggml for the processor it finds, its
// messages put into our log (debug, or what it calls a warning or an error). Any thread.
#pragma once

#include <string>

namespace entente::local {

void start_backends();

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
