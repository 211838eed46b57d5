#include "local/libllama/backend.hpp"

#include <algorithm>
#include <mutex>
#include <string_view>

#include <dlfcn.h>
#include <ggml-backend.h>
#include <llama.h>

#include "base/log.hpp"

namespace entente::local {

namespace {

thread_local std::string* kept_errors = nullptr;

void on_message(ggml_log_level level, const char* text, void*) {
  std::string_view message = text;
  while (message.ends_with('\n')) message.remove_suffix(1);
  if (message.empty() || level == GGML_LOG_LEVEL_CONT || message.find_first_not_of('.') == std::string_view::npos)
    return;
  if (level == GGML_LOG_LEVEL_ERROR && kept_errors) {
    if (!kept_errors->empty()) *kept_errors += "; ";
    *kept_errors += message;
    return;
  }
  log::Level ours = level == GGML_LOG_LEVEL_ERROR ? log::Level::error : log::Level::debug;
  if (log::enabled(ours)) log::write(ours, "libllama.", {{"said", message}});
}

// "zen4" out of /usr/lib/…/libggml-cpu-zen4.so: which of its builds ggml chose for this processor.
std::string variant_of(ggml_backend_reg_t registry) {
  void* function = ggml_backend_reg_get_proc_address(registry, "ggml_backend_get_features");
  Dl_info where{};
  if (!function || dladdr(function, &where) == 0 || !where.dli_fname) return {};
  std::string_view file = where.dli_fname;
  constexpr std::string_view prefix = "libggml-cpu-";
  auto begin = file.rfind(prefix);
  if (begin == std::string_view::npos) return {};
  file.remove_prefix(begin + prefix.size());
  return std::string(file.substr(0, file.find('.')));
}

}  // namespace

void start_backends() {
  static std::once_flag once;
  std::call_once(once, [] {
    llama_log_set(on_message, nullptr);
    ggml_backend_load_all();
    llama_backend_init();
  });
}

std::string describe_backends() {
  start_backends();
  std::string out;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    if (!out.empty()) out += ", ";
    out += ggml_backend_dev_name(device);
    if (std::string variant = variant_of(ggml_backend_dev_backend_reg(device)); !variant.empty())
      out += " (" + variant + ")";
  }
  return out.empty() ? "none" : out;
}

std::vector<Device> devices() {
  start_backends();
  std::vector<Device> out;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    auto type = ggml_backend_dev_type(device);
    if (type != GGML_BACKEND_DEVICE_TYPE_GPU && type != GGML_BACKEND_DEVICE_TYPE_IGPU) continue;
    std::size_t free = 0, total = 0;
    ggml_backend_dev_memory(device, &free, &total);
    out.push_back({.name = ggml_backend_dev_name(device),
                   .description = ggml_backend_dev_description(device),
                   .free_bytes = free});
  }
  return out;
}

ErrorsKept::ErrorsKept() { kept_errors = &text_; }
ErrorsKept::~ErrorsKept() { kept_errors = nullptr; }

}  // namespace entente::local
