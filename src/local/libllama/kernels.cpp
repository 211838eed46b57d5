#include "local/libllama/kernels.hpp"

#include <algorithm>
#include <cctype>
#include <format>
#include <memory>

#include <ggml-backend.h>
#include <ggml.h>

#include "local/libllama/backend.hpp"

namespace entente::local {

namespace {

// A matrix of no bytes in that buffer, multiplied: would the device do it?
bool takes(ggml_backend_dev_t device, ggml_backend_buffer_type_t buffer_type, ggml_type type) {
  constexpr std::int64_t width = 1024, rows = 1024, tokens = 512;  // whole blocks of every packing
  std::unique_ptr<ggml_context, decltype(&ggml_free)> context(
      ggml_init({.mem_size = 8 * ggml_tensor_overhead(), .mem_buffer = nullptr, .no_alloc = true}), &ggml_free);
  std::unique_ptr<ggml_backend_buffer, decltype(&ggml_backend_buffer_free)> buffer(
      ggml_backend_buft_alloc_buffer(buffer_type, 0), &ggml_backend_buffer_free);
  if (!context || !buffer) return false;
  ggml_tensor* weights = ggml_new_tensor_2d(context.get(), type, width, rows);
  ggml_tensor* product =
      ggml_mul_mat(context.get(), weights, ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, width, tokens));
  weights->buffer = buffer.get();
  return ggml_backend_dev_supports_op(device, product);
}

}  // namespace

Kernels kernels_for(std::uint32_t ggml_type_number) {
  start_backends();
  auto type = static_cast<ggml_type>(ggml_type_number);
  if (ggml_type_number >= GGML_TYPE_COUNT || ggml_type_size(type) == 0) {
    return {.packing = std::format("type {}", ggml_type_number), .special = "", .packed = true};
  }
  Kernels out{.packing = ggml_type_name(type), .special = "", .packed = ggml_is_quantized(type)};
  std::ranges::transform(out.packing, out.packing.begin(), [](unsigned char c) { return std::toupper(c); });
  ggml_backend_dev_t device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  if (!device) return out;
  auto extra = reinterpret_cast<ggml_backend_dev_get_extra_bufts_t>(
      ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), "ggml_backend_dev_get_extra_bufts"));
  if (!extra) return out;
  for (ggml_backend_buffer_type_t* at = extra(device); at && *at; ++at) {
    if (!takes(device, *at, type)) continue;
    out.special = ggml_backend_buft_name(*at);
    return out;
  }
  return out;
}

}  // namespace entente::local
